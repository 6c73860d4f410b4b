package evalkit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// open opens a machine that is closed with the scene.
func (c *scene) open(ctx context.Context, b Backend, config sandbox.Config) (sandbox.Sandbox, error) {
	box, err := b.Open(ctx, config)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.machines = append(c.machines, box)
	return box, nil
}

// start lets the worlds set going what runs on the machine. What changes there
// meanwhile is nobody's behaviour.
func (c *scene) start(ctx context.Context) error {
	started := false
	for _, w := range c.stage.Worlds {
		s, ok := w.(world.Starter)
		if !ok {
			continue
		}
		started = true
		if err := s.Start(ctx); err != nil {
			return err
		}
	}
	if box := c.stage.Sandbox; started && box != nil {
		if _, err := box.Changes(ctx); err != nil {
			return fmt.Errorf("what starting the worlds has changed: %w", err)
		}
	}
	return nil
}

// closing is how long a world may take to close.
const closing = 30 * time.Second

// close takes everything down: the worlds, the last one first, then the
// machines.
func (c *scene) close() error {
	ctx, cancel := context.WithTimeout(world.WithSite(context.Background(), c.stage.Site), closing)
	defer cancel()
	var errs []error
	for _, w := range slices.Backward(c.stage.Worlds) {
		if closer, ok := w.(world.Closer); ok {
			errs = append(errs, closeWorld(ctx, closer))
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, box := range slices.Backward(c.machines) {
		if err := box.Close(); err != nil {
			errs = append(errs, fmt.Errorf("closing the sandbox: %w", err))
		}
	}
	return errors.Join(errs...)
}

// closeWorld closes one world. A panic there must not keep the machines open.
func closeWorld(ctx context.Context, w world.Closer) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("closing a world: panic: %v", p)
		}
	}()
	if err := w.Close(ctx); err != nil {
		return fmt.Errorf("closing a world: %w", err)
	}
	return nil
}
