//go:build amd64 || arm64

package switches_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/world/switches"
)

// What cannot work is refused before the first trial, with the mend.
func TestRefusals(t *testing.T) {
	service := func(change func(*switches.Service)) func(*evalkit.Scenario, *switches.World) {
		return func(_ *evalkit.Scenario, w *switches.World) { change(&w.Services[1]) }
	}
	setting := func(change func(*switches.Setting)) func(*evalkit.Scenario, *switches.World) {
		return func(_ *evalkit.Scenario, w *switches.World) { change(&w.Settings[0]) }
	}
	script := func(text string) func(*evalkit.Scenario, *switches.World) {
		return func(s *evalkit.Scenario, _ *switches.World) {
			for i, f := range s.Files {
				if f.Path == "/opt/watcher/watch.sh" {
					s.Files[i].Body = []byte(text)
				}
			}
		}
	}
	for name, c := range map[string]struct {
		change func(*evalkit.Scenario, *switches.World)
		want   string
	}{
		"nothing":                 {func(_ *evalkit.Scenario, w *switches.World) { *w = switches.World{} }, "neither a service nor a setting nor a hook"},
		"two worlds":              {func(s *evalkit.Scenario, w *switches.World) { s.World = append(s.World, *w) }, "the scenario has two"},
		"no argv":                 {service(func(s *switches.Service) { s.Argv = nil }), "watcher has no program"},
		"no absolute path":        {service(func(s *switches.Service) { s.Argv = []string{"watch.sh"} }), "watcher has no program"},
		"two of a name":           {service(func(s *switches.Service) { s.Name = "audit" }), `two services of the name "audit"`},
		"a suffix":                {service(func(s *switches.Service) { s.Name = "watcher.service" }), "without a dot"},
		"no such policy":          {service(func(s *switches.Service) { s.Restart = "sometimes" }), `no restart policy "sometimes"`},
		"denies no verb":          {service(func(s *switches.Service) { s.Denied = []string{"look"} }), `denies "look"`},
		"another ExecStart":       {service(func(s *switches.Service) { s.Unit = "[Service]\nExecStart=/bin/true\n" }), "let them agree"},
		"a program that is not":   {service(func(s *switches.Service) { s.Argv = []string{"/opt/watcher/none.sh"} }), "lay it in Scenario.Files"},
		"a program that ends":     {script("#!/bin/bash\nexit 0\n"), "killed"}, // right after its start, or by the first look
		"a program that forks":    {script("#!/bin/bash\nsleep 100 &\n"), "killed"},
		"two settings of a name":  {setting(func(s *switches.Setting) { s.Name = "limit" }), `two settings of the name "limit"`},
		"no such file":            {setting(func(s *switches.Setting) { s.File = "/etc/audit/other.yaml" }), "is not laid; add it to Scenario.Files"},
		"no such key":             {setting(func(s *switches.Setting) { s.Key, s.DropIns = "audit.lvl", nil }), `has no key "audit.lvl"`},
		"another format":          {setting(func(s *switches.Setting) { s.Format = switches.JSON }), "as json"},
		"no such format":          {setting(func(s *switches.Setting) { s.Format = "xml" }), `no format "xml"`},
		"no key":                  {setting(func(s *switches.Setting) { s.Key = "" }), "has no Key"},
		"no such service":         {setting(func(s *switches.Setting) { s.Service = "auditor" }), `no service "auditor"`},
		"a glob over folders":     {setting(func(s *switches.Setting) { s.DropIns = []string{"/etc/*/x.yaml"} }), "in its last part alone"},
		"taken up at no time":     {setting(func(s *switches.Setting) { s.Takes = "never" }), `taken up "never"`},
		"a service that is stuck": {script("#!/bin/bash\ntrap '' TERM\nwhile :; do sleep 100; done\n"), ""},
		"hidden by a drop-in": {func(s *evalkit.Scenario, _ *switches.World) {
			s.Files = append(s.Files, evalkit.File{Path: "/etc/audit/conf.d/a.yaml", Body: []byte("audit: {level: full}\n")})
		}, "its file being emptied: it is \"full\" still"},
		"a Go service that ends": {func(_ *evalkit.Scenario, w *switches.World) {
			w.Services[0].Run = func(context.Context, *switches.Daemon) int { return 0 }
		}, "audit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := watched()
			sc := office()
			c.change(&sc, &w)
			sc.World = append(sc.World, w)
			_, err := play(t, sc, "true")
			switch {
			case c.want == "" && err == nil:
			case err == nil || !strings.Contains(err.Error(), c.want):
				t.Errorf("got %v, want %q", err, c.want)
			case !strings.HasPrefix(err.Error(), "SPEC "):
				t.Errorf("whose fault is it? %v", err)
			}
		})
	}
}

// The world is part of the scenario's digest.
func TestWorldMarshals(t *testing.T) {
	one, err := json.Marshal(watched())
	if err != nil {
		t.Fatal(err)
	}
	w := watched()
	w.Settings[0].Key = "audit.other"
	if other, _ := json.Marshal(w); string(one) == string(other) {
		t.Errorf("another key, and the same text: %s", one)
	}
}
