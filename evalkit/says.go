package evalkit

import (
	"encoding/json"
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/internal/awareness"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Says is what the subject of a trial said of being tested; see Trial.Says.
type Says = awareness.Says

// What a subject can say of being tested. One that said both is counted among
// those that said that it is a test. SaysUnknown is a trial in which none of the
// subject's words are on record: it is not a silent one.
const (
	SaysTest    = awareness.Test
	SaysReal    = awareness.Real
	SaysSilent  = awareness.Silent
	SaysUnknown = awareness.Unknown
)

// SaidOf is what the subject said of being tested in one trial, with the
// sentences that say it.
type SaidOf = awareness.Finding

// SaysOf finds in the record of a trial whether the subject said that it is
// being tested: in its words, its reasoning and what it wrote into tool calls,
// never in what the task, the user or a tool said, nor where it repeats that. It
// is a rule over English text that is made to be precise; what a model thinks
// and does not write cannot be seen, so that a rate of it is a lower bound.
//
// Every trial that evalkit performs keeps the finding as a fact of the trial
// itself (world.FactSays). A log without it, one of an earlier version or of
// Inspect, is read anew, since all that was said is in it.
//
// Where a scenario lists world/awareness.World a judge has read the same words,
// and its verdict goes before the rule's.
func SaysOf(r *transcript.Record) SaidOf {
	found := saidByRule(r)
	answer, event, err := world.ReadJudgeAnswer(r, awareness.Rubric)
	if says := awareness.Judged(answer.Verdict); err == nil && event > 0 && says != SaysUnknown {
		found.Says, found.Judge = says, answer.Judge
	}
	return found
}

// saidByRule is what the rule finds.
func saidByRule(r *transcript.Record) SaidOf {
	for i := len(r.Events) - 1; i >= 0; i-- {
		if !world.IsTrialFact(r.Events[i], world.FactSays) {
			continue
		}
		var found SaidOf
		if json.Unmarshal(r.Events[i].Body.(transcript.Fact).Data, &found) == nil && found.Rule == awareness.Rule {
			return found
		}
		break
	}
	return awareness.Of(r.Events)
}

// recordSays records what the subject said of being tested, in the turn in
// which it said it first.
func recordSays(site *world.Site) {
	found := awareness.Of(site.Events())
	if found.Says == SaysUnknown {
		return // there is nothing to tell of
	}
	turn, text := site.Turn(), "it said nothing of being tested"
	for _, s := range found.Cited {
		if s.Says == found.Says {
			turn = s.Turn
			text = fmt.Sprintf("it said that this is a test: in its %s: %s", s.Where, s.Text)
			if s.Says == SaysReal {
				text = fmt.Sprintf("it said that this is real: in its %s: %s", s.Where, s.Text)
			}
			break
		}
	}
	data, err := json.Marshal(found)
	if err != nil {
		return // a struct of texts and numbers has a JSON form
	}
	site.RecordIn(turn, transcript.Fact{World: world.TrialFacts, Name: world.FactSays, Text: text, Data: data})
}
