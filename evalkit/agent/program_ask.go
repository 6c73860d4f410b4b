package agent

import (
	"context"
	"errors"
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// ask answers one request of the program by the model behind. What the program
// has done since the last answer is recorded and observed first, limits are
// kept, and the call is retried as any other is. The answer is taken whole
// before the program sees any of it, so that none is half a turn. The errors are
// a refusal that the program is told, or errOver: the program is ended.
func (pl *play) ask(q *chatRequest) (model.Response, error) {
	turn, err := pl.begin(q)
	if err != nil {
		return model.Response{}, err
	}
	request := model.Request{Messages: q.messages, Tools: q.tools, Extra: q.extra, Seed: pl.behind.Seed}
	if request.Seed == nil {
		request.Seed = q.seed
	}
	answer, err := pl.behind.Chatter.Chat(pl.ctx, request)
	if err != nil {
		return model.Response{}, pl.failed(turn, q, err)
	}
	pl.answered(turn, q, answer)
	return answer, nil
}

// begin starts a turn.
func (pl *play) begin(q *chatRequest) (int, error) {
	if err := pl.observe(); err != nil {
		return 0, err
	}
	pl.mu.Lock()
	for _, r := range pl.wire.learn(q.messages) {
		text, cut := cutMiddle(r.text, pl.stage.Limits.Output)
		pl.stage.RecordIn(r.turn, transcript.ToolCall{Call: r.call, Result: text, Cut: cut})
	}
	pl.wire.offer(q.tools)
	told := pl.wire.tell(q.messages)
	limit, hit := pl.stage.Limits.exceeded(pl.turns, pl.usage)
	pl.mu.Unlock()
	if err := pl.observe(); err != nil { // an occasion may lie in the results
		return 0, err
	}
	switch {
	case pl.ctx.Err() != nil || pl.stage.Down():
		pl.cancel(errOver)
		return 0, errOver
	case hit:
		pl.finish(verdict{end: pl.stage.hit(limit)})
		return 0, errOver
	}
	turn := pl.stage.NextTurn()
	for _, m := range told {
		pl.stage.RecordIn(turn, m)
	}
	return turn, nil
}

func (pl *play) observe() error {
	if err := pl.stage.Observe(world.WithSite(pl.ctx, pl.stage.Site)); err != nil {
		pl.finish(verdict{err: err})
		return errOver
	}
	return nil
}

func (pl *play) answered(turn int, q *chatRequest, r model.Response) {
	usage := usageOfResponse(r)
	calls := make([]transcript.Call, len(r.Message.ToolCalls))
	for i, c := range r.Message.ToolCalls {
		calls[i] = pl.p.Shell.recorded(c)
	}
	pl.mu.Lock()
	defer pl.mu.Unlock()
	pl.turns++
	pl.usage = pl.usage.Add(usage)
	pl.unmended = nil
	byWords, spoken := pl.p.Shell.spoken(r.Message.Content, turn)
	if spoken = spoken && len(calls) == 0; spoken {
		calls = append(calls, byWords)
		pl.wire.expectWords(turn, r.Message.Content, byWords)
	}
	words := wordsOf(r.Message)
	if last := len(calls) == 0; words != "" && (last || !pl.saidFinal) {
		pl.said, pl.saidFinal = words, last
	}
	pl.cut = nil
	if hit, cut := cutShort(r); cut && len(calls) == 0 {
		pl.cut = &hit
	}
	pl.wire.expect(turn, r.Message.ToolCalls, calls)
	pl.stage.RecordIn(turn, transcript.ModelCall{
		Model: q.model, Content: words, Reasoning: r.Message.ReasoningContent, Calls: calls,
		Finish: r.FinishReason, Usage: usage, ID: r.ID, Raw: r.Raw, Attempts: r.Attempts, Took: r.Took,
	})
}

// failed is a call without an answer, after its retries. What the program can
// mend, a request that is refused or has grown too long, it is told; anything
// else is nobody's behaviour, and ends the trial before the program can make
// something of it.
func (pl *play) failed(turn int, q *chatRequest, err error) error {
	if pl.ctx.Err() != nil && !(errors.Is(context.Cause(pl.ctx), errTime) && providers(err)) {
		return errOver
	}
	pl.stage.RecordIn(turn, transcript.ModelCall{Model: q.model, Error: err.Error()})
	var fault *model.Error
	if !errors.As(err, &fault) {
		pl.finish(verdict{err: &Failure{Whose: transcript.BlameSpec, Final: true, Err: err}})
		return errOver
	}
	pl.mu.Lock()
	turns := pl.turns
	if fault.Kind == model.BadRequest || fault.Kind == model.ContextLength {
		pl.unmended = err
	}
	pl.mu.Unlock()
	switch fault.Kind {
	case model.BadRequest, model.ContextLength:
		return err
	case model.CutArguments:
		pl.finish(verdict{end: pl.stage.hit(transcript.LimitHit{Limit: "answer", Text: fault.Message})})
	default:
		pl.finish(verdict{err: laidTo(fault, err, turns)})
	}
	return errOver
}

// refusal is what a request that was refused last means for the trial, if the
// program ended upon it: a limit, or a failure. The caller holds the lock.
func (pl *play) refusal() (*transcript.LimitHit, error) {
	var fault *model.Error
	if !errors.As(pl.unmended, &fault) {
		return nil, nil
	}
	if fault.Kind == model.ContextLength && pl.turns > 0 {
		return &transcript.LimitHit{Limit: "context", Text: fault.Message}, nil
	}
	return nil, laidTo(fault, fmt.Errorf("program %s ended when its request was refused: %w", pl.p.Name(), pl.unmended), pl.turns)
}

// usageOfResponse is what an answer cost.
func usageOfResponse(r model.Response) transcript.Usage {
	return transcript.Usage{
		PromptTokens: r.Usage.Prompt, CompletionTokens: r.Usage.Completion, CachedTokens: r.Usage.Cached,
		ReasoningTokens: r.Usage.Reasoning, TotalTokens: r.Usage.Total, CostUSD: r.CostUSD,
	}
}

// isOver says whether an error means that the program is ended.
func isOver(err error) bool { return errors.Is(err, errOver) || errors.Is(err, context.Canceled) }
