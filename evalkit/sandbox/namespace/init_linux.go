//go:build amd64 || arm64

package namespace

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/proc"
)

// initName is the name under which a binary is started as a sandbox's init.
const initName = "/sbin/init"

// controlFD is where init finds its control socket.
const controlFD = 3

func init() {
	if len(os.Args) != 1 || os.Args[0] != initName || os.Getpid() != 1 {
		return
	}
	if kind, err := unix.GetsockoptInt(controlFD, unix.SOL_SOCKET, unix.SO_TYPE); err != nil || kind != unix.SOCK_SEQPACKET {
		return
	}
	proc.CloseInherited(controlFD)
	runtime.LockOSThread()
	runInit()
	unix.Exit(0)
}

// initProcess is the state of PID 1. The main thread, locked and under the
// filter, runs everything that starts or ends processes; the listener thread,
// outside of the filter, hears the notifications.
type initProcess struct {
	hostname, workspace                         string
	processes, memory, disk, fileSize, commands int64
	hide                                        []string
	hold                                        []*heldFile
	guard                                       []string
	startOf                                     []string
	acts                                        map[string]int // told of, by the listener
	folders                                     []shownFolder
	network                                     *network // nil: none but the loopback
	files                                       []layFile
	bodies                                      []byte

	layers []*layer
	links  []string // of the top folders
	open   []string // folders that can be written

	most     [4]uint64 // what the host allows of processes, data, address space and file sizes
	listener int
	key      limitKey
	runs     map[uint64]*childRun
	unmarked uint64          // what a process has in place of a mark
	mark     uint64          // of the newest outermost run
	beside   map[uint64]bool // marks of runs beside others
	buf      []byte

	down     atomic.Bool
	spawning sync.Mutex // held while a process is being started
}

// runInit sets the machine up and serves it until the host is gone.
func runInit() {
	s := &initProcess{key: newLimitKey(), acts: map[string]int{}, runs: map[uint64]*childRun{}, beside: map[uint64]bool{}, buf: make([]byte, datagramMax)}
	if err := s.receiveSetup(); err != nil {
		s.fail("setup", err)
		return
	}
	s.network.hear()
	for _, step := range s.steps() {
		if err := step.do(); err != nil {
			s.fail(step.name, err)
			return
		}
	}
	s.learnHeld()
	s.learnGuarded()
	heard := make(chan int, 1)
	go s.listen(heard)
	if err := s.confine(); err != nil {
		s.fail("seccomp", err)
		return
	}
	heard <- s.listener
	if err := s.learnMark(); err != nil {
		s.fail("limits", err)
		return
	}
	root, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		s.fail("root", err)
		return
	}
	ready := &message{op: opReady, fds: []int{root}}
	if s.network != nil {
		ready.fds = append(ready.fds, s.network.attempts, s.network.announced)
	}
	if err := s.send(ready); err != nil {
		return
	}
	ready.closeFDs()
	s.files, s.bodies, s.hide = nil, nil, nil
	s.serve()
}

func (s *initProcess) receiveSetup() error {
	data, fds, err := receiveOn(controlFD, 0, s.buf)
	if err != nil {
		return err
	}
	if len(data) == 0 {
		unix.Exit(0) // the host is gone
	}
	m, err := unpack(data, fds)
	if err != nil {
		return err
	}
	defer m.closeFDs()
	if m.op != opSetup || len(m.list(0)) != 7 || len(m.lists) < 7 || len(m.fds) < 1 {
		return errMalformed
	}
	head := m.list(0)
	s.hostname, s.workspace = head[0], head[1]
	for i, p := range []*int64{&s.processes, &s.memory, &s.disk, &s.fileSize, &s.commands} {
		if *p, err = strconv.ParseInt(head[2+i], 10, 64); err != nil {
			return err
		}
	}
	s.hide = m.list(1)
	for _, path := range m.list(2) {
		s.hold = append(s.hold, &heldFile{path: path})
	}
	if err := s.takeFolders(m); err != nil {
		return err
	}
	s.guard, s.startOf = m.list(4), m.list(5)
	if s.network, err = readNetwork(m.list(6)); err != nil {
		return err
	}
	for _, l := range m.lists[7:] {
		f, err := decodeFile(l)
		if err != nil {
			return err
		}
		s.files = append(s.files, f)
	}
	s.bodies, err = readMemory(m.fds[0])
	return err
}

// send writes a message to the host, from any thread.
func (s *initProcess) send(m *message) error {
	data, fds, memory, err := m.pack()
	if err != nil {
		return err
	}
	err = sendOn(controlFD, data, fds)
	if memory >= 0 {
		unix.Close(memory)
	}
	return err
}

// fail reports the step that could not be done.
func (s *initProcess) fail(step string, err error) {
	m := &message{op: opFail, lists: [][]string{{step, err.Error()}}}
	var errno syscall.Errno
	if asErrno(err, &errno) {
		m.n = int64(errno)
	}
	s.send(m)
}

// step is one part of setting up, named in the error when it fails.
type step struct {
	name string
	do   func() error
}

func (s *initProcess) body(f layFile) ([]byte, error) {
	if f.off < 0 || f.len < 0 || f.off+f.len > int64(len(s.bodies)) {
		return nil, fmt.Errorf("%s: %w", f.path, errMalformed)
	}
	return s.bodies[f.off : f.off+f.len], nil
}
