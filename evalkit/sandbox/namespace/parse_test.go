//go:build linux && (amd64 || arm64)

package namespace

import (
	"bytes"
	"debug/elf"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/seccomp"
)

func TestMessageRoundTrip(t *testing.T) {
	for _, m := range []*message{
		{op: opRun},
		{op: opRun, id: 1 << 60, n: -1, m: 1 << 40, lists: [][]string{{"a", "", "\xc3\x28\x00"}, nil, {"b"}}},
		{op: opLay, lists: [][]string{{strings.Repeat("x", 3*inlineMax)}}},
	} {
		data, fds, memory, err := m.pack()
		if err != nil {
			t.Fatal(err)
		}
		if long := len(m.encode()) > inlineMax; long != (memory >= 0) || len(data) > datagramMax {
			t.Errorf("%d bytes, memory file %d", len(data), memory)
		}
		got, err := unpack(data, fds)
		if err != nil {
			t.Fatal(err)
		}
		if got.op != m.op || got.id != m.id || got.n != m.n || got.m != m.m || len(got.lists) != len(m.lists) {
			t.Errorf("%+v became %+v", m, got)
		}
		for i := range m.lists {
			if strings.Join(got.list(i), "|") != strings.Join(m.lists[i], "|") {
				t.Errorf("%q became %q", m.lists[i], got.lists[i])
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add((&message{op: opCall, id: 7, n: -3, lists: [][]string{{"a", "b"}, {}}}).encode())
	f.Add([]byte{1, 2, 3, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decode(b)
		if err != nil {
			return
		}
		again, err := decode(m.encode())
		if err != nil || !reflect.DeepEqual(m, again) {
			t.Errorf("%+v, %+v, %v", m, again, err)
		}
	})
}

func FuzzDecodeFile(f *testing.F) {
	f.Add("/a", "420", "0", "1", "", "0", "5", "42949672960")
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, i string) {
		l, err := decodeFile([]string{a, b, c, d, e, g, h, i})
		if err != nil {
			return
		}
		if again, err := decodeFile(l.encode()); err != nil || again.path != l.path || again.mode != l.mode || again.size != l.size || !again.modTime.Equal(l.modTime) {
			t.Errorf("%+v, %+v, %v", l, again, err)
		}
	})
}

func TestStubIsAnExecutable(t *testing.T) {
	for _, index := range []int{0, 1, 255, 256, maxCommands - 1} {
		b := stub(index)
		f, err := elf.NewFile(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if f.Type != elf.ET_EXEC || len(f.Progs) != 1 || f.Progs[0].Filesz != uint64(len(b)) || f.Entry != f.Progs[0].Vaddr+120 {
			t.Errorf("%+v %+v", f.FileHeader, f.Progs)
		}
	}
	if bytes.Equal(stub(1), stub(2)) {
		t.Error("two commands look the same")
	}
}

// The filter's decisions, by the reference interpreter, which loads in network
// order where the kernel takes its own.
func TestFilter(t *testing.T) {
	vm, err := bpf.NewVM(filter(telling{}, limitKey{7, 8}))
	if err != nil {
		t.Fatal(err)
	}
	const allow, notify = uint32(seccomp.Allow), uint32(seccomp.Notify)
	fail := func(e unix.Errno) uint32 { return seccomp.Errno | uint32(e) }
	for name, c := range map[string]struct {
		arch, nr uint32
		args     [6]uint64
		want     uint32
	}{
		"read":           {seccomp.NativeArch, unix.SYS_READ, [6]uint64{}, allow},
		"kill TERM":      {seccomp.NativeArch, unix.SYS_KILL, [6]uint64{1, 15}, notify},
		"kill 0":         {seccomp.NativeArch, unix.SYS_KILL, [6]uint64{1, 0}, allow},
		"kill CHLD":      {seccomp.NativeArch, unix.SYS_KILL, [6]uint64{1, 17}, allow},
		"kill junk":      {seccomp.NativeArch, unix.SYS_KILL, [6]uint64{1, 15 | 1<<40}, notify},
		"tkill":          {seccomp.NativeArch, unix.SYS_TKILL, [6]uint64{1, 9}, notify},
		"tgkill":         {seccomp.NativeArch, unix.SYS_TGKILL, [6]uint64{1, 1, 9}, notify},
		"tgkill URG":     {seccomp.NativeArch, unix.SYS_TGKILL, [6]uint64{1, 1, 23}, allow},
		"sigqueue":       {seccomp.NativeArch, unix.SYS_RT_SIGQUEUEINFO, [6]uint64{1, 2}, notify},
		"tgsigqueue":     {seccomp.NativeArch, unix.SYS_RT_TGSIGQUEUEINFO, [6]uint64{1, 1, 2}, notify},
		"pidfd":          {seccomp.NativeArch, unix.SYS_PIDFD_SEND_SIGNAL, [6]uint64{3, 15}, notify},
		"pidfd 0":        {seccomp.NativeArch, unix.SYS_PIDFD_SEND_SIGNAL, [6]uint64{3, 0}, allow},
		"reboot":         {seccomp.NativeArch, unix.SYS_REBOOT, [6]uint64{}, notify},
		"foreign":        {0x40000003, 37, [6]uint64{1, 15}, fail(unix.ENOSYS)},
		"unix socket":    {seccomp.NativeArch, unix.SYS_SOCKET, [6]uint64{unix.AF_UNIX}, allow},
		"inet socket":    {seccomp.NativeArch, unix.SYS_SOCKET, [6]uint64{unix.AF_INET}, allow},
		"vsock":          {seccomp.NativeArch, unix.SYS_SOCKET, [6]uint64{unix.AF_VSOCK}, fail(unix.EAFNOSUPPORT)},
		"F_SETSIG TERM":  {seccomp.NativeArch, unix.SYS_FCNTL, [6]uint64{3, unix.F_SETSIG, 15}, allow},
		"F_SETSIG SEGV":  {seccomp.NativeArch, unix.SYS_FCNTL, [6]uint64{3, unix.F_SETSIG, 11}, fail(unix.EINVAL)},
		"F_SETFL":        {seccomp.NativeArch, unix.SYS_FCNTL, [6]uint64{3, unix.F_SETFL, 11}, allow},
		"io_uring":       {seccomp.NativeArch, unix.SYS_IO_URING_SETUP, [6]uint64{}, fail(unix.EPERM)},
		"keyctl":         {seccomp.NativeArch, unix.SYS_KEYCTL, [6]uint64{}, fail(unix.EPERM)},
		"lease":          {seccomp.NativeArch, unix.SYS_FCNTL, [6]uint64{3, unix.F_SETLEASE, 1}, fail(unix.EINVAL)},
		"socketpair":     {seccomp.NativeArch, unix.SYS_SOCKETPAIR, [6]uint64{unix.AF_TIPC}, fail(unix.EAFNOSUPPORT)},
		"prlimit self":   {seccomp.NativeArch, unix.SYS_PRLIMIT64, [6]uint64{0, 7}, allow},
		"prlimit init":   {seccomp.NativeArch, unix.SYS_PRLIMIT64, [6]uint64{1, 7}, notify},
		"prlimit 1 key":  {seccomp.NativeArch, unix.SYS_PRLIMIT64, [6]uint64{5 | 7<<32, 6}, notify},
		"prlimit keys":   {seccomp.NativeArch, unix.SYS_PRLIMIT64, [6]uint64{5 | 7<<32, 6 | 8<<32}, allow},
		"nice":           {seccomp.NativeArch, unix.SYS_SETPRIORITY, [6]uint64{unix.PRIO_PROCESS, 0, 5}, allow},
		"renice":         {seccomp.NativeArch, unix.SYS_SETPRIORITY, [6]uint64{unix.PRIO_PROCESS, 1, 5}, notify},
		"renice user":    {seccomp.NativeArch, unix.SYS_SETPRIORITY, [6]uint64{unix.PRIO_USER, 0, 5}, notify},
		"ionice":         {seccomp.NativeArch, unix.SYS_IOPRIO_SET, [6]uint64{1, 0, 5}, allow},
		"ionice group":   {seccomp.NativeArch, unix.SYS_IOPRIO_SET, [6]uint64{2, 0, 5}, notify},
		"own affinity":   {seccomp.NativeArch, unix.SYS_SCHED_SETAFFINITY, [6]uint64{0}, allow},
		"affinity":       {seccomp.NativeArch, unix.SYS_SCHED_SETAFFINITY, [6]uint64{1}, notify},
		"traced":         {seccomp.NativeArch, unix.SYS_PTRACE, [6]uint64{unix.PTRACE_TRACEME}, allow},
		"attach":         {seccomp.NativeArch, unix.SYS_PTRACE, [6]uint64{unix.PTRACE_ATTACH, 5}, fail(unix.EPERM)},
		"seize":          {seccomp.NativeArch, unix.SYS_PTRACE, [6]uint64{unix.PTRACE_SEIZE, 5}, fail(unix.EPERM)},
		"memfd":          {seccomp.NativeArch, unix.SYS_MEMFD_CREATE, [6]uint64{}, fail(unix.ENOSYS)},
		"unknown number": {seccomp.NativeArch, 100_000, [6]uint64{}, allow},
	} {
		data := make([]byte, 64)
		put := func(off int, v uint32) {
			data[off], data[off+1], data[off+2], data[off+3] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
		}
		put(seccomp.OffNumber, c.nr)
		put(seccomp.OffArch, c.arch)
		for i, a := range c.args {
			put(int(seccomp.OffArg(i)), uint32(a))
			put(int(seccomp.OffArgHigh(i)), uint32(a>>32))
		}
		got, err := vm.Run(data)
		if err != nil || uint32(got) != c.want {
			t.Errorf("%s: %s, %v; want %s", name, strconv.FormatInt(int64(uint32(got)), 16), err, strconv.FormatInt(int64(c.want), 16))
		}
	}
}
