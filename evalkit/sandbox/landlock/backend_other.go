//go:build !linux || !(amd64 || arm64)

package landlock

import (
	"context"
	"fmt"
	"runtime"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// Open implements sandbox.Backend: here it always fails.
func (Backend) Open(context.Context, sandbox.Config) (sandbox.Sandbox, error) {
	return nil, fmt.Errorf("open sandbox: Landlock is a thing of Linux on amd64 and arm64, and this is %s/%s: %w",
		runtime.GOOS, runtime.GOARCH, sandbox.ErrUnsupported)
}
