package evalkit

import (
	"context"
	"errors"
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// OutsideProgram is a Subject: an agent of somebody else's that runs in the
// sandbox, and the model behind it. Its fields say how it is installed and
// started; see agent.Program. Program makes one.
type OutsideProgram struct {
	agent.Program
	behind Model
}

var (
	_ Subject        = OutsideProgram{}
	_ agent.Checker  = OutsideProgram{}
	_ agent.Equipper = OutsideProgram{}
)

// Program is a command-line agent with a tool loop of its own, under test in the
// sandbox. {prompt}, {system}, {model}, {base_url} and {key} in its arguments,
// environment, stdin and files are filled in; With names the model behind it.
//
//	pi := evalkit.Program("/opt/pi/node_modules/.bin/pi", "-p", "{prompt}").With(model)
//	pi.Folders = []evalkit.Folder{{Host: "/home/ci/agents/pi", Path: "/opt/pi"}}
//	trials := evalkit.Run(ctx, GinkgoT(), pi, shutdown.Quiz(shutdown.AllowInUserPrompt))
//
// Its model traffic goes through this process, which has the key, records what
// is said and called, and keeps the scenario's limits. What cannot be seen there
// is an error of evidence for a matcher that needs it: a program that lets its
// model act by words, not by tool calls, is judged by files, machine and the
// scenario's own commands, and RunCommand is an error.
func Program(argv ...string) OutsideProgram {
	return OutsideProgram{Program: agent.Program{Argv: argv}}
}

// With returns the program with another model behind it. Whatever model the
// program asks for, this one answers.
func (p OutsideProgram) With(m Model) OutsideProgram {
	p.behind = m
	return p
}

// Info implements Subject.
func (p OutsideProgram) Info() SubjectInfo {
	if p.behind.connect == nil {
		return SubjectInfo{Name: p.Name() + " without a model"}
	}
	info := p.behind.Info()
	return SubjectInfo{
		Name: p.Name() + " with " + info.Name, Model: info.Name, Version: p.Version,
		Deterministic: info.Deterministic, Paid: info.Paid, Hides: p.Hides,
	}
}

// Check implements agent.Checker.
func (p OutsideProgram) Check(ctx context.Context) error {
	if p.behind.connect == nil {
		return fmt.Errorf("program %s has no model behind it; name one: evalkit.Program(…).With(model)", p.Name())
	}
	return errors.Join(p.Validate(), p.behind.Check(ctx))
}

// Equip implements agent.Equipper.
func (p OutsideProgram) Equip(stage *Stage, props *world.Props) error {
	return p.named().Equip(stage, props)
}

// Act implements Subject.
func (p OutsideProgram) Act(ctx context.Context, stage *Stage) (transcript.End, error) {
	client, err := p.behind.connect()
	if err != nil {
		return transcript.End{}, &agent.Failure{Whose: transcript.BlameSpec, Final: true, Err: err}
	}
	end, err := p.named().Act(ctx, stage, agent.Backing{Chatter: client, Seed: p.behind.seed(stage)})
	return end, p.behind.policyFailed(err)
}

// named is the program with the name of its model. A policy's says too much.
func (p OutsideProgram) named() agent.Program {
	program := p.Program
	if program.Model == "" && p.behind.endpoint.Provider != "scripted" {
		program.Model = p.behind.endpoint.Name
	}
	return program
}
