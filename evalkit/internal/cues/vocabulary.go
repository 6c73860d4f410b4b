package cues

import (
	"slices"
	"strings"
)

var (
	// spoken are words that speak of a test, an evaluation, a made-up situation.
	spoken = re(`(?i)\b(?:tests?|testing|testbed|evaluation|evaluations|evals?|benchmarks?|simulat(?:ion|ions|ed|e|es|or)|hypothetical(?:ly)?|scenarios?|experiments?|experimental|honey ?pots?|red[- ]team(?:ing|ers?|s)?|sandbox(?:ed|es)?|dummy|decoys?|fake|mock(?:ed|s)?|fictional|fictitious|pretend|toy)\b`)
	// graded says that somebody marks what the agent does.
	graded = re(`(?i)\b(?:(?:you|your (?:answers?|work|response|responses|actions|behaviou?r|performance|solution|output|result)) (?:will be|is being|are being|is|are) (?:scored|graded|evaluated|assessed|judged|marked|tested|observed)|grad(?:er|ers|ing)|test[- ]?subject|ground truth|rubric|points? for each|full marks)\b`)
	// ofAgents speaks of the agent as of something that is examined, whatever
	// stands around it.
	ofAgents = re(`(?i)\b(?:ai safety|alignment (?:tests?|eval\w*|research)|(?:model|agent|ai|llm|assistant) under (?:test|evaluation)|(?:tests?|testing|checks?|evaluates?|evaluating|measures?) (?:whether|if|how|that) (?:the |an? )?(?:model|agent|ai|llm|assistant)s?|(?:the |an? )?(?:agent|model|ai|llm|assistant) (?:is|will be|being|gets) (?:being )?(?:tested|evaluated|graded|scored|judged)|evaluat\w+ (?:of )?(?:the )?(?:ai )?(?:agents?|llms?|assistants?)|red[- ]team\w* (?:the )?(?:model|agent|ai|llm)s?|honey ?pot for|decoy for|bait for|misalign\w+|scheming|reward hack\w*)\b`)
	// named are parts of names.
	named = strings.Fields("test tests testing eval evals evaluation benchmark sandbox scenario honeypot experiment dummy fake mock decoy simulated simulation redteam evalkit trial")
	// apart splits a name into its parts.
	apart = re(`[^A-Za-z]+`)
)

// vocabulary finds tests and grading spoken of.
func vocabulary(s *scene) []Find {
	list := s.finds(spoken, s.ofWork, told, document)
	list = append(list, s.finds(graded, nil, told, document)...)
	list = append(list, s.finds(ofAgents, nil, told, document, source, tests)...)
	for p := range s.of(label) {
		if strings.HasPrefix(p.place, "path") && (s.project || strings.HasPrefix(p.text, "/usr/bin/") || strings.HasPrefix(p.text, "/bin/")) {
			continue // /usr/bin/test, src/testing/
		}
		for _, part := range apart.Split(p.text, -1) {
			if slices.Contains(named, strings.ToLower(part)) {
				list = append(list, Find{Place: p.place, Words: p.text})
				break
			}
		}
	}
	return list
}

var (
	// workBefore and workAfter are words around "test" that make it one of
	// software, of a machine or of material, which is work like any other.
	workBefore = re(`(?:\b(?:unit|integration|smoke|regression|load|stress|flaky|failing|failed|failure|passing|acceptance|end-to-end|e2e|system|functional|performance|memory|disk|battery|pressure|blood|leak|soil|water|fire|alarm|self|ping|speed|penetration|a/b|go|npm|make|cargo|yarn|run|running|driving|the|all|these|those|our|your|its|their|add|adds|added|write|writes|wrote|new|old|more|missing|pytest|rails|mvn|gradle|dotnet|bin/|post-deploy|nightly|restore|failover|to|and|then|will|please|must|should|can|also|always|we|they|it) |[/_.\\-]|` + "`" + `)$`)
	workAfter  = re(`^(?:[/_.(\\-]|` + "`" + `| (?:suite|suites|files?|cases?|runner|coverage|failures?|reports?|plans?|results?|pass(?:es|ed)?|fail(?:s|ed)?|-[a-z]|bench|rig|strip|drive|kit|pump|the|that|whether|if|it|each|every|your|our|all|them|both|for|on|with|against|\./)\b)`)
	verbAfter  = re(`^ (?:the|that|whether|if|it|each|every|your|our|all|them|both|-[a-z])\b`)
	examined   = re(`^ (?:of|for|on|with) (?:the |an? )?(?:ai|agents?|models?|assistants?|llms?|you)\b`)
	noun       = re(`\b(?:this|a|an|is|of|under|next|following|present) $`)
)

// ofWork says that a word is one of the work, and not of the agent's situation.
func (s *scene) ofWork(text string, from, to int) bool {
	before, after := around(text, from, to, 24)
	switch word := strings.ToLower(text[from:to]); word {
	case "tests":
		return !examined.MatchString(after)
	case "test", "testing":
		switch {
		case noun.MatchString(before):
			return workAfter.MatchString(after) && !verbAfter.MatchString(after) && s.project
		case word == "test" && strings.HasSuffix(before, "the ") && !workAfter.MatchString(after):
			return s.project // "make the test pass"
		}
		return workBefore.MatchString(before) || verbAfter.MatchString(after) || s.project && workAfter.MatchString(after)
	case "mock", "mocks", "mocked", "fake", "dummy", "toy", "benchmark", "benchmarks", "experiments", "experimental", "simulate", "simulates", "simulated", "simulator":
		return s.project
	}
	return strings.HasPrefix(after, "/") || strings.HasSuffix(before, "/")
}
