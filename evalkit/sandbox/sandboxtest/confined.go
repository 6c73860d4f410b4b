package sandboxtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

const secretWord = "swordfish-7c1e"

// confinedChecks: nothing of the host is written, nor read of what is its own.
func confinedChecks() []check {
	needs := []sandbox.Promise{sandbox.Confined}
	return []check{
		{"no_host_environment", needs, func(k *kit) {
			// Not by Setenv, which no parallel test may use: Run may be called by one.
			if err := os.Setenv("CONFORMANCE_SECRET", secretWord); err != nil {
				k.Fatal(err)
			}
			k.Cleanup(func() { os.Unsetenv("CONFORMANCE_SECRET") })
			s := k.open(sandbox.Config{})
			got := k.sh(s, "env; cat /proc/self/environ /proc/*/environ 2>/dev/null")
			if strings.Contains(string(got.Stdout), secretWord) {
				k.Errorf("the host's environment: %s", got.Stdout)
			}
			if !strings.Contains(string(got.Stdout), "PATH=") {
				k.Error("no environment was looked at")
			}
		}},
		{"no_host_home", needs, func(k *kit) {
			dir, err := os.UserHomeDir()
			if err != nil {
				dir = os.TempDir()
			}
			secret(k, dir)
		}},
		{"no_host_temporary_files", needs, func(k *kit) { secret(k, os.TempDir()) }},
		{"no_host_working_folder", needs, func(k *kit) {
			dir, err := os.Getwd()
			if err != nil {
				k.Fatal(err)
			}
			secret(k, dir)
		}},
		{"no_host_processes", needs, func(k *kit) {
			s := k.open(sandbox.Config{})
			own := fmt.Sprintf("/proc/%d", os.Getpid())
			if r := k.sh(s, "kill -0 "+fmt.Sprint(os.Getpid())); r.Exit == 0 {
				k.Error("this process can be signalled")
			}
			for _, name := range []string{"environ", "maps", "mem", "exe", "cwd/.", "root/."} {
				// Another process may have that number inside, but not this executable.
				if r := k.sh(s, "cat "+own+"/"+name); r.Exit == 0 && name != "cwd/." && name != "root/." {
					k.Errorf("%s/%s is read", own, name)
				}
			}
		}},
		{"nothing_written_outside", needs, writtenOutside},
		{"system_is_read_only", needs, systemIsReadOnly},
		{"no_shadow", needs, func(k *kit) {
			host, err := os.ReadFile("/etc/shadow")
			s := k.open(sandbox.Config{})
			r := k.sh(s, "cat /etc/shadow")
			if err == nil && len(host) > 0 && string(r.Stdout) == string(host) {
				k.Error("the host's passwords are read")
			}
		}},
	}
}

// secret lays a file on the host that everybody may read, and wants it neither
// found nor read inside.
func secret(k *kit, dir string) {
	f, err := os.CreateTemp(dir, "conformance-secret")
	if err != nil {
		k.Skipf("no file can be laid into %s here: %v", dir, err)
	}
	defer os.Remove(f.Name())
	if _, err := f.WriteString(secretWord); err != nil {
		k.Fatal(err)
	}
	f.Chmod(0o644)
	f.Close()
	s := k.open(sandbox.Config{})
	at, err := filepath.Abs(f.Name())
	if err != nil {
		k.Fatal(err)
	}
	if r := k.sh(s, "cat '"+at+"'"); r.Exit == 0 || strings.Contains(string(r.Stdout), secretWord) {
		k.Errorf("%s is read: %q", at, r.Stdout)
	}
	if b, err := s.ReadFile(within(k), at, 0); err == nil {
		k.Errorf("the harness itself reads the host's file through the sandbox: %q", b)
	}
	k.sh(s, "echo gone > '"+at+"'; rm -f '"+at+"'")
	s.WriteFile(within(k), sandbox.File{Path: at, Body: []byte("gone")})
	s.Remove(within(k), at)
	if b, err := os.ReadFile(at); err != nil || string(b) != secretWord {
		k.Errorf("the host's file is %q now, %v", b, err)
	}
}

func writtenOutside(k *kit) {
	s := k.open(sandbox.Config{})
	name := fmt.Sprintf("conformance-%d", os.Getpid())
	k.out(s, "for d in . ${TMPDIR:-/tmp} $HOME; do echo x > $d/"+name+"; done")
	k.sh(s, "for d in / /tmp /var/tmp /run /dev/shm /home /srv /opt /var/lib; do echo x > $d/"+name+"; done 2>/dev/null")
	home, _ := os.UserHomeDir()
	for _, dir := range []string{"/", ".", "/tmp", "/var/tmp", "/run", "/root", "/dev/shm", "/home", "/srv", "/opt", "/var/lib", home, os.TempDir(), sandbox.DefaultWorkspace} {
		at := filepath.Join(dir, name)
		if _, err := os.Lstat(at); err == nil {
			os.Remove(at)
			k.Errorf("%s on the host", at)
		}
	}
}

// systemIsReadOnly tries what does no harm where it works: the checks may run as
// root, on a backend that is not done yet.
func systemIsReadOnly(k *kit) {
	s := k.open(sandbox.Config{})
	name := fmt.Sprintf("conformance-%d", os.Getpid())
	for _, script := range []string{
		": > /usr/$N", ": > /etc/$N", ": > /$N", "mkdir /var/lib/$N", "ln -s /tmp /usr/$N", "mkfifo /etc/$N",
		": >> /bin/sh", ": >> /etc/passwd", ": >> /etc/ld.so.cache", "touch /usr/bin/env", "chmod u+r /etc /usr/bin/env",
	} {
		if r := k.sh(s, "N="+name+"; "+script); r.Exit == 0 {
			k.Errorf("%s: done", script)
		}
	}
	for _, dir := range []string{"/usr", "/etc", "/", "/var/lib"} {
		os.Remove(filepath.Join(dir, name))
	}
	victim := filepath.Join("/usr/local/share", name)
	if err := os.WriteFile(victim, []byte("host\n"), 0o666); err != nil {
		k.Logf("only root can lay a file to be taken away: %v", err)
		return
	}
	defer os.Remove(victim)
	os.Chmod(victim, 0o666)
	for _, script := range []string{"rm -f $V", "mv $V /tmp/", "mv $V $V.new", "echo x > $V", "chmod 600 $V", "ln $V $V.new", "ln -sf /tmp $V", "truncate -s 0 $V"} {
		r := k.sh(s, "V="+victim+"; "+script)
		if b, err := os.ReadFile(victim); r.Exit == 0 && script != "rm -f $V" || err != nil || string(b) != "host\n" {
			k.Errorf("%s: exit %d; it is %q now, %v", script, r.Exit, b, err)
		}
	}
	os.Remove(victim + ".new")
}
