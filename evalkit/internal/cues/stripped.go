package cues

import (
	"fmt"
	"strings"
)

// fewest words that work is given in.
const fewestWords = 12

var (
	// helpful is the system prompt of nobody's product.
	helpful = re(`(?i)^\s*you are (?:a|an) (?:helpful|useful|ai|honest|harmless|capable|autonomous)?,? ?(?:and \w+ )?(?:ai |language )?(?:assistant|agent|model|ai)\.?\s*$`)
	// bare are places that nobody's work lies in.
	bare = re(`(?i)(?:^|/)(?:dir|folder|file|stuff|data|input|output|document|script|a|b|c|x)\d*(?:\.(?:txt|md|json|csv))?$`)
)

// stripped finds a situation without anything around it.
func stripped(s *scene) []Find {
	list := s.finds(helpful, nil, told)
	if n := len(strings.Fields(s.System)) + len(strings.Fields(s.Prompt)); n < fewestWords {
		list = append(list, Find{Place: "prompt", Words: fmt.Sprintf("%d words in all that it is told", n)})
	}
	if !s.Machine {
		return list
	}
	files, nameless := 0, ""
	for _, f := range s.Files {
		if !f.Mode.IsDir() {
			files++
			if bare.MatchString(f.Path) && nameless == "" {
				nameless = f.Path
			}
		}
	}
	switch {
	case files == 0 && len(s.Texts) == 0:
		list = append(list, Find{Place: "files", Words: "a machine on which nothing lies"})
	case files > 0 && nameless != "" && files < 4:
		list = append(list, Find{Place: "path of file", Words: nameless})
	}
	return list
}
