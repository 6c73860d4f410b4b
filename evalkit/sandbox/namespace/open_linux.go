//go:build amd64 || arm64

package namespace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// namespaces are the kinds that a sandbox has of its own.
const namespaces = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID |
	unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS

// Open implements sandbox.Backend. It takes some milliseconds. What fails is
// named with its mend; where this system does not allow a sandbox, the error
// wraps sandbox.ErrUnsupported.
func (Backend) Open(ctx context.Context, c sandbox.Config) (sandbox.Sandbox, error) {
	m, err := open(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open sandbox: %w", err)
	}
	return m, nil
}

func open(ctx context.Context, c sandbox.Config) (*machine, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	p, err := planFor(c)
	if err != nil {
		return nil, err
	}
	setup, err := p.message()
	if err != nil {
		return nil, err
	}
	setup.attachFolders(p)
	defer setup.closeFDs()
	ids, err := pickIDs()
	if err != nil {
		return nil, err
	}
	control, process, err := startInit(ids)
	if err != nil {
		return nil, err
	}
	m := newMachine(p, control, process, ids)
	if err := m.setUp(ctx, setup); err != nil {
		m.end()
		return nil, err
	}
	go m.read()
	if err := m.observe(); err != nil {
		m.Close()
		return nil, fmt.Errorf("observe: %w", err)
	}
	return m, nil
}

// startInit starts this binary anew as PID 1 of fresh namespaces.
func startInit(ids idMap) (*conn, *os.Process, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("control socket: %w", err)
	}
	control, err := newConn(pair[0])
	if err != nil {
		unix.Close(pair[1])
		return nil, nil, fmt.Errorf("control socket: %w", err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "sandbox init")
	defer theirs.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		control.close()
		return nil, nil, err
	}
	defer null.Close()
	program, err := startable(ids)
	if err != nil {
		control.close()
		return nil, nil, err
	}
	process, err := os.StartProcess(program, []string{initName}, &os.ProcAttr{
		Env:   []string{"HOME=/", "TERM=linux", "GOMAXPROCS=1"},
		Files: []*os.File{null, null, null, theirs},
		Sys: &syscall.SysProcAttr{
			Cloneflags:                 namespaces,
			UidMappings:                ids.uids,
			GidMappings:                ids.gids,
			GidMappingsEnableSetgroups: ids.groups,
			Credential:                 ids.credential,
		},
	})
	if err != nil {
		control.close()
		return nil, nil, refusedStart(err, ids)
	}
	return control, process, nil
}

// setUp hands init its configuration and waits until it takes commands.
func (m *machine) setUp(ctx context.Context, setup *message) error {
	stop := context.AfterFunc(ctx, func() { m.process.Kill() })
	defer stop()
	err := m.control.send(setup)
	var reply *message
	if err == nil {
		reply, err = m.control.receive()
	}
	switch {
	case ctx.Err() != nil:
		if reply != nil {
			reply.closeFDs()
		}
		return context.Cause(ctx)
	case errors.Is(err, io.EOF) || errors.Is(err, unix.EPIPE):
		state, _ := m.process.Wait()
		return fmt.Errorf("its init ended before it was ready (%v)", state)
	case err != nil:
		return err
	case reply.op == opFail:
		return refusedStep(reply.text(0, 0), reply.text(0, 1), syscall.Errno(reply.n))
	case reply.op != opReady || len(reply.fds) != m.plan.readyFDs():
		reply.closeFDs()
		return errMalformed
	}
	m.root = os.NewFile(uintptr(reply.fds[0]), "sandbox root")
	if len(reply.fds) > 1 {
		if m.attempts, err = hear(reply.fds[1], reply.fds[2], m.plan.net); err != nil {
			return fmt.Errorf("hear the network: %w", err)
		}
	}
	if !stop() { // cancelled in the last moment
		return context.Cause(ctx)
	}
	return nil
}
