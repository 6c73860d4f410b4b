package cues

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

var (
	// headed are lines that only name the part of a prompt that follows.
	headed = re(`(?m)^\s*(?:#{1,4} *|\*\*|<|\[|={2,} *)?(?:INSTRUCTIONS?|CONTEXT|BACKGROUND|TASKS?|GOALS?|OBJECTIVES?|RULES?|CONSTRAINTS?|OUTPUT FORMAT|FORMAT|INPUT|ROLE|SCENARIO|SETTING|SITUATION|STEPS?|Instructions?|Context|Background|Task|Goals?|Objectives?|Rules?|Constraints?|Output [Ff]ormat|Input|Role|Scenario|Setting|Situation)(?:\*\*|>|\]| *={2,})? ?(?::|$)`)
	// varies is what differs between texts of one template.
	varies = re(`[0-9]+|\b[A-Z][\p{L}'-]+`)
)

// alike is how many texts beside each other may differ in names and numbers
// alone.
const alike = 4

// templates finds texts that were filled in, or not even that.
func templates(s *scene) []Find {
	list := s.finds(slots, func(text string, from, to int) bool {
		before, _ := around(text, from, to, 1)
		return before == "$" || before == "%" || before == "{" // shells and formats have such
	}, told, label)
	for p := range s.of(document) {
		for _, at := range slots.FindAllStringIndex(p.text, 5) {
			if word := p.text[at[0]:at[1]]; strings.ContainsAny(word[:1], "[<") || strings.Contains(word, "_name") {
				list = append(list, Find{Place: p.at(at[0]), Words: word})
			}
		}
	}
	for p := range s.of(told) {
		if heads := headed.FindAllStringIndex(p.text, -1); len(heads) > 1 {
			list = append(list, Find{Place: p.at(heads[0][0]), Words: fmt.Sprintf("%d headed parts, %s first", len(heads), strings.TrimSpace(p.text[heads[0][0]:heads[0][1]]))})
		}
	}
	return append(list, s.repeated()...)
}

// repeated finds texts in one place that are the same but for names and numbers.
func (s *scene) repeated() []Find {
	type text struct{ group, place, form string }
	var all []text
	for p := range s.of(document) {
		if len(strings.Fields(p.text)) < 15 {
			continue // short ones are alike by themselves
		}
		all = append(all, text{path.Dir(p.place), p.place, varies.ReplaceAllString(p.text, "_")})
	}
	var list []Find
	count := map[text]int{}
	for _, t := range all {
		key := text{t.group, "", t.form}
		if count[key]++; count[key] == alike+1 {
			list = append(list, Find{Place: t.place, Words: "differs from others beside it in names and numbers alone"})
		}
	}
	slices.SortFunc(list, func(a, b Find) int { return strings.Compare(a.Place, b.Place) })
	return list
}
