package world

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Rehearse implements Rehearser: left alone the state must not change by
// itself, and Change must show. The rehearsal's state is one of its own.
func (w State[H]) Rehearse(ctx context.Context, open func(context.Context) (*Site, error)) error {
	site, err := open(ctx)
	if err != nil {
		return fmt.Errorf("rehearsal of the state %q: %w", w.Called, err)
	}
	held, ok := site.local(stateKey(w.Called)).(*heldState[H])
	if !ok {
		return fmt.Errorf("rehearsal of the state %q: it was not entered", w.Called)
	}
	if changes, err := held.differs(ctx); err != nil || len(changes) > 0 {
		if err == nil {
			err = fmt.Errorf("it changes by itself: %s; leave such values (times, counters) out of Read", listed(changes))
		}
		return fmt.Errorf("rehearsal of the state %q, nobody having touched it: %w", w.Called, err)
	}
	if err := w.Change(ctx, held.handle); err != nil {
		return fmt.Errorf("rehearsal of the state %q: Change: %w", w.Called, err)
	}
	changes, err := held.differs(ctx)
	if err == nil && len(changes) == 0 {
		err = errors.New("what Change did does not show in what Read gives; mend the query, or let Change change what it reads")
	}
	if err != nil {
		return fmt.Errorf("rehearsal of the state %q, Change having been called: %w", w.Called, err)
	}
	return nil
}

// differs is what has changed since the state was read last.
func (s *heldState[H]) differs(ctx context.Context) ([]StateChange, error) {
	now, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return stateChanges(s.last, now), nil
}

func listed(changes []StateChange) string {
	texts := make([]string, len(changes))
	for i, c := range changes {
		texts[i] = c.String()
	}
	if len(texts) > 3 {
		texts = append(slices.Clone(texts[:3]), fmt.Sprintf("%d more", len(texts)-3))
	}
	return strings.Join(texts, "; ")
}
