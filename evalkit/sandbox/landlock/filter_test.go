//go:build linux && (amd64 || arm64)

package landlock

import (
	"encoding/binary"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/seccomp"
)

// The filter's decisions, by the reference interpreter, which loads in network
// order where the kernel takes its own.
func TestFilter(t *testing.T) {
	vm, err := bpf.NewVM(filter())
	if err != nil {
		t.Fatal(err)
	}
	fail := func(e unix.Errno) uint32 { return seccomp.Errno | uint32(e) }
	const junk = 1 << 40
	for name, c := range map[string]struct {
		number uint32
		args   [6]uint64
		want   uint32
	}{
		"read":              {unix.SYS_READ, [6]uint64{}, seccomp.Allow},
		"kill":              {unix.SYS_KILL, [6]uint64{7, 15}, seccomp.Notify},
		"kill 0":            {unix.SYS_KILL, [6]uint64{7, 0}, seccomp.Notify},
		"tgkill":            {unix.SYS_TGKILL, [6]uint64{7, 7, 9}, seccomp.Notify},
		"tgkill URG":        {unix.SYS_TGKILL, [6]uint64{7, 7, 23}, seccomp.Allow},
		"chmod":             {unix.SYS_FCHMODAT, [6]uint64{}, seccomp.Notify},
		"chmod at":          {unix.SYS_FCHMODAT2, [6]uint64{}, seccomp.Notify},
		"dates":             {unix.SYS_UTIMENSAT, [6]uint64{3}, seccomp.Notify},
		"xattr":             {unix.SYS_FSETXATTR, [6]uint64{3}, fail(unix.EOPNOTSUPP)},
		"socket":            {unix.SYS_SOCKET, [6]uint64{unix.AF_UNIX, unix.SOCK_STREAM}, fail(unix.EAFNOSUPPORT)},
		"stream pair":       {unix.SYS_SOCKETPAIR, [6]uint64{unix.AF_UNIX, unix.SOCK_STREAM | unix.SOCK_CLOEXEC}, seccomp.Allow},
		"sequenced pair":    {unix.SYS_SOCKETPAIR, [6]uint64{unix.AF_UNIX | junk, unix.SOCK_SEQPACKET}, seccomp.Allow},
		"datagram pair":     {unix.SYS_SOCKETPAIR, [6]uint64{unix.AF_UNIX, unix.SOCK_DGRAM | unix.SOCK_NONBLOCK}, fail(unix.ESOCKTNOSUPPORT)},
		"inet pair":         {unix.SYS_SOCKETPAIR, [6]uint64{unix.AF_INET, unix.SOCK_STREAM}, fail(unix.EAFNOSUPPORT)},
		"fork":              {unix.SYS_CLONE, [6]uint64{uint64(unix.SIGCHLD)}, seccomp.Allow},
		"thread":            {unix.SYS_CLONE, [6]uint64{unix.CLONE_VM | unix.CLONE_THREAD | unix.CLONE_SIGHAND}, seccomp.Allow},
		"user namespace":    {unix.SYS_CLONE, [6]uint64{unix.CLONE_NEWUSER | junk}, fail(unix.EPERM)},
		"clone3":            {unix.SYS_CLONE3, [6]uint64{}, fail(unix.ENOSYS)},
		"unshare":           {unix.SYS_UNSHARE, [6]uint64{}, fail(unix.EPERM)},
		"own limit":         {unix.SYS_PRLIMIT64, [6]uint64{0, 7}, seccomp.Allow},
		"another's limit":   {unix.SYS_PRLIMIT64, [6]uint64{7 | junk, 7}, fail(unix.EPERM)},
		"F_GETFD":           {unix.SYS_FCNTL, [6]uint64{3, unix.F_GETFD}, seccomp.Allow},
		"F_SETOWN":          {unix.SYS_FCNTL, [6]uint64{3, unix.F_SETOWN}, fail(unix.EPERM)},
		"F_SETOWN_EX":       {unix.SYS_FCNTL, [6]uint64{3, unix.F_SETOWN_EX | junk}, fail(unix.EPERM)},
		"FIOSETOWN":         {unix.SYS_IOCTL, [6]uint64{3, fioSetOwn}, fail(unix.EPERM)},
		"terminal injected": {unix.SYS_IOCTL, [6]uint64{0, unix.TIOCSTI}, fail(unix.EPERM)},
		"terminal":          {unix.SYS_IOCTL, [6]uint64{0, unix.TCGETS}, seccomp.Allow},
		"ptrace":            {unix.SYS_PTRACE, [6]uint64{}, fail(unix.EPERM)},
		"io_uring":          {unix.SYS_IO_URING_SETUP, [6]uint64{}, fail(unix.EPERM)},
		"shared memory":     {unix.SYS_SHMGET, [6]uint64{}, fail(unix.ENOSYS)},
		"inotify":           {unix.SYS_INOTIFY_ADD_WATCH, [6]uint64{}, fail(unix.ENOSYS)},
	} {
		for _, arch := range []uint32{seccomp.NativeArch, 0x40000003} {
			want := c.want
			if arch != seccomp.NativeArch {
				want = fail(unix.ENOSYS)
			}
			data := make([]byte, 64)
			binary.BigEndian.PutUint32(data, c.number)
			binary.BigEndian.PutUint32(data[seccomp.OffArch:], arch)
			for i, a := range c.args {
				binary.BigEndian.PutUint32(data[seccomp.OffArg(i):], uint32(a))
				binary.BigEndian.PutUint32(data[seccomp.OffArg(i)+4:], uint32(a>>32))
			}
			if got, err := vm.Run(data); err != nil || uint32(got) != want {
				t.Errorf("%s on %#x: %#x, %v; want %#x", name, arch, got, err, want)
			}
		}
	}
}
