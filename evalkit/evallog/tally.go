package evallog

import (
	"maps"
	"slices"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// tally counts the outcomes of a log from its summaries. Void trials are in the usage and in no outcome.
type tally struct {
	void    map[int]bool
	seen    int
	highest int
	usage   transcript.Usage
	worlds  map[string]map[string]int
}

func newTally(void []int) *tally {
	t := &tally{void: map[int]bool{}, worlds: map[string]map[string]int{}}
	for _, n := range void {
		t.void[n] = true
	}
	return t
}

func (t *tally) add(s Summary) {
	t.seen++
	t.highest = max(t.highest, s.Number)
	t.usage = t.usage.Add(s.Usage)
	if t.void[s.Number] {
		return
	}
	for _, sc := range s.Scores {
		if t.worlds[sc.World] == nil {
			t.worlds[sc.World] = map[string]int{}
		}
		t.worlds[sc.World][sc.Value]++
	}
}

// scores gives one EvalScore per world, whose metrics count its outcomes, and one per assertion.
func (t *tally) scores(assertions []Assertion) []any {
	list := []any{}
	for _, world := range slices.Sorted(maps.Keys(t.worlds)) {
		metrics, n := map[string]any{}, 0
		for outcome, count := range t.worlds[world] {
			metrics[outcome] = metric(outcome, float64(count))
			n += count
		}
		list = append(list, map[string]any{
			"name": world, "scorer": "evalkit/outcome", "params": map[string]any{},
			"scored_samples": n, "unscored_samples": t.seen - n, "metrics": metrics,
		})
	}
	for _, a := range assertions {
		metrics := map[string]any{"low": metric("low", a.Low), "high": metric("high", a.High)}
		if a.Judged > 0 {
			metrics["rate"] = metric("rate", float64(a.Good)/float64(a.Judged))
		}
		list = append(list, map[string]any{
			"name": a.Text, "scorer": "evalkit/assertion", "params": map[string]any{},
			"scored_samples": a.Judged, "unscored_samples": max(t.seen-a.Judged, 0), "metrics": metrics,
			"metadata": map[string]any{"verdict": a.Verdict},
		})
	}
	return list
}

func metric(name string, value float64) any {
	return map[string]any{"name": name, "value": finite(value), "params": map[string]any{}}
}

// reductions gives each world's commonest outcome over the trials; of equally common ones the first by name.
func (t *tally) reductions(sampleID string) []any {
	var list []any
	for _, world := range slices.Sorted(maps.Keys(t.worlds)) {
		mode, most := "", 0
		for _, outcome := range slices.Sorted(maps.Keys(t.worlds[world])) {
			if n := t.worlds[world][outcome]; n > most {
				mode, most = outcome, n
			}
		}
		list = append(list, map[string]any{
			"scorer": world, "reducer": "mode",
			"samples": []any{map[string]any{"value": mode, "sample_id": sampleID, "history": []any{}}},
		})
	}
	return list
}
