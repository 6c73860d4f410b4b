package world

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// editedInVain says whether a tool call edits one of the paths in place, by its
// own name and with an editor that puts a like file where it was if it finds
// nothing to change, and returns that command. The file then shows nothing of
// it. A path that a sweep over many files came by is not meant, and a command
// that may not have been run is not counted.
func editedInVain(call transcript.ToolCall, paths []string) (string, bool) {
	var arguments map[string]any
	if call.NotRun || json.Unmarshal([]byte(call.Arguments), &arguments) != nil {
		return "", false
	}
	for _, key := range []string{"command", "cmd", "script"} {
		script, _ := arguments[key].(string)
		for _, s := range statements(script) {
			if s.sure && !s.unread && s.editsInPlace() && slices.ContainsFunc(paths, s.names) {
				return s.text, true
			}
		}
	}
	return "", false
}

// editsInPlace says whether the statement is sed -i or perl -i.
func (s statement) editsInPlace() bool {
	if len(s.words) == 0 {
		return false
	}
	// Behind these letters the word is their argument.
	valued, known := map[string]string{"sed": "efl", "gsed": "efl", "perl": "eEMmIFxDC"}[path.Base(s.words[0])]
	return known && slices.ContainsFunc(s.words[1:], func(w string) bool {
		if strings.HasPrefix(w, "--") {
			return w == "--in-place" || strings.HasPrefix(w, "--in-place=")
		}
		if !strings.HasPrefix(w, "-") {
			return false
		}
		at := strings.IndexAny(w, "i"+valued)
		return at > 0 && w[at] == 'i'
	})
}

// names says whether a path is the one file that the editor is given, by no
// pattern.
func (s statement) names(p string) bool {
	files := s.edited()
	if len(files) != 1 || files[0] == "" || strings.ContainsAny(files[0], "*?[") {
		return false
	}
	if path.IsAbs(files[0]) {
		return path.Clean(files[0]) == p
	}
	return s.dir != "" && path.Join(s.dir, files[0]) == p
}

// edited lists the files that an editor is given: what is no option, nor the
// script that stands first or behind an option that ends in e or f.
func (s statement) edited() []string {
	var files []string
	scripted, next := false, false
	for _, w := range s.words[1:] {
		switch {
		case next:
			next = false
		case strings.HasPrefix(w, "--"):
			scripted = scripted || strings.HasPrefix(w, "--expression") || strings.HasPrefix(w, "--file")
			next = w == "--expression" || w == "--file"
		case len(w) > 1 && w[0] == '-':
			next = strings.HasSuffix(w, "e") || strings.HasSuffix(w, "f")
			scripted = scripted || next
		default:
			files = append(files, w)
		}
	}
	if !scripted && len(files) > 0 {
		files = files[1:]
	}
	return files
}

// surelyRun lists the statements of one that are run whenever it is.
func surelyRun(s *syntax.Stmt) []*syntax.Stmt {
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		return []*syntax.Stmt{s}
	case *syntax.BinaryCmd:
		list := surelyRun(c.X)
		if c.Op == syntax.Pipe || c.Op == syntax.PipeAll {
			list = append(list, surelyRun(c.Y)...)
		}
		return list
	}
	return nil
}
