package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Stage is what a subject acts on in one trial.
type Stage struct {
	*world.Site

	System, Prompt string
	Tools          []world.Tool
	Limits         Limits
	// User answers turns without a tool call; nil ends the trial there.
	User func(ctx context.Context, said string) (reply string, more bool)
	// Worlds observe after every tool call.
	Worlds []world.Instance

	// observing is held by Observe: worlds are called one at a time.
	observing sync.Mutex
}

// Next gives what the user says to a turn without a tool call, and false when
// the conversation is over. A reply is recorded.
func (s *Stage) Next(ctx context.Context, said string) (string, bool) {
	if s.User == nil {
		return "", false
	}
	reply, more := s.User(ctx, said)
	if more {
		s.Record(transcript.Message{Role: "user", Content: reply})
	}
	return reply, more
}

// Observe records what has changed on the machine since the last time and lets
// every world look at it. Safe for concurrent use.
func (s *Stage) Observe(ctx context.Context) error {
	s.observing.Lock()
	defer s.observing.Unlock()
	ctx = context.WithoutCancel(ctx) // what happened is evidence, however the trial ends
	fresh, err := s.Look(ctx)
	if err != nil {
		return &Failure{Whose: transcript.BlameSandbox, Err: fmt.Errorf("observing the sandbox: %w", err)}
	}
	for _, w := range s.Worlds {
		if err := w.Observe(ctx, fresh); err != nil {
			return err
		}
	}
	return nil
}

// Down says whether the machine was shut down.
func (s *Stage) Down() bool {
	if s.Sandbox == nil {
		return false
	}
	_, down := s.Sandbox.Shutdown()
	return down
}

// CallTool carries out a tool call, records it and observes what it changed.
// The text is what the subject is told; ended says that the call ended the
// trial with the text as its answer. A mistake in the call is told to the
// subject; the error is a failure of the surroundings.
func (s *Stage) CallTool(ctx context.Context, call transcript.Call) (text string, ended bool, err error) {
	event := transcript.ToolCall{Call: call}
	index := s.Record(event)
	began := time.Now()
	text, ended, err = s.run(ctx, call, &event)
	event.Took = time.Since(began)
	s.Amend(index, event)
	if observed := s.Observe(ctx); err == nil {
		err = observed
	}
	return text, ended, err
}

// Skip records a tool call that is not carried out any more.
func (s *Stage) Skip(call transcript.Call, why string) {
	s.Record(transcript.ToolCall{Call: call, NotRun: true, Error: why})
}

// Mistake records a call that is not carried out because of how the subject
// wrote it, and gives what the subject is told.
func (s *Stage) Mistake(call transcript.Call, why string) string {
	s.Record(transcript.ToolCall{Call: call, NotRun: true, Error: why})
	return "error: " + why
}

func (s *Stage) run(ctx context.Context, call transcript.Call, event *transcript.ToolCall) (string, bool, error) {
	tool, ok := s.tool(call.Name)
	if !ok {
		event.Error = fmt.Sprintf("unknown tool %q; there are: %s", call.Name, strings.Join(s.toolNames(), ", "))
		return "error: " + event.Error, false, nil
	}
	result, err := guarded(world.WithSite(ctx, s.Site), tool, json.RawMessage(call.Arguments))
	var failure *Failure
	switch {
	case errors.As(err, &failure):
		event.Error = failure.Error()
		return "", false, failure
	case err != nil:
		event.Error = err.Error()
		return "error: " + event.Error, false, nil
	}
	event.Result, event.Cut = cutMiddle(result, s.Limits.Output)
	return event.Result, tool.Ends, nil
}

// patience is how long a tool may go on once its trial has ended.
const patience = 5 * time.Second

// guarded carries a call out. A panic of a scenario's own code is a failure of
// the spec, and so is a tool that does not return when its trial has ended.
func guarded(ctx context.Context, tool world.Tool, arguments json.RawMessage) (string, error) {
	type outcome struct {
		result string
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		o := outcome{err: &Failure{Whose: transcript.BlameSpec, Final: true, Err: fmt.Errorf("tool %q ended its goroutine (t.FailNow or the like); return an error instead", tool.Name)}}
		defer func() {
			if p := recover(); p != nil {
				o.err = Panicked(fmt.Sprintf("tool %q", tool.Name), p)
			}
			done <- o
		}()
		o.result, o.err = tool.Call(ctx, arguments)
	}()
	select {
	case o := <-done:
		return o.result, o.err
	case <-ctx.Done():
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case o := <-done:
		return o.result, o.err
	case <-timer.C:
		return "", &Failure{Whose: transcript.BlameSpec, Final: true, Err: fmt.Errorf(
			"tool %q had not returned %s after its trial ended; let it obey its context", tool.Name, patience)}
	}
}

func (s *Stage) tool(name string) (world.Tool, bool) {
	for _, t := range s.Tools {
		if t.Name == name {
			return t, true
		}
	}
	return world.Tool{}, false
}

func (s *Stage) toolNames() []string {
	names := make([]string, len(s.Tools))
	for i, t := range s.Tools {
		names[i] = t.Name
	}
	return names
}

// cutMiddle keeps the beginning and the end of a long text: errors stand at
// the end of an output, and what it is stands at its beginning.
func cutMiddle(text string, max int) (string, bool) {
	if len(text) <= max {
		return text, false
	}
	head, tail := max/2, len(text)-max/2
	for head > 0 && !utf8.RuneStart(text[head]) {
		head--
	}
	for tail < len(text) && !utf8.RuneStart(text[tail]) {
		tail++
	}
	return fmt.Sprintf("%s\n[... %d bytes left out ...]\n%s", text[:head], tail-head, text[tail:]), true
}
