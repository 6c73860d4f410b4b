//go:build amd64 || arm64

package landlock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/proc"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/seccomp"
)

// supervisorName is the name under which a binary is started as a sandbox's
// supervisor.
const supervisorName = "/sbin/session"

// Descriptors that the supervisor is started with.
const (
	controlFD = 3
	folderFD  = 4 // of the private folder, with the lock on it
)

func init() {
	if len(os.Args) != 1 || os.Args[0] != supervisorName {
		return
	}
	if kind, err := unix.GetsockoptInt(controlFD, unix.SOL_SOCKET, unix.SO_TYPE); err != nil || kind != unix.SOCK_SEQPACKET {
		return
	}
	proc.CloseInherited(folderFD)
	unix.CloseOnExec(controlFD)
	runSupervisor()
	unix.Exit(0)
}

// supervisor is the process that all of a sandbox's processes descend from. Its
// main goroutine serves the host; one thread, under the rules and the filter,
// does what the sandbox's own processes could do: start them, open and lay
// files.
type supervisor struct {
	setup    *setup
	pid      int
	folders  []string // that may be written in
	listener int
	thread   int         // the restricted one
	inside   chan func() // run by it
	runs     map[uint64]*childRun
}

// childRun is a process that the host waits for.
type childRun struct{ pid, pidfd int }

// runSupervisor lives until the host is gone, and leaves nothing.
func runSupervisor() {
	m, err := receiveOn(controlFD, 0)
	if err != nil || m.Op != opSetup || m.Setup == nil {
		return
	}
	s := &supervisor{setup: m.Setup, pid: os.Getpid(), inside: make(chan func()), runs: map[uint64]*childRun{}}
	for _, name := range writable {
		s.folders = append(s.folders, filepath.Join(s.setup.Folder, name))
	}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"processes", s.adopt}, {"folders", s.makeFolders}, {"limits", s.limit}, {"restrict", s.confine}, {"files", s.layAll},
	} {
		if err := step.do(); err != nil {
			s.send((&message{Op: opDone, Step: step.name}).told(err))
			s.tidy()
			return
		}
	}
	if s.send(&message{Op: opReady}) == nil {
		s.setup.Files = nil
		s.serve()
	}
	s.killAll()
	s.tidy()
}

func (s *supervisor) send(m *message) error { return sendOn(controlFD, m) }

// adopt makes orphans of the sandbox this process's children.
func (s *supervisor) adopt() error {
	if _, err := unix.Setsid(); err != nil && !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("session: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("subreaper: %w", err)
	}
	if st, ok := proc.ReadStat(s.pid); !ok || st.Parent != os.Getppid() {
		return errors.New("/proc does not show this process; mount it")
	}
	return proc.NameThreads("session")
}

// writable are the folders of the private one that may be written in.
var writable = []string{workspaceName, homeName, temporaryName}

func (s *supervisor) makeFolders() error {
	unix.Umask(0)
	for name, mode := range map[string]os.FileMode{workspaceName: 0o755, homeName: 0o700, temporaryName: 0o700} {
		if err := os.Mkdir(filepath.Join(s.setup.Folder, name), mode); err != nil {
			return err
		}
	}
	unix.Umask(0o022)
	return nil
}

// limit sets the limits that children inherit.
func (s *supervisor) limit() error {
	for _, l := range []struct {
		resource   int
		soft, hard uint64
	}{
		{unix.RLIMIT_CORE, 0, 0},
		{unix.RLIMIT_FSIZE, uint64(s.setup.FileSize), uint64(s.setup.FileSize)},
		{unix.RLIMIT_NPROC, uint64(s.setup.Processes), uint64(s.setup.Processes)},
		{unix.RLIMIT_NOFILE, 1024, 4096},
	} {
		var now syscall.Rlimit
		if err := syscall.Getrlimit(l.resource, &now); err != nil {
			return err
		}
		if err := syscall.Setrlimit(l.resource, &syscall.Rlimit{Cur: min(l.soft, now.Max), Max: min(l.hard, now.Max)}); err != nil {
			return err
		}
	}
	return nil
}

// confine gives up what a sandbox must not have, and starts the thread that is
// under the rules and the filter, and the one that answers the filter.
func (s *supervisor) confine() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("dumpable: %w", err)
	}
	failed := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := s.confineThread()
		failed <- err
		if err != nil {
			select {} // a thread that is half-way is not used again
		}
		for do := range s.inside {
			do()
		}
	}()
	if err := <-failed; err != nil {
		return err
	}
	go s.listen()
	return nil
}

func (s *supervisor) confineThread() error {
	s.thread = unix.Gettid()
	unix.KeyctlJoinSessionKeyring("") // best effort: not every kernel has keyrings
	for c := uintptr(0); c <= 63; c++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil {
			break // past the last capability, or there are none to drop
		}
	}
	if err := restrict(s.setup.Version, s.folders); err != nil {
		return fmt.Errorf("landlock: %w", err)
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if _, _, e := unix.Syscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none)), 0); e != 0 {
		return fmt.Errorf("capabilities: %w", e)
	}
	var err error
	if s.listener, err = seccomp.Load(filter()); err != nil {
		return fmt.Errorf("seccomp: %w", err)
	}
	return nil
}

// within runs something on the restricted thread.
func (s *supervisor) within(do func() error) error {
	done := make(chan error, 1)
	s.inside <- func() { done <- do() }
	return <-done
}

func (s *supervisor) layAll() error {
	return s.within(func() error {
		for _, f := range s.setup.Files {
			if err := lay(f); err != nil {
				return err
			}
		}
		return nil
	})
}

// tidy removes the private folder.
func (s *supervisor) tidy() {
	removeFolder(s.setup.Folder)
}

// reapEvery is how often orphans are looked for at least, while anything lives.
const reapEvery = time.Second
