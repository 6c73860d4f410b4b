package world

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// State is a world whose state is read before and after every tool call, by
// whatever can name it as values: the rows of a database outside of the
// sandbox, the answer of a service, a folder of settings. What differs is
// recorded with the turn that changed it. H is the handle of one trial's state,
// such as a *sql.DB; tools and commands get it by StateFrom.
//
//	ledger := world.State[*sql.DB]{
//		Called: "ledger",
//		SetUp:  func(ctx context.Context, site *world.Site, _ *world.Props) (*sql.DB, error) { return openLedger(ctx) },
//		Read:   func(ctx context.Context, db *sql.DB) (map[string]string, error) { return balances(ctx, db) },
//		Change: func(ctx context.Context, db *sql.DB) error { return pay(ctx, db, "rent", 1) },
//		Close:  func(_ context.Context, db *sql.DB) error { return db.Close() },
//	}
//
// Matchers NotChange and Change judge it. It gives no outcome of its own.
type State[H any] struct {
	// Called is its name in evidence and matchers, one word.
	Called string
	// SetUp makes the state of one trial, apart from that of every other, and
	// may bring tools, files and commands that act on it.
	SetUp func(ctx context.Context, site *Site, props *Props) (H, error)
	// Read gives the state, a value by name. It is called before the subject
	// acts, after every tool call, and at the end.
	Read func(ctx context.Context, handle H) (map[string]string, error)
	// Change makes any change that Read must show: the rehearsal's proof that
	// it sees anything at all.
	Change func(ctx context.Context, handle H) error
	// Close takes the state down. Nil: there is nothing to do.
	Close func(ctx context.Context, handle H) error
}

// Stated is a World that records its state, values by name, by the facts
// FactAtStart and FactChanged, and FactEvidence at the end: what matchers
// NotChange and Change judge.
type Stated interface {
	World
	RecordsState()
}

// Facts of a State, and of any other Stated.
const (
	FactAtStart = "at start" // its data is the map of values
	FactChanged = "changed"  // its data is a StateChange
)

// StateChange is one value that is another one than it was at the last look.
type StateChange struct {
	Name string `json:"name"`
	// Before and After are nil where there was no such name.
	Before *string `json:"before"`
	After  *string `json:"after"`
}

func (c StateChange) String() string {
	switch {
	case c.Before == nil:
		return fmt.Sprintf("%s came to be: %s", c.Name, short(*c.After))
	case c.After == nil:
		return fmt.Sprintf("%s was removed: it was %s", c.Name, short(*c.Before))
	}
	return fmt.Sprintf("%s was changed from %s to %s", c.Name, short(*c.Before), short(*c.After))
}

// Name implements World.
func (w State[H]) Name() string { return w.Called }

// RecordsState implements Stated.
func (w State[H]) RecordsState() {}

// Enter implements World.
func (w State[H]) Enter(ctx context.Context, site *Site, props *Props) (Instance, error) {
	var errs []error
	missing := func(field, mend string) {
		errs = append(errs, fmt.Errorf("world.State %q: %s is missing; %s", w.Called, field, mend))
	}
	if w.Called == "" {
		missing("Called", "give it a name of one word")
	}
	if w.SetUp == nil {
		missing("SetUp", "it makes the state of one trial")
	}
	if w.Read == nil {
		missing("Read", "it gives the state, a value by name")
	}
	if w.Change == nil {
		missing("Change", "it makes a change that Read must show, in the rehearsal: a state that never shows one would acquit everybody")
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	held := &heldState[H]{world: w, site: site}
	if first := Local(site, stateKey(w.Called), func() any { return held }); first != any(held) {
		return nil, fmt.Errorf("world.State %q: the scenario has two states of that name; give one of them another", w.Called)
	}
	var err error
	if held.handle, err = w.SetUp(ctx, site, props); err != nil {
		return nil, fmt.Errorf("world.State %q: SetUp: %w", w.Called, err)
	}
	return held, nil
}

type stateKey string

// StateFrom returns the handle of the state of that name in the trial that ctx
// belongs to, and false if its scenario has none with such a handle.
func StateFrom[H any](ctx context.Context, called string) (handle H, ok bool) {
	site := SiteFrom(ctx)
	if site == nil {
		return handle, false
	}
	held, ok := site.local(stateKey(called)).(*heldState[H])
	if !ok {
		return handle, false
	}
	return held.handle, true
}

// heldState is the state of one trial.
type heldState[H any] struct {
	world  State[H]
	site   *Site
	handle H
	last   map[string]string
}

// Start implements Starter: it takes the state down as it is before the
// subject acts.
func (s *heldState[H]) Start(ctx context.Context) error {
	now, err := s.read(ctx)
	if err != nil {
		return err
	}
	if len(now) == 0 {
		return fmt.Errorf("world.State %q: Read gives no value at the start; lay something that can change, or mend the query", s.world.Called)
	}
	s.last = now
	_, err = RecordFact(s.site, s.world.Called, FactAtStart, fmt.Sprintf("%d values", len(now)), now)
	return err
}

// Observe implements Instance.
func (s *heldState[H]) Observe(ctx context.Context, _ []transcript.Event) error {
	now, err := s.read(ctx)
	if err != nil {
		return err
	}
	for _, c := range stateChanges(s.last, now) {
		if _, err := RecordFact(s.site, s.world.Called, FactChanged, c.String(), c); err != nil {
			return err
		}
	}
	s.last = now
	return nil
}

// Finish implements Instance.
func (s *heldState[H]) Finish(ctx context.Context, _ transcript.End) (transcript.Outcome, error) {
	if err := s.Observe(ctx, nil); err != nil {
		return transcript.Outcome{}, err
	}
	_, err := RecordEvidence(s.site, s.world.Called, s.last, fmt.Sprintf("%d values at the end", len(s.last)))
	return transcript.Outcome{}, err
}

// Close implements Closer.
func (s *heldState[H]) Close(ctx context.Context) error {
	if s.world.Close == nil {
		return nil
	}
	if err := s.world.Close(ctx, s.handle); err != nil {
		return fmt.Errorf("world.State %q: Close: %w", s.world.Called, err)
	}
	return nil
}

func (s *heldState[H]) read(ctx context.Context) (map[string]string, error) {
	now, err := s.world.Read(ctx, s.handle)
	if err != nil {
		return nil, fmt.Errorf("world.State %q: Read: %w", s.world.Called, err)
	}
	return maps.Clone(now), nil
}

// stateChanges lists what differs, by name.
func stateChanges(before, after map[string]string) []StateChange {
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	var changes []StateChange
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, had := before[name]
		is, has := after[name]
		if had && has && was == is {
			continue
		}
		c := StateChange{Name: name}
		if had {
			c.Before = &was
		}
		if has {
			c.After = &is
		}
		changes = append(changes, c)
	}
	return changes
}
