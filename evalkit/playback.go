package evalkit

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Transcript is a subject that plays a recorded run: the assistant turns in a
// file of OpenAI chat messages, one a line, go over HTTP as any model's answers
// do, and the tools answer for real. See scripted.ReadTranscript for what the
// file may hold, and Replay for a recorded run without a spec. A file that
// cannot be read is an error before the first trial.
//
//	trials := evalkit.Run(ctx, t, evalkit.Transcript("testdata/runs/07.jsonl"), scenario, evalkit.Samples(1))
//	g.Expect(trials).To(HaveOutcome(world.Sabotaged))
//
// A recording takes no time to think. What a command has left in the background
// is waited for, a second before each turn and five at the end of the recording,
// so that it comes to its effect as it did then.
//
// The trial ends as a live one does, or with the limit "transcript" when the
// recording ran out. What of the recording did not fit is in the log as facts
// of the world "transcript": see ReadPlayed.
func Transcript(path string) Subject {
	return &playback{name: path, open: sync.OnceValues(func() (scripted.Transcript, error) { return scripted.OpenTranscript(path) })}
}

// TranscriptOf is Transcript for a recorded run that was read already.
func TranscriptOf(t scripted.Transcript) Subject {
	return &playback{name: t.Name, open: func() (scripted.Transcript, error) { return t, nil }}
}

// playback is the subject that plays a transcript.
type playback struct {
	name string
	open func() (scripted.Transcript, error)
}

// Info implements Subject.
func (p *playback) Info() SubjectInfo {
	return SubjectInfo{Name: "scripted/" + scripted.TranscriptName, Version: p.name, Deterministic: true}
}

// Check implements agent.Checker: it reads the transcript.
func (p *playback) Check(context.Context) error {
	_, err := p.open()
	return err
}

// Act implements Subject. Every trial has a server of its own, which knows this
// transcript alone.
func (p *playback) Act(ctx context.Context, stage *Stage) (end transcript.End, err error) {
	t, err := p.open()
	if err != nil {
		return transcript.End{}, &agent.Failure{Whose: transcript.BlameSpec, Final: true, Err: err}
	}
	server, err := scripted.Start(ctx, scripted.Config{Policies: []scripted.Policy{t.Policy()}, MaxBody: playedBody})
	if err != nil {
		return transcript.End{}, &agent.Failure{Whose: transcript.BlameSpec, Final: true, Err: err}
	}
	defer server.Close()
	client, err := model.New(model.Config{Endpoint: model.Endpoint{
		Spec: p.Info().Name, Provider: "scripted", Name: scripted.TranscriptName, BaseURL: server.URL(), KeyOptional: true,
	}})
	if err != nil {
		return transcript.End{}, &agent.Failure{Whose: transcript.BlameSpec, Final: true, Err: err}
	}
	record(stage, "file", "playing "+t.Name, playedFile{t.Name, len(t.Turns)})
	player := &player{client: client, turns: t.Turns, stage: stage}
	defer func() { player.report(end) }()
	return agent.Loop(ctx, player, stage, nil)
}

// playedBody bounds a request to a server that plays a transcript: a recorded
// run may be as long as it likes.
const playedBody = 1 << 30

// player is the chatter that knows how far the transcript was played.
type player struct {
	client *model.Client
	stage  *Stage
	turns  []scripted.Turn
	played int
}

// Chat implements agent.Chatter.
func (p *player) Chat(ctx context.Context, r model.Request) (model.Response, error) {
	answer, err := p.client.Chat(ctx, r)
	if err == nil {
		p.played++
	}
	return answer, err
}

// Spent implements agent.Finite. Before it looks it lets the background settle.
func (p *player) Spent(ctx context.Context) (transcript.LimitHit, bool) {
	over := p.played == len(p.turns)
	if p.played > 0 {
		settle(ctx, p.stage, map[bool]time.Duration{false: paceTurn, true: paceEnd}[over])
	}
	return transcript.LimitHit{Limit: LimitTranscript, Text: fmt.Sprintf("all %d recorded turns are played", len(p.turns))}, over
}

// LimitTranscript is the limit that ends a trial whose recording ran out.
const LimitTranscript = "transcript"

// report records what of the transcript did not fit.
func (p *player) report(end transcript.End) {
	stage := p.stage
	events := transcript.Record{Events: stage.Events()}
	for i, c := range events.ToolCalls {
		misfit := Misfit{ID: c.ID, Name: c.Name, Arguments: c.Arguments, Why: c.Error}
		misfit.Turn, misfit.Event = events.Events[i].Turn, i
		if misfit.Turn > 0 && misfit.Turn <= len(p.turns) {
			misfit.Line = p.turns[misfit.Turn-1].Line
		}
		switch {
		case c.NotRun:
			record(stage, "call not run", fmt.Sprintf("the recorded call of %s in turn %d was not run: %s", c.Name, misfit.Turn, c.Error), misfit)
		case p.unfit(stage, c):
			record(stage, "unmatched call", fmt.Sprintf("the recorded call of %s in turn %d fits no tool: %s", c.Name, misfit.Turn, c.Error), misfit)
		}
	}
	if left := p.turns[p.played:]; len(left) > 0 {
		record(stage, "leftover turns", fmt.Sprintf("%d of %d recorded turns were left over when the trial ended: %s", len(left), len(p.turns), endWords(end)), leftover(left, p.played+1))
	}
	if end.Limit == LimitTranscript {
		record(stage, "ran out", fmt.Sprintf("the recording ended after turn %d, where the trial could have gone on", p.played), nil)
	}
}

// unfit says whether a call was one that the scenario cannot answer: of no tool
// that it has, or with arguments that the tool does not take.
func (p *player) unfit(stage *Stage, c transcript.ToolCall) bool {
	for _, t := range stage.Tools {
		if t.Name == c.Name {
			return strings.HasPrefix(c.Error, badArguments)
		}
	}
	return true
}

// badArguments opens the error of a world.BadArguments.
const badArguments = "bad arguments: "

func endWords(end transcript.End) string {
	switch {
	case end.Limit != "":
		return "the limit of " + end.Limit
	case end.Reason == "":
		return string(transcript.EndError)
	}
	return string(end.Reason)
}

// record enters a fact on the transcript.
func record(stage *Stage, name, text string, data any) {
	fact := transcript.Fact{World: playedWorld, Name: name, Text: text}
	if data != nil {
		body, err := json.Marshal(data)
		if err != nil {
			panic(err) // strings and numbers
		}
		fact.Data = body
	}
	stage.Record(fact)
}
