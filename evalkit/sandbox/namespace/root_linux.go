//go:build amd64 || arm64

package namespace

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// readable gives nil while the files are there: with init its mounts go, and
// an empty folder would look like everything deleted. What was read before is
// good if it gives nil afterwards.
func (m *machine) readable(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	m.mu.Lock()
	closed, broken := m.closed, m.broken
	m.mu.Unlock()
	switch {
	case closed:
		return errClosed
	case broken != nil:
		return broken
	}
	fd, err := m.openAt("/proc/1", unix.O_PATH)
	if err != nil { // unmounted, and the reader has not heard of it yet
		return fmt.Errorf("the sandbox broke: its files are gone: %w", sandbox.ErrDown)
	}
	unix.Close(fd)
	return nil
}

// Open implements observe.Files: it opens a path inside the sandbox, as its own processes would find
// it, and never outside of it. It does not wait for a fifo's other end.
func (m *machine) Open(name string, flags int) (int, error) {
	fd, err := m.openAt(name, flags)
	if err != nil {
		if gone := m.readable(context.Background()); gone != nil {
			err = gone
		}
	}
	return fd, err
}

func (m *machine) openAt(name string, flags int) (int, error) {
	how := unix.OpenHow{
		Flags:   uint64(flags | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY),
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	}
	if flags&unix.O_PATH != 0 {
		how.Flags = uint64(flags | unix.O_CLOEXEC)
	}
	raw, err := m.root.SyscallConn()
	if err != nil {
		return -1, err
	}
	opened := -1
	var failed error
	err = raw.Control(func(root uintptr) {
		for {
			opened, failed = unix.Openat2(int(root), name, &how)
			if failed != unix.EAGAIN && failed != unix.EINTR { // EAGAIN: a rename raced with ".."
				return
			}
		}
	})
	if err != nil {
		return -1, err
	}
	return opened, failed
}
