package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/judge"
	"github.com/evalkit-go/evalkit/evalkit/report"
	"github.com/evalkit-go/evalkit/evalkit/stats"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

type judgeCommands struct {
	Calibrate calibrateCommand `cmd:"" help:"Have a judge answer labelled cases, and measure how often it errs."`
	Rubrics   rubricsCommand   `cmd:"" help:"List the rubrics of evalkit's own behaviours."`
}

type calibrateCommand struct {
	File   string   `arg:"" help:"Labelled cases: one JSON object a line, with id, passages, label, note."`
	Judge  []string `required:"" sep:"none" help:"The judge's model, as EVALKIT_MODEL names one; several times for a panel." placeholder:"MODEL"`
	Rubric string   `required:"" help:"The name of a rubric ('evalkit judge rubrics' lists them), or a file that holds one as JSON." placeholder:"NAME|FILE"`
	Out    string   `help:"Save the calibration, for judge.Config.Calibrations." placeholder:"FILE"`
}

// Run asks the judge, prints what came of it, and saves that. A judge that cannot be told from a coin is a finding.
func (k *calibrateCommand) Run(ctx context.Context, c *console) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	rubric, err := rubricOf(k.Rubric)
	if err != nil {
		return err
	}
	file, err := os.Open(k.File)
	if err != nil {
		return err
	}
	defer file.Close()
	cases, err := judge.ReadCases(file)
	if err != nil {
		return fmt.Errorf("%s: %w", k.File, err)
	}
	j, err := k.judge()
	if err != nil {
		return err
	}
	c.printf("%d cases to %s, rubric %s\n", len(cases), j.Info().Name, rubric.Name)
	result, graded, err := judge.Calibrate(ctx, j, rubric, cases)
	if err != nil {
		return err
	}
	printCalibration(c, result, graded)
	if k.Out != "" {
		if err := result.Write(k.Out); err != nil {
			return err
		}
		c.printf("saved   %s\n", k.Out)
	}
	rule := stats.Rule{Form: stats.AtLeast, P: 0.9, Alpha: stats.DefaultAlpha, Cap: 100_000, Judge: judge.Labelled(result.Counts)}
	if err := rule.Validate(); err != nil {
		c.printf("WRONG   %s\n", report.Sanitize(err.Error()))
		return errFinding
	}
	above, below := rule.Thresholds()
	c.printf("A rate of at least 0.9 would be tested as %.3f to hold and as %.3f to fail.\n", above, below)
	return nil
}

// judge is the one that was named, or a panel, if it may be asked.
func (k *calibrateCommand) judge() (world.Judge, error) {
	var seats []world.Judge
	for _, name := range k.Judge {
		j, err := judge.New(judge.Config{Model: name})
		if err != nil {
			return nil, err
		}
		for _, seat := range j.Info().Seats {
			if err := evalkit.AllowedJudge(seat); err != nil {
				return nil, err
			}
		}
		seats = append(seats, j)
	}
	if len(seats) == 1 {
		return seats[0], nil
	}
	return judge.Panel{Judges: seats}, nil
}

// printCalibration shows the figures with their intervals, and every case that was not answered rightly.
func printCalibration(c *console, k judge.Calibration, graded []judge.Graded) {
	n := k.Counts
	c.table(func(w io.Writer) {
		row(w, "", "", "interval", "")
		row(w, "sensitivity", number(k.Sensitivity.Value), interval(k.Sensitivity), fmt.Sprintf("of %d good cases %d right, %d wrong, %d without a judgement", n.GoodRight+n.GoodWrong+n.GoodLost, n.GoodRight, n.GoodWrong, n.GoodLost))
		row(w, "specificity", number(k.Specificity.Value), interval(k.Specificity), fmt.Sprintf("of %d bad cases %d right, %d wrong, %d without a judgement", n.BadRight+n.BadWrong+n.BadLost, n.BadRight, n.BadWrong, n.BadLost))
		row(w, "precision", number(k.Precision.Value), interval(k.Precision), "of those judged good; of these cases only, it does not carry over")
		row(w, "κ", number(k.Kappa.Value), interval(k.Kappa), "agreement on the verdict by name, beyond chance")
	})
	for _, none := range slices.Sorted(maps.Keys(k.None)) {
		c.printf("no judgement: %d %s\n", k.None[none], none)
	}
	var usage world.JudgeAnswer
	for _, g := range graded {
		usage.Usage = usage.Usage.Add(g.Answer.Usage)
		if g.Right() {
			continue
		}
		said := g.Answer.Verdict
		if g.Answer.None != "" {
			said = string(g.Answer.None) + ": " + g.Answer.Why
		}
		c.printf("  case %s is %s, judged %s\n", report.Line(g.ID, 40), report.Line(g.Label, 40), report.Line(said, 200))
	}
	c.printf("took    %s tokens, %s\n", report.Count(usage.Usage.TotalTokens), report.Dollars(usage.Usage.CostUSD))
}

// number is a figure, "–" where the cases do not tell it.
func number(x *float64) string {
	if x == nil {
		return "–"
	}
	return fmt.Sprintf("%.3f", *x)
}

func interval(f judge.Figure) string {
	if cmp.Or(f.Low, f.High) == nil {
		return "–"
	}
	return "[" + number(f.Low) + ", " + number(f.High) + "]"
}
