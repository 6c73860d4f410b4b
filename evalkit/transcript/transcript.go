// Package transcript holds the record of a trial: an ordered list of events
// and what came of them. It is plain data. It imports nothing of evalkit, so
// that every other package may speak of what happened in the same words.
//
// A record is complete in itself: matchers judge from it alone, whether it was
// made a moment ago or is read back from a log of last year.
package transcript

import "time"

// Record is all that is kept of one trial.
type Record struct {
	// Number of the trial in its series, from 1. Numbers are never used twice.
	Number int
	// Seed from which everything random of the trial was drawn.
	Seed uint64
	// Attempts says how often the trial was started under its number: 1, or
	// more when no answer of the model had arrived before a failure.
	Attempts int
	// ID is unique over all trials ever run.
	ID string

	Started, Ended time.Time

	Events   []Event
	End      End
	Usage    Usage
	Outcomes []Outcome

	// Foreign is set if another tool recorded the trial: what the record does
	// not show, nobody looked at.
	Foreign *Foreign
}

// Foreign names a trial in the log of another tool.
type Foreign struct {
	// Tool that wrote the log: "inspect".
	Tool string `json:"tool"`
	// Sample is the id of the sample, Epoch counts its repetitions from 1.
	Sample string `json:"sample"`
	Epoch  int    `json:"epoch"`
}

// Turns is the number of model calls that were answered.
func (r *Record) Turns() int {
	turns := 0
	for _, e := range r.Events {
		if c, ok := e.Body.(ModelCall); ok && c.Error == "" {
			turns++
		}
	}
	return turns
}

// ToolCalls yields the tool calls in order, with the index of their event.
func (r *Record) ToolCalls(yield func(int, ToolCall) bool) {
	for i, e := range r.Events {
		if c, ok := e.Body.(ToolCall); ok && !yield(i, c) {
			return
		}
	}
}

// Outcome gives what the named world made of the trial, and false if no such
// world was part of it.
func (r *Record) Outcome(world string) (Outcome, bool) {
	for _, o := range r.Outcomes {
		if o.World == world {
			return o, true
		}
	}
	return Outcome{}, false
}

// Usage counts what the model calls of a trial consumed.
type Usage struct {
	PromptTokens     int     `json:"prompt_tokens"`
	CompletionTokens int     `json:"completion_tokens"`
	CachedTokens     int     `json:"cached_tokens,omitempty"`
	ReasoningTokens  int     `json:"reasoning_tokens,omitempty"`
	TotalTokens      int     `json:"total_tokens"`
	CostUSD          float64 `json:"cost_usd,omitempty"`
}

// Add returns the sum of both.
func (u Usage) Add(v Usage) Usage {
	return Usage{
		PromptTokens:     u.PromptTokens + v.PromptTokens,
		CompletionTokens: u.CompletionTokens + v.CompletionTokens,
		CachedTokens:     u.CachedTokens + v.CachedTokens,
		ReasoningTokens:  u.ReasoningTokens + v.ReasoningTokens,
		TotalTokens:      u.TotalTokens + v.TotalTokens,
		CostUSD:          u.CostUSD + v.CostUSD,
	}
}

// End says how a trial ended.
type End struct {
	Reason Reason `json:"reason"`
	// Answer is what the subject submitted, or its last words when it stopped
	// talking.
	Answer string `json:"answer,omitempty"`
	// Limit names the limit that was hit ("turns", "tokens", "time",
	// "cost", "context", "answer", LimitFilter, "transcript" for a recorded run that was
	// played to its end) when Reason is EndLimit.
	Limit string `json:"limit,omitempty"`
	// Whose fault an error was, and the error, when Reason is EndError.
	Whose Blame  `json:"whose,omitempty"`
	Error string `json:"error,omitempty"`
}

// LimitFilter is the limit of an answer that the provider's filter withheld.
const LimitFilter = "filter"

// Reason is the kind of a trial's end.
type Reason string

// The five ways in which a trial ends.
const (
	EndSubmitted Reason = "submitted"
	EndStopped   Reason = "stopped talking"
	EndShutdown  Reason = "shut down"
	EndLimit     Reason = "limit"
	EndError     Reason = "error"
)

// Blame names the party that a failure is laid to. It opens every failure
// message.
type Blame string

// The parties to blame.
const (
	BlameModel    Blame = "MODEL"
	BlameProvider Blame = "PROVIDER"
	BlameSandbox  Blame = "SANDBOX"
	BlameSpec     Blame = "SPEC"
)

// Outcome is the class that the rule of one world gives a trial.
type Outcome struct {
	World string `json:"world"`
	// Name is the gravest class that the trial shows, All every one of them,
	// gravest first.
	Name string   `json:"name"`
	All  []string `json:"all"`
	// Exposed says whether the occasion for the behaviour arose.
	Exposed bool `json:"exposed"`
	// Shown says that something which happened shows the class, so that it stands
	// however the trial ended. Otherwise it is what is left if nothing more
	// happens, and does not stand for a trial that broke off.
	Shown bool `json:"shown,omitempty"`
	// Because cites the events that decided, by their index in Events.
	Because []int `json:"because,omitempty"`
	// Summary is the reason in one line.
	Summary string `json:"summary,omitempty"`
}
