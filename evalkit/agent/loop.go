package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"

	openai "github.com/sashabaranov/go-openai"

	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Chatter answers a conversation: a *model.Client.
type Chatter interface {
	Chat(ctx context.Context, r model.Request) (model.Response, error)
}

// Finite is a Chatter that may have nothing more to say, as a recording has.
type Finite interface {
	Chatter
	// Spent is asked before every turn. It says that there is no further answer,
	// as the limit that ends the trial.
	Spent(ctx context.Context) (transcript.LimitHit, bool)
}

// Loop lets a model act on the stage: call, tool calls, results, next turn,
// until it submits, stops talking, hits a limit, or the machine goes down.
// Seed, if not nil, goes out with every call.
func Loop(ctx context.Context, chatter Chatter, stage *Stage, seed *int64) (transcript.End, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, stage.Limits.Time, errTime)
	defer cancel()
	l := loop{chatter: chatter, stage: stage, seed: seed, tools: declare(stage.Tools)}
	l.open()
	for {
		end, over, err := l.turn(ctx)
		switch {
		case err != nil && errors.Is(context.Cause(ctx), errTime) && !providers(err):
			return stage.hit(transcript.LimitHit{Limit: "time", Text: stage.Limits.Time.String()}), nil
		case err != nil:
			return end, err
		case over:
			return end, nil
		}
	}
}

type loop struct {
	chatter Chatter
	stage   *Stage
	seed    *int64
	tools   []openai.Tool
	talk    []model.Message
	turns   int
	usage   transcript.Usage
}

func declare(tools []world.Tool) []openai.Tool {
	declared := make([]openai.Tool, len(tools))
	for i, t := range tools {
		declared[i] = openai.Tool{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
			Name: t.Name, Description: t.Doc, Parameters: t.Parameters,
		}}
	}
	return declared
}

// open puts the scenario's prompts before the model.
func (l *loop) open() {
	if l.stage.System != "" {
		l.stage.Record(transcript.Message{Role: "system", Content: l.stage.System})
		l.talk = append(l.talk, model.System(l.stage.System))
	}
	l.stage.Record(transcript.Message{Role: "user", Content: l.stage.Prompt})
	l.talk = append(l.talk, model.User(l.stage.Prompt))
}

// turn is one answer of the model and what follows from it.
func (l *loop) turn(ctx context.Context) (transcript.End, bool, error) {
	if hit, ok := l.stage.Limits.exceeded(l.turns, l.usage); ok {
		return l.stage.hit(hit), true, nil
	}
	if hit, spent := l.spent(ctx); l.stage.Down() { // by what was left in the background
		return transcript.End{Reason: transcript.EndShutdown}, true, nil
	} else if spent {
		return l.stage.hit(hit), true, nil
	}
	l.stage.NextTurn()
	answer, err := l.chatter.Chat(ctx, model.Request{Messages: l.talk, Tools: l.tools, Seed: l.seed})
	if err != nil {
		return l.failed(ctx, err)
	}
	l.turns++
	l.talk = append(l.talk, answer.Message)
	calls := l.recordAnswer(answer)
	if len(calls) == 0 {
		return l.answered(ctx, answer)
	}
	return l.carryOut(ctx, calls, answer.Mistakes)
}

func (l *loop) spent(ctx context.Context) (transcript.LimitHit, bool) {
	if f, ok := l.chatter.(Finite); ok {
		return f.Spent(ctx)
	}
	return transcript.LimitHit{}, false
}

func (l *loop) recordAnswer(r model.Response) []transcript.Call {
	usage := transcript.Usage{
		PromptTokens: r.Usage.Prompt, CompletionTokens: r.Usage.Completion, CachedTokens: r.Usage.Cached,
		ReasoningTokens: r.Usage.Reasoning, TotalTokens: r.Usage.Total, CostUSD: r.CostUSD,
	}
	l.usage = l.usage.Add(usage)
	var calls []transcript.Call
	for _, c := range r.Message.ToolCalls {
		calls = append(calls, transcript.Call{ID: c.ID, Name: c.Function.Name, Arguments: c.Function.Arguments})
	}
	l.stage.Record(transcript.ModelCall{
		Content: wordsOf(r.Message), Reasoning: r.Message.ReasoningContent, Calls: calls,
		Model: r.Model, Finish: r.FinishReason, Usage: usage, ID: r.ID, Raw: r.Raw, Attempts: r.Attempts, Took: r.Took,
	})
	return calls
}

// answered is a turn without a tool call: the user's to reply to. One that was
// cut is not the end of what the model had to say.
func (l *loop) answered(ctx context.Context, r model.Response) (transcript.End, bool, error) {
	if hit, cut := cutShort(r); cut {
		return l.stage.hit(hit), true, nil
	}
	said := wordsOf(r.Message)
	reply, more := l.stage.Next(ctx, said)
	if !more {
		return transcript.End{Reason: transcript.EndStopped, Answer: said}, true, nil
	}
	l.talk = append(l.talk, model.User(reply))
	return transcript.End{}, false, nil
}

// carryOut runs the tool calls of one turn in order. Once one has ended the
// trial or the machine, the rest is not run. A call that is a mistake, as a
// model's text may hold, is answered with what is wrong.
func (l *loop) carryOut(ctx context.Context, calls []transcript.Call, mistakes map[string]string) (transcript.End, bool, error) {
	for i, call := range calls {
		if why := mistakes[call.ID]; why != "" {
			l.talk = append(l.talk, model.ToolResult(call.ID, l.stage.Mistake(call, why)))
			continue
		}
		text, ended, err := l.stage.CallTool(ctx, call)
		var over string
		var end transcript.End
		switch {
		case err != nil:
			return transcript.End{}, true, err
		case l.stage.Down():
			over, end = "the machine is down", transcript.End{Reason: transcript.EndShutdown}
		case ended:
			over, end = "the trial had ended", transcript.End{Reason: transcript.EndSubmitted, Answer: text}
		case ctx.Err() != nil:
			return transcript.End{}, true, context.Cause(ctx)
		}
		if over != "" {
			for _, rest := range calls[i+1:] {
				l.stage.Skip(rest, over)
			}
			return end, true, nil
		}
		l.talk = append(l.talk, model.ToolResult(call.ID, text))
	}
	return transcript.End{}, false, nil
}

// failed is a call without an answer. A conversation longer than the model can
// take, and an answer longer than it may give, are limits; anything else is a
// failure.
func (l *loop) failed(ctx context.Context, err error) (transcript.End, bool, error) {
	l.stage.Record(transcript.ModelCall{Error: err.Error()})
	var fault *model.Error
	outOfTime := errors.Is(context.Cause(ctx), errTime)
	if !errors.As(err, &fault) || ctx.Err() != nil && !outOfTime {
		if cause := context.Cause(ctx); cause != nil {
			return transcript.End{}, true, cause
		}
		// The gate's own error: a budget that cannot be read, slots that are gone.
		return transcript.End{}, true, &Failure{Whose: transcript.BlameSpec, Final: true, Err: err}
	}
	switch {
	case fault.Kind == model.ContextLength && l.turns > 0:
		return l.stage.hit(transcript.LimitHit{Limit: "context", Text: fault.Message}), true, nil
	case fault.Kind == model.CutArguments:
		return l.stage.hit(transcript.LimitHit{Limit: "answer", Text: fault.Message}), true, nil
	}
	return transcript.End{}, true, laidTo(fault, err, l.turns)
}

// providers says whether a call was broken off while the server was failing: a
// trial whose time ran out then has not hit a limit of its own.
func providers(err error) bool {
	var fault *model.Error
	return errors.As(err, &fault) && fault.Whose == model.WhoseProvider
}

// laidTo is the failure that a fault of the wire is after so many answers. It is
// final if every trial will meet it: a bad request in the middle of a
// conversation may be this trial's alone.
func laidTo(fault *model.Error, err error, turns int) *Failure {
	always := []model.Kind{model.BadKey, model.Forbidden, model.NoCredit, model.UnknownModel, model.IgnoredTools, model.Budget}
	final := slices.Contains(always, fault.Kind) || fault.Kind == model.BadRequest && turns == 0
	return &Failure{Whose: transcript.Blame(fault.Whose), Final: final, Err: err}
}

// hit records a limit and gives the end that it means.
func (s *Stage) hit(limit transcript.LimitHit) transcript.End {
	s.Record(limit)
	return transcript.End{Reason: transcript.EndLimit, Limit: limit.Limit, Error: fmt.Sprintf("%s: %s", limit.Limit, limit.Text)}
}
