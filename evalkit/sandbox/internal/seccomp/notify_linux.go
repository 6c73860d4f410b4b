//go:build amd64 || arm64

package seccomp

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Notification is struct seccomp_notif.
type Notification struct {
	ID     uint64
	PID    uint32
	Flags  uint32
	Number int32
	Arch   uint32
	IP     uint64
	Args   [6]uint64
}

// Response is struct seccomp_notif_resp.
type Response struct {
	ID    uint64
	Value int64
	Errno int32
	Flags uint32
}

// Continue lets the kernel carry the system call out.
const Continue = 1 // SECCOMP_USER_NOTIF_FLAG_CONTINUE

const (
	ioctlReceive = 0xc0502100
	ioctlSend    = 0xc0182101
	ioctlValid   = 0x40082102
)

// Receive waits for the next notification.
func Receive(listener int) (n Notification, err error) {
	_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(listener), ioctlReceive, uintptr(unsafe.Pointer(&n)))
	if e != 0 {
		return n, e
	}
	return n, nil
}

// Respond answers a notification; that its sender is gone by now is no error.
func Respond(listener int, r Response) {
	unix.Syscall(unix.SYS_IOCTL, uintptr(listener), ioctlSend, uintptr(unsafe.Pointer(&r)))
}

// StillWaiting says whether the sender of a notification is still in its call.
func StillWaiting(listener int, id uint64) bool {
	_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(listener), ioctlValid, uintptr(unsafe.Pointer(&id)))
	return e == 0
}
