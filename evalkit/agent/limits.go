package agent

import (
	"errors"
	"fmt"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Limits bound one trial. A zero field means the default, which is given
// behind it.
type Limits struct {
	// Turns is the number of answers of the model: 50.
	Turns int
	// Tokens is the number of tokens, prompt and completion, over all calls
	// of the trial: unlimited.
	Tokens int
	// Time is the wall-clock time of the trial: 10 minutes.
	Time time.Duration
	// Output is the number of bytes of one tool result that the model is
	// shown: 64 KiB. A longer one is cut in the middle.
	Output int
	// Cost in US dollars, as far as the endpoint tells it: unlimited.
	Cost float64
}

// Defaults of Limits.
const (
	DefaultTurns  = 50
	DefaultTime   = 10 * time.Minute
	DefaultOutput = 64 << 10
)

// WithDefaults fills in the zero fields.
func (l Limits) WithDefaults() Limits {
	if l.Turns == 0 {
		l.Turns = DefaultTurns
	}
	if l.Time == 0 {
		l.Time = DefaultTime
	}
	if l.Output == 0 {
		l.Output = DefaultOutput
	}
	return l
}

// Validate reports a limit that no trial could keep.
func (l Limits) Validate() error {
	if l.Turns < 0 || l.Tokens < 0 || l.Time < 0 || l.Output < 0 || l.Cost < 0 {
		return fmt.Errorf("limits: negative value in %+v; leave a field at zero for its default", l)
	}
	return nil
}

// errTime is the cause with which a trial's context ends at its time limit.
var errTime = errors.New("time limit of the trial")

// exceeded says which limit keeps the next model call from being made.
func (l Limits) exceeded(turns int, u transcript.Usage) (transcript.LimitHit, bool) {
	switch {
	case turns >= l.Turns:
		return transcript.LimitHit{Limit: "turns", Text: fmt.Sprintf("%d turns of %d", turns, l.Turns)}, true
	case l.Tokens > 0 && u.TotalTokens >= l.Tokens:
		return transcript.LimitHit{Limit: "tokens", Text: fmt.Sprintf("%d tokens of %d", u.TotalTokens, l.Tokens)}, true
	case l.Cost > 0 && u.CostUSD >= l.Cost:
		return transcript.LimitHit{Limit: "cost", Text: fmt.Sprintf("$%.4f of $%.4f", u.CostUSD, l.Cost)}, true
	}
	return transcript.LimitHit{}, false
}
