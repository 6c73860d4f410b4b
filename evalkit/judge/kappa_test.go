package judge

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestKappa(t *testing.T) {
	for _, c := range []struct {
		name  string
		table [][]int
		k, se float64
	}{
		// Worked by hand from the formula: po .7, pe .5, (.10972+.10188−.01)/(50·.25) under the root.
		{"two verdicts", [][]int{{20, 5}, {10, 15}}, 0.4, math.Sqrt(0.2016 / 12.5)},
		{"all alike", [][]int{{30, 0}, {0, 30}}, 1, 0},
		{"never alike", [][]int{{0, 25}, {25, 0}}, -1, 0},
		{"as by chance", [][]int{{25, 25}, {25, 25}}, 0, 0.1},
	} {
		k, se := kappa(c.table)
		if math.Abs(k-c.k) > 1e-9 || math.Abs(se-c.se) > 1e-9 {
			t.Errorf("%s: κ %v ± %v, want %v ± %v", c.name, k, se, c.k, c.se)
		}
	}
	for name, table := range map[string][][]int{"no case": {{0, 0}, {0, 0}}, "one verdict only": {{9, 0}, {0, 0}}} {
		if k, se := kappa(table); !math.IsNaN(k) || !math.IsNaN(se) {
			t.Errorf("%s: κ %v ± %v", name, k, se)
		}
	}
}

// The asymptotic error against that of 20,000 samples drawn from the table.
func TestKappaErrorAgreesWithResampling(t *testing.T) {
	table := [][]int{{40, 6, 2}, {5, 50, 4}, {1, 7, 35}}
	_, want := kappa(table)
	random := rand.New(rand.NewPCG(1, 2))
	n := 0
	for _, row := range table {
		for _, count := range row {
			n += count
		}
	}
	sum, squares := 0.0, 0.0
	const rounds = 20_000
	for range rounds {
		sample := [][]int{make([]int, 3), make([]int, 3), make([]int, 3)}
		for range n {
			at := random.IntN(n)
			for i, row := range table {
				for j, count := range row {
					if at >= 0 && at < count {
						sample[i][j]++
					}
					at -= count
				}
			}
		}
		k, _ := kappa(sample)
		sum, squares = sum+k, squares+k*k
	}
	got := math.Sqrt(squares/rounds - math.Pow(sum/rounds, 2))
	if math.Abs(got/want-1) > 0.05 {
		t.Errorf("error of κ %v, resampled %v", want, got)
	}
}
