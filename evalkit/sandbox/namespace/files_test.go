//go:build linux && (amd64 || arm64)

package namespace

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/observe"
)

func TestWriteAndRead(t *testing.T) {
	s := machineFor(t, sandbox.Config{})
	ctx := within20(t)
	big := bytes.Repeat([]byte("0123456789abcdef"), 50<<16)
	for name, c := range map[string]struct {
		path string
		body []byte
	}{
		"text":     {"a.txt", []byte("great\n")},
		"binary":   {"b.bin", []byte{0xc3, 0x28, 0}},
		"empty":    {"empty", nil},
		"space":    {"a b/ä c.txt", []byte("x")},
		"parents":  {"/tmp/deep/er/f", []byte("x")},
		"relative": {"deep/er/f", []byte("y")},
		"large":    {"large", big},
		"home":     {"/root/.config/tool.toml", []byte("x=1\n")},
	} {
		t.Run(name, func(t *testing.T) {
			if err := s.WriteFile(ctx, sandbox.File{Path: c.path, Body: c.body}); err != nil {
				t.Fatal(err)
			}
			b, err := s.ReadFile(ctx, c.path, 64<<20)
			if err != nil || !bytes.Equal(b, c.body) {
				t.Errorf("%d bytes, %v; want %d", len(b), err, len(c.body))
			}
			r := run(t, s, sandbox.Process{Argv: []string{"cat", c.path}, Output: 64 << 20})
			if !bytes.Equal(r.Stdout, c.body) {
				t.Errorf("commands see %d bytes, want %d", len(r.Stdout), len(c.body))
			}
		})
	}
	if err := s.WriteFile(ctx, sandbox.File{Path: "a.txt", Body: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if got := output(t, s, "cat a.txt; stat -c %a a.txt"); got != "x644" {
		t.Errorf("written again: %q", got)
	}
	at := time.Date(2024, 3, 5, 6, 7, 8, 9000, time.UTC)
	if err := s.WriteFile(ctx, sandbox.File{Path: "run.sh", Mode: 0o750, ModTime: at, Body: []byte("#!/bin/sh\n")}); err != nil {
		t.Fatal(err)
	}
	if got := output(t, s, "TZ=UTC stat -c '%A %y' run.sh"); got != "-rwxr-x--- 2024-03-05 06:07:08.000009000 +0000" {
		t.Errorf("%q", got)
	}
	if err := s.WriteFile(ctx, sandbox.File{Path: "run.sh", Body: []byte("#!/bin/bash\n")}); err != nil {
		t.Fatal(err)
	}
	if got := output(t, s, "stat -c %A run.sh"); got != "-rwxr-x---" {
		t.Errorf("a file without a mode keeps the one it has: %q", got)
	}
	changes, err := s.Changes(ctx)
	if err != nil || len(changes) != 0 {
		t.Errorf("what the harness lays is no change: %v, %v", changes, err)
	}
}

func TestFileErrors(t *testing.T) {
	s := machineFor(t, sandbox.Config{Files: []sandbox.File{{Path: "two-k", Body: make([]byte, 2048)}}})
	output(t, s, "echo x > secret; chmod -r secret; echo x > fixed; chmod -w fixed; mkdir d; mkfifo fifo; ln -s loop loop")
	ctx := within20(t)
	read := func(path string, max int64) func() error {
		return func() error { _, err := s.ReadFile(ctx, path, max); return err }
	}
	write := func(path string) func() error {
		return func() error { return s.WriteFile(ctx, sandbox.File{Path: path, Body: []byte("x")}) }
	}
	for name, c := range map[string]struct {
		do   func() error
		is   error
		says string
	}{
		"missing":            {read("nowhere", 0), fs.ErrNotExist, "nowhere"},
		"a URL":              {read("https://example.com/x", 0), fs.ErrNotExist, "example.com"},
		"folder":             {read("/etc", 0), syscall.EISDIR, "directory"},
		"not allowed":        {read("secret", 0), fs.ErrPermission, "secret"},
		"too large":          {read("two-k", 1024), sandbox.ErrTooLarge, "two-k"},
		"fifo":               {read("fifo", 0), observe.ErrNotRegular, "fifo"},
		"loop":               {read("loop", 0), syscall.ELOOP, "loop"},
		"device":             {read("/dev/zero", 0), observe.ErrNotRegular, "/dev/zero"},
		"write folder":       {write("d"), syscall.EISDIR, "directory"},
		"write not allowed":  {write("fixed"), fs.ErrPermission, "fixed"},
		"write system":       {write("/usr/bin/tool"), fs.ErrPermission, "/usr/bin/tool"},
		"write fifo":         {write("fifo"), nil, "fifo"},
		"write nowhere":      {write("/proc/x"), nil, "/proc"},
		"write out":          {write("../x"), nil, "workspace"},
		"remove missing":     {func() error { return s.Remove(ctx, "nowhere") }, fs.ErrNotExist, "nowhere"},
		"remove system":      {func() error { return s.Remove(ctx, "/bin/ls") }, fs.ErrPermission, "/bin/ls"},
		"stat missing":       {func() error { _, err := s.Stat(ctx, "nowhere"); return err }, fs.ErrNotExist, "nowhere"},
		"list missing":       {func() error { _, err := s.List(ctx, "nowhere"); return err }, fs.ErrNotExist, "nowhere"},
		"list a file":        {func() error { _, err := s.List(ctx, "two-k"); return err }, syscall.ENOTDIR, "two-k"},
		"file as a folder":   {write("two-k/x"), syscall.ENOTDIR, "two-k"},
		"read through a fil": {read("two-k/x", 0), syscall.ENOTDIR, "two-k"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.do()
			if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; want %v saying %q", err, c.is, c.says)
			}
		})
	}
	if _, err := s.ReadFile(ctx, "two-k", 2048); err != nil {
		t.Errorf("a file of just the limit: %v", err)
	}
}

// A link leads where it would inside, never to the host's file.
func TestLinksStayInside(t *testing.T) {
	outside := t.TempDir() + "/outside"
	if err := os.WriteFile(outside, []byte("host\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	s := machineFor(t, sandbox.Config{})
	ctx := within20(t)
	output(t, s, "ln -s "+outside+" abs; ln -s ../../../../../../.."+outside+" rel; ln -s /proc/1/root"+outside+" magic; ln -s /etc/passwd pw; ln -s / root")
	for _, name := range []string{"abs", "rel", "magic", "root" + outside, "/proc/1/root" + outside, "/proc/self/root" + outside, "../../../.." + outside} {
		if b, err := s.ReadFile(ctx, name, 0); err == nil {
			t.Errorf("%s: read %q", name, b)
		}
	}
	if b, err := s.ReadFile(ctx, "pw", 0); err != nil || !strings.HasPrefix(string(b), "root:x:0:0:root:/root:/bin/bash\ndaemon") {
		t.Errorf("%q, %v", b, err)
	}
	s.WriteFile(ctx, sandbox.File{Path: "abs", Body: []byte("mine\n")})
	s.Remove(ctx, "root"+outside)
	if b, err := os.ReadFile(outside); err != nil || string(b) != "host\n" {
		t.Errorf("outside: %q, %v", b, err)
	}
}

func TestStatAndList(t *testing.T) {
	s := machineFor(t, sandbox.Config{Files: []sandbox.File{
		{Path: "d/b.txt", Body: []byte("hello\n"), Mode: 0o600},
		{Path: "d/a", Mode: fs.ModeDir | 0o700},
		{Path: "d/l", Mode: fs.ModeSymlink, Body: []byte("b.txt")},
	}})
	list, err := s.List(context.Background(), "d")
	if err != nil || len(list) != 3 {
		t.Fatalf("%+v, %v", list, err)
	}
	for i, want := range []struct{ path, mode, sum, target string }{
		{"/app/d/a", "drwx------", "", ""},
		{"/app/d/b.txt", "-rw-------", "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", ""},
		{"/app/d/l", "lrwxrwxrwx", "", "b.txt"},
	} {
		got := list[i]
		if got.Path != want.path || got.Mode != want.mode || got.SHA256 != want.sum || got.Target != want.target {
			t.Errorf("%+v, want %+v", got, want)
		}
		if one, err := s.Stat(context.Background(), want.path); err != nil || one != got {
			t.Errorf("stat %+v, list %+v, %v", one, got, err)
		}
	}
}

// Files are where the scenario wants them, and look as if they had been there.
func TestLaidFiles(t *testing.T) {
	s := machineFor(t, sandbox.Config{
		Workspace: "/usr/src/project",
		Files: []sandbox.File{
			{Path: "main.c", Body: []byte("int main;\n")},
			{Path: "/etc/foo/bar.conf", Body: []byte("a=1\n")},
			{Path: "/etc/hosts", Body: []byte("10.0.0.7 db\n")},
			{Path: "/etc/state", Body: []byte("on\n"), Writable: true},
			{Path: "/bin/newtool", Mode: 0o755, Body: []byte("#!/bin/sh\necho new\n")},
			{Path: "/usr/bin/env", Mode: 0o755, Body: []byte("#!/bin/sh\necho replaced\n")},
			{Path: "/usr/share/spool", Mode: fs.ModeDir | 0o755, Writable: true},
			{Path: "/usr/share/spool/job", Body: []byte("job\n")},
			{Path: "/srv/data/x", Body: []byte("x\n")},
			{Path: "/srv/live", Body: []byte("live\n"), Writable: true},
			{Path: "/var/lib/app/db", Body: []byte("db\n")},
			{Path: "/var/run/app.pid", Body: []byte("7\n")},
			{Path: "/etc/link", Mode: fs.ModeSymlink, Body: []byte("hostname")},
			{Path: "/root/notes", Body: []byte("n\n"), ModTime: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)},
		},
		Hide:     []string{"perl", "/etc/hostname", "/usr/bin/base64"},
		Hostname: "db-1",
	})
	for script, want := range map[string]string{
		"pwd; grep -c . main.c":                                                             "/usr/src/project\n1",
		"cat /etc/foo/bar.conf /etc/hosts /etc/link 2>&1 || true":                           "a=1\n10.0.0.7 db\ncat: /etc/link: No such file or directory",
		"newtool; /usr/bin/newtool; env":                                                    "new\nnew\nreplaced",
		"cat /srv/data/x /var/lib/app/db /run/app.pid":                                      "x\ndb\n7",
		"echo off > /etc/state; cat /etc/state":                                             "off",
		"echo dead > /srv/live; cat /srv/live":                                              "dead",
		"cd /usr/share/spool; cat job; echo > more; rm job; ls":                             "job\nmore",
		"echo w > main.c; cat main.c":                                                       "w",
		"which perl base64 || echo none":                                                    "none",
		"TZ=UTC stat -c %y /root/notes":                                                     "2025-01-02 03:04:05.000000000 +0000",
		"stat -c %A /etc /usr /usr/bin /usr/share /etc/foo":                                 "drwxr-xr-x\ndrwxr-xr-x\ndrwxr-xr-x\ndrwxr-xr-x\ndrwxr-xr-x",
		"find /etc/foo /etc/hosts /usr/bin/newtool /srv/data /root /var -newermt '-1 day' ": "",
	} {
		if got := output(t, s, script); got != want {
			t.Errorf("%s\n%q, want %q", script, got, want)
		}
	}
	for _, script := range []string{
		"echo x > /etc/foo/bar.conf", "echo x > /etc/foo/new", "rm /etc/foo/bar.conf", "rm /usr/bin/newtool", "echo x > /srv/data/x",
		"echo x > /var/lib/app/db", "chmod +w /etc/hosts", "mv /etc/foo /etc/bar",
	} {
		if r := bash(t, s, script); r.Exit == 0 {
			t.Errorf("%s: done", script)
		}
	}
}

// The folder that a file is laid into keeps its looks.
func TestLayingKeepsParentsLooks(t *testing.T) {
	plain := machineFor(t, sandbox.Config{})
	laid := machineFor(t, sandbox.Config{Files: []sandbox.File{{Path: "/usr/lib/tool/data", Body: []byte("x")}}, Hide: []string{"perl"}})
	const look = "stat -c '%n %A %Y' /usr /usr/bin /usr/lib /usr/local; ls /usr/bin | grep -v '^perl$' | wc -l"
	if a, b := output(t, plain, look), output(t, laid, look); a != b {
		t.Errorf("without\n%s\nwith\n%s", a, b)
	}
}

func TestConfigErrors(t *testing.T) {
	answer := func(context.Context, *sandbox.Call) int { return 0 }
	for name, c := range map[string]struct {
		c    sandbox.Config
		says string
	}{
		"workspace":       {sandbox.Config{Workspace: "app"}, "workspace"},
		"workspace root":  {sandbox.Config{Workspace: "/"}, "workspace"},
		"hostname":        {sandbox.Config{Hostname: "a b"}, "a b"},
		"out":             {sandbox.Config{Files: []sandbox.File{{Path: "../x"}}}, "../x"},
		"proc":            {sandbox.Config{Files: []sandbox.File{{Path: "/proc/x"}}}, "/proc/x"},
		"pipe":            {sandbox.Config{Files: []sandbox.File{{Path: "x", Mode: fs.ModeNamedPipe}}}, "x"},
		"no target":       {sandbox.Config{Files: []sandbox.File{{Path: "x", Mode: fs.ModeSymlink}}}, "x"},
		"below zero":      {sandbox.Config{Limits: sandbox.Limits{Disk: -1}}, "Disk"},
		"command twice":   {sandbox.Config{Commands: []sandbox.Command{{Path: "a", Run: answer}, {Path: "/usr/local/bin/a", Run: answer}}}, "/usr/local/bin/a"},
		"command of none": {sandbox.Config{Commands: []sandbox.Command{{Path: "a"}}}, "a"},
		"variable":        {sandbox.Config{Env: map[string]string{"A=B": "x"}}, "A=B"},
		"does not fit":    {sandbox.Config{Limits: sandbox.Limits{Disk: 1 << 20}, Files: []sandbox.File{{Path: "x", Body: make([]byte, 2<<20)}}}, "Limits.Disk"},
		"file as folder":  {sandbox.Config{Files: []sandbox.File{{Path: "/usr/bin/env/x", Body: []byte("x")}}}, "/usr/bin/env"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Backend{}.Open(within20(t), c.c)
			if err == nil {
				s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.says) || errors.Is(err, sandbox.ErrUnsupported) {
				t.Errorf("%v; want it to say %s", err, c.says)
			}
		})
	}
}
