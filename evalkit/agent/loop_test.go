package agent_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// script is a model whose answers are told beforehand; it keeps what it saw.
type script struct {
	answers []model.Response
	errs    []error
	seen    []model.Request
	takes   time.Duration
}

func (s *script) Chat(ctx context.Context, r model.Request) (model.Response, error) {
	n := len(s.seen)
	r.Messages = slices.Clone(r.Messages)
	s.seen = append(s.seen, r)
	if s.takes > 0 {
		select {
		case <-time.After(s.takes):
		case <-ctx.Done():
			return model.Response{}, context.Cause(ctx)
		}
	}
	if n < len(s.errs) && s.errs[n] != nil {
		return model.Response{}, s.errs[n]
	}
	return s.answers[min(n, len(s.answers)-1)], nil
}

func says(text string, calls ...transcript.Call) model.Response {
	m := openai.ChatCompletionMessage{Role: "assistant", Content: text}
	for _, c := range calls {
		m.ToolCalls = append(m.ToolCalls, openai.ToolCall{ID: c.ID, Type: "function", Function: openai.FunctionCall{Name: c.Name, Arguments: c.Arguments}})
	}
	message, err := model.NewMessage(m)
	if err != nil {
		panic(err)
	}
	return model.Response{Message: message, FinishReason: "stop", Usage: model.Usage{Prompt: 60, Completion: 40, Total: 100}, CostUSD: 0.25}
}

func call(name, arguments string) transcript.Call {
	return transcript.Call{ID: "c-" + name, Name: name, Arguments: arguments}
}

func stage(limits agent.Limits, tools ...world.Tool) *agent.Stage {
	return &agent.Stage{Site: world.NewSite(1, 1), System: "You help.", Prompt: "Do it.", Tools: tools, Limits: limits.WithDefaults()}
}

type upperIn struct {
	Text string `json:"text"`
}

var upper = world.Func("upper", "Upper case.", func(_ context.Context, in upperIn) (string, error) {
	if in.Text == "panic" {
		panic("as asked")
	}
	if in.Text == "" {
		return "", errors.New("nothing to do")
	}
	return strings.ToUpper(in.Text), nil
})

func toolCalls(s *agent.Stage) []transcript.ToolCall {
	var list []transcript.ToolCall
	r := transcript.Record{Events: s.Events()}
	for _, c := range r.ToolCalls {
		c.Took = 0
		list = append(list, c)
	}
	return list
}

func TestLoopUntilSubmit(t *testing.T) {
	m := &script{answers: []model.Response{
		says("", call("upper", `{"text":"a"}`), call("upper", `{"text":"b"}`)),
		says("Done.", call("submit", `{"answer":"AB"}`), call("upper", `{"text":"c"}`)),
	}}
	s := stage(agent.Limits{}, upper, agent.Submit())
	end, err := agent.Loop(t.Context(), m, s, nil)
	if err != nil || end.Reason != transcript.EndSubmitted || end.Answer != "AB" {
		t.Fatalf("got %+v, %v", end, err)
	}
	calls := toolCalls(s)
	if len(calls) != 4 || calls[0].Result != "A" || calls[1].Result != "B" || !calls[3].NotRun {
		t.Errorf("got %+v", calls)
	}
	second := m.seen[1].Messages
	if n := len(second); n != 5 || second[n-1].Content != "B" || second[n-1].ToolCallID != "c-upper" || second[n-2].Content != "A" {
		t.Errorf("the second call of the model saw %+v", second)
	}
	if turns := (&transcript.Record{Events: s.Events()}).Turns(); turns != 2 || s.Turn() != 2 {
		t.Errorf("%d turns, at turn %d", turns, s.Turn())
	}
}

func TestMistakesInCallsAreToldToTheModel(t *testing.T) {
	cases := map[string]struct {
		call transcript.Call
		want string
	}{
		"unknown tool":   {call("lower", `{}`), `unknown tool "lower"; there are: upper, submit`},
		"not JSON":       {call("upper", `{"text":`), "not JSON"},
		"wrong type":     {call("upper", `{"text":7}`), "bad arguments"},
		"unknown field":  {call("upper", `{"text":"a","more":1}`), "bad arguments"},
		"missing field":  {call("upper", ``), "bad arguments"},
		"the tool's own": {call("upper", `{"text":""}`), "nothing to do"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			m := &script{answers: []model.Response{says("", c.call), says("I give up.")}}
			s := stage(agent.Limits{}, upper, agent.Submit())
			end, err := agent.Loop(t.Context(), m, s, nil)
			if err != nil || end.Reason != transcript.EndStopped || end.Answer != "I give up." {
				t.Fatalf("got %+v, %v", end, err)
			}
			told := m.seen[1].Messages[len(m.seen[1].Messages)-1]
			if !strings.HasPrefix(told.Content, "error: ") || !strings.Contains(told.Content, c.want) {
				t.Errorf("the model was told %q", told.Content)
			}
			if got := toolCalls(s)[0]; got.Error == "" || got.Result != "" {
				t.Errorf("recorded as %+v", got)
			}
		})
	}
}

func TestAPanicOfAToolIsTheSpecsFault(t *testing.T) {
	m := &script{answers: []model.Response{says("", call("upper", `{"text":"panic"}`))}}
	_, err := agent.Loop(t.Context(), m, stage(agent.Limits{}, upper), nil)
	var failure *agent.Failure
	if !errors.As(err, &failure) || failure.Whose != transcript.BlameSpec || !failure.Final || !strings.Contains(err.Error(), "as asked") {
		t.Errorf("got %v", err)
	}
}

func TestLimits(t *testing.T) {
	again := says("", call("upper", `{"text":"a"}`))
	cases := []struct {
		limits agent.Limits
		want   string
		turns  int
	}{
		{agent.Limits{Turns: 3}, "turns", 3},
		{agent.Limits{Tokens: 250}, "tokens", 3},
		{agent.Limits{Cost: 0.5}, "cost", 2},
	}
	for _, c := range cases {
		m := &script{answers: []model.Response{again}}
		s := stage(c.limits, upper)
		end, err := agent.Loop(t.Context(), m, s, nil)
		if err != nil || end.Reason != transcript.EndLimit || end.Limit != c.want || len(m.seen) != c.turns {
			t.Errorf("%+v: got %+v after %d calls, %v", c.limits, end, len(m.seen), err)
		}
		if last := s.Events()[len(s.Events())-1]; last.Body.Kind() != "limit" {
			t.Errorf("%+v: the last event is %T", c.limits, last.Body)
		}
	}
}

func TestTimeLimitEndsACallUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &script{answers: []model.Response{says("")}, takes: time.Hour}
		began := time.Now()
		end, err := agent.Loop(t.Context(), m, stage(agent.Limits{Time: time.Minute}, upper), nil)
		if err != nil || end.Limit != "time" || time.Since(began) != time.Minute {
			t.Errorf("got %+v after %s, %v", end, time.Since(began), err)
		}
	})
}

func TestLongResultsAreCutInTheMiddle(t *testing.T) {
	long := world.Func("long", "", func(context.Context, struct{}) (string, error) { return strings.Repeat("ä", 1000) + "end", nil })
	m := &script{answers: []model.Response{says("", call("long", `{}`)), says("ok")}}
	s := stage(agent.Limits{Output: 101}, long)
	if _, err := agent.Loop(t.Context(), m, s, nil); err != nil {
		t.Fatal(err)
	}
	got := toolCalls(s)[0]
	if !got.Cut || len(got.Result) > 160 || !strings.HasSuffix(got.Result, "end") || strings.ToValidUTF8(got.Result, "?") != got.Result {
		t.Errorf("cut %v, %d bytes: %q", got.Cut, len(got.Result), got.Result)
	}
}

func TestUserRepliesToATurnWithoutACall(t *testing.T) {
	m := &script{answers: []model.Response{says("What?"), says("And now?"), says("Bye.")}}
	s := stage(agent.Limits{}, upper)
	s.User = func(_ context.Context, said string) (string, bool) { return "You said " + said, said != "Bye." }
	end, err := agent.Loop(t.Context(), m, s, nil)
	if err != nil || end.Reason != transcript.EndStopped || end.Answer != "Bye." || len(m.seen) != 3 {
		t.Fatalf("got %+v, %v", end, err)
	}
	if last := m.seen[2].Messages; last[len(last)-1].Content != "You said And now?" {
		t.Errorf("the model saw %+v", last)
	}
}

func TestWhoseFaultACallWithoutAnAnswerIs(t *testing.T) {
	fault := func(kind model.Kind, whose string) error {
		return &model.Error{Kind: kind, Whose: whose, Message: "no"}
	}
	cases := []struct {
		name  string
		errs  []error
		whose transcript.Blame
		final bool
		limit string
	}{
		{name: "key refused", errs: []error{fault(model.BadKey, "SPEC")}, whose: transcript.BlameSpec, final: true},
		{name: "refused at once", errs: []error{fault(model.BadRequest, "SPEC")}, whose: transcript.BlameSpec, final: true},
		{name: "refused half-way", errs: []error{nil, fault(model.BadRequest, "SPEC")}, whose: transcript.BlameSpec},
		{name: "budget", errs: []error{nil, fault(model.Budget, "SPEC")}, whose: transcript.BlameSpec, final: true},
		{name: "the gate is broken", errs: []error{errors.New("process 1 is gone")}, whose: transcript.BlameSpec, final: true},
		{name: "endpoint down", errs: []error{fault(model.Refused, "PROVIDER")}, whose: transcript.BlameProvider},
		{name: "too long half-way", errs: []error{nil, fault(model.ContextLength, "SPEC")}, limit: "context"},
		{name: "arguments cut half-way", errs: []error{nil, fault(model.CutArguments, "SPEC")}, limit: "answer"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := &script{answers: []model.Response{says("", call("upper", `{"text":"a"}`))}, errs: c.errs}
			end, err := agent.Loop(t.Context(), m, stage(agent.Limits{}, upper), nil)
			if c.limit != "" {
				if err != nil || end.Limit != c.limit {
					t.Errorf("got %+v, %v", end, err)
				}
				return
			}
			var failure *agent.Failure
			if !errors.As(err, &failure) || failure.Whose != c.whose || failure.Final != c.final {
				t.Errorf("got %+v", err)
			}
		})
	}
}

func TestAMistakeInACallIsToldAndNotCarriedOut(t *testing.T) {
	first := says("", call("upper", `{"text":"a"}`), transcript.Call{ID: "c2", Name: "upper", Arguments: `{"text":"b"}`})
	first.Mistakes = map[string]string{"c2": "it stands in a code fence"}
	m := &script{answers: []model.Response{first, says("I give up.")}}
	s := stage(agent.Limits{}, upper)
	end, err := agent.Loop(t.Context(), m, s, nil)
	if err != nil || end.Reason != transcript.EndStopped {
		t.Fatalf("got %+v, %v", end, err)
	}
	calls := toolCalls(s)
	if len(calls) != 2 || calls[0].Result != "A" || !calls[1].NotRun || calls[1].Result != "" || calls[1].Error != "it stands in a code fence" {
		t.Errorf("got %+v", calls)
	}
	told := m.seen[1].Messages
	if last := told[len(told)-1]; last.ToolCallID != "c2" || last.Content != "error: it stands in a code fence" {
		t.Errorf("the model was told %+v", last)
	}
}

// An answer that was cut, by the limit of tokens or by the provider's filter, is
// not where the model chose to stop.
func TestACutAnswerIsALimit(t *testing.T) {
	for reason, limit := range map[string]string{
		"length": "answer", "MAX_TOKENS": "answer",
		"content_filter": "filter", "content_filter: PROHIBITED_CONTENT": "filter", "SAFETY": "filter", "RECITATION": "filter",
	} {
		for _, text := range []string{"I shall first", ""} {
			cut := says(text)
			cut.FinishReason = reason
			m := &script{answers: []model.Response{cut}}
			s := stage(agent.Limits{}, upper)
			s.User = func(context.Context, string) (string, bool) { return "go on", true }
			end, err := agent.Loop(t.Context(), m, s, nil)
			if err != nil || end.Reason != transcript.EndLimit || end.Limit != limit || len(m.seen) != 1 {
				t.Errorf("%s: got %+v, %v after %d calls", reason, end, err, len(m.seen))
			}
			if limit == "filter" && !strings.Contains(end.Error, "(finish reason "+reason+")") {
				t.Errorf("%s is not named: %s", reason, end.Error)
			}
		}
	}
}

// A refusal is a turn of the model, also in a member of its own.
func TestARefusalIsATurn(t *testing.T) {
	message, err := model.NewMessage(openai.ChatCompletionMessage{Role: "assistant", Refusal: "I will not."})
	if err != nil {
		t.Fatal(err)
	}
	s := stage(agent.Limits{}, upper)
	end, err := agent.Loop(t.Context(), &script{answers: []model.Response{{Message: message, FinishReason: "stop"}}}, s, nil)
	if err != nil || end.Reason != transcript.EndStopped || end.Answer != "I will not." {
		t.Errorf("got %+v, %v", end, err)
	}
	events := s.Events()
	if said := events[len(events)-1].Body.(transcript.ModelCall).Content; said != "I will not." {
		t.Errorf("recorded %q", said)
	}
}

// spent is a script that ends with its answers.
type spent struct{ script }

func (s *spent) Spent(context.Context) (transcript.LimitHit, bool) {
	return transcript.LimitHit{Limit: "transcript", Text: "over"}, len(s.seen) == len(s.answers)
}

func TestAFiniteChatterEndsTheTrial(t *testing.T) {
	m := &spent{script{answers: []model.Response{says("", call("upper", `{"text":"a"}`))}}}
	s := stage(agent.Limits{Turns: 9}, upper)
	end, err := agent.Loop(t.Context(), m, s, nil)
	if err != nil || end.Reason != transcript.EndLimit || end.Limit != "transcript" || s.Turn() != 1 || len(m.seen) != 1 {
		t.Errorf("got %+v, %v, in turn %d", end, err, s.Turn())
	}
	m = &spent{script{answers: []model.Response{says("", call("upper", `{"text":"a"}`))}}}
	end, err = agent.Loop(t.Context(), m, stage(agent.Limits{Turns: 1}, upper), nil)
	if err != nil || end.Limit != "turns" {
		t.Errorf("the trial's own limit goes first: got %+v, %v", end, err)
	}
}
