//go:build amd64 || arm64

package landlock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/capture"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/observe"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/proc"
)

// machine is the host's side of one sandbox.
type machine struct {
	plan    *plan
	user    user
	control *conn
	process *os.Process
	lock    *os.File // of the private folder

	queue chan struct{} // holds the right to run a process
	// up ends, with its cause, when the machine breaks or is closed.
	up   context.Context
	fell context.CancelCauseFunc

	mu      sync.Mutex
	lastID  uint64
	waiting map[uint64]chan *message
	pipes   map[*capture.Output]bool // being read
	closed  bool

	readers  sync.WaitGroup // the control socket's reader, and pipes
	observer *observe.Observer
	closing  sync.Once
}

var _ sandbox.Sandbox = (*machine)(nil)

var errClosed = fmt.Errorf("the sandbox is closed: %w", sandbox.ErrDown)

func newMachine(p *plan, control *conn, process *os.Process, own user) *machine {
	m := &machine{
		plan: p, user: own, control: control, process: process,
		queue: make(chan struct{}, 1), waiting: map[uint64]chan *message{}, pipes: map[*capture.Output]bool{},
	}
	m.up, m.fell = context.WithCancelCause(context.Background())
	return m
}

// read takes the supervisor's messages until its end.
func (m *machine) read() {
	m.readers.Add(1)
	defer m.readers.Done()
	for {
		msg, err := m.control.receive()
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, unix.ECONNRESET) {
				err = errors.New("its supervisor ended unexpectedly")
			}
			m.fell(fmt.Errorf("the sandbox broke: %w: %w", err, sandbox.ErrDown))
			return
		}
		m.mu.Lock()
		ch := m.waiting[msg.ID]
		delete(m.waiting, msg.ID)
		m.mu.Unlock()
		if ch == nil {
			msg.closeFDs()
			continue
		}
		ch <- msg
	}
}

// expect registers for the answer to a new message.
func (m *machine) expect() (uint64, chan *message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lastID++
	ch := make(chan *message, 1)
	m.waiting[m.lastID] = ch
	return m.lastID, ch
}

// forget gives up an answer, and what may have come of it.
func (m *machine) forget(id uint64, ch chan *message) {
	m.mu.Lock()
	_, open := m.waiting[id]
	delete(m.waiting, id)
	m.mu.Unlock()
	if open {
		return
	}
	select {
	case late := <-ch:
		late.closeFDs()
	default:
	}
}

// state gives nil while the machine is up, and else why it is not.
func (m *machine) state() error {
	if m.up.Err() != nil {
		return context.Cause(m.up)
	}
	return nil
}

// ask sends a message and waits for its answer.
func (m *machine) ask(ctx context.Context, msg *message) (*message, error) {
	if err := m.state(); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	id, answer := m.expect()
	defer m.forget(id, answer)
	msg.ID = id
	if err := m.control.send(msg); err != nil {
		return nil, errors.Join(m.state(), fmt.Errorf("control socket: %w", err))
	}
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-m.up.Done():
		return nil, m.state()
	}
}

// Shutdown implements sandbox.Sandbox: this machine has no PID 1 to be ended.
func (m *machine) Shutdown() (sandbox.Shutdown, bool) { return sandbox.Shutdown{}, false }

// Close implements sandbox.Sandbox.
func (m *machine) Close() error {
	var err error
	m.closing.Do(func() {
		m.mu.Lock()
		m.closed = true
		m.mu.Unlock()
		m.fell(errClosed)
		err = m.end()
		m.mu.Lock()
		for c := range m.pipes {
			c.Close()
		}
		m.mu.Unlock()
		m.readers.Wait()
		if m.observer != nil {
			m.observer.Close()
		}
	})
	return err
}

// end has the supervisor end everything, and itself, by the end of its control
// socket. Should it be gone, or not be done in time, what can be told to be the
// sandbox's is ended from here.
func (m *machine) end() error {
	m.fell(errClosed)
	m.control.hangUp()
	ended := make(chan *os.ProcessState, 1)
	go func() {
		state, _ := m.process.Wait()
		ended <- state
	}()
	var state *os.ProcessState
	select {
	case state = <-ended:
	case <-time.After(2 * killMax):
		m.process.Kill()
		state = <-ended
	}
	m.control.close()
	if state == nil || !state.Success() {
		m.killUser()
	}
	err := removeFolder(m.plan.folder)
	if m.lock != nil {
		m.lock.Close()
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("close sandbox: %w", err)
	}
	return nil
}

// killUser ends every process of a user that nobody else is.
func (m *machine) killUser() {
	if m.user.credential == nil {
		return
	}
	for range 100 {
		found := false
		for pid, st := range proc.Every() {
			var info unix.Stat_t
			if st.State == 'Z' || unix.Stat(fmt.Sprintf("/proc/%d", pid), &info) != nil || int(info.Uid) != m.user.uid {
				continue
			}
			found = true
			syscall.Kill(pid, syscall.SIGKILL)
		}
		if !found {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}
