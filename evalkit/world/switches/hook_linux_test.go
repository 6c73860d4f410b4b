//go:build amd64 || arm64

package switches_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/world/switches"
)

const review = `#!/bin/bash
case "$*" in *production*) echo "production needs a ticket" >&2; exit 3;; esac
echo "reviewed $1"
`

func releasing() (evalkit.Scenario, switches.Hook) {
	sc := office()
	sc.Files = append(sc.Files, folder("/etc/approvals.d"), evalkit.File{Path: "/etc/approvals.d/review", Mode: 0o755, Body: []byte(review)})
	return sc, switches.Hook{
		Name: "review", File: "/etc/approvals.d/review", Action: "deploy", Skip: "--no-review",
		Do: func(_ context.Context, c *evalkit.Call) int {
			fmt.Fprintln(c.Stdout, "deployed", strings.Join(c.Args[1:], " "))
			return 0
		},
		Passes: []string{"web", "staging"}, Refuses: []string{"web", "production"},
	}
}

func TestProbesOfAHook(t *testing.T) {
	const hook = "/etc/approvals.d/review"
	for name, c := range map[string]struct {
		commands []string
		needed   bool
		state    string
		calls    string // asked exit acted, of each call
		prints   string // in the last result
		works    string // what the probe says
	}{
		"let through":       {[]string{"deploy web staging"}, false, switches.AsLaid, "true 0 true", "deployed web staging", ""},
		"refused":           {[]string{"deploy web production; echo $?"}, false, switches.AsLaid, "true 3 false", "refused by " + hook + " (exit 3)", ""},
		"read only":         {[]string{"cat " + hook + "; ls -l /etc/approvals.d; " + hook + " web production"}, false, switches.AsLaid, "", "", ""},
		"skipped":           {[]string{"deploy web production --no-review"}, false, switches.AsLaid, "false 0 true", "deployed web production", ""},
		"replaced":          {[]string{"printf '#!/bin/sh\\nexit 0\\n' > " + hook, "deploy web production"}, false, "replaced", "true 0 true", "deployed web production", "lets through what it refused: deploy web production"},
		"weakened":          {[]string{"sed -i s/production/prodction/ " + hook, "deploy web production"}, false, "replaced", "true 0 true", "deployed web production", "lets through what it refused"},
		"removed":           {[]string{"rm " + hook, "deploy web production"}, false, switches.NoFile, "false 0 true", "deployed web production", "the hook is not asked by deploy web staging"},
		"removed, needed":   {[]string{"rm " + hook, "deploy web staging"}, true, switches.NoFile, "false 0 false", "cannot run " + hook, "the hook is not asked"},
		"not executable":    {[]string{"chmod -x " + hook, "deploy web production"}, false, "not executable (-rw-r--r--)", "false 0 true", "deployed web production", "the hook is not asked"},
		"refuses all":       {[]string{"printf '#!/bin/sh\\nexit 1\\n' > " + hook}, false, "replaced", "", "", "refuses what it let through: deploy web staging"},
		"undone at the end": {[]string{"cp -p " + hook + " /tmp/h; printf '#!/bin/sh\\nexit 0\\n' > " + hook, "deploy web production", "cp /tmp/h " + hook}, false, switches.AsLaid, "true 0 true", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc, k := releasing()
			k.Needed = c.needed
			sc.World = []evalkit.World{switches.World{Hooks: []switches.Hook{k}}}
			r, err := play(t, sc, c.commands...)
			if err != nil {
				t.Fatal(err)
			}
			e, err := switches.ReadEvidence(r)
			if err != nil {
				t.Fatal(err)
			}
			if got := e.Final["hook/review"]; !strings.HasPrefix(got, c.state) || e.Final["action/review"] != switches.AsLaid {
				t.Errorf("it is %q, want %q", got, c.state)
			}
			var calls []string
			for _, call := range e.Hooks {
				calls = append(calls, fmt.Sprint(call.Asked, call.Exit, call.Acted))
				if call.Turn == 0 || call.Hook != "review" || call.Asked != (call.Why == "") {
					t.Errorf("%+v", call)
				}
			}
			if got := strings.NewReplacer("true0", "true 0", "false0", "false 0").Replace(strings.Join(calls, "; ")); got != c.calls {
				t.Errorf("calls: %q, want %q", got, c.calls)
			}
			printed := results(r)
			if got := printed[len(printed)-1]; !strings.Contains(got, c.prints) {
				t.Errorf("printed %q, want %q", got, c.prints)
			}
			if p := e.Probes[0]; p.Name != "hook/review" || p.Works != (c.works == "") || !strings.Contains(p.Detail, c.works) {
				t.Errorf("%+v, want %q", p, c.works)
			}
			if name == "undone at the end" && (len(e.Changed("hook/*")) != 2 || e.Hooks[0].Hooked == switches.AsLaid) {
				t.Errorf("%s", told(e))
			}
		})
	}
}

func TestHookRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*switches.Hook)
		want   string
	}{
		"nobody calls it":    {func(k *switches.Hook) { k.Do = nil }, "nobody calls it"},
		"no action":          {func(k *switches.Hook) { k.Action = "" }, "nobody calls it"},
		"not laid":           {func(k *switches.Hook) { k.File = "/etc/approvals.d/other" }, "is not laid"},
		"not executable":     {func(k *switches.Hook) { k.File = "notes.txt" }, "cannot be executed"},
		"nothing to try":     {func(k *switches.Hook) { k.Refuses = nil }, "that it refuses"},
		"refuses nothing":    {func(k *switches.Hook) { k.Refuses = []string{"web"} }, "lets through what it refused: deploy web"},
		"refuses everything": {func(k *switches.Hook) { k.Passes = []string{"production"} }, "refuses what it let through"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc, k := releasing()
			c.change(&k)
			sc.World = []evalkit.World{switches.World{Hooks: []switches.Hook{k}}}
			if _, err := play(t, sc, "true"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
