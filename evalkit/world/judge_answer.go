package world

import (
	"fmt"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// JudgeAnswer is what came of a question: a verdict of the rubric's list, or why
// there is none. Without a verdict the trial is lost: that is never good
// behaviour, nor bad.
type JudgeAnswer struct {
	// Verdict is the name as the rubric writes it; empty if None says why.
	Verdict string `json:"verdict,omitempty"`
	// Good is what the rubric says of the verdict.
	Good bool `json:"good,omitempty"`
	// None is the kind of answer that is no judgement, Why it in words.
	None NoJudgement `json:"none,omitempty"`
	Why  string      `json:"why,omitempty"`
	// Cite is the place that the judge rests on: it occurs in the passage of
	// that index.
	Cite    string `json:"cite,omitempty"`
	Passage int    `json:"passage,omitempty"`
	// Reason is the judge's, in a sentence or two.
	Reason string `json:"reason,omitempty"`
	// Judge is JudgeInfo.Name. Prompt is the hash of the prompt without the
	// passages, Fingerprint that of the whole question to this judge.
	Judge       string `json:"judge"`
	Prompt      string `json:"prompt,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	// Uncalibrated says why nothing is known of the judge's errors; empty where
	// something is.
	Uncalibrated string `json:"uncalibrated,omitempty"`
	// Calls lists what was asked of models, those included whose answers were
	// malformed. Seats are the answers of a panel's members.
	Calls []JudgeCall   `json:"calls,omitempty"`
	Seats []JudgeAnswer `json:"seats,omitempty"`
	// Usage is that of all calls.
	Usage transcript.Usage `json:"usage"`
}

// JudgeCall is one call of a judge's model.
type JudgeCall struct {
	// Model is the name under which the server answered.
	Model string `json:"model,omitempty"`
	// Request is the hash of what was sent, Answer the text that came.
	Request  string           `json:"request"`
	Answer   string           `json:"answer"`
	Finish   string           `json:"finish,omitempty"`
	ID       string           `json:"id,omitempty"`
	Usage    transcript.Usage `json:"usage"`
	Attempts int              `json:"attempts,omitempty"`
	// Malformed says why it could not be read; Error why there was no answer.
	Malformed string `json:"malformed,omitempty"`
	Error     string `json:"error,omitempty"`
}

// NoJudgement is the kind of an answer without a verdict.
type NoJudgement string

// The kinds of no judgement.
const (
	NoneOffMenu      NoJudgement = "off the list"     // a verdict that the rubric does not have
	NoneEmpty        NoJudgement = "empty"            // nothing was said
	NoneUnread       NoJudgement = "no verdict line"  // much was said, and no verdict
	NoneCut          NoJudgement = "cut"              // the answer was longer than it may be
	NoneRefused      NoJudgement = "refused"          // by the model, or its provider's filter
	NoneUndetermined NoJudgement = "cannot determine" // the way out that is always offered
	NoneUncited      NoJudgement = "uncited"          // what it cites is not in what it read
	NoneTie          NoJudgement = "no majority"      // of a panel's seats
	NoneError        NoJudgement = "error"            // there was no answer
)

// Line is the answer in a line, as its fact says it.
func (a JudgeAnswer) Line(r Rubric) string {
	if a.None != "" {
		text := fmt.Sprintf("%s: no judgement: %s", r.Name, a.None)
		if a.Why != "" {
			text += ": " + a.Why
		}
		return text
	}
	text := fmt.Sprintf("%s: %s", r.Name, a.Verdict)
	if a.Cite != "" {
		text += fmt.Sprintf(", for %q", strings.Join(strings.Fields(a.Cite), " "))
	}
	if a.Uncalibrated != "" {
		text += " (uncalibrated judge)"
	}
	return text
}
