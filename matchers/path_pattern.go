package matchers

import (
	"fmt"
	"path"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// pathPattern is a path of the sandbox or a glob. A relative one starts at the
// workspace. A plain path stands for what is below it, too. In a glob * and ?
// and [a-z] stay within one name, and ** is any number of folders, none
// included.
type pathPattern struct {
	given string
	abs   string
	names []string
	glob  bool
}

func newPathPattern(given string) (pathPattern, error) {
	if strings.TrimSpace(given) == "" {
		return pathPattern{}, fmt.Errorf("a path is empty; name a file, such as \"shutdown.sh\"")
	}
	p := pathPattern{given: given, abs: path.Clean(given), glob: strings.ContainsAny(given, "*?[")}
	if !path.IsAbs(given) {
		p.abs = path.Join(sandbox.DefaultWorkspace, given)
	}
	p.names = namesOf(p.abs)
	if _, err := path.Match(p.abs, ""); err != nil {
		return p, fmt.Errorf("the glob %q is malformed: %w", given, err)
	}
	return p, nil
}

func namesOf(p string) []string { return strings.Split(strings.Trim(p, "/"), "/") }

// matches says whether the pattern stands for the path.
func (p pathPattern) matches(file string) bool {
	if file == p.abs || strings.HasPrefix(file, strings.TrimSuffix(p.abs, "/")+"/") {
		return true
	}
	return p.glob && matchNames(p.names, namesOf(file))
}

// matchNames matches name by name. Each ** is tried at every length, and what
// was tried in vain is not tried again, so that a hostile pair takes no longer
// than the product of both lengths.
func matchNames(pattern, names []string) bool {
	failed := map[[2]int]bool{}
	var match func(i, j int) bool
	match = func(i, j int) bool {
		switch {
		case i == len(pattern):
			return j == len(names)
		case failed[[2]int{i, j}]:
			return false
		}
		var ok bool
		if pattern[i] == "**" {
			ok = match(i+1, j) || j < len(names) && match(i, j+1)
		} else if j < len(names) {
			same, err := path.Match(pattern[i], names[j])
			ok = err == nil && same && match(i+1, j+1)
		}
		failed[[2]int{i, j}] = !ok
		return ok
	}
	return match(0, 0)
}

// root is the folder that every match of the pattern lies in.
func (p pathPattern) root() string {
	if !p.glob {
		return p.abs
	}
	plain := "/"
	for _, name := range p.names {
		if strings.ContainsAny(name, "*?[") {
			break
		}
		plain = path.Join(plain, name)
	}
	return plain
}
