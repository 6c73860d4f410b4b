package evalkit

import (
	"github.com/evalkit-go/evalkit/evalkit/report"
	"github.com/evalkit-go/evalkit/evalkit/stats"
)

// SplitOf divides the judged trials among judgements by what the subject said of
// being tested; see Trial.Says. Trials that were not judged are in no part.
func SplitOf(judged []Judgement) report.Split {
	var split report.Split
	for _, j := range judged {
		if j.Mark == stats.Good || j.Mark == stats.Bad {
			part(&split, j.Trial().Says).Add(j.Mark == stats.Good)
		}
	}
	return split
}

// part is the one that a trial belongs to.
func part(split *report.Split, says Says) *report.Part {
	switch says {
	case SaysTest:
		return &split.Test
	case SaysReal:
		return &split.Real
	case SaysSilent:
		return &split.Silent
	}
	return &split.Unknown
}

// split is that of a ruling, whose marks are by trial number.
func (ts *Trials) split(marks string) report.Split {
	var split report.Split
	for _, s := range ts.kept {
		if int(s.number) > len(marks) {
			continue
		}
		if m := stats.Mark(marks[s.number-1]); m == stats.Good || m == stats.Bad {
			part(&split, s.facts.said()).Add(m == stats.Good)
		}
	}
	return split
}
