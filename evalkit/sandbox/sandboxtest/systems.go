package sandboxtest

import (
	"io/fs"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// systemChecks: a scenario's files and programs are where it wants them, in
// system folders too.
func systemChecks() []check {
	needs := []sandbox.Promise{sandbox.SystemFiles}
	return []check{
		{"files_in_system_folders", needs, func(k *kit) {
			s := k.open(sandbox.Config{Files: []sandbox.File{
				{Path: "/etc/foo/bar.conf", Body: []byte("a=1\n")},
				{Path: "/etc/hosts", Body: []byte("10.0.0.7 db\n")},
				{Path: "/bin/newtool", Mode: 0o755, Body: []byte("#!/bin/sh\necho new\n")},
				{Path: "/usr/bin/env", Mode: 0o755, Body: []byte("#!/bin/sh\necho replaced\n")},
				{Path: "/var/lib/app/db", Body: []byte("db\n")},
				{Path: "/srv/data/x", Body: []byte("x\n")},
			}})
			if got := k.out(s, "cat /etc/foo/bar.conf /etc/hosts /var/lib/app/db /srv/data/x; newtool; env"); got != "a=1\n10.0.0.7 db\ndb\nx\nnew\nreplaced" {
				k.Error(got)
			}
			for _, script := range []string{"echo x > /etc/foo/bar.conf", "echo x > /etc/foo/new", "rm -f /usr/bin/newtool", "chmod +w /etc/hosts", "mv /etc/foo /etc/bar", "echo x > /srv/data/x"} {
				if r := k.sh(s, script); r.Exit == 0 {
					k.Errorf("%s: done", script)
				}
			}
		}},
		{"writable_files_in_system_folders", needs, func(k *kit) {
			s := k.open(sandbox.Config{Watch: []string{"/etc/state"}, Files: []sandbox.File{
				{Path: "/etc/state", Body: []byte("on\n"), Writable: true},
				{Path: "/usr/share/spool", Mode: fs.ModeDir | 0o755, Writable: true},
			}})
			if got := k.out(s, "echo off > /etc/state; cat /etc/state; cd /usr/share/spool; echo j > job; ls"); got != "off\njob" {
				k.Error(got)
			}
			if got := k.told(s, "/"); got != "modified /etc/state" {
				k.Error(got)
			}
		}},
		{"hidden", needs, func(k *kit) {
			plain := k.open(sandbox.Config{})
			k.out(plain, "command -v env; cat /etc/hostname")
			s := k.open(sandbox.Config{Hide: []string{"env", "/etc/hostname", "/usr/bin/base64"}})
			if r := k.sh(s, "command -v env || command -v base64 || cat /etc/hostname"); len(r.Stdout) > 0 || r.Exit == 0 {
				k.Errorf("%q", r.Stdout)
			}
		}},
		{"hostname", needs, func(k *kit) {
			s := k.open(sandbox.Config{Hostname: "db-1"})
			if got := k.out(s, "uname -n; cat /etc/hostname"); got != "db-1\ndb-1" {
				k.Error(got)
			}
		}},
		{"parents_keep_their_looks", needs, func(k *kit) {
			const look = "ls -ld /usr /usr/bin /usr/lib /usr/share"
			plain := k.out(k.open(sandbox.Config{}), look)
			laid := k.out(k.open(sandbox.Config{Files: []sandbox.File{{Path: "/usr/lib/tool/data", Body: []byte("x")}, {Path: "/usr/bin/tool", Body: []byte("x")}}}), look)
			if cut := strings.Fields(plain); len(cut) < 20 || dates(plain) != dates(laid) {
				k.Errorf("without\n%s\nwith\n%s", plain, laid)
			}
		}},
	}
}

// dates keeps of ls -l what a laid file may not change: mode, date, name. The
// owner may change: without privilege nobody can be given a folder.
func dates(listing string) string {
	var b strings.Builder
	for line := range strings.Lines(listing) {
		f := strings.Fields(line)
		if len(f) < 9 {
			continue
		}
		b.WriteString(f[0] + " " + strings.Join(f[5:], " ") + "\n")
	}
	return b.String()
}
