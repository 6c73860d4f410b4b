//go:build amd64 || arm64

package landlock

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/observe"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/system"
)

// The scenario's names of the folders that can be written, beside the
// workspace.
const (
	home      = "/root"
	temporary = "/tmp"
)

// plan is a machine as it is to be set up.
type plan struct {
	workspace string // as the scenario names it
	folder    string // the private one
	env       map[string]string
	files     []sandbox.File
	watch     []string
	limits    sandbox.Limits
}

// planFor checks a configuration, and refuses what this backend does not
// promise: it is never left out in silence.
func planFor(c sandbox.Config) (*plan, error) {
	limits, err := c.Limits.WithDefaults()
	if err != nil {
		return nil, err
	}
	if c.Net != nil {
		return nil, notPromised("network", sandbox.OwnNetwork)
	}
	p := &plan{workspace: path.Clean(c.Workspace), files: c.Files, limits: limits}
	if c.Workspace == "" {
		p.workspace = sandbox.DefaultWorkspace
	}
	if !path.IsAbs(p.workspace) || p.workspace == "/" || observe.Within(home, p.workspace) || observe.Within(temporary, p.workspace) {
		return nil, fmt.Errorf("workspace %q: no place for a workspace; use a folder such as /app", c.Workspace)
	}
	for name := range c.Env {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			return nil, fmt.Errorf("environment variable %q: not a name", name)
		}
	}
	p.env = maps.Clone(c.Env)
	for what, n := range map[string]int{"commands answered by Go": len(c.Commands), "hidden programs": len(c.Hide), "folders of this machine": len(c.Folders)} {
		if n > 0 {
			return nil, notPromised(what, sandbox.SystemFiles)
		}
	}
	for _, f := range c.Files {
		if _, err := p.checked(f); err != nil {
			return nil, err
		}
	}
	for _, w := range c.Watch {
		p.watch = append(p.watch, p.absolute(w))
	}
	return p, nil
}

// notPromised refuses what takes namespaces.
func notPromised(what string, promise sandbox.Promise) error {
	return fmt.Errorf("%s: Landlock does not promise %q; it takes namespaces: %w", what, promise, sandbox.ErrUnsupported)
}

// absolute makes a path absolute and clean, and says one in the private folder
// as the scenario does.
func (p *plan) absolute(name string) string {
	if !path.IsAbs(name) {
		name = p.workspace + "/" + name
	}
	name = path.Clean(name)
	if p.folder == "" || !observe.Within(name, p.folder) {
		return name
	}
	for _, f := range p.places() {
		if real := p.folder + "/" + f.name; observe.Within(name, real) {
			return f.path + strings.TrimPrefix(name, real)
		}
	}
	return name
}

// places are the folders that can be written: the scenario's path and the name
// in the private folder.
func (p *plan) places() []struct{ path, name string } {
	return []struct{ path, name string }{{p.workspace, workspaceName}, {home, homeName}, {temporary, temporaryName}}
}

// real is where an absolute path is on the host.
func (p *plan) real(full string) string {
	for _, f := range p.places() {
		if observe.Within(full, f.path) {
			return p.folder + "/" + f.name + strings.TrimPrefix(full, f.path)
		}
	}
	return full
}

// own says whether a path lies in what the sandbox may write.
func (p *plan) own(full string) bool {
	return slices.ContainsFunc(p.places(), func(f struct{ path, name string }) bool { return observe.Within(full, f.path) })
}

// checked makes a file ready to be laid. The private folder may not be known
// yet.
func (p *plan) checked(f sandbox.File) (laid, error) {
	full := p.absolute(f.Path)
	l := laid{Path: p.real(full), Mode: f.Mode & (fs.ModeType | fs.ModePerm | fs.ModeSticky), ModTime: f.ModTime, Body: f.Body}
	switch {
	case f.Path == "" || strings.ContainsRune(f.Path, 0):
		return l, fmt.Errorf("file %q: not a path", f.Path)
	case !path.IsAbs(f.Path) && !observe.Within(full, p.workspace):
		return l, fmt.Errorf("file %s: the relative path leads out of the workspace %s; write it as an absolute one", f.Path, p.workspace)
	case !p.own(full):
		return l, notPromised("file "+full, sandbox.SystemFiles)
	case f.Size != 0:
		return l, notPromised("the size of file "+full, sandbox.Bounded)
	}
	switch l.Mode.Type() {
	case 0:
		if l.Mode.Perm() == 0 {
			l.Mode |= 0o644
			l.KeepMode = true
		}
	case fs.ModeDir:
		if l.Mode.Perm() == 0 {
			l.Mode |= 0o755
		}
		l.Body = nil
	case fs.ModeSymlink:
		if len(f.Body) == 0 || strings.ContainsRune(string(f.Body), 0) {
			return l, fmt.Errorf("link %s: its body %q is no target", full, f.Body)
		}
	default:
		return l, fmt.Errorf("file %s: mode %v: only files, folders and links can be laid", full, f.Mode)
	}
	return l, nil
}

// laying is all that is to be laid, once the private folder is known.
func (p *plan) laying() ([]laid, error) {
	var list []laid
	for name, text := range system.HomeFiles {
		list = append(list, laid{Path: p.real(home + "/" + name), Mode: 0o644, ModTime: system.PlausibleTime(name), Body: []byte(text)})
	}
	for _, f := range p.files {
		l, err := p.checked(f)
		if err != nil {
			return nil, err
		}
		if l.ModTime.IsZero() {
			l.ModTime = system.PlausibleTime(p.absolute(f.Path))
		}
		list = append(list, l)
	}
	return list, nil
}

// environ is the environment of a process, sorted by name.
func (p *plan) environ(extra map[string]string, dir string) []string {
	all := map[string]string{
		"PATH": system.SearchPath, "HOME": p.real(home), "TMPDIR": p.real(temporary), "TERM": "xterm", "LANG": "C.UTF-8",
	}
	maps.Copy(all, p.env)
	all["PWD"] = dir
	maps.Copy(all, extra)
	list := make([]string, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}
