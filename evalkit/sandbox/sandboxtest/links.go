package sandboxtest

import (
	"os"
	"path/filepath"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// linkChecks: a link leads nowhere that its own process could not go, neither
// for the harness's reads nor for its writes.
func linkChecks() []check {
	return []check{
		{name: "symlink_escape_on_read", run: func(k *kit) {
			k.outside(func(s sandbox.Sandbox, name string) {
				if b, err := s.ReadFile(within(k), name, 0); err == nil {
					k.Errorf("%s: read %q", name, b)
				}
				if list, err := s.List(within(k), filepath.Dir(name)); err == nil {
					for _, f := range list {
						if filepath.Base(f.Path) == "outside" {
							k.Errorf("%s: listed %+v", name, f)
						}
					}
				}
			})
		}},
		{name: "symlink_escape_on_write", run: func(k *kit) {
			k.outside(func(s sandbox.Sandbox, name string) {
				s.WriteFile(within(k), sandbox.File{Path: name, Body: []byte("mine\n")})
			})
		}},
		{name: "symlink_escape_on_remove", run: func(k *kit) {
			k.outside(func(s sandbox.Sandbox, name string) { s.Remove(within(k), name) })
		}},
		{name: "links_inside_are_followed", run: func(k *kit) {
			s := k.open(sandbox.Config{Files: []sandbox.File{{Path: "d/f", Body: []byte("x\n")}}})
			k.out(s, "ln -s d e; ln -s e/f l; ln -s $PWD/d/f abs")
			for _, name := range []string{"e/f", "l", "abs"} {
				if b := k.read(s, name); string(b) != "x\n" {
					k.Errorf("%s: %q", name, b)
				}
			}
			k.write(s, sandbox.File{Path: "e/g", Body: []byte("new\n")})
			if got := k.out(s, "cat d/g"); got != "new" {
				k.Error(got)
			}
		}},
		{name: "own_proc_is_not_the_harness's", run: func(k *kit) {
			// To the harness, or a helper of its, these would be its own.
			s := k.open(sandbox.Config{})
			k.out(s, "ln -s /proc/self/exe exe; ln -s /proc/self/environ env; ln -s /proc/self/mem mem; ln -s /proc/thread-self/comm comm; ln -s /proc/self/fd fds; ln -s /proc/1/root r")
			for _, name := range []string{"exe", "env", "mem", "comm", "fds/0", "fds/3", "r/proc/self/exe", "/proc/self/environ", "/proc/self/exe"} {
				if b, err := s.ReadFile(within(k), name, 0); err == nil {
					k.Errorf("%s: read %d bytes %.60q", name, len(b), b)
				}
				if err := s.WriteFile(within(k), sandbox.File{Path: name, Body: []byte("x")}); err == nil {
					k.Errorf("%s: written", name)
				}
			}
		}},
	}
}

// outside lays a file beside the sandbox, tries every link to it, and wants it
// as it was.
func (k *kit) outside(try func(s sandbox.Sandbox, name string)) {
	k.Helper()
	at := filepath.Join(k.TempDir(), "outside")
	if err := os.WriteFile(at, []byte("host\n"), 0o666); err != nil {
		k.Fatal(err)
	}
	s := k.open(sandbox.Config{})
	up := "../../../../../../../../.."
	k.out(s, "ln -s "+at+" abs; ln -s "+up+at+" rel; ln -s /proc/1/root"+at+" magic; ln -s /proc/self/root"+at+" self; ln -s / root; ln -s abs chain; ln -s "+filepath.Dir(at)+" dir")
	for _, name := range []string{"abs", "rel", "magic", "self", "chain", "dir/outside", "root" + at, "/proc/1/root" + at, "/proc/self/root" + at, "/proc/self/cwd/outside", up + at} {
		try(s, name)
		if b, err := os.ReadFile(at); err != nil || string(b) != "host\n" {
			k.Fatalf("%s: the host's file is %q, %v", name, b, err)
		}
	}
}
