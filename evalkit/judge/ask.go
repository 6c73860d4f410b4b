package judge

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Ask implements world.Judge. A server that does not answer after the retries of
// a call is no judgement; a key that is refused, an unknown model, a budget that
// is used up, are errors.
func (j *Judge) Ask(ctx context.Context, q world.JudgeQuestion) (world.JudgeAnswer, error) {
	a := world.JudgeAnswer{Judge: j.endpoint.String(), Prompt: promptHash(q.Rubric), Fingerprint: j.Fingerprint(q)}
	if err := q.Validate(); err != nil {
		return a, err
	}
	client, err := j.connect()
	if err != nil {
		return a, err
	}
	p := compose(q, fence(q))
	talk := []model.Message{model.System(p.system), model.User(p.user)}
	r, reply, err := j.call(ctx, client, q, talk, &a)
	if err != nil {
		return a, err
	}
	if r.none == world.NoneUnread && !strings.Contains(strings.ToUpper(reply.Content), "VERDICT") {
		// It names no verdict, so that asking once more selects none.
		if r, _, err = j.call(ctx, client, q, append(talk, reply, model.User(again)), &a); err != nil {
			return a, err
		}
	}
	a.Reason, a.None, a.Why = r.reason, r.none, r.why
	if r.none == "" {
		a.Verdict, a.Good, a.Cite, a.Passage = r.verdict.Name, r.verdict.Good, r.cite, r.passage
	}
	return a, nil
}

// call makes one call, enters it into the answer, and reads what came.
func (j *Judge) call(ctx context.Context, client *model.Client, q world.JudgeQuestion, talk []model.Message, a *world.JudgeAnswer) (reading, model.Message, error) {
	c := world.JudgeCall{Request: digest(talk, j.endpoint.String())}
	reply, err := client.Chat(ctx, model.Request{Messages: talk})
	if err != nil {
		c.Error = err.Error()
		a.Calls = append(a.Calls, c)
		r, failed := j.failed(ctx, err)
		return r, model.Message{}, failed
	}
	j.answered.Store(true)
	c.Model, c.Answer, c.Finish, c.ID, c.Attempts = reply.Model, reply.Message.Content, reply.FinishReason, reply.ID, reply.Attempts
	c.Usage = usageOf(reply)
	a.Usage = a.Usage.Add(c.Usage)
	r := heard(q, reply)
	if r.none == world.NoneUnread {
		c.Malformed = r.why
	}
	a.Calls = append(a.Calls, c)
	return r, reply.Message, nil
}

// heard reads an answer, unless it is none to begin with.
func heard(q world.JudgeQuestion, reply model.Response) reading {
	finish := strings.ToLower(reply.FinishReason)
	switch {
	case reply.Message.Refusal != "":
		return reading{none: world.NoneRefused, why: oneLine(reply.Message.Refusal, 120)}
	case slices.ContainsFunc(withheld, func(w string) bool { return strings.Contains(finish, w) }):
		return reading{none: world.NoneRefused, why: "the provider's filter withheld the answer (" + oneLine(finish, 40) + ")"}
	case strings.Contains(finish, "length") || strings.Contains(finish, "max_tokens"):
		return reading{none: world.NoneCut, why: "the answer was cut (" + oneLine(finish, 40) + ")"}
	}
	return read(q, reply.Message.Content)
}

// withheld are words of finish reasons under which an answer was kept back.
var withheld = []string{"filter", "safety", "recitation", "blocklist", "prohibited", "spii", "refusal"}

// policy is how servers word the refusal of a request for what is in it.
var policy = regexp.MustCompile(`(?i)content[ _-]?(?:policy|filter|management)|responsible ai|safety system`)

// failed tells a call that came to nothing from what the series must end for.
func (j *Judge) failed(ctx context.Context, err error) (reading, error) {
	var fault *model.Error
	switch {
	case ctx.Err() != nil || !errors.As(err, &fault):
		return reading{}, err
	case fault.Kind == model.BadRequest && policy.MatchString(fault.Message):
		return reading{none: world.NoneRefused, why: oneLine(fault.Error(), 200)}, nil
	case fault.Kind == model.ContextLength, fault.Whose == model.WhoseProvider:
	case fault.Kind == model.BadRequest && j.answered.Load(): // of this question
	case fault.Kind == model.BadRequest && strings.Contains(fault.Message, "temperature"):
		return reading{}, fmt.Errorf("%w (name the judge with the temperature that it takes, as in openai/o3?temperature=1)", err)
	default:
		return reading{}, err
	}
	return reading{none: world.NoneError, why: oneLine(err.Error(), 300)}, nil
}

func usageOf(r model.Response) transcript.Usage {
	return transcript.Usage{
		PromptTokens: r.Usage.Prompt, CompletionTokens: r.Usage.Completion, CachedTokens: r.Usage.Cached,
		ReasoningTokens: r.Usage.Reasoning, TotalTokens: r.Usage.Total, CostUSD: r.CostUSD,
	}
}
