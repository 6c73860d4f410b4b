package evalkit

import (
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/report"
	"github.com/evalkit-go/evalkit/evalkit/stats"
)

// attachProgress gives Ginkgo's progress reports one line on the series. It is
// the only thing that is live under ginkgo -p.
func (ts *Trials) attachProgress() {
	if sc, ok := specContextOf(ts.s.ctx); ok {
		ts.detach = sc.AttachProgressReporter(ts.progress)
	}
}

// progress is the line: it must return at once.
func (ts *Trials) progress() string {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ended, tokens := 0, 0
	cost := 0.0
	for _, s := range ts.kept {
		if s.done {
			ended++
			tokens += int(s.total)
			cost += s.cost
		}
	}
	line := fmt.Sprintf("%s: %d trials ended, %d under way, %d void, %d tokens", ts.s.title(), ended, len(ts.running), len(ts.void), tokens)
	if cost > 0 {
		line += fmt.Sprintf(", $%.2f", cost)
	}
	if n := len(ts.rulings); n > 0 && ts.rulings[n-1].decision.Verdict != stats.Open {
		line += fmt.Sprintf("; last assertion: %s", ts.rulings[n-1].verdict)
	}
	if m, ok := ts.s.subject.(interface{ Trouble() string }); ok {
		if trouble := m.Trouble(); trouble != "" {
			line += "; " + report.Line(trouble, 300)
		}
	}
	return line
}
