package ginkgokit

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/onsi/ginkgo/v2"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/internal/share"
)

// patience is how long a process waits for process 1, which serves before any
// other may start on a spec.
const patience = 3 * time.Second

// sharing is one process's part in the call slots and the budget of a run.
// Under ginkgo -p process 1 serves them; in series nothing is started.
type sharing struct {
	mu     sync.Mutex
	hub    share.Hub // of process 1
	server *share.Server
}

// begin is for process 1: before all set-up of the suite, or earlier if a plain
// test of the same package asks for trials.
func (s *sharing) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	suite, _ := ginkgo.GinkgoConfiguration()
	if suite.ParallelTotal < 2 || s.hub != nil {
		return nil
	}
	limits, _ := share.LimitsFromEnvironment(os.Getenv) // what cannot be read is said when it is used
	if limits.Calls == 0 {
		limits.Calls = evalkit.DefaultConcurrency
	}
	path, err := share.SocketPath(suite.ParallelHost)
	if err != nil {
		return fmt.Errorf("sharing call slots and the budget under ginkgo -p: %w", err)
	}
	share.Sweep(path)
	hub := share.NewMemory(limits)
	if s.server, err = share.Serve(path, hub); err != nil {
		return err
	}
	s.hub = hub
	return nil
}

// end is for process 1, when all others have finished.
func (s *sharing) end() error {
	if s.server == nil {
		return nil
	}
	return s.server.Close()
}

// find is where this process finds its slots.
func (s *sharing) find() (share.Hub, error) {
	suite, _ := ginkgo.GinkgoConfiguration()
	switch {
	case suite.ParallelTotal < 2:
		limits, _ := share.LimitsFromEnvironment(os.Getenv)
		return share.NewMemory(limits), nil
	case suite.ParallelProcess == 1:
		if err := s.begin(); err != nil {
			return nil, err
		}
		return s.hub, nil
	}
	path, err := share.SocketPath(suite.ParallelHost)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client, err := share.Dial(ctx, path)
	if err != nil {
		return nil, err
	}
	return client, nil
}
