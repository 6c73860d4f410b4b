//go:build linux && (amd64 || arm64)

package namespace

import (
	"fmt"
	"os/signal"
	"path/filepath"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// enders are ways to end PID 1 by bare system calls of this test's binary. What
// one of them does behind its call would show that its sender went on.
var enders = map[string]func(){
	"kill":                    func() { unix.RawSyscall(unix.SYS_KILL, 1, uintptr(unix.SIGTERM), 0) },
	"kill SIGKILL":            func() { unix.RawSyscall(unix.SYS_KILL, 1, uintptr(unix.SIGKILL), 0) },
	"kill, junk above":        func() { unix.RawSyscall(unix.SYS_KILL, 1|7<<32, uintptr(unix.SIGTERM)|9<<32, 0) },
	"tkill":                   func() { unix.RawSyscall(unix.SYS_TKILL, 1, uintptr(unix.SIGTERM), 0) },
	"tgkill":                  func() { unix.RawSyscall(unix.SYS_TGKILL, 1, 1, uintptr(unix.SIGTERM)) },
	"rt_sigqueueinfo":         func() { queue(unix.SYS_RT_SIGQUEUEINFO, 1, uintptr(unix.SIGTERM)) },
	"rt_tgsigqueueinfo":       func() { queue(unix.SYS_RT_TGSIGQUEUEINFO, 1, 1, uintptr(unix.SIGTERM)) },
	"kill of a thread":        func() { unix.RawSyscall(unix.SYS_KILL, uintptr(initThread()), uintptr(unix.SIGTERM), 0) },
	"tkill of a thread":       func() { unix.RawSyscall(unix.SYS_TKILL, uintptr(initThread()), uintptr(unix.SIGTERM), 0) },
	"tgkill of a thread":      func() { unix.RawSyscall(unix.SYS_TGKILL, 1, uintptr(initThread()), uintptr(unix.SIGTERM)) },
	"queued to a thread":      func() { queue(unix.SYS_RT_TGSIGQUEUEINFO, 1, uintptr(initThread()), uintptr(unix.SIGTERM)) },
	"pidfd":                   func() { byPidfd(1, 0, 0) },
	"pidfd, its group":        func() { byPidfd(1, 0, 4) }, // PIDFD_SIGNAL_PROCESS_GROUP
	"pidfd, its thread":       func() { byPidfd(1, 0, 1) },
	"pidfd of a thread":       func() { byPidfd(initThread(), unix.O_EXCL, 0) }, // PIDFD_THREAD
	"folder in /proc":         func() { byFolder("/proc/1") },
	"folder of a thread":      func() { byFolder(fmt.Sprintf("/proc/1/task/%d", initThread())) },
	"folder of its own":       func() { byFolder("/proc/self/../1") },
	"from a thread":           fromThread,
	"a shared file table":     sharedTable,
	"reboot restart":          func() { reboot(unix.LINUX_REBOOT_CMD_RESTART) },
	"reboot power off":        func() { reboot(unix.LINUX_REBOOT_CMD_POWER_OFF) },
	"reboot halt":             func() { reboot(unix.LINUX_REBOOT_CMD_HALT) },
	"reboot restart2":         func() { reboot(unix.LINUX_REBOOT_CMD_RESTART2) },
	"reboot kexec":            func() { reboot(unix.LINUX_REBOOT_CMD_KEXEC) },
	"reboot, the other magic": func() { rebootWith(537993216, unix.LINUX_REBOOT_CMD_POWER_OFF) },

	// These reach nobody.
	"owner of a socket":        func() { own(1, unix.SIGTERM) },
	"owner, SIGKILL":           func() { own(1, unix.SIGKILL) },
	"owner, no signal named":   func() { own(1, 0) },
	"owner, PID 1's group":     func() { own(-1, unix.SIGTERM) },
	"owner, a thread":          func() { own(initThread(), unix.SIGTERM) },
	"timer for its thread":     timerForInit,
	"all of them":              func() { unix.RawSyscall(unix.SYS_KILL, ^uintptr(0), uintptr(unix.SIGTERM), 0) },
	"own group":                func() { unix.Setsid(); unix.RawSyscall(unix.SYS_KILL, 0, uintptr(unix.SIGURG), 0) },
	"child of PID 1's":         childOfInit,
	"traced by PID 1":          tracedByInit,
	"reboot, a wrong magic":    func() { rebootWith(1, unix.LINUX_REBOOT_CMD_POWER_OFF) },
	"reboot, CAD":              func() { reboot(unix.LINUX_REBOOT_CMD_CAD_OFF) },
	"a signal past the last":   func() { unix.RawSyscall(unix.SYS_KILL, 1, 65, 0) },
	"limit of processor time":  func() { unix.Prlimit(1, unix.RLIMIT_CPU, &unix.Rlimit{}, nil) },
	"limit of files":           func() { unix.Prlimit(1, unix.RLIMIT_NOFILE, &unix.Rlimit{}, nil) },
	"terminal's group":         terminalOfInit,
	"directory notification":   directoryNotification,
	"out of band by SIOCSPGRP": outOfBand,
}

func queue(number uintptr, args ...uintptr) {
	var info [16]uint64                  // struct siginfo
	info[0] = uint64(unix.SIGTERM)       // si_signo, si_errno
	info[1] = uint64(uint32(0xffffffff)) // si_code: SI_QUEUE
	args = append(args, uintptr(unsafe.Pointer(&info)), 0, 0)
	unix.RawSyscall6(number, args[0], args[1], args[2], args[3], 0, 0)
	runtime.KeepAlive(&info)
}

// initThread gives a thread of PID 1 that is not its first.
func initThread() int {
	tasks, _ := filepath.Glob("/proc/1/task/*")
	for _, task := range tasks {
		var id int
		if fmt.Sscan(filepath.Base(task), &id); id > 1 {
			return id
		}
	}
	panic("PID 1 has one thread")
}

func byPidfd(pid int, open, flags uintptr) {
	fd, _, e := unix.RawSyscall(unix.SYS_PIDFD_OPEN, uintptr(pid), open, 0)
	if e != 0 {
		fmt.Println("pidfd_open:", e)
	}
	unix.RawSyscall6(unix.SYS_PIDFD_SEND_SIGNAL, fd, uintptr(unix.SIGTERM), 0, flags, 0, 0)
}

func byFolder(name string) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		fmt.Println(err)
	}
	unix.RawSyscall6(unix.SYS_PIDFD_SEND_SIGNAL, uintptr(fd), uintptr(unix.SIGTERM), 0, 0, 0, 0)
}

func fromThread() {
	done := make(chan bool)
	go func() {
		runtime.LockOSThread()
		unix.RawSyscall(unix.SYS_KILL, 1, uintptr(unix.SIGTERM), 0)
		done <- true
	}()
	<-done
}

// sharedTable swaps the descriptor, from another thread, while the listener
// looks at it: between PID 1's and one of its own.
func sharedTable() {
	signal.Ignore(unix.SIGHUP)
	ours, _, _ := unix.RawSyscall(unix.SYS_PIDFD_OPEN, uintptr(unix.Getpid()), 0, 0)
	init, _, _ := unix.RawSyscall(unix.SYS_PIDFD_OPEN, 1, 0, 0)
	const at = 50
	go func() {
		runtime.LockOSThread()
		for {
			unix.RawSyscall(unix.SYS_DUP3, init, at, 0)
			unix.RawSyscall(unix.SYS_DUP3, ours, at, 0)
		}
	}()
	for range 20_000 { // harmless to itself, deadly to PID 1
		unix.RawSyscall6(unix.SYS_PIDFD_SEND_SIGNAL, at, uintptr(unix.SIGHUP), 0, 0, 0, 0)
	}
}

func reboot(command uintptr) { rebootWith(unix.LINUX_REBOOT_MAGIC2, command) }

func rebootWith(magic2, command uintptr) {
	unix.RawSyscall6(unix.SYS_REBOOT, unix.LINUX_REBOOT_MAGIC1, magic2, command, text("now"), 0, 0)
}

// own makes the kernel send the signals of a socket to a process, a group
// (below zero) or a thread.
func own(to int, signal unix.Signal) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := unix.FcntlInt(uintptr(pair[0]), unix.F_SETOWN, to); err != nil {
		fmt.Println("F_SETOWN:", err)
	}
	if to > 1 {
		ex := [2]int32{0, int32(to)} // F_OWNER_TID
		if _, _, e := unix.RawSyscall(unix.SYS_FCNTL, uintptr(pair[0]), 15, uintptr(unsafe.Pointer(&ex))); e != 0 {
			fmt.Println("F_SETOWN_EX:", e)
		}
	}
	if _, err := unix.FcntlInt(uintptr(pair[0]), unix.F_SETSIG, int(signal)); err != nil {
		fmt.Println("F_SETSIG:", err)
	}
	flags, _ := unix.FcntlInt(uintptr(pair[0]), unix.F_GETFL, 0)
	if _, err := unix.FcntlInt(uintptr(pair[0]), unix.F_SETFL, flags|unix.O_ASYNC); err != nil {
		fmt.Println("O_ASYNC:", err)
	}
	for range 20 {
		unix.Write(pair[1], []byte("x"))
	}
}

// timerForInit asks for a timer whose signal goes to a thread of PID 1.
func timerForInit() {
	event := [8]uint64{}
	event[1] = uint64(unix.SIGTERM) | 4<<32 // SIGEV_THREAD_ID
	event[2] = 1
	var id int32
	if _, _, e := unix.RawSyscall(unix.SYS_TIMER_CREATE, 0, uintptr(unsafe.Pointer(&event)), uintptr(unsafe.Pointer(&id))); e != unix.EINVAL {
		fmt.Println("timer_create:", e)
	}
}

// childOfInit makes a child for PID 1 whose end is told by SIGTERM.
func childOfInit() {
	var args [11]uint64
	args[0], args[4] = unix.CLONE_PARENT, uint64(unix.SIGTERM)
	child, _, e := unix.RawSyscall(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), unsafe.Sizeof(args), 0)
	if e == 0 && child == 0 {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	child, _, e = unix.RawSyscall6(unix.SYS_CLONE, unix.CLONE_PARENT|uintptr(unix.SIGTERM), 0, 0, 0, 0, 0)
	if e == 0 && child == 0 {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
}

// tracedByInit makes PID 1 the tracer of this process, its child, and stops.
func tracedByInit() {
	unix.RawSyscall(unix.SYS_PTRACE, unix.PTRACE_TRACEME, 0, 0)
	signal.Ignore(unix.SIGHUP)
	for range 3 {
		unix.RawSyscall(unix.SYS_PTRACE, unix.PTRACE_TRACEME, 0, 0)
		unix.RawSyscall(unix.SYS_KILL, uintptr(unix.Getpid()), uintptr(unix.SIGHUP), 0)
	}
}

// terminalOfInit makes a terminal its own, hands it to PID 1's group, and types
// an interrupt.
func terminalOfInit() {
	signal.Ignore(unix.SIGINT, unix.SIGQUIT, unix.SIGHUP)
	unix.Setsid()
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0)
	n, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err != nil {
		fmt.Println(err)
		return
	}
	slave, err := unix.Open(fmt.Sprintf("/dev/pts/%d", n), unix.O_RDWR, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	group := int32(1)
	if _, _, e := unix.RawSyscall(unix.SYS_IOCTL, uintptr(slave), unix.TIOCSPGRP, uintptr(unsafe.Pointer(&group))); e == 0 {
		fmt.Println("the terminal is PID 1's")
	}
	unix.Write(master, []byte{3, 28})
	unix.RawSyscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCSIG, uintptr(unix.SIGINT))
}

func directoryNotification() {
	dir, err := unix.Open("/app", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	unix.FcntlInt(uintptr(dir), unix.F_SETOWN, 1)
	unix.FcntlInt(uintptr(dir), unix.F_SETSIG, int(unix.SIGTERM))
	if _, err := unix.FcntlInt(uintptr(dir), unix.F_NOTIFY, 0x80000000|2|4|8); err != nil {
		fmt.Println("F_NOTIFY:", err)
	}
	for range 5 {
		fd, _ := unix.Open("/app/noticed", unix.O_CREAT|unix.O_RDWR, 0o600)
		unix.Close(fd)
		unix.Unlink("/app/noticed")
	}
}

func outOfBand() {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	one := int32(1)
	const siocspgrp, fiosetown = 0x8902, 0x8901
	for _, request := range []uintptr{siocspgrp, fiosetown} {
		if _, _, e := unix.RawSyscall(unix.SYS_IOCTL, uintptr(pair[0]), request, uintptr(unsafe.Pointer(&one))); e != 0 {
			fmt.Println("ioctl:", e)
		}
	}
	unix.Sendto(pair[1], []byte("x"), unix.MSG_OOB, nil)
}
