package agent

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Panicked turns a recovered panic of a scenario's own code into the failure of
// the spec that it is: "tool "page" panicked at shop_test.go:43: …". It must be
// called by the function that recovers, which runs on the panic's stack.
func Panicked(what string, value any) *Failure {
	return &Failure{Whose: transcript.BlameSpec, Final: true, Err: fmt.Errorf("%s panicked%s: %v", what, panicPlace(), value)}
}

// panicPlace is where the panic under way was raised: the first frame behind
// the runtime's own.
func panicPlace() string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	raised := false
	for {
		frame, more := frames.Next()
		switch {
		case strings.HasPrefix(frame.Function, "runtime.gopanic"):
			raised = true
		case raised && !strings.HasPrefix(frame.Function, "runtime."):
			return fmt.Sprintf(" at %s:%d", filepath.Base(frame.File), frame.Line)
		}
		if !more {
			return ""
		}
	}
}
