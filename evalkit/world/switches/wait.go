package switches

import (
	"context"
	"time"
)

// looksMost is how often something is looked for that takes a moment to come
// about, and lookEvery how long is waited between two looks.
const (
	looksMost = 2000
	lookEvery = 2 * time.Millisecond
	// aloneLooks is how often the rehearsal looks at what it leaves alone: a
	// service that ends soon after its start is no service.
	aloneLooks = 50
)

func pause(ctx context.Context) error {
	t := time.NewTimer(lookEvery)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
