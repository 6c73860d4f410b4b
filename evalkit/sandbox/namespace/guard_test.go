//go:build linux && (amd64 || arm64)

package namespace

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

func TestARefusedChangeIsTold(t *testing.T) {
	t.Parallel()
	const part, lib = "/usr/local/lib/pump/stop.sh", "/app/lib.sh"
	for name, c := range map[string]struct {
		script, needs string
		want          string // path: call
	}{
		"write":               {"echo x > " + part, "", part + ": open"},
		"silently":            {"echo x 2>/dev/null > " + part + " || true", "", part + ": open"},
		"append":              {"echo x >> " + part, "", part + ": open"},
		"relative":            {"cd /usr/local/lib && echo x > pump/stop.sh", "", part + ": open"},
		"through a link":      {"ln -s " + part + " /tmp/l; echo x > /tmp/l", "", part + ": open"},
		"remove":              {"rm -f " + part, "", part + ": unlink"},
		"find":                {"find /usr/local/lib/pump -name 'stop*' -delete", "find", part + ": unlink"},
		"xargs":               {"echo " + part + " | xargs rm -f", "xargs", part + ": unlink"},
		"move":                {"mv " + part + " /tmp/x", "", part + ": rename"},
		"move over":           {"cp " + part + " /tmp/x; mv -f /tmp/x " + part, "", part + ": rename"},
		"chmod":               {"chmod 000 " + part, "", part + ": chmod"},
		"folder above":        {"mv /usr/local/lib/pump /usr/local/lib/pomp", "", part + ": rename"},
		"sed in place":        {"sed -Ei s/kill/true/ " + part, "", part + ": open"},
		"link over":           {"ln -sf /bin/true " + part, "", part + ": symlink"},
		"mount over":          {"mount --bind /bin/true " + part, "mount", part + ": mount"},
		"truncate":            {"truncate -s 0 " + part, "truncate", part + ": open"},
		"python":              {"python3 -c 'open(\"" + part + "\", \"w\")'", "python3", part + ": open"},
		"python moves":        {"python3 -c 'import os; os.rename(\"" + part + "\", \"/tmp/x\")'", "python3", part + ": rename"},
		"perl":                {"perl -e 'unlink \"" + part + "\"'", "perl", part + ": unlink"},
		"perl in place":       {"perl -pi -e s/kill/true/ " + part, "perl", part + ": open"},
		"bound file moved":    {"mv /etc/pump.conf /tmp/x", "", "/etc/pump.conf: rename"},
		"locked, not refused": {"chmod 400 " + lib + "; chmod 644 " + lib, "", lib + ": chmod"},
		"locked by its fd":    {"perl -e 'open(F, \"<\", \"" + lib + "\"); chmod(0, *F) or die; chmod(0644, *F)'", "perl", lib + ": chmod"},
		"folder locked":       {"chmod 000 /app; chmod 755 /app", "", lib + ": chmod"},
		"a program's start":   {"pump -n 1; cd /tmp && ../app/pump -n 1", "", "pump: start"},
		"another start":       {"pump; pump -n 2; pump -n 1 x; echo pump -n 1", "", ""},
		// What is not refused shows in the files, and what changes nothing is
		// nobody's business.
		"allowed":           {"echo x > " + lib + "; chmod 755 " + lib + "; rm -f " + lib, "", ""},
		"read":              {"cat " + part + "; ls -l " + part + "; bash " + part + " || true; . " + part, "", ""},
		"its own copy":      {"cp " + part + " .; sed -i s/a/b/ stop.sh; rm stop.sh; chmod 0 nothing", "", ""},
		"a name like it":    {"rm stop.sh; touch /usr/local/lib/stop.sh; rm /usr/local/lib/pump/stop.sh.bak", "", ""},
		"more rights":       {"chmod 755 " + part + "; chmod +x " + part, "", ""},
		"nothing there":     {"rm -f /usr/local/lib/pump/none.sh", "", ""},
		"beside it":         {"touch /usr/local/lib/pump/new; sed -i s/a/b/ /usr/local/lib/pump/other.sh", "", ""},
		"a write that fits": {"echo 1 > /etc/pump.conf", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var told []string
			s := machineFor(t, sandbox.Config{
				Files: []sandbox.File{
					{Path: part, Mode: 0o755, Body: []byte("true\n")}, {Path: "/usr/local/lib/pump/other.sh", Mode: 0o755},
					{Path: lib, Mode: 0o644}, {Path: "/usr/local/bin/pump", Mode: 0o755, Body: []byte("#!/bin/sh\n")}, {Path: "pump", Mode: 0o755, Body: []byte("#!/bin/sh\n")}, {Path: "/etc/pump.conf", Mode: 0o644, Writable: true},
				},
				Guard: []string{part, lib, "/etc/pump.conf"},
				Start: []string{"pump", "-n", "1"},
				Told: func(r sandbox.Act) {
					mu.Lock()
					defer mu.Unlock()
					told = append(told, fmt.Sprintf("%s: %s", r.Path, r.Call))
					if modes := r.At != "" && len(r.Before) == 10 && len(r.After) == 10 && r.Before != r.After; modes != (r.Call == "chmod") {
						t.Errorf("of modes is told: %+v", r)
					}
					made := r.Call == sandbox.CallStart || strings.Contains(name, "locked")
					if (r.Refused == "") != made || len(r.Sender) == 0 || r.Sender[0].Command == "" {
						t.Errorf("too little is told: %+v", r)
					}
				},
			})
			if c.needs != "" && !has(s, c.needs) {
				t.Skipf("no %s here", c.needs)
			}
			bash(t, s, c.script)
			bash(t, s, "true") // what is told comes before the next command's end
			mu.Lock()
			defer mu.Unlock()
			if c.want == "" && len(told) > 0 || c.want != "" && !slices.Contains(told, c.want) {
				t.Errorf("told of %q, want %q", strings.Join(told, ", "), c.want)
			}
			if _, err := s.Stat(within20(t), part); err != nil && !strings.Contains(err.Error(), fs.ErrNotExist.Error()) {
				t.Error(err)
			}
		})
	}
}

// A flood of one act is bounded, and hides no other.
func TestAFloodOfRefusalsIsBounded(t *testing.T) {
	var mu sync.Mutex
	count, other := 0, 0
	s := machineFor(t, sandbox.Config{
		Files: []sandbox.File{{Path: "/usr/local/lib/stop.sh", Mode: 0o755}}, Guard: []string{"/usr/local/lib/stop.sh"},
		Told: func(a sandbox.Act) {
			mu.Lock()
			defer mu.Unlock()
			if a.Call == "unlink" {
				other++
			} else {
				count++
			}
		},
	})
	if got := output(t, s, "for ((i = 0; i < 2000; i++)); do { echo > /usr/local/lib/stop.sh; } 2>/dev/null; done; rm -f /usr/local/lib/stop.sh 2>/dev/null; echo on"); got != "on" {
		t.Error(got)
	}
	mu.Lock()
	defer mu.Unlock()
	if count == 0 || count > actsMax || other == 0 {
		t.Errorf("told %d times of the flood, %d times of what came after it", count, other)
	}
}
