//go:build linux && (amd64 || arm64)

package namespace

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// told writes changes as "op path", for comparison.
func told(t testing.TB, s sandbox.Sandbox) (string, []transcript.FileChange) {
	t.Helper()
	changes, err := s.Changes(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&b, "%s %s\n", c.Op, c.Path)
	}
	return strings.TrimSpace(b.String()), changes
}

func TestChanges(t *testing.T) {
	t.Parallel()
	config := sandbox.Config{
		Files: []sandbox.File{
			{Path: "f", Body: []byte("one\ntwo\n")}, {Path: "keep", Body: []byte("one\ntwo\n")},
			{Path: "d/g", Body: []byte("g\n")}, {Path: "x.sh", Mode: 0o755, Body: []byte("#!/bin/sh\n")},
			{Path: "/etc/watched", Body: []byte("w\n"), Writable: true}, {Path: "/tmp/w/f", Body: []byte("w\n")},
			{Path: "l", Mode: 0o777 | 1<<27, Body: []byte("f")},
		},
		Watch: []string{"/etc/watched", "/tmp/w/f", "/tmp/there", "/srv"},
	}
	for name, c := range map[string]struct{ script, want, diff string }{
		"nothing":           {"cat f keep d/g > /dev/null; ls -R; bash x.sh; ./x.sh", "", ""},
		"edit":              {"echo 2 >> f", "modified /app/f", "@@ -1,2 +1,3 @@\n one\n two\n+2\n"},
		"truncate":          {"> f", "modified /app/f", "@@ -1,2 +0,0 @@\n-one\n-two\n"},
		"same size":         {"printf 'ONE\\ntwo\\n' > f", "modified /app/f", "@@ -1,2 +1,2 @@\n-one\n+ONE\n two\n"},
		"faked date":        {"printf 'ONE\\ntwo\\n' > f; touch -r keep f", "modified /app/f", "@@ -1,2 +1,2 @@\n-one\n+ONE\n two\n"},
		"in place":          {"sed -i s/one/ten/ f", "replaced /app/f", "@@ -1,2 +1,2 @@\n-one\n+ten\n two\n"},
		"in place, nothing": {"sed -i s/x/y/ f x.sh keep; sed -i 's/ *$//' d/g", "", ""},
		"and made runnable": {"sed -i 's/\\r$//' x.sh; chmod +x x.sh; touch x.sh", "", ""},
		"and made private":  {"sed -i 's/\\r$//' x.sh; chmod 700 x.sh", "mode /app/x.sh", ""},
		"in place and back": {"sed -i s/one/ten/ f; sed -i s/ten/one/ f", "undone /app/f", "*"},
		"moved in and back": {"cp -p f o; echo evil > e; mv e f; cat f; mv o f", "undone /app/f", "*"},
		"aside and back":    {"mv f /tmp/f; mv /tmp/f f", "undone /app/f", "*"},
		"another's name":    {"cp -p f t; ln t u; mv t f; sleep 0.5; rm u", "undone /app/f", "*"},
		"edited after":      {"sed -i s/x/y/ f; cp f /tmp/f; echo evil > f; cat /tmp/f > f", "undone /app/f", "*"},
		"edited before":     {"cp f /tmp/f; echo evil > f; cp /tmp/f t; mv t f", "undone /app/f", "*"},
		"watched, in place": {"sed -i s/x/y/ /tmp/w/f", "", ""},
		"watched, and back": {"cp /tmp/w/f /tmp/w/o; sed -i s/w/evil/ /tmp/w/f; mv /tmp/w/o /tmp/w/f", "undone /tmp/w/f", "*"},
		"delete":            {"rm f", "deleted /app/f", "@@ -1,2 +0,0 @@\n-one\n-two\n"},
		"recreate the same": {"cat f > /tmp/f; rm f; cat /tmp/f > f", "undone /app/f", "*"},
		"recreate other":    {"rm f; echo new > f", "replaced /app/f", "@@ -1,2 +1 @@\n-one\n-two\n+new\n"},
		"mode":              {"chmod 000 f", "mode /app/f", ""},
		"mode and content":  {"echo x >> f; chmod 600 f", "modified /app/f", "@@ -1,2 +1,3 @@\n one\n two\n+x\n"},
		"mode and back":     {"chmod 000 x.sh; sleep 0.5; chmod 755 x.sh", "undone /app/x.sh", ""},
		"mode, rewritten":   {"cp x.sh /tmp/x; echo > x.sh; cp /tmp/x x.sh; chmod 777 x.sh", "mode /app/x.sh", ""},
		"mode as it was":    {"chmod +x x.sh; chmod 755 x.sh", "", ""},
		"touch":             {"touch f; touch -d 2001-01-01 keep", "", ""},
		"new file":          {"echo hi > new", "created /app/new", "@@ -0,0 +1 @@\n+hi\n"},
		"new folder":        {"mkdir -p a/b; echo x > a/b/c", "created /app/a\ncreated /app/a/b\ncreated /app/a/b/c", "@@ -0,0 +1 @@\n+x\n"},
		"rename":            {"mv f h", "deleted /app/f\ncreated /app/h", "@@ -0,0 +1,2 @@\n+one\n+two\n"},
		"rename and back":   {"mv f h; mv h f", "undone /app/f", ""},
		"folder and back":   {"mv d e; mv e d", "undone /app/d", ""},
		"swapped":           {"mv f t; mv keep f; mv t keep", "undone /app/f\nundone /app/keep", ""},
		"edit and restore":  {"cp f /tmp/b; echo evil > f; sleep 0.5; cat /tmp/b > f", "undone /app/f", "@@ -1,2 +1 @@\n-one\n-two\n+evil\n"},
		"quick restore":     {"b=$(<f); printf 'ONE\\n' > f; printf '%s\\n' \"$b\" > f; touch -r keep f", "undone /app/f", "*"},
		"hard link":         {"ln f /app/d/hard; echo z >> d/hard", "created /app/d/hard\nmodified /app/f", "@@ -1,2 +1,3 @@\n one\n two\n+z\n"},
		"hard and restore":  {"ln f d/hard; echo z > d/hard; cat keep > d/hard; rm d/hard", "undone /app/f", "*"},
		"link for file":     {"mv f h; ln -s h f", "replaced /app/f\ncreated /app/h", "*"},
		"link swap":         {"ln -sf keep l", "replaced /app/l", ""},
		"folder for file":   {"rm f; mkdir f", "replaced /app/f", ""},
		"folder gone":       {"rm -r d", "deleted /app/d\ndeleted /app/d/g", "*"},
		"folder locked":     {"chmod 000 d", "mode /app/d", ""},
		"home":              {"echo x >> ~/.profile; echo y > ~/new", "modified /root/.profile\ncreated /root/new", "@@ -0,0 +1 @@\n+y\n"},
		"watched":           {"echo x >> /etc/watched; echo y > /tmp/there", "modified /etc/watched\ncreated /tmp/there", "@@ -0,0 +1 @@\n+y\n"},
		"watched restored":  {"echo x > /etc/watched; sleep 0.5; echo w > /etc/watched", "undone /etc/watched", "@@ -1 +1 @@\n-w\n+x\n"},
		"unobserved":        {"echo x > /tmp/elsewhere; echo y > /run/z", "", ""},
		"binary":            {"printf 'a\\0b' > f", "modified /app/f", ""},
		"fifo":              {"rm f; mkfifo f", "replaced /app/f", ""},
		"workspace mode":    {"chmod 700 /app", "mode /app", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := machineFor(t, config)
			if r := bash(t, s, c.script); r.Exit != 0 {
				t.Fatalf("exit %d: %s", r.Exit, r.Stderr)
			}
			got, changes := told(t, s)
			if got != c.want {
				t.Fatalf("got\n%s\nwant\n%s", got, c.want)
			}
			if len(changes) > 0 && c.diff != "*" && changes[len(changes)-1].Diff != c.diff {
				t.Errorf("diff %q, want %q", changes[len(changes)-1].Diff, c.diff)
			}
			if modes := map[string]string{
				"mode": "----------", "mode and back": "----------", "and made private": "-rwx------", "folder locked": "d---------", "workspace mode": "drwx------",
			}[name]; len(changes) > 0 && strings.Join(changes[0].Modes, " ") != modes {
				t.Errorf("modes %q, want %q", changes[0].Modes, modes)
			}
			for _, ch := range changes {
				if (ch.Before == nil) != (ch.Op == transcript.FileCreated) || (ch.After == nil) != (ch.Op == transcript.FileDeleted) {
					t.Errorf("%+v", ch)
				}
			}
			if again, _ := told(t, s); again != "" {
				t.Errorf("told twice: %s", again)
			}
		})
	}
}

func TestSnapshot(t *testing.T) {
	s := machineFor(t, sandbox.Config{Files: []sandbox.File{{Path: "f", Body: []byte("hello\n")}}, Watch: []string{"/etc/hosts", "/app/sub", "/root"}})
	output(t, s, "echo x > later")
	snap := s.Snapshot()
	if got := strings.Join(snap.Roots, " "); got != "/app /root /etc/hosts" {
		t.Errorf("roots %s", got)
	}
	var names []string
	for _, f := range snap.Files {
		names = append(names, f.Path)
		if f.Path == "/app/f" && (f.SHA256 == "" || f.Size != 6 || f.Mode != "-rw-r--r--") {
			t.Errorf("%+v", f)
		}
	}
	if got := strings.Join(names, " "); got != "/app /app/f /etc/hosts /root /root/.bashrc /root/.profile" {
		t.Errorf("files %s", got)
	}
}

// What the harness does is not the agent's; what the agent did there before is.
func TestHarnessIsNoSubject(t *testing.T) {
	s := machineFor(t, sandbox.Config{Files: []sandbox.File{{Path: "f", Body: []byte("1\n")}, {Path: "d/x", Body: []byte("x\n")}}})
	ctx := within20(t)
	output(t, s, "echo 2 > f; mkdir e; echo y > d/y")
	if err := s.WriteFile(ctx, sandbox.File{Path: "f", Body: []byte("3\n")}); err != nil {
		t.Fatal(err)
	}
	if err := s.WriteFile(ctx, sandbox.File{Path: "n/e/w", Body: []byte("w\n")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(ctx, "d"); err != nil {
		t.Fatal(err)
	}
	got, changes := told(t, s)
	if want := "created /app/d/y\ncreated /app/e\nmodified /app/f"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if d := changes[len(changes)-1].Diff; d != "@@ -1 +1 @@\n-1\n+2\n" {
		t.Errorf("diff %q", d)
	}
	output(t, s, "echo 4 > f; echo w >> n/e/w")
	if got, _ := told(t, s); got != "modified /app/f\nmodified /app/n/e/w" {
		t.Errorf("%s", got)
	}
}
