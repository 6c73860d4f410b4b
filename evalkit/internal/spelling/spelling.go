// Package spelling finds what was meant by a name that nothing has.
package spelling

import (
	"cmp"
	"slices"
)

// Distance is the number of letters to put in, take out or exchange
// (Levenshtein 1966), in bytes.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			next := last
			if a[i] != b[j] {
				next = 1 + min(last, row[j], row[j+1])
			}
			last, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}

// Nearest gives the nearest of the names, the first of equal ones, and how far
// it is; of none, "" and -1.
func Nearest(name string, names []string) (nearest string, distance int) {
	if len(names) == 0 {
		return "", -1
	}
	nearest = slices.MinFunc(names, func(a, b string) int { return cmp.Compare(Distance(name, a), Distance(name, b)) })
	return nearest, Distance(name, nearest)
}
