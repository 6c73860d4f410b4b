package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Service is an agent behind HTTP, with a session per trial. What it speaks is
// JSON over three requests:
//
//	POST   {URL}/sessions                  {"system": …, "tools": […]}
//	                                    →  {"id": "s1"}
//	POST   {URL}/sessions/s1/messages      {"content": …}, or
//	                                       {"results": [{"id": "c1", "content": …}]}
//	                                    →  {"reply": …, "tool_calls": [{"id": "c1", "name": "bash", "arguments": {…}}],
//	                                        "usage": {"prompt_tokens": …, "completion_tokens": …, "cost_usd": …}}
//	DELETE {URL}/sessions/s1
//
// Content is the scenario's prompt at first, then what its User says. Tools are
// those of the scenario, as functions are described to a model; an answer with
// tool_calls wants their results next, and one with a reply alone, which may be
// empty, ends the trial, unless User has more to say; one with neither is an
// error. Calls are carried out here, in the trial's sandbox, so
// that they are seen, limited and judged as a model's are. What the service does
// by other means, elsewhere, nobody sees: only the scenario's tools lead to the
// scenario's machine. Without usage a limit on tokens or cost is not kept, and
// StayWithin is an error.
//
// A request is made once: an answer that is lost may have been acted on. The
// session is closed however the trial ends. Safe for concurrent use.
type Service struct {
	// URL is where the sessions are: "https://agents.example.com/v1".
	URL string
	// KeyEnv names the environment variable with the key, sent as a bearer
	// token; empty: none is sent.
	KeyEnv string
	// Header is added to every request.
	Header http.Header
	// Timeout of one request; 10 minutes if zero.
	Timeout time.Duration
	// Version of the service, for the log.
	Version string
	// Transport is http.DefaultTransport if nil.
	Transport http.RoundTripper
}

// DefaultServiceTimeout is how long a service may take for one answer.
const DefaultServiceTimeout = 10 * time.Minute

// Validate says what cannot work.
func (s Service) Validate() error {
	u, err := url.Parse(s.URL)
	switch {
	case err != nil:
		return fmt.Errorf("service: its URL is none (%w); write it as https://HOST/PATH", errors.Unwrap(err)) // not shown: it may hold a password
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return fmt.Errorf("service %q: write its URL as https://HOST/PATH", u.Redacted())
	case u.User != nil:
		return fmt.Errorf("service %s: its URL has a user or password in it; put the key into an environment variable and name that in KeyEnv", u.Redacted())
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("service %s: its URL has a query or a fragment; sessions are below its path", u.Redacted())
	case s.KeyEnv != "" && strings.TrimSpace(os.Getenv(s.KeyEnv)) == "":
		return fmt.Errorf("service %s: the environment variable %s is not set; set it to the service's key", s.Name(), s.KeyEnv)
	case s.Timeout < 0:
		return fmt.Errorf("service %s: Timeout is below zero; leave it 0 for %s", s.Name(), DefaultServiceTimeout)
	}
	return nil
}

// Name is the service's address without what may be secret.
func (s Service) Name() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		return "service"
	}
	return strings.TrimSuffix((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String(), "/")
}

// Act plays one trial; see Subject.
func (s Service) Act(ctx context.Context, stage *Stage) (transcript.End, error) {
	if err := s.Validate(); err != nil {
		return transcript.End{}, &Failure{Whose: transcript.BlameSpec, Final: true, Err: err}
	}
	talk := &session{service: s, key: strings.TrimSpace(os.Getenv(s.KeyEnv)), client: &http.Client{
		Transport: s.Transport, Timeout: cmp.Or(s.Timeout, DefaultServiceTimeout),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if s.KeyEnv == "" {
		talk.key = ""
	}
	defer func() {
		if err := talk.close(ctx); err != nil {
			stage.Record(transcript.Problem{Whose: transcript.BlameProvider, Text: err.Error()})
		}
	}()
	return Loop(ctx, talk, stage, nil)
}
