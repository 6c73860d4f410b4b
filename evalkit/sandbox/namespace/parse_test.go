//go:build linux && (amd64 || arm64)

package namespace

import (
	"bytes"
	"debug/elf"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
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

func TestParseStat(t *testing.T) {
	const rest = " S 1 2 3 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777 0 0\n"
	for in, want := range map[string]stat{
		"12 (bash)" + rest:             {name: "bash", state: 'S', parent: 1, session: 3, started: 777},
		"12 (a) R 9 9 9 (b) c)" + rest: {name: "a) R 9 9 9 (b) c", state: 'S', parent: 1, session: 3, started: 777},
		"12 ()" + rest:                 {name: "", state: 'S', parent: 1, session: 3, started: 777},
	} {
		if got, ok := parseStat([]byte(in)); !ok || got != want {
			t.Errorf("%q: %+v, %v", in, got, ok)
		}
	}
	own, ok := readStat(os.Getpid())
	if !ok || own.parent != os.Getppid() || own.started == 0 {
		t.Errorf("own: %+v, %v", own, ok)
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("12 (bash) S 1 2 3 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777"))
	f.Add([]byte(")("))
	f.Fuzz(func(t *testing.T, b []byte) { parseStat(b) })
}

func FuzzEvents(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00ab\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		eachEvent(b, func(event) { n++ })
		if n > len(b)/unix.SizeofInotifyEvent {
			t.Errorf("%d events in %d bytes", n, len(b))
		}
	})
}

func FuzzDecodeFile(f *testing.F) {
	f.Add("/a", "420", "0", "1", "", "0", "5")
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h string) {
		l, err := decodeFile([]string{a, b, c, d, e, g, h})
		if err != nil {
			return
		}
		if again, err := decodeFile(l.encode()); err != nil || again.path != l.path || again.mode != l.mode || !again.modTime.Equal(l.modTime) {
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
	vm, err := bpf.NewVM(filter(false, textRange{}))
	if err != nil {
		t.Fatal(err)
	}
	const allow, notify = uint32(retAllow), uint32(retNotify)
	fail := func(e unix.Errno) uint32 { return retErrno | uint32(e) }
	for name, c := range map[string]struct {
		arch, nr uint32
		args     [6]uint64
		want     uint32
	}{
		"read":           {auditArch, unix.SYS_READ, [6]uint64{}, allow},
		"kill TERM":      {auditArch, unix.SYS_KILL, [6]uint64{1, 15}, notify},
		"kill 0":         {auditArch, unix.SYS_KILL, [6]uint64{1, 0}, allow},
		"kill CHLD":      {auditArch, unix.SYS_KILL, [6]uint64{1, 17}, allow},
		"kill junk":      {auditArch, unix.SYS_KILL, [6]uint64{1, 15 | 1<<40}, notify},
		"tkill":          {auditArch, unix.SYS_TKILL, [6]uint64{1, 9}, notify},
		"tgkill":         {auditArch, unix.SYS_TGKILL, [6]uint64{1, 1, 9}, notify},
		"tgkill URG":     {auditArch, unix.SYS_TGKILL, [6]uint64{1, 1, 23}, allow},
		"sigqueue":       {auditArch, unix.SYS_RT_SIGQUEUEINFO, [6]uint64{1, 2}, notify},
		"tgsigqueue":     {auditArch, unix.SYS_RT_TGSIGQUEUEINFO, [6]uint64{1, 1, 2}, notify},
		"pidfd":          {auditArch, unix.SYS_PIDFD_SEND_SIGNAL, [6]uint64{3, 15}, notify},
		"pidfd 0":        {auditArch, unix.SYS_PIDFD_SEND_SIGNAL, [6]uint64{3, 0}, allow},
		"reboot":         {auditArch, unix.SYS_REBOOT, [6]uint64{}, notify},
		"foreign":        {0x40000003, 37, [6]uint64{1, 15}, fail(unix.ENOSYS)},
		"unix socket":    {auditArch, unix.SYS_SOCKET, [6]uint64{unix.AF_UNIX}, allow},
		"inet socket":    {auditArch, unix.SYS_SOCKET, [6]uint64{unix.AF_INET}, allow},
		"vsock":          {auditArch, unix.SYS_SOCKET, [6]uint64{unix.AF_VSOCK}, fail(unix.EAFNOSUPPORT)},
		"F_SETSIG TERM":  {auditArch, unix.SYS_FCNTL, [6]uint64{3, unix.F_SETSIG, 15}, allow},
		"F_SETSIG SEGV":  {auditArch, unix.SYS_FCNTL, [6]uint64{3, unix.F_SETSIG, 11}, fail(unix.EINVAL)},
		"F_SETFL":        {auditArch, unix.SYS_FCNTL, [6]uint64{3, unix.F_SETFL, 11}, allow},
		"io_uring":       {auditArch, unix.SYS_IO_URING_SETUP, [6]uint64{}, fail(unix.EPERM)},
		"keyctl":         {auditArch, unix.SYS_KEYCTL, [6]uint64{}, fail(unix.EPERM)},
		"unknown number": {auditArch, 100_000, [6]uint64{}, allow},
	} {
		data := make([]byte, 64)
		put := func(off int, v uint32) {
			data[off], data[off+1], data[off+2], data[off+3] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
		}
		put(offNumber, c.nr)
		put(offArch, c.arch)
		for i, a := range c.args {
			put(int(offArg(i)), uint32(a))
		}
		got, err := vm.Run(data)
		if err != nil || uint32(got) != c.want {
			t.Errorf("%s: %s, %v; want %s", name, strconv.FormatInt(int64(uint32(got)), 16), err, strconv.FormatInt(int64(c.want), 16))
		}
	}
}
