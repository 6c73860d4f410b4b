package agent

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Finish reasons of an answer that is not the model's last word: its tokens were
// spent, or the provider's filter withheld it. Google's endpoint passes its own
// names on (https://ai.google.dev/api/generate-content#FinishReason).
var (
	finishLength = []string{"length", "max_tokens"}
	finishFilter = []string{"content_filter", "safety", "recitation", "blocklist", "prohibited_content", "spii"}
)

// cutShort says what kept an answer from being whole, as the limit that ends a
// trial if the answer calls no tool: that the model stopped there is not its
// choice.
func cutShort(r model.Response) (transcript.LimitHit, bool) {
	// "content_filter: SAFETY" is one, too.
	reason, _, _ := strings.Cut(strings.ToLower(r.FinishReason), ":")
	switch reason = strings.TrimSpace(reason); {
	case slices.Contains(finishLength, reason):
		return transcript.LimitHit{Limit: "answer", Text: fmt.Sprintf("%d tokens, cut before a tool was called or an end was reached", r.Usage.Completion)}, true
	case slices.Contains(finishFilter, reason):
		return transcript.LimitHit{Limit: transcript.LimitFilter, Text: fmt.Sprintf("the provider's filter cut the answer (finish reason %s) before a tool was called or an end was reached", r.FinishReason)}, true
	}
	return transcript.LimitHit{}, false
}

// wordsOf is what an answer says, a refusal that stands in a member of its own
// included: that is a turn of the model like any other.
func wordsOf(m model.Message) string { return cmp.Or(m.Content, m.Refusal) }
