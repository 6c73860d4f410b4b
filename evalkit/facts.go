package evalkit

import (
	"math"
	"slices"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/evallog"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// facts are what a series keeps of a trial that has ended: what a Trial shows,
// without what all trials of the series share. There may be many thousands, so
// every byte is weighed; the rest is in the log.
type facts struct {
	seed   uint64
	end    *transcript.End // without its answer, and shared by trials that ended alike
	answer string
	class  *class     // nil: no world gave an outcome
	judges *judgeCost // nil: no judge was asked
	took   time.Duration
	first  exchange
	ref    evallog.Ref // where the record is, in the log that this series writes

	cost                                  float64 // USD
	prompt, completion, cached, reasoning uint32  // tokens
	total, turns, toolCalls, attempts     uint32
	says                                  byte // of being tested: the first letter of a Says, or 0
	done                                  bool // it has ended; nothing else is set before
	cut                                   bool // stopped before its end
}

// class is what the worlds made of a trial.
type class struct {
	outcome  string
	outcomes []string
	exposed  bool
}

// factsOf takes the facts of a record.
func factsOf(r *transcript.Record) facts {
	end := r.End
	end.Answer = ""
	f := facts{
		seed: r.Seed, end: &end, answer: r.End.Answer, class: classOf(r.Outcomes),
		took: r.Ended.Sub(r.Started), first: firstExchange(r),
		turns: count32(r.Turns()), attempts: count32(r.Attempts),
	}
	f.setUsage(r.Usage)
	f.judges = judgeCostOf(r)
	if says := SaysOf(r).Says; says != SaysUnknown {
		f.says = says[0]
	}
	for range r.ToolCalls {
		f.toolCalls++
	}
	return f
}

func classOf(outcomes []transcript.Outcome) *class {
	if len(outcomes) == 0 {
		return nil
	}
	c := &class{}
	for _, o := range outcomes {
		if c.outcome == "" {
			c.outcome = o.Name
		}
		c.outcomes = append(c.outcomes, o.All...)
		c.exposed = c.exposed || o.Exposed
	}
	c.outcomes = slices.Clip(c.outcomes)
	return c
}

// setUsage keeps what a trial used.
func (f *facts) setUsage(u Usage) {
	f.prompt, f.completion, f.cached = count32(u.PromptTokens), count32(u.CompletionTokens), count32(u.CachedTokens)
	f.reasoning, f.total, f.cost = count32(u.ReasoningTokens), count32(u.TotalTokens), u.CostUSD
}

func (f *facts) usage() Usage {
	return Usage{
		PromptTokens: int(f.prompt), CompletionTokens: int(f.completion), CachedTokens: int(f.cached),
		ReasoningTokens: int(f.reasoning), TotalTokens: int(f.total), CostUSD: f.cost,
	}
}

// count32 keeps a count of one trial in half the space. A server's claim beyond
// it is kept as the largest.
func count32(n int) uint32 { return uint32(min(max(n, 0), math.MaxUint32)) }

// said is what the subject said of being tested.
func (f *facts) said() Says {
	for _, says := range []Says{SaysTest, SaysReal, SaysSilent} {
		if f.says == says[0] {
			return says
		}
	}
	return SaysUnknown
}

// trial is the facts as a spec sees them.
func (f *facts) trial(number int, subject, scenario, condition, log string) Trial {
	t := Trial{
		Number: number, Seed: f.seed,
		Subject: subject, Scenario: scenario, Condition: condition,
		Answer: f.answer, Turns: int(f.turns), ToolCalls: int(f.toolCalls), Usage: f.usage(),
		Took: f.took, Attempts: int(f.attempts), Log: log,
	}
	if f.end != nil {
		t.End = *f.end
		t.End.Answer = f.answer
	}
	t.Says = f.said()
	if f.class != nil {
		t.Outcome, t.Outcomes, t.Exposed = f.class.outcome, f.class.outcomes, f.class.exposed
	}
	return t
}

// enterFacts gives an ended trial's facts to its slot. The caller holds the lock.
func (ts *Trials) enterFacts(s *slot, f facts) {
	f.done = true
	if f.end != nil {
		shared, ok := ts.ends[*f.end]
		if !ok {
			shared = f.end
			ts.ends[*f.end] = shared
		}
		f.end = shared
	}
	s.facts = f
}

// trial is the slot's trial once it has ended; before that it is a number.
func (s *slot) trial() Trial {
	series := s.of.s
	t := s.facts.trial(int(s.number), series.info.Name, series.scenario.Name, series.scenario.Condition, s.of.source.path())
	t.origin = s
	return t
}

// record implements origin.
func (s *slot) record() (*transcript.Record, error) { return s.of.source.record(int(s.number), s.ref) }
