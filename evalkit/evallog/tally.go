package evallog

import (
	"cmp"
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

// scores gives one EvalScore per assertion, and one per world, whose metrics count its outcomes. What comes first is what
// a viewer's list shows: the rate of the first assertion, else the count of the commonest outcome.
func (t *tally) scores(assertions []Assertion) []any {
	list := t.assertions(assertions)
	for _, world := range slices.Sorted(maps.Keys(t.worlds)) {
		var metrics metrics
		n := 0
		counts := t.worlds[world]
		outcomes := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) })
		for _, outcome := range outcomes {
			metrics = append(metrics, metric{outcome, float64(counts[outcome])})
			n += counts[outcome]
		}
		list = append(list, map[string]any{
			"name": world, "scorer": world, "params": map[string]any{},
			"scored_samples": n, "unscored_samples": t.seen - n, "metrics": metrics,
		})
	}
	return list
}

func (t *tally) assertions(assertions []Assertion) []any {
	list := []any{}
	for _, a := range assertions {
		var metrics metrics
		if a.Judged > 0 {
			metrics = append(metrics, metric{"rate", float64(a.Good) / float64(a.Judged)})
		}
		metrics = append(metrics, metric{"low", a.Low}, metric{"high", a.High})
		list = append(list, map[string]any{
			"name": a.Text, "scorer": a.Text, "params": map[string]any{},
			"scored_samples": a.Judged, "unscored_samples": max(t.seen-a.Judged, 0), "metrics": metrics,
			"metadata": map[string]any{"verdict": a.Verdict},
		})
	}
	return list
}

// metric is a figure under a score. Their order counts, which a map does not keep.
type metric struct {
	name  string
	value float64
}

type metrics []metric

// MarshalJSON writes the metrics as an object, in order.
func (m metrics) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, each := range m {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, each.name), `:{"name":`...)
		b = append(appendText(b, each.name), `,"value":`...)
		b = append(appendFloat(b, finite(each.value)), `,"params":{}}`...)
	}
	return append(b, '}'), nil
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
