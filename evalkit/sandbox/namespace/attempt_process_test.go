//go:build linux && (amd64 || arm64)

package namespace

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// processAttempts reach into PID 1 or into processes beside the agent's own.
func processAttempts() []attempt {
	openEach := func(flags int, names ...string) func() error {
		return func() error {
			var calls []func() error
			for _, n := range names {
				calls = append(calls, func() error { return openAndRead(n, flags) })
			}
			return each(calls...)
		}
	}
	return []attempt{
		{name: "/proc/1/mem", want: "EACCES", do: openEach(unix.O_RDWR, "/proc/1/mem", "/proc/1/task/1/mem")},
		{name: "/proc/1: memory, environment, binary", want: "EACCES", do: openEach(unix.O_RDONLY, "/proc/1/mem", "/proc/1/environ", "/proc/1/exe", "/proc/1/maps", "/proc/1/smaps", "/proc/1/pagemap", "/proc/1/cwd", "/proc/1/root", "/proc/1/fd/3", "/proc/1/io")},
		{name: "/proc/1: stack, call, auxiliary vector", want: "EPERM or EACCES or ENOENT", do: func() error {
			for _, n := range []string{"stack", "syscall", "auxv", "personality", "fdinfo/3", "timers", "patch_state"} {
				if err := openAndRead("/proc/1/"+n, unix.O_RDONLY); !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES) && !errors.Is(err, unix.ENOENT) {
					return fmt.Errorf("%s: %v", n, err)
				}
			}
			return errors.New("EPERM or EACCES or ENOENT")
		}},
		{name: "list what PID 1 has mapped", want: "EACCES|EPERM", do: func() error { _, err := os.ReadDir("/proc/1/map_files"); return err }},
		{name: "write to /proc/1", want: "done", do: writeToInit},
		{name: "ptrace PID 1", want: "EPERM", do: func() error {
			return each(func() error { return unix.PtraceAttach(1) }, func() error { return unix.PtraceSeize(1) })
		}},
		{name: "ptrace a stranger", want: "EPERM", outside: true, do: withStranger(func(pid int) error { return unix.PtraceSeize(pid) })},
		{name: "ptrace one's own child", want: "done", outside: true, do: func() error {
			cmd := exec.Command("/bin/true")
			cmd.SysProcAttr = &unix.SysProcAttr{Ptrace: true}
			if err := cmd.Start(); err != nil {
				return err
			}
			var status unix.WaitStatus
			if _, err := unix.Wait4(cmd.Process.Pid, &status, 0, nil); err != nil {
				return err
			}
			return unix.PtraceDetach(cmd.Process.Pid)
		}},
		{name: "process_vm_readv, writev of PID 1", want: "EPERM", do: func() error { return vmCopies(1) }},
		{name: "process_vm_readv, writev of a stranger", want: "EPERM", do: withStranger(vmCopies)},
		{name: "pidfd_getfd from PID 1", want: "EPERM", do: func() error { return getFD(1) }},
		{name: "pidfd_getfd from a stranger", want: "EPERM", outside: true, do: withStranger(getFD)},
		{name: "kcmp with PID 1", want: "EPERM", do: func() error {
			return call3(unix.SYS_KCMP, uintptr(os.Getpid()), 1, 0, 3, 3)
		}},
		{name: "prlimit of PID 1", want: "EPERM", do: func() error {
			var calls []func() error
			for _, resource := range []int{unix.RLIMIT_NOFILE, unix.RLIMIT_CPU, unix.RLIMIT_AS, unix.RLIMIT_DATA, unix.RLIMIT_NPROC, unix.RLIMIT_FSIZE} {
				calls = append(calls,
					func() error { return unix.Prlimit(1, resource, &unix.Rlimit{}, nil) },
					func() error { return prlimit(1|5<<32, uintptr(resource)|6<<32, &unix.Rlimit{}) })
			}
			return each(calls...)
		}},
		{name: "prlimit of a thread of PID 1", want: "EPERM", do: func() error {
			tasks, err := filepath.Glob("/proc/1/task/*")
			if err != nil || len(tasks) < 2 {
				return fmt.Errorf("%d threads: %v", len(tasks), err)
			}
			var calls []func() error
			for _, task := range tasks {
				var id int
				fmt.Sscan(filepath.Base(task), &id)
				calls = append(calls, func() error { return unix.Prlimit(id, unix.RLIMIT_CPU, &unix.Rlimit{}, nil) })
			}
			return each(calls...)
		}},
		{name: "prlimit of one's own child", want: "done", outside: true, do: withStranger(func(pid int) error {
			return unix.Prlimit(pid, unix.RLIMIT_CPU, &unix.Rlimit{Cur: 100, Max: 100}, nil)
		})},
		{name: "scheduling of PID 1", want: "EPERM", do: func() error { return scheduling(1) }},
		{name: "scheduling of one's own child", want: "done", outside: true, do: withStranger(scheduling)},
		{name: "priority of all of a user's", want: "EPERM", do: func() error {
			return each(func() error { return unix.Setpriority(unix.PRIO_USER, 0, 19) }, func() error { return call3(unix.SYS_IOPRIO_SET, 3, 0, 7) }, func() error { return unix.Setpriority(unix.PRIO_PGRP, 1, 19) })
		}},
		{name: "priority of one's own group", want: "done", do: func() error { return unix.Setpriority(unix.PRIO_PGRP, 0, 19) }},
		{name: "process_madvise, mrelease of PID 1", want: "EPERM or EACCES or EINVAL or ESRCH", do: func() error {
			fd, err := unix.PidfdOpen(1, 0)
			if err != nil {
				return err
			}
			vec := unix.Iovec{}
			for _, err := range []error{call3(unix.SYS_PROCESS_MADVISE, uintptr(fd), uintptr(unsafe.Pointer(&vec)), 1, unix.MADV_PAGEOUT, 0), call3(unix.SYS_PROCESS_MRELEASE, uintptr(fd), 0)} {
				if err == nil {
					return nil
				}
			}
			return errors.New("EPERM or EACCES or EINVAL or ESRCH")
		}},
		{name: "move_pages, migrate_pages of PID 1", want: "EPERM", do: func() error {
			var node uint64 = 1
			return each(
				func() error {
					return call3(unix.SYS_MIGRATE_PAGES, 1, 64, uintptr(unsafe.Pointer(&node)), uintptr(unsafe.Pointer(&node)))
				})
		}},
		{name: "core dump to the host", want: "done", do: func() error {
			b, err := os.ReadFile("/proc/self/coredump_filter")
			if err != nil || len(b) == 0 {
				return err
			}
			var l unix.Rlimit
			if err := unix.Getrlimit(unix.RLIMIT_CORE, &l); err != nil {
				return err
			}
			if l.Max != 0 {
				return fmt.Errorf("cores of %d bytes", l.Max)
			}
			return nil
		}},
		{name: "the harness's binary by /proc/self/exe", want: "done", do: func() error {
			// A program's own binary is the agent's own; it must not be PID 1's.
			target, err := os.Readlink("/proc/self/exe")
			if err == nil && target != "/app/try" {
				return errors.New(target)
			}
			return err
		}},
		{name: "descriptors that were inherited", want: "done", do: inherited},
	}
}

// writeToInit writes to what of PID 1 can be written. What is left is no more
// than asking for less of the processor, to be the first to be killed for want
// of memory, which it is anyway, and what a core would hold, which it has not.
func writeToInit() error {
	names, _ := filepath.Glob("/proc/1/*")
	for _, n := range append(names, "/proc/1/attr/current", "/proc/1/attr/exec", "/proc/1/task/1/comm") {
		f, err := os.OpenFile(n, os.O_WRONLY, 0)
		if err != nil {
			continue
		}
		_, err = f.WriteString("0")
		f.Close()
		if base := filepath.Base(n); err == nil && base != "autogroup" && base != "oom_score_adj" && base != "oom_adj" && base != "sched" && base != "coredump_filter" {
			return fmt.Errorf("%s was written", n)
		}
	}
	return nil
}

// scheduling asks for another kind, affinity and priority of a process.
func scheduling(pid int) error {
	none := int32(0)
	const batch, idle = 3, 5
	cpus := unix.CPUSet{1}
	return each(
		func() error {
			return call3(unix.SYS_SCHED_SETSCHEDULER, uintptr(pid), batch, uintptr(unsafe.Pointer(&none)))
		},
		func() error {
			return unix.SchedSetAttr(pid, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: batch}, 0)
		},
		func() error { return unix.SchedSetaffinity(pid, &cpus) },
		func() error { return unix.Setpriority(unix.PRIO_PROCESS, pid, 10) },
		func() error { return call3(unix.SYS_IOPRIO_SET, 1, uintptr(pid), 2<<13|7) },
		func() error {
			return call3(unix.SYS_SCHED_SETSCHEDULER, uintptr(pid), idle, uintptr(unsafe.Pointer(&none)))
		})
}

func openAndRead(name string, flags int) error {
	fd, err := unix.Open(name, flags|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if n, err := unix.Read(fd, make([]byte, 16)); err != nil || n == 0 {
		return err
	}
	return nil
}

// withStranger starts a process that is nobody's child here, and acts on it.
func withStranger(do func(pid int) error) func() error {
	return func() error {
		out, err := exec.Command("sh", "-c", "setsid sleep 100 </dev/null >/dev/null 2>&1 & echo $!").Output()
		if err != nil {
			return fmt.Errorf("no stranger: %w", err)
		}
		var pid int
		if _, err := fmt.Sscan(string(out), &pid); err != nil {
			return err
		}
		defer unix.Kill(pid, unix.SIGKILL)
		for { // the sleep is not there until the shell has become it
			b, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
			if err != nil || strings.TrimSpace(string(b)) == "sleep" {
				break
			}
		}
		return do(pid)
	}
}

func vmCopies(pid int) error {
	var here [8]byte
	local := []unix.Iovec{{Base: &here[0], Len: 8}}
	remote := []unix.RemoteIovec{{Base: 0x400000, Len: 8}}
	return each(
		func() error { _, err := unix.ProcessVMReadv(pid, local, remote, 0); return err },
		func() error { _, err := unix.ProcessVMWritev(pid, local, remote, 0); return err })
}

func getFD(pid int) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return fmt.Errorf("pidfd_open: %w", err)
	}
	_, err = unix.PidfdGetfd(fd, 0, 0)
	return err
}

// inherited wants no descriptor but the standard ones and the runtime's own.
func inherited() error {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		switch {
		case err != nil, strings.HasPrefix(target, "anon_inode:[event"), strings.HasPrefix(target, "/proc/"), strings.HasPrefix(target, "pipe:"), target == "/dev/null":
		default:
			return fmt.Errorf("%s is %s", e.Name(), target)
		}
	}
	return nil
}
