//go:build amd64 || arm64

package namespace

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/system"
)

const (
	home        = "/root"
	commandsDir = "/usr/local/bin"
)

// plan is a machine as it is to be set up: the configuration with every
// default filled in and every path absolute and clean.
type plan struct {
	hostname, workspace string
	env                 map[string]string
	files               []layFile
	bodies              [][]byte // of files, in their order, nil where there is none
	hide                []string
	folders             []sandbox.Folder
	watch               []string
	hold                []string
	held                func(ctx context.Context)
	guard               []string
	start               []string
	told                func(sandbox.Act)
	net                 *sandbox.Net
	commands            []sandbox.Command
	limits              sandbox.Limits
}

func orDefault[T int | int64 | time.Duration](v, d T) T {
	if v == 0 {
		return d
	}
	return v
}

// planFor checks a configuration and fills in its defaults.
func planFor(c sandbox.Config) (*plan, error) {
	limits, err := c.Limits.WithDefaults()
	if err != nil {
		return nil, err
	}
	p := &plan{hostname: c.Hostname, workspace: c.Workspace, limits: limits}
	if p.hostname == "" {
		p.hostname = "localhost"
	}
	if len(p.hostname) > 64 || strings.ContainsAny(p.hostname, "/ \t\n\x00") {
		return nil, fmt.Errorf("hostname %q: not a host name of at most 64 bytes", p.hostname)
	}
	if p.workspace == "" {
		p.workspace = "/app"
	}
	if !path.IsAbs(p.workspace) {
		return nil, fmt.Errorf("workspace %q: not an absolute path", p.workspace)
	}
	p.workspace = path.Clean(p.workspace)
	if top := topFolder(p.workspace); top == "" || top == "proc" || top == "dev" || top == "sys" {
		return nil, fmt.Errorf("workspace %q: no place for a workspace; use a folder such as /app", p.workspace)
	}
	p.env = map[string]string{"PATH": system.SearchPath, "HOME": home, "TERM": "xterm", "LANG": "C.UTF-8"}
	for name := range c.Env {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			return nil, fmt.Errorf("environment variable %q: not a name", name)
		}
	}
	maps.Copy(p.env, c.Env)
	for _, f := range c.Files {
		if err := p.addFile(f); err != nil {
			return nil, err
		}
	}
	if err := p.addCommands(c.Commands); err != nil {
		return nil, err
	}
	if err := p.addFolders(c.Folders); err != nil {
		return nil, err
	}
	for _, h := range c.Hide {
		if strings.ContainsRune(h, '/') {
			p.hide = append(p.hide, p.absolute(h))
			continue
		}
		for dir := range strings.SplitSeq(system.SearchPath, ":") {
			p.hide = append(p.hide, path.Join(dir, h))
		}
	}
	for _, w := range c.Watch {
		p.watch = append(p.watch, p.absolute(w))
	}
	if c.Told != nil {
		p.told, p.start = c.Told, c.Start
		for _, g := range c.Guard {
			p.guard = append(p.guard, p.absolute(g))
		}
	}
	if c.Net != nil {
		n, err := c.Net.WithDefaults()
		if err != nil {
			return nil, err
		}
		p.net = &n
	}
	if c.Held != nil {
		p.held = c.Held
		for _, h := range c.Hold {
			p.hold = append(p.hold, p.absolute(h))
		}
	}
	return p, nil
}

// absolute makes a path of the scenario absolute.
func (p *plan) absolute(name string) string {
	if !path.IsAbs(name) {
		name = p.workspace + "/" + name
	}
	return path.Clean(name)
}

// topFolder is the first element of an absolute path.
func topFolder(name string) string {
	top, _, _ := strings.Cut(strings.TrimPrefix(name, "/"), "/")
	return top
}

func (p *plan) addFile(f sandbox.File) error {
	l, err := p.lay(f)
	if err != nil {
		return err
	}
	if l.modTime.IsZero() {
		l.modTime = system.PlausibleTime(l.path)
	}
	p.files = append(p.files, l)
	p.bodies = append(p.bodies, f.Body)
	return nil
}

// lay checks a file and resolves its path and mode.
func (p *plan) lay(f sandbox.File) (layFile, error) {
	l := layFile{path: p.absolute(f.Path), mode: f.Mode & (fs.ModeType | fs.ModePerm | fs.ModeSticky), modTime: f.ModTime, writable: f.Writable}
	if f.Path == "" || strings.ContainsRune(f.Path, 0) {
		return l, fmt.Errorf("file %q: not a path", f.Path)
	}
	switch top := topFolder(l.path); top {
	case "", "proc", "dev", "sys":
		return l, fmt.Errorf("file %s: nothing can be laid in /%s", l.path, top)
	}
	if !path.IsAbs(f.Path) && l.path != p.workspace && !strings.HasPrefix(l.path, p.workspace+"/") {
		return l, fmt.Errorf("file %s: the relative path leads out of the workspace %s; write it as an absolute one", f.Path, p.workspace)
	}
	if f.Size < 0 || f.Size > 0 && !l.mode.IsRegular() {
		return l, fmt.Errorf("file %s: the size %d: only a regular file has one, of at least 0", l.path, f.Size)
	}
	switch l.mode.Type() {
	case 0:
		if l.mode.Perm() == 0 {
			l.mode |= 0o644
			l.keepMode = true
		}
		l.len, l.size = int64(len(f.Body)), f.Size
	case fs.ModeDir:
		if l.mode.Perm() == 0 {
			l.mode |= 0o755
		}
	case fs.ModeSymlink:
		l.target = string(f.Body)
		if l.target == "" || strings.ContainsRune(l.target, 0) {
			return l, fmt.Errorf("link %s: its body %q is no target", l.path, l.target)
		}
	default:
		return l, fmt.Errorf("file %s: mode %v: only files, folders and links can be laid", l.path, f.Mode)
	}
	return l, nil
}

func (p *plan) addCommands(commands []sandbox.Command) error {
	if len(commands) > maxCommands {
		return fmt.Errorf("%d commands: at most %d", len(commands), maxCommands)
	}
	seen := map[string]bool{}
	for i, c := range commands {
		name := c.Path
		if c.Run == nil || name == "" {
			return fmt.Errorf("command %q: it needs a path and a function", c.Path)
		}
		if !strings.ContainsRune(name, '/') && !strings.HasPrefix(name, ".") {
			name = path.Join(commandsDir, name)
		}
		f := sandbox.File{Path: name, Mode: 0o755, Body: stub(i)}
		if err := p.addFile(f); err != nil {
			return fmt.Errorf("command %s: %w", c.Path, err)
		}
		full := p.files[len(p.files)-1].path
		if seen[full] {
			return fmt.Errorf("command %s: given twice", full)
		}
		seen[full] = true
		p.commands = append(p.commands, c)
	}
	return nil
}

// environ is the environment of a process, sorted by name.
func (p *plan) environ(extra map[string]string, dir string) []string {
	all := maps.Clone(p.env)
	all["PWD"] = dir
	maps.Copy(all, extra)
	list := make([]string, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}

// message makes the first message to init. Its bodies go into one memory file.
func (p *plan) message() (*message, error) {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	l := p.limits
	m := &message{op: opSetup, lists: [][]string{
		{p.hostname, p.workspace, n(int64(l.Processes)), n(l.Memory), n(l.Disk), n(l.FileSize), n(int64(len(p.commands)))},
		p.hide,
		p.hold,
		p.folderList(),
		p.guard,
		p.start,
		p.networkList(),
	}}
	var all []byte
	for i, f := range p.files {
		f.off = int64(len(all))
		all = append(all, p.bodies[i][:f.len]...)
		m.lists = append(m.lists, f.encode())
	}
	fd, err := memoryFile(all)
	if err != nil {
		return nil, err
	}
	m.fds = []int{fd}
	return m, nil
}
