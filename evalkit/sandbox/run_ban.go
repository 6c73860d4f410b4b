package sandbox

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// ErrRunBanned is the error of Run where a process of the machine may be
// waiting for the code that calls it: it would wait for its own caller.
var ErrRunBanned = errors.New("nothing may be run in the sandbox here")

// RunBan is a stretch of code in which nothing may be run.
type RunBan struct {
	what    string
	program atomic.Pointer[string]
}

type runBanKey struct{}

// BanRun returns a context with which Run fails at once with ErrRunBanned. What
// names the code that is called with it, for the error.
func BanRun(ctx context.Context, what string) (context.Context, *RunBan) {
	ban := &RunBan{what: what}
	return context.WithValue(ctx, runBanKey{}, ban), ban
}

// Broken is an error if something was to be run, also where the code that tried
// has passed over the error of Run.
func (b *RunBan) Broken() error {
	if program := b.program.Load(); program != nil {
		return b.err(*program)
	}
	return nil
}

func (b *RunBan) err(program string) error {
	return fmt.Errorf("%w: %s runs %q, and a process of the machine may be waiting for it; read the files that it depends on with Sandbox.ReadFile instead", ErrRunBanned, b.what, program)
}

// RunBanned is what a backend's Run returns, if anything, before it does
// anything else.
func RunBanned(ctx context.Context, p Process) error {
	ban, ok := ctx.Value(runBanKey{}).(*RunBan)
	if !ok {
		return nil
	}
	program := ""
	if len(p.Argv) > 0 {
		program = p.Argv[0]
	}
	ban.program.CompareAndSwap(nil, &program)
	return ban.err(program)
}
