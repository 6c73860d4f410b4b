package sandbox

import (
	"context"
	"net"
)

// Host is a sandbox that a standing program can be a guest of: one that is
// served by this process from within the machine, and whose processes can be
// ended all together. Safe for concurrent use, also while a process runs.
type Host interface {
	Sandbox
	Lister
	// Listen binds an address of the machine's own ("tcp" with
	// "127.0.0.1:4000", or "unix" with an absolute path) and returns the
	// listener to this process. Nobody in the machine owns the socket. It is
	// the caller's to close, before or after the machine.
	Listen(ctx context.Context, network, address string) (net.Listener, error)
	// Clear ends every process of the machine but PID 1 and returns when none
	// is left. It is not a shutdown.
	Clear(ctx context.Context) error
}
