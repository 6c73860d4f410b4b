//go:build linux && (amd64 || arm64)

package namespace

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// namespaceAttempts want namespaces other than the agent's own: in a user
// namespace it would have capabilities, in a pid namespace another PID 1.
func namespaceAttempts() []attempt {
	list := []attempt{
		{name: "unshare user", want: "ENOSPC", do: func() error { return unshareThread(unix.CLONE_NEWUSER) }},
		{name: "clone user", want: "ENOSPC", outside: true, do: func() error { return cloneInto(unix.CLONE_NEWUSER) }},
		{name: "clone user and pid", want: "ENOSPC", outside: true, do: func() error { return cloneInto(unix.CLONE_NEWUSER | unix.CLONE_NEWPID) }},
		{name: "clone3 user", want: "ENOSPC", outside: true, do: func() error { return clone3(unix.CLONE_NEWUSER, 0) }},
		{name: "clone3 pid", want: "EPERM", outside: true, do: func() error { return clone3(unix.CLONE_NEWPID, 0) }},
		{name: "clone3 with a chosen pid", want: "EPERM", do: func() error { return clone3(0, 2) }},
		{name: "setns by a pidfd of PID 1", want: "EPERM", do: func() error {
			fd, err := unix.PidfdOpen(1, 0)
			if err != nil {
				return fmt.Errorf("pidfd_open: %w", err)
			}
			return unix.Setns(fd, unix.CLONE_NEWUSER|unix.CLONE_NEWNS)
		}},
		{name: "setns to PID 1's", want: "EACCES", do: func() error {
			return eachNamespace("/proc/1/ns")
		}},
		{name: "setns to one's own", want: "EPERM|EINVAL|EPERM or EINVAL", do: func() error {
			paths, _ := filepath.Glob("/proc/self/ns/*")
			if len(paths) < 7 {
				return fmt.Errorf("only %d namespaces", len(paths))
			}
			for _, p := range paths {
				fd, err := unix.Open(p, unix.O_RDONLY, 0)
				if err != nil {
					return err
				}
				if err := unix.Setns(fd, 0); err != unix.EPERM && err != unix.EINVAL && err != unix.EUSERS { // of many threads, of the time namespace
					return fmt.Errorf("%s: %v", p, err)
				}
			}
			return fmt.Errorf("EPERM or EINVAL")
		}},
		{name: "the parent of the user namespace", want: "EPERM", do: func() error {
			fd, err := unix.Open("/proc/self/ns/user", unix.O_RDONLY, 0)
			if err != nil {
				return err
			}
			return call3(unix.SYS_IOCTL, uintptr(fd), unix.NS_GET_PARENT)
		}},
	}
	for name, flag := range map[string]int{
		"mount": unix.CLONE_NEWNS, "pid": unix.CLONE_NEWPID, "net": unix.CLONE_NEWNET, "ipc": unix.CLONE_NEWIPC,
		"uts": unix.CLONE_NEWUTS, "cgroup": unix.CLONE_NEWCGROUP, "time": unix.CLONE_NEWTIME,
	} {
		list = append(list, attempt{name: "unshare " + name, want: "EPERM", do: func() error { return unix.Unshare(flag) }})
	}
	return list
}

// unshareThread asks by unshare(2) in a single-threaded child: a Go program has
// threads, to which the kernel would refuse it as EINVAL.
func unshareThread(flag int) error {
	cmd := exec.Command("/proc/self/exe")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: uintptr(flag)}
	cmd.Args = []string{"try", attemptWord, "nothing"}
	return startError(cmd)
}

func cloneInto(flags uintptr) error {
	cmd := exec.Command("/proc/self/exe", attemptWord, "nothing")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	return startError(cmd)
}

// startError gives why a process could not be started; how it ends is no matter.
func startError(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	cmd.Wait()
	return nil
}

func clone3(flags uint64, pid int32) error {
	var args [11]uint64 // struct clone_args
	args[0], args[4] = flags, uint64(unix.SIGCHLD)
	if pid != 0 {
		args[8], args[9] = uint64(uintptr(unsafe.Pointer(&pid))), 1
	}
	child, _, e := unix.RawSyscall(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), unsafe.Sizeof(args), 0)
	if e != 0 {
		return e
	}
	if child == 0 {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	var status unix.WaitStatus
	unix.Wait4(int(child), &status, 0, nil)
	return nil
}

func eachNamespace(dir string) error {
	var calls []func() error
	for _, kind := range []string{"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"} {
		calls = append(calls, func() error {
			f, err := os.Open(dir + "/" + kind)
			if err != nil {
				return err
			}
			defer f.Close()
			return unix.Setns(int(f.Fd()), 0)
		})
	}
	return each(calls...)
}

// mountAttempts change what is mounted where.
func mountAttempts() []attempt {
	return []attempt{
		{name: "mount tmpfs", want: "EPERM", do: func() error { return unix.Mount("t", "/mnt", "tmpfs", 0, "") }},
		{name: "mount bind", want: "EPERM", do: func() error { return unix.Mount("/app", "/mnt", "", unix.MS_BIND, "") }},
		{name: "mount proc", want: "EPERM", do: func() error { return unix.Mount("proc", "/app", "proc", 0, "") }},
		{name: "mount overlay", want: "EPERM", do: func() error {
			return unix.Mount("overlay", "/mnt", "overlay", 0, "lowerdir=/usr,upperdir=/app,workdir=/tmp")
		}},
		{name: "remount system folders to be written", want: "EPERM", do: func() error {
			return each(
				func() error { return unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND, "") },
				func() error { return unix.Mount("", "/usr", "", unix.MS_REMOUNT|unix.MS_BIND, "") },
				func() error { return unix.Mount("", "/proc", "", unix.MS_REMOUNT, "") })
		}},
		{name: "umount", want: "EPERM", do: func() error {
			return each(func() error { return unix.Unmount("/proc", unix.MNT_DETACH) }, func() error { return unix.Unmount("/etc", 0) }, func() error { return unix.Unmount("/app", unix.MNT_DETACH) })
		}},
		{name: "open_tree clone", want: "EPERM", do: func() error {
			_, err := unix.OpenTree(unix.AT_FDCWD, "/", unix.OPEN_TREE_CLONE|unix.AT_RECURSIVE)
			return err
		}},
		{name: "fsopen", want: "EPERM", do: func() error { _, err := unix.Fsopen("tmpfs", 0); return err }},
		{name: "mount_setattr", want: "EPERM", do: func() error {
			return unix.MountSetattr(unix.AT_FDCWD, "/usr", 0, &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY})
		}},
		{name: "move_mount", want: "EPERM", do: func() error { return unix.MoveMount(unix.AT_FDCWD, "/proc", unix.AT_FDCWD, "/mnt", 0) }},
		{name: "pivot_root", want: "EPERM", do: func() error { return unix.PivotRoot("/app", "/app") }},
		{name: "chroot", want: "EPERM", do: func() error { return unix.Chroot("/app") }},
		{name: "open_by_handle_at", want: "EPERM", do: func() error {
			handle, id, err := unix.NameToHandleAt(unix.AT_FDCWD, "/app", 0)
			if err != nil {
				return fmt.Errorf("name_to_handle_at: %w", err)
			}
			_ = id
			dir, err := unix.Open("/app", unix.O_RDONLY, 0)
			if err != nil {
				return err
			}
			_, err = unix.OpenByHandleAt(dir, handle, unix.O_RDONLY)
			return err
		}},
	}
}
