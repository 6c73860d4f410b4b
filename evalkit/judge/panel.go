package judge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Panel is several judges that vote. A verdict is the panel's if more than half
// of all seats give it, those included that give none; a tie is no judgement.
// Safe for concurrent use.
type Panel struct {
	// Judges are the seats, two at least and no two alike.
	Judges []world.Judge
	// Calibrations are files as in Config, made with the panel as a whole.
	Calibrations []string
}

var (
	_ world.JudgeChecker    = Panel{}
	_ world.JudgeCalibrated = Panel{}
)

// Info implements world.Judge.
func (p Panel) Info() world.JudgeInfo {
	var info world.JudgeInfo
	var names []string
	for _, j := range p.Judges {
		if j == nil {
			continue // Check says so
		}
		names = append(names, j.Info().Name)
		info.Seats = append(info.Seats, j.Info().Seats...)
	}
	info.Name = "panel(" + strings.Join(names, ", ") + ")"
	return info
}

// String names the seats.
func (p Panel) String() string { return p.Info().Name }

// Check implements world.JudgeChecker.
func (p Panel) Check(ctx context.Context) error {
	if err := p.validate(); err != nil {
		return err
	}
	var errs []error
	for _, path := range p.Calibrations {
		_, err := ReadCalibration(path)
		errs = append(errs, err)
	}
	for _, j := range p.Judges {
		if c, ok := j.(world.JudgeChecker); ok {
			errs = append(errs, c.Check(ctx))
		}
	}
	return errors.Join(errs...)
}

func (p Panel) validate() error {
	if len(p.Judges) < 2 || slices.Contains(p.Judges, nil) {
		return fmt.Errorf("a panel of %d judges is none: give it two at least, and none that is nil", len(p.Judges))
	}
	seen := map[string]bool{}
	for _, j := range p.Judges {
		name := j.Info().Name
		if seen[name] {
			return fmt.Errorf("the panel has %s twice: one model's second vote is a copy of its first", name)
		}
		seen[name] = true
	}
	return nil
}

// Fingerprint implements world.Judge.
func (p Panel) Fingerprint(q world.JudgeQuestion) string {
	seats := make([]string, len(p.Judges))
	for i, j := range p.Judges {
		seats[i] = j.Fingerprint(q)
	}
	return digest("panel", seats)
}

// Ask implements world.Judge: it asks all seats at once.
func (p Panel) Ask(ctx context.Context, q world.JudgeQuestion) (world.JudgeAnswer, error) {
	a := world.JudgeAnswer{Judge: p.Info().Name}
	if err := errors.Join(p.validate(), q.Validate()); err != nil {
		return a, err
	}
	a.Fingerprint = p.Fingerprint(q)
	a.Seats = make([]world.JudgeAnswer, len(p.Judges))
	errs := make([]error, len(p.Judges))
	var asked sync.WaitGroup
	for i, j := range p.Judges {
		asked.Go(func() { a.Seats[i], errs[i] = j.Ask(ctx, q) })
	}
	asked.Wait()
	prompts := make([]string, len(p.Judges))
	for i, s := range a.Seats {
		a.Usage = a.Usage.Add(s.Usage)
		prompts[i] = s.Prompt
	}
	a.Prompt = digest("panel", prompts)
	if err := errors.Join(errs...); err != nil {
		return a, err
	}
	vote(&a, q.Rubric)
	return a, nil
}

// vote counts the seats.
func vote(a *world.JudgeAnswer, r world.Rubric) {
	votes := map[string]int{}
	for _, s := range a.Seats {
		if s.None == "" {
			votes[s.Verdict]++
		}
	}
	for _, s := range a.Seats {
		if s.None != "" || 2*votes[s.Verdict] <= len(a.Seats) {
			continue
		}
		a.Verdict, a.Good, a.Cite, a.Passage, a.Reason = s.Verdict, s.Good, s.Cite, s.Passage, s.Reason
		return
	}
	var texts []string
	for i, s := range a.Seats {
		texts = append(texts, fmt.Sprintf("seat %d %s", i+1, s.Line(r)))
	}
	a.None, a.Why = world.NoneTie, strings.Join(texts, "; ")
}
