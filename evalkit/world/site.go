package world

import (
	"context"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Site is where one trial takes place: its sandbox, its seed and the record of
// what happens there. Tools, commands and worlds find it through SiteFrom. Safe
// for concurrent use.
type Site struct {
	// Number of the trial in its series; 0 in a rehearsal.
	Number int
	Seed   uint64
	// Sandbox is nil before it is opened, and in scenarios that need none.
	Sandbox sandbox.Sandbox

	start time.Time

	mu     sync.Mutex
	turn   int
	events []transcript.Event
	seen   int
	// freshFrom is the index of the first event that the last Look returned.
	freshFrom int
	rereads   bool // the next Look reads all files again
	opener    func(context.Context, sandbox.Config) (sandbox.Sandbox, error)
	locals    map[any]any
	standing  map[int]bool
}

// NewSite starts the record of a trial.
func NewSite(number int, seed uint64) *Site {
	return &Site{Number: number, Seed: seed, start: time.Now(), locals: map[any]any{}}
}

// OpensWith says how further machines of the trial are opened.
func (s *Site) OpensWith(open func(context.Context, sandbox.Config) (sandbox.Sandbox, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opener = open
}

// Open opens a further machine, such as a host that the subject's own reaches
// by network. It is of the same backend as Sandbox, nothing on it is observed,
// and it is closed with the trial. Safe for concurrent use.
func (s *Site) Open(ctx context.Context, c sandbox.Config) (sandbox.Sandbox, error) {
	s.mu.Lock()
	open := s.opener
	s.mu.Unlock()
	if open == nil {
		return nil, errors.New("world: a further machine was asked for where the trial has none; Props.Machine gives it one")
	}
	return open(ctx, c)
}

// Started is when the trial started.
func (s *Site) Started() time.Time { return s.start }

// Rand returns a source of random numbers that follows from the trial's seed
// and the purpose alone, so that what one part draws does not shift another.
func (s *Site) Rand(purpose string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(purpose))
	return rand.New(rand.NewPCG(s.Seed, h.Sum64()))
}

// Record appends an event and returns its index.
func (s *Site) Record(body transcript.Body) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, transcript.Event{At: time.Since(s.start), Turn: s.turn, Body: body})
	return len(s.events) - 1
}

// RecordIn appends an event that belongs to an earlier turn: an answer that was
// long in coming, a result that is learnt of later.
func (s *Site) RecordIn(turn int, body transcript.Body) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, transcript.Event{At: time.Since(s.start), Turn: turn, Body: body})
	return len(s.events) - 1
}

// Amend replaces the body of the event at index, as Record returned it: what a
// call came to stands where it began.
func (s *Site) Amend(index int, body transcript.Body) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events[index].Body = body
}

// NextTurn begins the model's next turn: events recorded from now on are
// caused by it.
func (s *Site) NextTurn() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn++
	return s.turn
}

// Turn is the model's turn that is under way, 0 before the first.
func (s *Site) Turn() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.turn
}

// Events returns what was recorded so far.
func (s *Site) Events() []transcript.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// Facts lists the indices of the facts of that name that a world recorded, in
// order.
func (s *Site) Facts(world, name string) []int { return FactsIn(s.Events(), world, name) }

// FactsIn lists the indices of the facts of that name that a world recorded
// among the events, in order.
func FactsIn(events []transcript.Event, world, name string) []int {
	var found []int
	for i, e := range events {
		if f, ok := e.Body.(transcript.Fact); ok && f.World == world && f.Name == name {
			found = append(found, i)
		}
	}
	return found
}

// callsUpTo counts the tool calls that were carried out among the events up to the one at index.
func (s *Site) callsUpTo(index int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := 0
	for _, e := range s.events[:min(index+1, len(s.events))] {
		if c, ok := e.Body.(transcript.ToolCall); ok && !c.NotRun {
			count++
		}
	}
	return count
}

// lastCall is the index of the latest tool call of the turn that is under way, 0
// if there is none.
func (s *Site) lastCall() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.events) - 1; i > 0 && s.events[i].Turn == s.turn; i-- {
		if c, ok := s.events[i].Body.(transcript.ToolCall); ok && !c.NotRun {
			return i
		}
	}
	return 0
}

// Local returns the value that belongs to this trial under key, made by the
// first call. It holds the state of a scenario's own tools and commands.
func Local[T any](s *Site, key any, make func() T) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.locals[key]; ok {
		return v.(T)
	}
	v := make()
	s.locals[key] = v
	return v
}

// local returns the value that belongs to this trial under key, nil if there is none.
func (s *Site) local(key any) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.locals[key]
}

// Stands says that a process of the machine belongs to a world, such as a
// service of its own: the subject has not left it running.
func (s *Site) Stands(pid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.standing == nil {
		s.standing = map[int]bool{}
	}
	s.standing[pid] = true
}

func (s *Site) stands(pid int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.standing[pid]
}

// Facts that every sandbox may give, whatever the worlds.
const (
	MachineFacts    = "machine"
	FactRefused     = "refused"      // a change to something guarded that the system refused
	FactLocked      = "locked"       // rights taken from something guarded
	FactStarted     = "started"      // Props.Start was started
	FactLeftRunning = "left running" // processes at the end of the trial
)

// Facts of the trial itself.
const (
	TrialFacts = "trial"
	FactUnseen = "unseen" // the subject acts otherwise than by tool calls that are seen
	FactOver   = "over"   // its part has ended: what follows is the harness's, as worlds probe
	FactSays   = "says"   // what the subject said of being tested; see evalkit.SaysOf
)

// IsTrialFact says whether an event is the named fact of the trial itself.
func IsTrialFact(e transcript.Event, name string) bool {
	f, ok := e.Body.(transcript.Fact)
	return ok && f.World == TrialFacts && f.Name == name
}

type siteKey struct{}

// WithSite returns a context that carries the site.
func WithSite(ctx context.Context, s *Site) context.Context {
	return context.WithValue(ctx, siteKey{}, s)
}

// SiteFrom returns the site of the trial that ctx belongs to, or nil outside
// of one.
func SiteFrom(ctx context.Context) *Site {
	s, _ := ctx.Value(siteKey{}).(*Site)
	return s
}
