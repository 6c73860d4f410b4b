package model

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// Defaults of a Config.
const (
	DefaultTimeout      = 10 * time.Minute
	DefaultMaxAttempts  = 8
	DefaultMaxRetryTime = 15 * time.Minute
)

// Config is what a client is made of. Only Endpoint is needed.
type Config struct {
	Endpoint     Endpoint
	Env          func(string) string // where the key is read, once; default os.Getenv
	Transport    http.RoundTripper   // default a pool shared by all clients; see NewTransport
	Timeout      time.Duration       // of one call, its whole answer included; default DefaultTimeout; Params.Timeout goes before it
	MaxAttempts  int                 // calls for one answer, the first included; four times as many further ones if throttled; default DefaultMaxAttempts
	MaxRetryTime time.Duration       // no attempt begins later than this after the first; default DefaultMaxRetryTime
	Gate         Gate                // slots and budget, shared; default a gate of its own without bounds, which still shrinks on 429
	Price        Price               // where the server does not say what an answer cost
	Log          *slog.Logger        // one line per retry; default none
}

// Client calls one endpoint. Safe for concurrent use.
type Client struct {
	cfg    Config
	api    *openai.Client
	head   openai.ChatCompletionRequest
	tools  atomic.Pointer[toolSet]
	spoken atomic.Pointer[spokenSet] // with tools=text
	key    func() (string, error)
	// wantsSystem: the server describes tools beside a system prompt only.
	wantsSystem atomic.Bool
	otherModel  atomic.Bool // was noted
	outage      outage
}

// sharedTransport is the pool of clients that bring none.
var sharedTransport = sync.OnceValue(func() http.RoundTripper { return NewTransport(0) })

var errCallTimeout = errors.New("no whole answer within the time of a call")

// New makes a client. It makes no call and does not ask for the key; the first
// Chat does, and Endpoint.Check may be asked before.
func New(cfg Config) (*Client, error) {
	base, err := baseURL(cfg.Endpoint.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", cfg.Endpoint, err)
	}
	if cfg.Endpoint.Name == "" {
		return nil, fmt.Errorf("model %s: the endpoint has no Name", cfg.Endpoint)
	}
	if err := cfg.Endpoint.Params.check(); err != nil {
		return nil, fmt.Errorf("model %s: %w", cfg.Endpoint, err)
	}
	tail, err := cfg.Endpoint.Params.tail()
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", cfg.Endpoint, err)
	}
	cfg.Endpoint.BaseURL = base
	if t := cfg.Endpoint.Params.Timeout; t > 0 {
		cfg.Timeout = t
	}
	cfg.setDefaults()
	c := &Client{cfg: cfg, head: cfg.Endpoint.head()}
	c.key = sync.OnceValues(func() (string, error) { return cfg.Endpoint.key(cfg.Env) })
	oc := openai.DefaultConfig("")
	oc.BaseURL = base
	oc.HTTPClient = &doer{transport: cfg.Transport, tail: tail, key: c.key, choice: string(cfg.Endpoint.Params.Extra["tool_choice"])}
	c.api = openai.NewClientWithConfig(oc)
	return c, nil
}

func (cfg *Config) setDefaults() {
	if cfg.Env == nil {
		cfg.Env = os.Getenv
	}
	if cfg.Transport == nil {
		cfg.Transport = sharedTransport()
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.MaxAttempts <= 0 {
		cfg.MaxAttempts = DefaultMaxAttempts
	}
	if cfg.MaxRetryTime <= 0 {
		cfg.MaxRetryTime = DefaultMaxRetryTime
	}
	if cfg.Gate == nil {
		cfg.Gate = NewGate(0, 0, 0)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
}

// Endpoint is what the client calls.
func (c *Client) Endpoint() Endpoint { return c.cfg.Endpoint }

// String names the endpoint.
func (c *Client) String() string { return c.cfg.Endpoint.String() }

// Chat makes a call, again where that may help, and gives the model's whole
// turn. An error is an *Error (by errors.As), or the context's cause once the
// context has ended, with the *Error of the last attempt if that had failed, or
// an error of the Gate.
func (c *Client) Chat(ctx context.Context, r Request) (Response, error) {
	x, err := c.exchange(r)
	if err != nil {
		return Response{}, c.finish(err, 1)
	}
	var left *patience
	var last error // of the attempt before
	for attempt := 1; ; attempt++ {
		resp, err := c.attempt(ctx, x)
		if err == nil {
			c.outage.note(nil, time.Now())
			resp.Attempts = attempt
			c.noteModel(ctx, resp.Model)
			return resp, nil
		}
		var fault *Error
		if !errors.As(err, &fault) {
			return Response{}, because(err, last)
		}
		err = c.finish(fault, attempt)
		c.outage.note(fault, time.Now())
		last = err
		if fault.Kind == EmptyStream { // some servers cannot stream what they can say
			x.stream, x.body = false, nil
		}
		if left == nil {
			left = newPatience(c.cfg.MaxAttempts, c.cfg.MaxRetryTime-x.took)
		}
		wait, again := left.wait(fault)
		if !again || c.outage.over(time.Now()) {
			return Response{}, err
		}
		c.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "model call failed, trying again",
			slog.String("error", err.Error()), slog.Int("attempt", attempt), slog.Duration("wait", wait))
		if err := sleep(ctx, wait); err != nil {
			return Response{}, because(c.stopped(err), last)
		}
	}
}

// because adds to the error of a call that was stopped what the attempt before
// had failed on: then it is the server that took the time.
func because(stopped, last error) error {
	if last == nil {
		return stopped
	}
	return fmt.Errorf("%w; before that: %w", stopped, last)
}

// noteModel says once that a server answers under another name than it was
// asked for.
func (c *Client) noteModel(ctx context.Context, name string) {
	if name == "" || name == c.cfg.Endpoint.Name || !c.otherModel.CompareAndSwap(false, true) {
		return
	}
	c.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "the server answers under another model's name",
		slog.String("asked", c.cfg.Endpoint.String()), slog.String("answered", clean(name, "")))
}

// exchange prepares what all attempts share.
func (c *Client) exchange(r Request) (*exchange, error) {
	x := &exchange{head: c.head, messages: r.Messages, stream: r.Stream, extra: r.Extra}
	seed := r.Seed
	if seed == nil {
		seed = c.cfg.Endpoint.Params.Seed
	}
	if seed != nil {
		s := int(*seed)
		x.head.Seed = &s
	}
	if r.maxTokens > 0 {
		c.cfg.Endpoint.limit(&x.head, r.maxTokens)
	}
	if len(r.Messages) == 0 {
		return nil, spec(BadRequest, "the request has no messages", "give at least one")
	}
	if c.cfg.Endpoint.Params.Tools == ToolsText {
		x.extra = withoutTools(r.Extra)
		return x, c.speakTools(x, r)
	}
	if len(r.Tools) == 0 {
		return x, c.validate(nil)
	}
	if c.wantsSystem.Load() && r.Messages[0].Role != openai.ChatMessageRoleSystem {
		return nil, spec(IgnoredTools, "the server describes tools to the model only beside a system prompt, and there is none", "give the scenario a System, or use ?tools=text")
	}
	_, chosen := c.cfg.Endpoint.Params.Extra["tool_choice"]
	if _, ok := r.Extra["tool_choice"]; ok {
		chosen = true
	}
	x.tools = c.tools.Load()
	if x.tools.holds(r.Tools, !chosen) {
		return x, nil
	}
	if err := c.validate(r.Tools); err != nil {
		return nil, err
	}
	set, err := newToolSet(r.Tools, !chosen)
	if err != nil {
		return nil, spec(BadRequest, err.Error(), "")
	}
	c.tools.Store(set)
	x.tools = set
	return x, nil
}

func (c *Client) validate(tools []openai.Tool) error {
	if err := c.cfg.Endpoint.validate(tools); err != nil {
		e := spec(BadRequest, err.Error(), "")
		e.cause = err
		return e
	}
	return nil
}

// finish fills in what an error needs to be shown.
func (c *Client) finish(err error, attempt int) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	key, _ := c.key() // a missing key hides nothing
	e.Message = clean(e.Message, key)
	e.Endpoint = clean(c.cfg.Endpoint.String(), key)
	e.Attempts = attempt
	if e.Kind == BadKey && e.Remedy == "" {
		e.Remedy = "check the environment variable " + c.cfg.Endpoint.KeyEnv
	}
	if e.Kind == UnknownModel {
		e.Remedy = fmt.Sprintf("check the name %q", clean(c.cfg.Endpoint.Name, key))
	}
	return e
}

// stopped is the error of a call whose context has ended.
func (c *Client) stopped(cause error) error {
	return fmt.Errorf("call of %s stopped: %w", c.cfg.Endpoint, cause)
}
