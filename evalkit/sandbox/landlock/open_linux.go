//go:build amd64 || arm64

package landlock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/observe"
)

// Open implements sandbox.Backend. Where this system does not allow such a
// sandbox, the error wraps sandbox.ErrUnsupported and says what to enable.
func (b Backend) Open(ctx context.Context, c sandbox.Config) (sandbox.Sandbox, error) {
	m, err := b.open(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open sandbox: %w", err)
	}
	return m, nil
}

func (b Backend) open(ctx context.Context, c sandbox.Config) (*machine, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	usable, err := b.version()
	if err != nil {
		return nil, err
	}
	p, err := planFor(c)
	if err != nil {
		return nil, err
	}
	own, err := pickUser()
	if err != nil {
		return nil, err
	}
	name, folder, err := makeFolder(own.uid, own.gid)
	if err != nil {
		return nil, err
	}
	p.folder = name
	m, err := start(ctx, p, own, folder, usable)
	folder.Close() // the supervisor has the lock as well, and the machine its own
	if err != nil {
		removeFolder(name)
		return nil, err
	}
	go m.read()
	if err := m.observe(); err != nil {
		m.Close()
		return nil, fmt.Errorf("observe: %w", err)
	}
	return m, nil
}

// version is the version of Landlock that is used.
func (b Backend) version() (int, error) {
	v, err := version()
	if b.most > 0 {
		v = min(v, b.most)
	}
	switch {
	case errors.Is(err, unix.ENOSYS):
		return 0, fmt.Errorf("landlock: %w: %w; the kernel does not have it, or a filter of system calls hides it; use Linux 6.2 or newer, in a container with a current seccomp profile", err, sandbox.ErrUnsupported)
	case errors.Is(err, unix.EOPNOTSUPP):
		return 0, fmt.Errorf("landlock: %w: %w; it is disabled; add landlock to the list lsm=… of the kernel's command line and boot", err, sandbox.ErrUnsupported)
	case err != nil:
		return 0, fmt.Errorf("landlock: %w: %w; a security policy refuses it; allow landlock_create_ruleset, landlock_add_rule and landlock_restrict_self", err, sandbox.ErrUnsupported)
	case v < oldest:
		return 0, fmt.Errorf("landlock: %w: this kernel has version %d of it, which does not keep files outside from being truncated; use Linux 6.2 or newer, which has version 3", sandbox.ErrUnsupported, v)
	}
	return v, nil
}

// start starts this binary anew as the supervisor, and waits until it takes
// commands.
func start(ctx context.Context, p *plan, own user, folder *os.File, usable int) (*machine, error) {
	files, err := p.laying()
	if err != nil {
		return nil, err
	}
	control, theirs, err := socketPair()
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	defer theirs.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		control.close()
		return nil, err
	}
	defer null.Close()
	process, err := os.StartProcess("/proc/self/exe", []string{supervisorName}, &os.ProcAttr{
		Dir:   "/",
		Env:   []string{"HOME=/", "TERM=linux", "GOMAXPROCS=2"},
		Files: []*os.File{null, null, null, theirs, folder},
		Sys:   &syscall.SysProcAttr{Credential: own.credential},
	})
	if err != nil {
		control.close()
		return nil, fmt.Errorf("start the supervisor: %w%s", err, mendStart(err))
	}
	m := newMachine(p, control, process, own)
	if m.lock, err = duplicate(folder); err == nil {
		err = m.setUp(ctx, &setup{
			Folder: p.folder, Workspace: p.workspace, Processes: processLimit(p.limits.Processes, own),
			Memory: p.limits.Memory, FileSize: p.limits.FileSize, Version: usable, Files: files,
		})
	}
	if err != nil {
		m.end()
		return nil, err
	}
	return m, nil
}

func duplicate(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

func mendStart(err error) string {
	switch {
	case errors.Is(err, unix.EACCES):
		return ": the sandbox's own user must be able to run this binary; make it executable for others (chmod +rx), or build it under umask 022"
	case errors.Is(err, unix.EPERM):
		return ": root needs CAP_SETUID and CAP_SETGID to run commands as nobody else; in a container: docker run --cap-add SETUID --cap-add SETGID, or run as an ordinary user"
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.ENOMEM):
		return ": this machine is at a limit of processes or memory; run fewer sandboxes at once, or raise ulimit -u"
	}
	return ""
}

// setUp hands the supervisor its configuration and waits until it is ready.
func (m *machine) setUp(ctx context.Context, s *setup) error {
	stop := context.AfterFunc(ctx, func() { m.process.Kill() })
	defer stop()
	err := m.control.send(&message{Op: opSetup, Setup: s})
	var reply *message
	if err == nil {
		reply, err = m.control.receive()
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, io.EOF) || errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET):
		state, _ := m.process.Wait()
		return fmt.Errorf("its supervisor ended before it was ready (%v)", state)
	case err != nil:
		return err
	case reply.Op == opReady:
		if !stop() { // cancelled in the last moment
			return context.Cause(ctx)
		}
		return nil
	}
	return refusedStep(reply.Step, reply.failure())
}

// refusedStep explains why a step of the set-up was refused.
func refusedStep(step string, err error) error {
	if err == nil {
		return errMalformed
	}
	mend := ""
	switch {
	case step == "restrict" && errors.Is(err, unix.EBUSY):
		mend = "; this process runs under a supervisor that listens for system calls already, as in LXD or in another sandbox; run it outside of that"
	case step == "restrict" && (errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS)):
		mend = "; a security policy refuses Landlock or seccomp filters; in a container it takes docker run --security-opt seccomp=unconfined"
	case step == "folders" && errors.Is(err, unix.EACCES):
		return fmt.Errorf("%s: %w; the sandbox's own user must be able to reach it: set TMPDIR to a folder whose parents others may enter (chmod +x)", step, err)
	}
	if mend != "" {
		return fmt.Errorf("%s: %w: %w%s", step, err, sandbox.ErrUnsupported, mend)
	}
	return fmt.Errorf("%s: %w", step, err)
}

// observe takes the first look.
func (m *machine) observe() error {
	c := observe.Config{Roots: append([]string{m.plan.workspace, home}, m.plan.watch...), Laid: map[string][]byte{}}
	for _, f := range m.plan.files {
		if f.Mode.IsRegular() {
			c.Laid[m.plan.absolute(f.Path)] = f.Body
		}
	}
	var err error
	m.observer, err = observe.New(m, c)
	return err
}
