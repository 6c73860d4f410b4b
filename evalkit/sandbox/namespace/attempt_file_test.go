//go:build linux && (amd64 || arm64)

package namespace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// fileAttempts write or read what is the host's or the kernel's.
func fileAttempts() []attempt {
	return []attempt{
		{name: "every file of /proc/sys", want: "done", do: writableSettings},
		{name: "core_pattern", want: "EACCES|EROFS", do: func() error { return writeTo("/proc/sys/kernel/core_pattern", "|/app/try") }},
		{name: "vm.overcommit_memory", want: "EACCES|EROFS", do: func() error { return writeTo("/proc/sys/vm/overcommit_memory", "1") }},
		{name: "more user namespaces", want: "EACCES|EROFS|EPERM", do: func() error { return writeTo("/proc/sys/user/max_user_namespaces", "100") }},
		{name: "modprobe, hotplug, binfmt_misc", want: "EACCES or ENOENT or EROFS", do: func() error {
			for _, n := range []string{"/proc/sys/kernel/modprobe", "/proc/sys/kernel/hotplug", "/proc/sys/fs/binfmt_misc/register", "/sys/kernel/uevent_helper", "/sys/fs/cgroup/release_agent", "/sys/fs/cgroup/memory/release_agent"} {
				if err := writeTo(n, "/app/try"); !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.EROFS) {
					return fmt.Errorf("%s: %v", n, err)
				}
			}
			return errors.New("EACCES or ENOENT or EROFS")
		}},
		{name: "sysrq", want: "EACCES|EROFS|ENOENT", do: func() error { return writeTo("/proc/sysrq-trigger", "o") }},
		{name: "/sys", want: "done", do: func() error {
			entries, err := os.ReadDir("/sys")
			if err == nil && len(entries) > 0 {
				return errors.New(entries[0].Name())
			}
			return err
		}},
		{name: "the kernel's memory", want: "EACCES or EPERM or ENOENT", do: func() error {
			for _, n := range []string{"/proc/kcore", "/proc/kmsg", "/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/proc/kpagecount", "/proc/kpageflags", "/proc/slabinfo", "/proc/vmallocinfo", "/proc/timer_list"} {
				if err := openAndRead(n, unix.O_RDONLY); !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrNotExist) {
					return fmt.Errorf("%s: %v", n, err)
				}
			}
			return errors.New("EACCES or EPERM or ENOENT")
		}},
		{name: "write to every system folder", want: "done", do: func() error {
			return filepath.WalkDir("/", func(p string, d fs.DirEntry, err error) error {
				if err != nil || !d.IsDir() {
					return nil
				}
				for _, open := range []string{"/proc", "/app", "/root", "/tmp", "/var/tmp", "/run", "/dev/shm", "/dev/pts"} {
					if p == open {
						return filepath.SkipDir
					}
				}
				if strings.Count(p, "/") > 4 {
					return filepath.SkipDir
				}
				if err := os.WriteFile(p+"/.new", nil, 0o644); err == nil {
					return fmt.Errorf("%s was written", p)
				}
				return nil
			})
		}},
		{name: "the loader's files", want: "EROFS|EACCES", do: func() error {
			return each(func() error { return os.WriteFile("/etc/ld.so.preload", nil, 0o644) }, func() error { return os.WriteFile("/etc/ld.so.cache.new", nil, 0o644) })
		}},
		{name: "hard link to a system file", want: "EXDEV|EPERM|EROFS", do: func() error { return os.Link("/usr/bin/env", "/app/env") }},
		{name: "an immutable flag", want: "EPERM|ENOTTY|EOPNOTSUPP", do: func() error {
			fd, err := unix.Open("/app/try", unix.O_RDONLY, 0)
			if err != nil {
				return err
			}
			return unix.IoctlSetPointerInt(fd, unix.FS_IOC_SETFLAGS, 0x10)
		}},
		{name: "overlay attributes", want: "EPERM|EACCES|EROFS", do: func() error {
			return each(func() error { return unix.Setxattr("/usr", "user.overlay.opaque", []byte("y"), 0) }, func() error { return unix.Setxattr("/etc", "user.overlay.redirect", []byte("/root"), 0) })
		}},
		{name: "cgroup of another", want: "EACCES or ENOENT", do: func() error {
			paths, _ := filepath.Glob("/sys/fs/cgroup/*/cgroup.procs")
			for _, p := range append(paths, "/sys/fs/cgroup/cgroup.procs") {
				if err := writeTo(p, "0"); !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrNotExist) {
					return fmt.Errorf("%s: %v", p, err)
				}
			}
			return errors.New("EACCES or ENOENT")
		}},
	}
}

// writableSettings tries to open every setting of the kernel's for writing.
func writableSettings() error {
	var open []string
	tried := 0
	filepath.WalkDir("/proc/sys", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		tried++
		if fd, err := unix.Open(p, unix.O_WRONLY, 0); err == nil {
			unix.Close(fd)
			open = append(open, p)
		}
		return nil
	})
	switch {
	case tried < 100:
		return fmt.Errorf("only %d settings were found", tried)
	case len(open) > 0:
		return fmt.Errorf("%d of %d can be written: %s", len(open), tried, strings.Join(open, " "))
	}
	return nil
}
