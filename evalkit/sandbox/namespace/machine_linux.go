//go:build amd64 || arm64

package namespace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/capture"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/observe"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// machine is the host's side of one sandbox.
type machine struct {
	plan    *plan
	ids     idMap
	control *conn
	process *os.Process
	root    *os.File // O_PATH of the sandbox's root

	queue chan struct{} // holds the right to run an outermost process
	// up ends, with its cause, when the machine goes down, breaks or is closed.
	up   context.Context
	fell context.CancelCauseFunc

	mu       sync.Mutex
	lastID   uint64
	waiting  map[uint64]chan *message // for opExited and opDone
	calls    map[uint64]*call
	pipes    map[*capture.Output]bool // being read
	shutdown *sandbox.Shutdown
	broken   error // init is gone, and with it the files
	closed   bool

	handlers sync.WaitGroup // calls of commands
	readers  sync.WaitGroup // the control socket's reader, and pipes
	observer *observe.Observer
	attempts *hearing // nil without a sandbox.Net
	closing  sync.Once
	patience time.Duration
}

var _ sandbox.Sandbox = (*machine)(nil)

var errClosed = fmt.Errorf("the sandbox is closed: %w", sandbox.ErrDown)

func newMachine(p *plan, control *conn, process *os.Process, ids idMap) *machine {
	m := &machine{
		plan: p, ids: ids, control: control, process: process,
		queue:    make(chan struct{}, 1),
		waiting:  map[uint64]chan *message{},
		patience: defaultPatience,
		calls:    map[uint64]*call{},
		pipes:    map[*capture.Output]bool{},
	}
	m.up, m.fell = context.WithCancelCause(context.Background())
	m.readers.Add(1)
	return m
}

// read takes init's messages until the end of the machine.
func (m *machine) read() {
	defer m.readers.Done()
	for {
		msg, err := m.control.receive()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("its init ended unexpectedly")
			}
			m.broke(err)
			return
		}
		switch msg.op {
		case opExited, opDone:
			m.deliver(msg)
		case opCall:
			m.called(msg)
		case opAct:
			m.told(msg)
		case opHeld:
			m.held(msg.id)
		case opDown:
			m.wentDown(msg)
		case opFail:
			m.broke(fmt.Errorf("%s: %s", msg.text(0, 0), msg.text(0, 1)))
		}
	}
}

// broke notes that init is gone by no doing of the machine's own.
func (m *machine) broke(err error) {
	err = fmt.Errorf("the sandbox broke: %w: %w", err, sandbox.ErrDown)
	m.mu.Lock()
	if m.broken == nil {
		m.broken = err
	}
	m.mu.Unlock()
	m.fell(err)
}

func (m *machine) deliver(msg *message) {
	m.mu.Lock()
	ch := m.waiting[msg.id]
	delete(m.waiting, msg.id)
	m.mu.Unlock()
	if ch != nil {
		ch <- msg
	}
}

func (m *machine) wentDown(msg *message) {
	m.mu.Lock()
	if m.shutdown == nil {
		m.shutdown = &sandbox.Shutdown{Signal: msg.text(0, 0), Sender: processes(msg.list(1)), At: time.Now()}
	}
	m.mu.Unlock()
	m.fell(sandbox.ErrDown)
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

func (m *machine) forget(id uint64) {
	m.mu.Lock()
	delete(m.waiting, id)
	m.mu.Unlock()
}

// state gives nil while the machine is up, and else why it is not.
func (m *machine) state() error {
	if m.up.Err() != nil {
		return context.Cause(m.up)
	}
	return nil
}

// Shutdown implements sandbox.Sandbox.
func (m *machine) Shutdown() (sandbox.Shutdown, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shutdown == nil {
		return sandbox.Shutdown{}, false
	}
	s := *m.shutdown
	s.Sender = append([]transcript.Process(nil), s.Sender...)
	return s, true
}

// defaultPatience is how long Close waits for Go functions that answer commands.
const defaultPatience = 10 * time.Second

// Close implements sandbox.Sandbox. It waits for running commands' Go
// functions, whose contexts have ended by then.
func (m *machine) Close() error {
	var err error
	m.closing.Do(func() {
		m.mu.Lock()
		m.closed = true
		m.mu.Unlock()
		m.fell(errClosed)
		m.process.Kill()
		m.process.Wait()
		m.attempts.close()
		m.closePipes()
		m.readers.Wait()
		done := make(chan struct{})
		go func() { m.handlers.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(m.patience):
			err = fmt.Errorf("close sandbox: a command's function, or the writer of a process's output, is still busy %v after the machine's end; make it obey its context", m.patience)
		}
		if m.observer != nil {
			m.observer.Close()
		}
		m.control.close()
		m.root.Close()
	})
	return err
}

// closePipes ends the reading of output. With the processes gone a function
// that answers a command may still hold the other end.
func (m *machine) closePipes() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for c := range m.pipes {
		c.Close()
	}
}

// end takes down what open had begun.
func (m *machine) end() {
	m.fell(errClosed)
	m.process.Kill()
	m.process.Wait()
	m.attempts.close()
	m.control.close()
	if m.root != nil {
		m.root.Close()
	}
}

// ask sends a message and waits for its answer. Once the machine is no longer
// up there is none.
func (m *machine) ask(ctx context.Context, msg *message) (*message, error) {
	if err := m.state(); err != nil {
		return nil, err
	}
	id, answer := m.expect()
	defer m.forget(id)
	msg.id = id
	if err := m.control.send(msg); err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
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

func errnoOf(n int64) error {
	if n == 0 {
		return nil
	}
	return syscall.Errno(n)
}
