//go:build linux && (amd64 || arm64)

package namespace

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// privilegeAttempts want rights that the agent does not have.
func privilegeAttempts() []attempt {
	return []attempt{
		{name: "setuid to another", want: "EPERM or EINVAL", do: func() error {
			for _, err := range []error{unix.Setresuid(1, 1, 1), unix.Setresgid(1, 1, 1), unix.Setgroups([]int{0}), unix.Setresuid(65534, 65534, 65534)} {
				if err != unix.EPERM && err != unix.EINVAL {
					return fmt.Errorf("%v", err)
				}
			}
			return errors.New("EPERM or EINVAL")
		}},
		{name: "capset", want: "EPERM", do: func() error {
			header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
			data := [2]unix.CapUserData{{Effective: 1 << unix.CAP_SYS_ADMIN, Permitted: 1 << unix.CAP_SYS_ADMIN}}
			return unix.Capset(&header, &data[0])
		}},
		{name: "ambient capability", want: "EPERM", do: func() error {
			return unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, unix.CAP_SYS_ADMIN, 0, 0)
		}},
		{name: "no_new_privs off", want: "EINVAL", do: func() error { return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) }},
		{name: "seccomp off", want: "EINVAL|EFAULT", do: func() error { return unix.Prctl(unix.PR_SET_SECCOMP, 0, 0, 0, 0) }},
		{name: "capabilities of a setuid program", want: "done", do: setuidProgram},
		{name: "file capabilities", want: "EPERM", do: func() error {
			return unix.Setxattr("/app/try", "security.capability", []byte("\x01\x00\x00\x02\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x00"), 0)
		}},
		{name: "device nodes", want: "EPERM", do: func() error {
			var calls []func() error
			for _, dir := range []string{"/app", "/tmp", "/dev/shm", "/run"} {
				for _, d := range [][2]uint32{{8, 0}, {1, 1}, {1, 2}, {10, 200}} {
					calls = append(calls,
						func() error { return unix.Mknod(dir+"/node", unix.S_IFCHR|0o666, int(unix.Mkdev(d[0], d[1]))) },
						func() error { return unix.Mknod(dir+"/node", unix.S_IFBLK|0o666, int(unix.Mkdev(d[0], d[1]))) })
				}
			}
			return each(calls...)
		}},
		{name: "a whiteout", want: "done", outside: true, do: func() error { // what mknod may do: it opens nothing
			defer os.Remove("node")
			return unix.Mknod("node", unix.S_IFCHR, 0)
		}},
		{name: "open a whiteout as a device", want: "ENXIO|EACCES", do: func() error {
			if err := unix.Mknod("/app/node0", unix.S_IFCHR|0o600, 0); err != nil {
				return err
			}
			defer os.Remove("/app/node0")
			return openAndRead("/app/node0", unix.O_RDWR)
		}},
		{name: "devices there are", want: "done", do: func() error {
			entries, err := os.ReadDir("/dev")
			if err != nil {
				return err
			}
			for _, e := range entries {
				if !strings.Contains(" null zero full random urandom tty fd stdin stdout stderr ptmx pts shm mqueue ", " "+e.Name()+" ") {
					return errors.New(e.Name())
				}
			}
			return nil
		}},
		{name: "iopl, ioperm", want: "EPERM|ENOSYS", do: ioPorts},
		{name: "TIOCSTI to a terminal of somebody's", want: "ENXIO", do: func() error {
			fd, err := unix.Open("/dev/tty", unix.O_RDWR, 0)
			if err != nil {
				return err
			}
			c := byte('x')
			return call3(unix.SYS_IOCTL, uintptr(fd), unix.TIOCSTI, uintptr(unsafe.Pointer(&c)))
		}},
		{name: "priorities", want: "EACCES", do: func() error { return unix.Setpriority(unix.PRIO_PROCESS, 0, -5) }},
		{name: "real-time scheduling", want: "EPERM", do: func() error {
			prio := int32(50)
			return call3(unix.SYS_SCHED_SETSCHEDULER, 0, 1, uintptr(unsafe.Pointer(&prio)))
		}},
		{name: "real-time disk priority", want: "EPERM", do: func() error { return call3(unix.SYS_IOPRIO_SET, 1, 0, 1<<13) }},
		{name: "oom_score_adj down", want: "EACCES", do: func() error { return writeTo("/proc/self/oom_score_adj", "-1000") }},
		{name: "id maps", want: "EPERM|EACCES", do: func() error {
			return each(func() error { return writeTo("/proc/self/uid_map", "0 0 1") }, func() error { return writeTo("/proc/self/gid_map", "0 0 1") })
		}},
		{name: "locked memory", want: "ENOMEM|EPERM", do: func() error {
			b, err := unix.Mmap(-1, 0, 64<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
			if err != nil {
				return err
			}
			return unix.Mlock(b)
		}},
	}
}

func writeTo(name, s string) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(s)
	return err
}

// setuidProgram runs a copy of this program that is setuid and setgid, and the
// system's own such programs, and wants no capability in any.
func setuidProgram() error {
	b, err := os.ReadFile("/bin/cat")
	if err != nil {
		return err
	}
	if err := os.WriteFile("/tmp/mine", b, 0o755); err != nil {
		return err
	}
	if err := os.Chmod("/tmp/mine", 0o6755|os.ModeSetuid|os.ModeSetgid); err != nil {
		return err
	}
	out, err := exec.Command("/tmp/mine", "/proc/self/status").Output()
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "Cap") && strings.Trim(strings.SplitN(line, ":", 2)[1], " \t\n0") != "" || line == "NoNewPrivs:\t0\n" {
			return errors.New(line)
		}
	}
	for _, p := range []string{"/usr/bin/su", "/usr/bin/passwd", "/usr/bin/mount", "/usr/bin/newgrp"} {
		if _, err := os.Stat(p); err != nil {
			continue
		}
		var st unix.Statfs_t
		if err := unix.Statfs(p, &st); err != nil || st.Flags&unix.ST_NOSUID == 0 {
			return fmt.Errorf("%s lies where setuid counts, %v", p, err)
		}
	}
	if out, err := exec.Command("su", "nobody", "-s", "/bin/sh", "-c", "id -u").Output(); err == nil {
		return fmt.Errorf("su worked: %s", out)
	}
	return nil
}
