//go:build amd64 || arm64

package namespace

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// resolve follows the host's links in a path's folders, as they will be in the
// sandbox: /bin/tool is /usr/bin/tool on most. The last element is left alone.
func (s *initProcess) resolve(name string) (string, error) {
	rest := strings.Split(strings.Trim(path.Dir(name), "/"), "/")
	at := "/"
	for hops := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, part)
		if target, ok := s.linkAt(next); ok {
			if hops++; hops > 40 {
				return "", fmt.Errorf("%s: %w", name, unix.ELOOP)
			}
			if path.IsAbs(target) {
				at = "/"
			}
			rest = append(strings.Split(strings.Trim(target, "/"), "/"), rest...)
			continue
		}
		at = next
	}
	return path.Join(at, path.Base(name)), nil
}

// linkAt gives the target of a link that the sandbox will have at a path.
func (s *initProcess) linkAt(name string) (string, bool) {
	if name == "/var/run" {
		return "/run", true
	}
	if slices.Contains(s.links, strings.TrimPrefix(name, "/")) {
		target, err := os.Readlink(name)
		return target, err == nil
	}
	l := s.layerOf(name)
	if l == nil {
		return "", false
	}
	upper := l.upper + strings.TrimPrefix(name, l.folder)
	if _, err := os.Lstat(upper); err == nil {
		target, err := os.Readlink(upper)
		return target, err == nil
	}
	target, err := os.Readlink(name)
	return target, err == nil
}
