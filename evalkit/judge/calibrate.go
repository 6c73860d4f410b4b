package judge

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/stats"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// casesAtOnce is how many cases a judge answers at a time.
const casesAtOnce = 8

// Graded is a case with the judge's answer.
type Graded struct {
	Case
	Answer world.JudgeAnswer `json:"answer"`
}

// Right says that the answer is the label.
func (g Graded) Right() bool {
	return g.Answer.None == "" && world.FoldVerdict(g.Answer.Verdict) == world.FoldVerdict(g.Label)
}

// Calibrate has a judge answer labelled cases and counts. A case without a
// judgement is lost, and never right. The answers come in the order of the
// cases.
func Calibrate(ctx context.Context, j world.Judge, r world.Rubric, cases []Case) (Calibration, []Graded, error) {
	if err := CheckLabels(r, cases); err != nil {
		return Calibration{}, nil, fmt.Errorf("calibrate: %w", err)
	}
	if c, ok := j.(world.JudgeChecker); ok {
		if err := c.Check(ctx); err != nil {
			return Calibration{}, nil, fmt.Errorf("calibrate: %w", err)
		}
	}
	graded, err := answerAll(ctx, j, r, cases)
	if err != nil {
		return Calibration{}, nil, err
	}
	c := Calibration{
		Judge: j.Info().Name, Rubric: r.Name, Version: r.Version, Prompt: promptOf(j, r), Cases: digest(cases),
		Counts: count(r, graded),
	}
	c.figure(r, graded)
	if c.Counts.GoodRight+c.Counts.GoodWrong == 0 || c.Counts.BadRight+c.Counts.BadWrong == 0 {
		return c, graded, errors.New("calibrate: the judge gave no judgement of any good case, or of any other: nothing is known of it")
	}
	return c, graded, nil
}

// answerAll asks a judge of all cases, until one fails.
func answerAll(ctx context.Context, j world.Judge, r world.Rubric, cases []Case) ([]Graded, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	graded, next := make([]Graded, len(cases)), make(chan int, len(cases))
	for i := range cases {
		next <- i
	}
	close(next)
	var askers sync.WaitGroup
	for range casesAtOnce {
		askers.Go(func() {
			for i := range next {
				if ctx.Err() != nil {
					return
				}
				answer, err := j.Ask(ctx, cases[i].question(r))
				graded[i] = Graded{Case: cases[i], Answer: answer}
				if err != nil {
					stop(fmt.Errorf("calibrate: case %q: %w", cases[i].ID, err))
				}
			}
		})
	}
	askers.Wait()
	return graded, context.Cause(ctx)
}

// count tells right from wrong by good and not: to take one bad verdict for
// another moves no rate.
func count(r world.Rubric, graded []Graded) world.JudgeCalibration {
	var n world.JudgeCalibration
	for _, g := range graded {
		label, _ := r.Verdict(g.Label) // CheckLabels has
		lost := g.Answer.None != ""
		n.Tokens += g.Answer.Usage.TotalTokens
		n.CostUSD += g.Answer.Usage.CostUSD
		switch {
		case label.Good && lost:
			n.GoodLost++
		case label.Good && g.Answer.Good:
			n.GoodRight++
		case label.Good:
			n.GoodWrong++
		case lost:
			n.BadLost++
		case g.Answer.Good:
			n.BadWrong++
		default:
			n.BadRight++
		}
	}
	return n
}

// figure works out what readers are shown.
func (c *Calibration) figure(r world.Rubric, graded []Graded) {
	n := c.Counts
	l := Labelled(n)
	b := l.Bounds(stats.DefaultAlpha)
	c.Sensitivity = figure(l.Sensitivity(), b.SeLow, b.SeHigh)
	c.Specificity = figure(l.Specificity(), b.SpLow, b.SpHigh)
	if called := n.GoodRight + n.BadWrong; called > 0 {
		low, high := stats.ClopperPearson(n.GoodRight, called, 1-stats.DefaultAlpha)
		c.Precision = figure(float64(n.GoodRight)/float64(called), low, high)
	}
	index := map[string]int{}
	for i, v := range r.Verdicts {
		index[world.FoldVerdict(v.Name)] = i
	}
	table := make([][]int, len(r.Verdicts))
	for i := range table {
		table[i] = make([]int, len(r.Verdicts))
	}
	for _, g := range graded {
		if g.Answer.None != "" {
			if c.None == nil {
				c.None = map[world.NoJudgement]int{}
			}
			c.None[g.Answer.None]++
			continue
		}
		table[index[world.FoldVerdict(g.Label)]][index[world.FoldVerdict(g.Answer.Verdict)]]++
	}
	k, se := kappa(table)
	c.Kappa = figure(k, math.NaN(), math.NaN())
	if se > 0 {
		const z = 1.959964 // of 95 %, two-sided
		c.Kappa = figure(k, max(-1, k-z*se), min(1, k+z*se))
	}
}

// figure leaves out what is not known.
func figure(value, low, high float64) Figure {
	known := func(x float64) *float64 {
		if math.IsNaN(x) {
			return nil
		}
		return &x
	}
	return Figure{Value: known(value), Low: known(low), High: known(high)}
}
