package proc

import "golang.org/x/sys/unix"

// CloseInherited closes every descriptor above last but those that the
// Go runtime's poller has opened for itself already.
func CloseInherited(last int) {
	const few = 64
	unix.CloseRange(few, 1<<31-1, 0)
	for fd := last + 1; fd < few; fd++ {
		var st unix.Stat_t
		if unix.Fstat(fd, &st) != nil {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if anonymous := st.Mode&unix.S_IFMT == 0; anonymous && err == nil && flags&unix.FD_CLOEXEC != 0 {
			continue // epoll and eventfd: an inherited one has no CLOEXEC
		}
		unix.Close(fd)
	}
	unix.CloseOnExec(last)
}
