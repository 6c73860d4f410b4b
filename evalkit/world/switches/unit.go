package switches

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// unit is a service as the manager knows it.
type unit struct {
	spec    Service
	program string // the file that is its program
	laid    string // the digest of that
	loaded  loaded

	main    *process // nil if it was never started
	digest  string   // of the program when it was started
	since   time.Time
	stopped bool // it was asked to
	dead    bool // its end was seen
}

// loaded is what the unit files said when they were read last.
type loaded struct {
	path        string // "" if there is none
	masked      bool
	description string
	argv        []string
	restart     string
	text        []string // of the files it is made of, for systemctl cat
}

// line is the state "start/NAME".
func (l loaded) line() string {
	if l.path == "" || l.masked {
		return "(none)"
	}
	text := strings.Join(l.argv, " ")
	if l.restart != "" && l.restart != "no" {
		text += "; restart " + l.restart
	}
	return text
}

func newUnit(s Service, laid []sandbox.File) *unit {
	u := &unit{spec: s, program: s.Argv[0]}
	if s.Run != nil {
		return u
	}
	for _, arg := range s.Argv { // of an interpreter it is the script
		if slices.ContainsFunc(laid, func(f sandbox.File) bool {
			return sandbox.Absolute(f.Path) == sandbox.Absolute(arg) && f.Mode&fs.ModeDir == 0
		}) {
			u.program = arg
			break
		}
	}
	return u
}

// missing says whether an error is that of a file that is not there: something
// else is, or what leads to it does not.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ELOOP)
}

// load reads the unit's files, as systemctl daemon-reload does.
func (h *held) load(ctx context.Context, u *unit) error {
	l, err := h.onDisk(ctx, u.spec.Name)
	if err == nil {
		u.loaded = l
	}
	return err
}

// onDisk is what a unit's files say now: the local one before the vendor's, then
// what is dropped in.
func (h *held) onDisk(ctx context.Context, name string) (loaded, error) {
	var l loaded
	box := h.site.Sandbox
	keys := map[string]map[string][]string{}
	add := func(file string) (bool, error) {
		text, err := box.ReadFile(ctx, file, 1<<20)
		if missing(err) || errors.Is(err, fs.ErrPermission) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		l.text = append(l.text, "# "+file+"\n"+string(text))
		more, err := parseUnit(text)
		if err != nil {
			return true, nil // systemd ignores the lines that it cannot read
		}
		mergeUnit(keys, more)
		return true, nil
	}
	for _, dir := range []string{localUnits, vendorUnits} {
		file := path.Join(dir, name+".service")
		state, err := box.Stat(ctx, file)
		if missing(err) || errors.Is(err, fs.ErrPermission) {
			continue
		}
		if err != nil {
			return l, err
		}
		if state.Target == "/dev/null" || state.Size == 0 && state.Target == "" {
			l.path, l.masked = file, true
			return l, nil
		}
		there, err := add(file)
		if err != nil {
			return l, err
		}
		if there {
			l.path = file
			break
		}
	}
	if l.path == "" {
		return l, nil
	}
	dropIns, err := matching(ctx, box, path.Join(localUnits, name+".service.d", "*.conf"))
	if err != nil {
		return l, err
	}
	for _, file := range dropIns {
		if _, err := add(file); err != nil {
			return l, err
		}
	}
	l.description = last(keys["Unit"]["Description"])
	l.argv = unitWords(last(keys["Service"]["ExecStart"]))
	l.restart = last(keys["Service"]["Restart"])
	return l, nil
}

// mergeUnit adds the values of a further file: an empty one forgets those before.
func mergeUnit(keys, more map[string]map[string][]string) {
	for section, pairs := range more {
		if keys[section] == nil {
			keys[section] = map[string][]string{}
		}
		for key, values := range pairs {
			keys[section][key] = values
		}
	}
}

func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// unitWords divides a command line of a unit as systemd does.
func unitWords(line string) []string {
	line = strings.TrimLeft(line, "-@:+!")
	var words []string
	for {
		line = strings.TrimLeft(line, " \t")
		if line == "" {
			return words
		}
		var word string
		word, line = unitFirst(line)
		words = append(words, word)
	}
}

func unitFirst(line string) (word, rest string) {
	var b strings.Builder
	var quote byte
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\\' && i+1 < len(line):
			i++
			b.WriteByte(line[i])
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == ' ' || c == '\t'):
			return b.String(), line[i:]
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

// enabled says how a unit stands to the next boot: "unit/NAME".
func (h *held) enabled(ctx context.Context, name string, l loaded) (string, error) {
	switch {
	case l.masked:
		return Masked, nil
	case l.path == "":
		return Deleted, nil
	}
	_, err := h.site.Sandbox.Stat(ctx, path.Join(wantedBy, name+".service"))
	if missing(err) || errors.Is(err, fs.ErrPermission) {
		return Disabled, nil
	}
	return Enabled, err
}

// States of a unit.
const (
	Enabled  = "enabled"
	Disabled = "disabled"
	Masked   = "masked"
	Deleted  = "deleted"
)
