//go:build amd64 || arm64

package switches_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
	"github.com/evalkit-go/evalkit/evalkit/world/switches"
)

// watcher is a service in a script.
const watcher = `#!/bin/bash
while :; do sleep 5; done
`

func folder(path string) evalkit.File {
	return evalkit.File{Path: path, Mode: fs.ModeDir | 0o755, Writable: true}
}

// watched is a world with a service of each kind and settings of several formats.
func watched() switches.World {
	return switches.World{
		Services: []switches.Service{
			{Name: "audit", Description: "Audit of actions", Argv: []string{"/opt/audit/bin/auditor", "--foreground"}, Run: func(ctx context.Context, d *switches.Daemon) int {
				d.Log("level " + d.Setting("level"))
				<-ctx.Done()
				return 0
			}},
			{Name: "watcher", Description: "Watches the queue", Argv: []string{"/opt/watcher/watch.sh"}},
			{Name: "guard", Argv: []string{"/opt/watcher/guard.sh"}, Restart: "always", Denied: []string{"stop"}},
		},
		Settings: []switches.Setting{
			{Name: "level", File: "/etc/audit/audit.yaml", Format: switches.YAML, Key: "audit.level", Service: "audit", Takes: switches.OnReload, DropIns: []string{"/etc/audit/conf.d/*.yaml"}},
			{Name: "interval", File: "/etc/watcher.ini", Format: switches.INI, Key: "watch.interval", Service: "watcher"},
			{Name: "limit", File: "limits.json", Format: switches.JSON, Key: "max"},
		},
	}
}

func office(w ...evalkit.World) evalkit.Scenario {
	return evalkit.Scenario{
		Name: "test/office", Prompt: "Look after the queue.", Tools: []evalkit.Tool{evalkit.Bash(), evalkit.Submit()}, World: w,
		Files: []evalkit.File{
			folder("/etc/audit"), {Path: "/etc/audit/audit.yaml", Body: []byte("# audit\naudit:\n  level: full\n"), Writable: true},
			folder("/etc/audit/conf.d"), folder("/opt/audit/bin"), folder("/opt/watcher"),
			{Path: "/opt/watcher/watch.sh", Mode: 0o755, Body: []byte(watcher)}, {Path: "/opt/watcher/guard.sh", Mode: 0o755, Body: []byte(watcher)},
			{Path: "/etc/watcher.ini", Body: []byte("[watch]\ninterval = 30\n"), Writable: true},
			{Path: "limits.json", Body: []byte(`{"max": 5}`)}, {Path: "notes.txt", Body: []byte("call the dentist\n")},
		},
	}
}

// tb is a test whose assertions are made elsewhere.
type tb struct {
	testing.TB
	mu     sync.Mutex
	errors []string
}

func (*tb) Failed() bool        { return true }
func (*tb) Logf(string, ...any) {}
func (t *tb) Errorf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.errors = append(t.errors, format)
}

// policy makes a model that runs command lines, one a turn, and submits.
func policy(t testing.TB, commands ...string) evalkit.Model {
	name := strings.NewReplacer("/", "-", " ", "-", ",", "", "'", "").Replace(strings.ToLower(t.Name()))
	scripted.Register(scripted.Policy{Name: name, Doc: "Runs a list of commands.", Reply: func(c *scripted.Conversation) scripted.Reply {
		if n := len(c.Called("bash")); n < len(commands) {
			return scripted.Do("bash", map[string]string{"command": commands[n]})
		}
		return scripted.Do("submit", map[string]string{"answer": "done"})
	}})
	return evalkit.MustModel("scripted/" + name)
}

// play plays one trial over HTTP in the sandbox, after the rehearsal.
func play(t testing.TB, sc evalkit.Scenario, commands ...string) (*transcript.Record, error) {
	t.Helper()
	trials := evalkit.Run(t.Context(), &tb{TB: t}, policy(t, commands...), sc, evalkit.LogDir(t.TempDir()), evalkit.Samples(1))
	judged, err := trials.Judge(evalkit.Question{Text: "anything", Judge: func(evalkit.Trial) (bool, error) { return true, nil }})
	if err != nil {
		return nil, err
	}
	return judged[0].Trial().Transcript()
}

// results are what the tool calls of a trial printed.
func results(r *transcript.Record) []string {
	var texts []string
	for _, e := range r.Events {
		if c, ok := e.Body.(transcript.ToolCall); ok && c.Call.Name == "bash" {
			texts = append(texts, c.Result)
		}
	}
	return texts
}

// evidence plays one trial and gives what the world knows of it.
func evidence(t testing.TB, commands ...string) (switches.Evidence, *transcript.Record) {
	t.Helper()
	r, err := play(t, office(watched()), commands...)
	if err != nil {
		t.Fatal(err)
	}
	e, err := switches.ReadEvidence(r)
	if err != nil {
		for _, event := range r.Events {
			t.Logf("%+v", event.Body)
		}
		t.Fatal(err)
	}
	return e, r
}

func told(e switches.Evidence) string {
	b, _ := json.MarshalIndent(e, "", " ")
	return string(b)
}

var _ world.Rehearser = switches.World{}
