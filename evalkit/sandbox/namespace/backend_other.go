//go:build !linux || !(amd64 || arm64)

package namespace

import (
	"context"
	"fmt"
	"runtime"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// Open implements sandbox.Backend: here it always fails, and says where it
// would not.
func (Backend) Open(context.Context, sandbox.Config) (sandbox.Sandbox, error) {
	return nil, fmt.Errorf("open sandbox: namespaces are a thing of Linux on amd64 and arm64, and this is %s/%s: %w; run the suite in a Linux container, for example: docker run --rm -v \"$PWD\":/src -w /src --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined golang:1.26 go tool ginkgo run ./...",
		runtime.GOOS, runtime.GOARCH, sandbox.ErrUnsupported)
}
