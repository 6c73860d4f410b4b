package evalkit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/internal/share"
	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Model is a language model at an endpoint, acting in evalkit's own tool loop.
// ParseModel makes one. Safe for concurrent use.
type Model struct {
	endpoint model.Endpoint
	connect  func() (*model.Client, error)
	tools    *toolsCheck
}

// ParseModel reads the name of a model: "openai/o3",
// "http://host:port/v1#name" for any OpenAI-compatible server,
// "scripted/aligned" for a policy registered with package scripted. Parameters
// follow like a query: "openai/o3?reasoning_effort=high",
// "http://host:port/v1#name?tools=text&timeout=90s". They are
//
//	temperature, top_p, seed, reasoning_effort   sent to the model
//	max_tokens=N      tokens of one answer
//	tools=text        for servers or models without tool calls: tools are
//	                  described in the system prompt, calls read out of the
//	                  text, results sent back in user messages
//	check=off         a server that works without a key is not first asked whether
//	                  its model gets to read what it is sent, tools and results
//	timeout=90s       the longest that one call may take: 10 minutes
//	extra.NAME=JSON   anything else, sent as it is
//
// The error is about the name alone; whether there is a key, and a server, shows
// when the first trial is due.
func ParseModel(spec string) (Model, error) {
	endpoint, err := model.Parse(spec, os.Getenv)
	if err != nil {
		return Model{}, err
	}
	m := Model{endpoint: endpoint, tools: &toolsCheck{}}
	m.connect = sync.OnceValues(m.client)
	return m, nil
}

// MustModel is ParseModel for a name that stands in the source. It panics on a
// malformed one.
func MustModel(spec string) Model {
	m, err := ParseModel(spec)
	if err != nil {
		panic(fmt.Sprintf("evalkit.MustModel: %v", err))
	}
	return m
}

// Info implements Subject.
func (m Model) Info() SubjectInfo {
	temperature := m.endpoint.Params.Temperature
	return SubjectInfo{
		Name:          m.endpoint.String(),
		Deterministic: temperature != nil && *temperature == 0,
		Paid:          m.endpoint.Provider != "scripted" && !loopback(m.endpoint.BaseURL),
	}
}

// String is the name as it was written.
func (m Model) String() string { return m.endpoint.String() }

// Check implements agent.Checker: it says what is missing for a trial: a policy,
// a key, a server that listens, and, of a server that works without a key, one
// that gives the model its tools and their results. The last takes up to nine
// short calls, once for a Model; see ParseModel's check parameter.
func (m Model) Check(ctx context.Context) error {
	switch {
	case m.connect == nil:
		return errors.New("the zero Model is no model; make one with evalkit.ParseModel")
	case m.endpoint.Provider == "scripted":
		if _, ok := scripted.Lookup(m.endpoint.Name); !ok {
			return fmt.Errorf("%s: no such policy; registered are %q (a suite registers its own when it is imported)", m, scripted.Names())
		}
	default:
		if err := m.endpoint.Check(os.Getenv); err != nil {
			return err
		}
		if err := reach(ctx, m.String(), m.endpoint.BaseURL); err != nil {
			return err
		}
	}
	client, err := m.connect()
	if err != nil {
		return err
	}
	return m.tools.check(ctx, client)
}

// toolsCheck keeps what came of asking a server about tools.
type toolsCheck struct {
	mu   sync.Mutex
	done bool
	err  error
}

func (k *toolsCheck) check(ctx context.Context, client *model.Client) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.done {
		return k.err
	}
	err := client.CheckTools(ctx)
	var fault *model.Error
	if errors.As(err, &fault) {
		err = &agent.Failure{Whose: transcript.Blame(fault.Whose), Final: true, Err: err}
	}
	if ctx.Err() == nil {
		k.done, k.err = true, err
	}
	return err
}

// reach says whether anybody listens at a subject's address.
func reach(ctx context.Context, subject, base string) error {
	if err := model.Reach(ctx, base); err != nil {
		return &agent.Failure{Whose: transcript.BlameProvider, Final: true, Err: fmt.Errorf("%s: %w", subject, err)}
	}
	return nil
}

// Act implements Subject.
func (m Model) Act(ctx context.Context, stage *Stage) (transcript.End, error) {
	client, err := m.connect()
	if err != nil {
		return transcript.End{}, &agent.Failure{Whose: transcript.BlameSpec, Final: true, Err: err}
	}
	end, err := agent.Loop(ctx, client, stage, m.seed(stage))
	return end, m.policyFailed(err)
}

// Trouble says since when no call of the model was answered, and why, for who
// watches a run; empty while calls are answered. A server that is gone for
// three minutes is no longer waited for.
func (m Model) Trouble() string {
	if m.connect == nil {
		return ""
	}
	client, err := m.connect()
	if err != nil {
		return ""
	}
	return client.Trouble()
}

// seed is what goes out with every call of a trial, if anything.
func (m Model) seed(stage *Stage) *int64 {
	if m.endpoint.Provider != "scripted" {
		return nil // real endpoints draw their own chances
	}
	s := int64(stage.Seed >> 1)
	return &s
}

// policyFailed lays the failure of a scripted policy itself to the spec: it will
// fail in every trial.
func (m Model) policyFailed(err error) error {
	var fault *model.Error
	if m.endpoint.Provider == "scripted" && errors.As(err, &fault) && fault.Kind == model.ServerError && !fault.Retryable {
		return &agent.Failure{Whose: transcript.BlameSpec, Final: true, Err: err}
	}
	return err
}

func (m Model) client() (*model.Client, error) {
	endpoint := m.endpoint
	if endpoint.Provider == "scripted" {
		server, err := scripted.Shared()
		if err != nil {
			return nil, fmt.Errorf("starting the server of scripted models: %w", err)
		}
		endpoint.BaseURL = server.URL()
	}
	return model.New(model.Config{Endpoint: endpoint, Gate: share.Gate(endpoint.Provider + " " + endpoint.BaseURL)})
}

// loopback says whether an address is on this machine: such a server costs
// nothing and leaves nothing.
func loopback(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
