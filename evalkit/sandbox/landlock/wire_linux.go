//go:build amd64 || arm64

package landlock

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// op is what a message is about.
type op int

const (
	opSetup  op = iota + 1 // to the supervisor: setup
	opReady                // from it: it takes commands
	opRun                  // Argv, Env, Dir, and the descriptors of stdin, stdout, stderr
	opExited               // Exit, or what kept it from starting
	opKill                 // everything that runs
	opOpen                 // Path, Flags
	opLay                  // File
	opRemove               // Path
	opDone                 // Errno and Text, or the descriptor that was asked for
)

// message is what host and supervisor say to each other.
type message struct {
	Op          op
	ID          uint64
	Argv, Env   []string
	Dir, Path   string
	Flags, Exit int
	Setup       *setup
	File        *laid
	Errno       syscall.Errno
	Text        string // of an error
	Step        string // that it came from
	fds         []int
}

// setup is how a machine is to be.
type setup struct {
	Folder           string // private
	Workspace        string // where in it
	Processes        int    // the limit of the sandbox's user
	Memory, FileSize int64
	Version          int // of Landlock
	Files            []laid
}

// laid is a file for the supervisor to lay, by its path on the host.
type laid struct {
	Path     string
	Mode     fs.FileMode
	KeepMode bool // of a file that is there
	ModTime  time.Time
	Body     []byte
}

var errMalformed = errors.New("malformed message")

const fdsMax = 8

// encode puts a message into an anonymous file, so that none is too long for a
// datagram.
func encode(m *message) (int, error) {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(m); err != nil {
		return -1, err
	}
	fd, err := unix.MemfdCreate("m", unix.MFD_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("memfd_create: %w", err)
	}
	for rest := b.Bytes(); len(rest) > 0; {
		n, err := unix.Write(fd, rest)
		if err != nil {
			unix.Close(fd)
			return -1, fmt.Errorf("fill memory file: %w", err)
		}
		rest = rest[n:]
	}
	return fd, nil
}

// sendOn sends a message on a blocking socket, or gives EAGAIN.
func sendOn(sock int, m *message) error {
	fd, err := encode(m)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	rights := unix.UnixRights(append([]int{fd}, m.fds...)...)
	for {
		err := unix.Sendmsg(sock, []byte{byte(m.Op)}, rights, nil, unix.MSG_NOSIGNAL)
		if err != unix.EINTR {
			return err
		}
	}
}

// receiveOn receives a message; io.EOF when the other side is gone.
func receiveOn(sock, flags int) (*message, error) {
	var b [1]byte
	oob := make([]byte, unix.CmsgSpace(4*fdsMax))
	var n, oobn int
	var err error
	for {
		n, oobn, _, _, err = unix.Recvmsg(sock, b[:], oob, flags|unix.MSG_CMSG_CLOEXEC)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, io.EOF
	}
	var fds []int
	controls, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil {
		return nil, err
	}
	for _, c := range controls {
		if got, err := unix.ParseUnixRights(&c); err == nil {
			fds = append(fds, got...)
		}
	}
	if len(fds) == 0 {
		return nil, errMalformed
	}
	f := os.NewFile(uintptr(fds[0]), "message")
	defer f.Close()
	m := &message{}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if err := gob.NewDecoder(f).Decode(m); err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	m.fds = fds[1:]
	return m, nil
}

func (m *message) closeFDs() {
	for _, fd := range m.fds {
		unix.Close(fd)
	}
	m.fds = nil
}

// failure is the error that a message tells of, if any.
func (m *message) failure() error {
	if m.Errno == 0 && m.Text == "" {
		return nil
	}
	return &toldError{m.Text, m.Errno}
}

// told puts an error into a message.
func (m *message) told(err error) *message {
	if err != nil {
		m.Text = err.Error()
		errors.As(err, &m.Errno)
	}
	return m
}

// toldError carries an error between processes: its text, and the number that
// it came from.
type toldError struct {
	text  string
	errno syscall.Errno
}

func (e *toldError) Error() string { return e.text }

func (e *toldError) Unwrap() error {
	if e.errno == 0 {
		return nil
	}
	return e.errno
}
