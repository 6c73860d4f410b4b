package switches

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// check refuses what cannot work, with the mend.
func (w World) check(props *world.Props) error {
	var errs []error
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("switches.World: "+format, args...))
	}
	if len(w.Services)+len(w.Settings)+len(w.Hooks) == 0 {
		wrong("there is neither a service nor a setting nor a hook; give it what can be switched")
	}
	seen := map[string]bool{}
	for _, s := range w.Services {
		if seen[s.Name] {
			wrong("there are two services of the name %q; give one of them another", s.Name)
		}
		seen[s.Name] = true
		s.check(props, wrong)
	}
	seen = map[string]bool{}
	for _, s := range w.Settings {
		if seen[s.Name] {
			wrong("there are two settings of the name %q; give one of them another", s.Name)
		}
		seen[s.Name] = true
		s.check(w, props, wrong)
	}
	seen = map[string]bool{}
	for _, k := range w.Hooks {
		if seen[k.Name] {
			wrong("there are two hooks of the name %q; give one of them another", k.Name)
		}
		seen[k.Name] = true
		k.check(props, wrong)
	}
	for _, s := range w.Shippers {
		s.check(w, props, wrong)
	}
	return errors.Join(errs...)
}

// plainName says whether a name can stand in a state, and in a glob as itself.
func plainName(name string) bool {
	return name != "" && !strings.ContainsAny(name, "/*?[]\\ \t\n.")
}

func (s Service) check(props *world.Props, wrong func(string, ...any)) {
	if !plainName(s.Name) {
		wrong("the service name %q: give one word, without a dot, a slash and the suffix .service", s.Name)
		return
	}
	if len(s.Argv) == 0 || !path.IsAbs(s.Argv[0]) {
		wrong("service %s has no program; give Argv, with the absolute path of one first", s.Name)
		return
	}
	if s.Run != nil && slices.ContainsFunc(props.Commands, func(c sandbox.Command) bool { return c.Path == s.Argv[0] }) {
		wrong("service %s: a command answers %s already; leave one of them out", s.Name, s.Argv[0])
	}
	if !slices.Contains([]string{"", "no", "always", "on-failure", "on-abnormal", "on-abort", "on-success"}, s.Restart) {
		wrong("service %s: there is no restart policy %q; it is no, always or on-failure", s.Name, s.Restart)
	}
	for _, verb := range s.Denied {
		if verb != "*" && !changing[verb] {
			wrong("service %s denies %q, which no verb of systemctl is that changes something; stop and disable are", s.Name, verb)
		}
	}
	if s.Unit != "" {
		unit, err := parseUnit([]byte(s.Unit))
		if err != nil {
			wrong("service %s: its unit cannot be read: %w", s.Name, err)
		} else if got := unitWords(last(unit["Service"]["ExecStart"])); !slices.Equal(got, s.Argv) {
			wrong("service %s: ExecStart of its unit is %q and Argv %q; let them agree", s.Name, got, s.Argv)
		}
	}
}

func (s Setting) check(w World, props *world.Props, wrong func(string, ...any)) {
	if !plainName(s.Name) {
		wrong("the setting name %q: give one word, without a dot and a slash", s.Name)
		return
	}
	if _, ok := formats[s.Format]; !ok {
		wrong("setting %s: there is no format %q; it is yaml, json, toml, ini, unit, env, line or text", s.Name, s.Format)
		return
	}
	if !slices.Contains([]Takes{"", AtStart, OnReload, AtOnce}, s.Takes) {
		wrong("setting %s: it cannot be taken up %q; it is AtStart, OnReload or AtOnce", s.Name, s.Takes)
	}
	if s.Key == "" && s.Format != Text {
		wrong("setting %s has no Key; only a text is a value as a whole", s.Name)
	}
	if s.Service != "" && !slices.ContainsFunc(w.Services, func(of Service) bool { return of.Name == s.Service }) {
		wrong("setting %s: there is no service %q; add it to Services", s.Name, s.Service)
	}
	for _, glob := range s.DropIns {
		if _, err := path.Match(glob, ""); err != nil || strings.ContainsAny(path.Dir(glob), "*?[") {
			wrong("setting %s: the glob %q: it may have * in its last part alone", s.Name, glob)
		}
	}
	at := slices.IndexFunc(props.Files, func(f sandbox.File) bool { return sandbox.Absolute(f.Path) == sandbox.Absolute(s.File) })
	if s.File == "" || at < 0 {
		wrong("setting %s: its file %q is not laid; add it to Scenario.Files", s.Name, s.File)
		return
	}
	file := props.Files[at]
	if file.Mode&(fs.ModeDir|fs.ModeSymlink) != 0 {
		wrong("setting %s: %s is no plain file", s.Name, s.File)
		return
	}
	_, found, err := valueAt(s.Format, file.Body, s.Key)
	switch {
	case err != nil:
		wrong("setting %s: %s as %s: %w", s.Name, s.File, s.Format, err)
	case !found && len(s.DropIns) == 0:
		wrong("setting %s: %s has no key %q; lay it with a value, or name one that it has", s.Name, s.File, s.Key)
	}
}
