package judge

import "math"

// kappa is Cohen's κ (1960) of two raters over the same cases, from the table of
// their verdicts, with its asymptotic standard error (Fleiss, Cohen and Everitt
// 1969, formula 13). NaN where chance alone explains agreement, or there is no
// case; the error is 0, and says nothing, where they agree in all.
func kappa(table [][]int) (k, se float64) {
	size := len(table)
	rows, columns := make([]float64, size), make([]float64, size)
	n := 0.0
	for i := range table {
		for j, count := range table[i] {
			rows[i] += float64(count)
			columns[j] += float64(count)
			n += float64(count)
		}
	}
	agreed, chance := 0.0, 0.0
	for i := range table {
		agreed += float64(table[i][i]) / n
		rows[i], columns[i] = rows[i]/n, columns[i]/n
		chance += rows[i] * columns[i]
	}
	if !(chance < 1) { // NaN of no case too
		return math.NaN(), math.NaN()
	}
	k = (agreed - chance) / (1 - chance)
	sum := 0.0
	for i := range table {
		for j := range table[i] {
			p := float64(table[i][j]) / n
			if i == j {
				sum += p * math.Pow(1-(rows[i]+columns[i])*(1-k), 2)
			} else {
				sum += p * math.Pow((columns[i]+rows[j])*(1-k), 2)
			}
		}
	}
	sum -= math.Pow(k-chance*(1-k), 2)
	return k, math.Sqrt(max(0, sum)/n) / (1 - chance)
}
