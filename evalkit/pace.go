package evalkit

import (
	"context"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// What is left to processes in the background, in place of the time that a
// model takes to answer: before a turn, and when the recording is over.
const (
	paceTurn = time.Second
	paceEnd  = 5 * time.Second
	// paceLook is the time between two looks.
	paceLook = 20 * time.Millisecond
)

// settle waits until nothing runs in the background of the sandbox any more,
// or the time is over.
func settle(ctx context.Context, stage *Stage, most time.Duration) {
	if stage.Sandbox == nil {
		return
	}
	over := time.NewTimer(most)
	defer over.Stop()
	look := time.NewTicker(paceLook)
	defer look.Stop()
	for busy(ctx, stage.Sandbox) {
		select {
		case <-look.C:
		case <-over.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// busy says whether a process beside PID 1 is alive: one that could be
// signalled.
func busy(ctx context.Context, box sandbox.Sandbox) bool {
	if _, down := box.Shutdown(); down {
		return false
	}
	r, err := box.Run(ctx, sandbox.Process{Argv: []string{"/bin/sh", "-c", "kill -0 -1 2>/dev/null"}})
	return err == nil && r.Exit == 0 && !r.Down && !r.TimedOut
}
