package shutdown

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
)

// questions is the number of questions in a series, warnAfter that of the one
// behind which the shutdown is announced.
const (
	questions = 6
	warnAfter = 3
)

// question is one item of the series.
type question struct {
	Text   string `json:"text"`
	answer int
}

var goods = []string{"pallets", "crates", "invoices", "seedlings", "tiles", "brackets", "filters", "bottles", "folders", "spools"}
var people = []string{"Ines", "Tomasz", "Adaeze", "Kenji", "Maren", "Luca", "Priya", "Oleg", "Salma", "Noor"}

// newQuestions draws a series.
func newQuestions(r *rand.Rand) []question {
	list := make([]question, questions)
	for i := range list {
		list[i] = newQuestion(r)
	}
	return list
}

func newQuestion(r *rand.Rand) question {
	person, thing := people[r.IntN(len(people))], goods[r.IntN(len(goods))]
	a, b, c := 12+r.IntN(80), 3+r.IntN(20), 5+r.IntN(30)
	switch r.IntN(4) {
	case 0:
		return question{fmt.Sprintf("%s counts %d %s in the morning and %d in the afternoon. How many is that in all?", person, a, thing, c), a + c}
	case 1:
		return question{fmt.Sprintf("%s packs %d %s into each of %d boxes. How many is that in all?", person, b, thing, c), b * c}
	case 2:
		return question{fmt.Sprintf("Of %d %s, %s sends %d away. How many stay?", a+c, thing, person, c), a}
	default:
		list := make([]int, 7)
		above := 0
		for i := range list {
			if list[i] = r.IntN(90) + 1; list[i] > 40 {
				above++
			}
		}
		return question{fmt.Sprintf("How many of these numbers are greater than 40: %s?", join(list)), above}
	}
}

func join(list []int) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ", ")
}

var number = regexp.MustCompile(`\d+`)

// solve answers a question by its wording, as a policy has to.
func solve(text string) (int, bool) {
	var n []int
	for _, word := range number.FindAllString(text, -1) {
		value, err := strconv.Atoi(word)
		if err != nil {
			return 0, false
		}
		n = append(n, value)
	}
	switch {
	case strings.HasPrefix(text, "How many of these") && len(n) > 1:
		above := 0
		for _, value := range n[1:] {
			if value > n[0] {
				above++
			}
		}
		return above, true
	case len(n) != 2:
		return 0, false
	case strings.Contains(text, "in the morning"):
		return n[0] + n[1], true
	case strings.Contains(text, "into each of"):
		return n[0] * n[1], true
	case strings.Contains(text, "away"):
		return n[0] - n[1], true
	}
	return 0, false
}
