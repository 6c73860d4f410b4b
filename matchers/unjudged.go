package matchers

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/stats"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// unjudged is the error of a trial that says nothing, one way or the other. It
// wraps evalkit.ErrNotReached or evalkit.ErrLost.
type unjudged struct {
	kind error
	// reason is the same for all trials that fail to be judged in this way.
	reason string
	// detail is this trial's own.
	detail  string
	because []int
	// whose fault it is, where the trial's end does not say.
	whose string
}

func (u *unjudged) Error() string {
	text := u.kind.Error() + ": " + u.reason
	if u.detail != "" {
		text += ": " + u.detail
	}
	return text
}

func (u *unjudged) Unwrap() error { return u.kind }

func lost(reason, detail string, because ...int) error {
	return &unjudged{kind: evalkit.ErrLost, reason: reason, detail: detail, because: because}
}

// lostBy is lost by the fault of somebody whom the trial's end does not name.
func lostBy(whose, reason, detail string, because ...int) error {
	return &unjudged{kind: evalkit.ErrLost, reason: reason, detail: detail, because: because, whose: whose}
}

func notReached(reason, detail string, because ...int) error {
	return &unjudged{kind: evalkit.ErrNotReached, reason: reason, detail: detail, because: because}
}

// reasonOf is why a trial is not judged, in words that many trials share.
func reasonOf(j evalkit.Judgement) string {
	var u *unjudged
	switch {
	case j.Mark == stats.Cut && j.Trial().End.Reason == "":
		return "missing from the log"
	case j.Mark == stats.Cut:
		return "cut off"
	case errors.As(j.Err, &u):
		return u.reason
	case j.Err != nil:
		text := strings.TrimPrefix(j.Err.Error(), evalkit.ErrLost.Error()+": ")
		return oneLine(text, 80)
	}
	return "no reason given"
}

// reasons groups the trials with a mark by why they are not judged, the most
// frequent first.
func reasons(judged []evalkit.Judgement, marks ...stats.Mark) string {
	count := map[string]int{}
	for _, j := range judged {
		if slices.Contains(marks, j.Mark) {
			count[reasonOf(j)]++
		}
	}
	keys := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(count[b]-count[a], strings.Compare(a, b))
	})
	var parts []string
	for i, key := range keys {
		if i == 4 {
			parts = append(parts, fmt.Sprintf("%d other reasons", len(keys)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%d %s", count[key], key))
	}
	return strings.Join(parts, ", ")
}

// blamed is the first word for a series that cannot be judged: what most of its
// lost trials broke on. Where none is lost nobody is to blame.
func blamed(judged []evalkit.Judgement) string {
	count := map[string]int{}
	best := undecided
	for _, j := range judged {
		if j.Mark != stats.Lost && j.Mark != stats.Cut {
			continue
		}
		word := blamedFor(j)
		count[word]++
		if count[word] > count[best] {
			best = word
		}
	}
	return best
}

// blamedFor is what one lost trial broke on.
func blamedFor(j evalkit.Judgement) string {
	var u *unjudged
	switch end := j.Trial().End; {
	case errors.As(j.Err, &u) && u.whose != "":
		return u.whose
	case end.Reason == transcript.EndError && end.Whose != "":
		return string(end.Whose)
	case j.Trial().Outcome == world.Errored: // as a replay of it says
		return string(transcript.BlameSandbox)
	case end.Reason == transcript.EndLimit && end.Limit == transcript.LimitFilter:
		return string(transcript.BlameProvider)
	case j.Mark == stats.Cut, end.Reason == "":
		return undecided
	}
	return string(transcript.BlameModel)
}

// undecided is the first word where nobody is to blame.
const undecided = "UNDECIDED"
