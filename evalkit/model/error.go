package model

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind names what went wrong with a call. The list is closed.
type Kind string

const (
	Refused        Kind = "connection refused"      // nobody answers at the address, or the name does not resolve
	Disconnected   Kind = "connection broken"       // the connection ended before the answer was whole
	Timeout        Kind = "timed out"               // no whole answer within Config.Timeout
	Throttled      Kind = "throttled"               // 429: too many requests for now
	ServerError    Kind = "server error"            // 5xx
	CutStream      Kind = "cut stream"              // the stream ended without a finish reason
	EmptyStream    Kind = "empty stream"            // 200 and a stream without a single event
	NoChoices      Kind = "no choices"              // 200 and an answer without a choice
	NoFinish       Kind = "no finish reason"        // 200 and a choice that does not say why it ended
	ErrorBody      Kind = "error in a 200 answer"   // 200 and an error in place of the answer
	LostAnswer     Kind = "answer lost"             // 200 and nothing in the answer, for which the server counted tokens all the same
	NotJSON        Kind = "not JSON"                // 200 and a body that is no JSON
	Malformed      Kind = "malformed answer"        // JSON, but not of the API's form
	CutArguments   Kind = "cut tool arguments"      // max_tokens ended the answer within a tool call's arguments
	EscapedPrompt  Kind = "prompt escaped"          // the server shows the model its text escaped as for a web page
	IgnoredTools   Kind = "tools ignored"           // the server does not show the model the tools that it was sent
	DroppedResults Kind = "tool results dropped"    // the server does not show the model what its calls gave
	BadKey         Kind = "key refused"             // no key, or one that the server does not take
	Forbidden      Kind = "forbidden"               // 403: the key is known, the request is not allowed
	NoCredit       Kind = "no credit"               // the account's quota or credit is used up
	UnknownModel   Kind = "unknown model"           // the server has no model of that name
	BadRequest     Kind = "bad request"             // the server, or go-openai's own rules, refuse the request
	ContextLength  Kind = "context length exceeded" // the conversation is longer than the model can take
	Budget         Kind = "budget used up"          // the run's own budget of tokens or money
)

// Whose fault an error is, as the first word of a failure message says it.
const (
	WhoseProvider = "PROVIDER" // the server, the network between, or its limits
	WhoseSpec     = "SPEC"     // what was asked: key, name, parameters, budget
)

// ErrBudget is what a Gate gives once the run's budget is used up.
var ErrBudget = errors.New("the run's budget is used up")

// Error is the failure of a call, after its retries. Its text holds no key and
// is one line.
type Error struct {
	Kind       Kind
	Whose      string        // WhoseProvider or WhoseSpec
	Retryable  bool          // another attempt might have gone well; the client has made those it may
	Status     int           // HTTP status, 0 when there was no answer
	RetryAfter time.Duration // what the server asked for, 0 when it did not
	Endpoint   string        // Endpoint.String()
	Message    string        // the server's words, or the network's: one line, at most 500 bytes, no key
	Remedy     string        // what to do, where that is known
	Attempts   int           // calls made, this one included

	cause error
}

// Error gives "openai/o3: throttled (429): message, after 8 attempts; remedy".
func (e *Error) Error() string {
	var b strings.Builder
	if e.Endpoint != "" {
		b.WriteString(e.Endpoint + ": ")
	}
	b.WriteString(string(e.Kind))
	if e.Status != 0 {
		fmt.Fprintf(&b, " (%d)", e.Status)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, ", asked to wait %s", e.RetryAfter.Round(time.Millisecond))
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, ", after %d attempts", e.Attempts)
	}
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	return b.String()
}

// Unwrap gives the cause, for errors.Is: ErrBudget, a *net.OpError, …
func (e *Error) Unwrap() error { return e.cause }

// provider makes an error of the server or the network that may pass.
func provider(k Kind, message string) *Error {
	return &Error{Kind: k, Whose: WhoseProvider, Retryable: true, Message: message}
}

// spec makes an error of what was asked.
func spec(k Kind, message, remedy string) *Error {
	return &Error{Kind: k, Whose: WhoseSpec, Message: message, Remedy: remedy}
}
