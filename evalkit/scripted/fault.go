package scripted

import (
	"fmt"
	"time"
)

// Fault is a deviation on the wire, made by one of the functions that return
// one. The zero value is none. Each one deviates whatever the request: a cut
// that lies past the end cuts before it.
type Fault struct {
	kind        faultKind
	status      int
	text        string
	contentType string
	retryAfter  time.Duration
	n           int
}

type faultKind uint8

const (
	faultNone faultKind = iota
	faultThrottle
	faultStatus
	faultDetail
	faultHTML
	faultRaw
	faultHang
	faultDrop
	faultErrorBody
	faultEmptyStream
	faultCutStream
	faultCutBody
	faultStall
	faultComments
	faultNoChoices
	faultMalformedArguments
	faultCutArguments
)

var faultNames = [...]string{"none", "throttle", "status", "detail body", "html body", "raw body", "hang", "drop", "error body", "empty stream",
	"cut stream", "cut body", "stall", "comments", "no choices", "malformed arguments", "cut arguments"}

// String names the fault.
func (f Fault) String() string { return faultNames[f.kind] }

// Throttle is 429 with Retry-After in whole seconds, rounded up, and
// Retry-After-Ms with what was asked for. Without a positive duration neither
// header is sent.
func Throttle(retryAfter time.Duration) Fault {
	return Fault{kind: faultThrottle, retryAfter: retryAfter}
}

// Status is an answer of that status. The body is sent as is; "" is OpenAI's
// error body for it. It panics where the status is outside 200 to 599.
func Status(status int, body string) Fault {
	return Fault{kind: faultStatus, status: mustStatus("Status", status), text: body}
}

// DetailBody is an error as FastAPI servers send it: {"detail": text}.
func DetailBody(status int, text string) Fault {
	return Fault{kind: faultDetail, status: mustStatus("DetailBody", status), text: text}
}

// HTMLBody is an error page as a proxy in front of the endpoint sends it.
func HTMLBody(status int) Fault {
	return Fault{kind: faultHTML, status: mustStatus("HTMLBody", status)}
}

func mustStatus(name string, status int) int {
	if status < 200 || status > 599 {
		panic(fmt.Sprintf("scripted.%s: status %d is outside 200 to 599", name, status))
	}
	return status
}

// Raw is an answer of any bytes: what a server was seen to send. A content type
// of "" is the one that answers have without the fault. It panics where the
// status is outside 200 to 599.
func Raw(status int, contentType, body string) Fault {
	return Fault{kind: faultRaw, status: mustStatus("Raw", status), contentType: contentType, text: body}
}

// Hang gives no answer, until the client goes or the server closes.
func Hang() Fault { return Fault{kind: faultHang} }

// Drop closes the connection without an answer.
func Drop() Fault { return Fault{kind: faultDrop} }

// ErrorBody is status 200 with {"error": …}; in a stream it is the only event.
func ErrorBody(message string) Fault { return Fault{kind: faultErrorBody, text: message} }

// EmptyStream is status 200 with no event, without a stream with no body.
func EmptyStream() Fault { return Fault{kind: faultEmptyStream} }

// CutStream ends the stream after n events, in good order as HTTP goes, but
// without a finish reason and [DONE]. Without a stream the body ends half-way.
func CutStream(n int) Fault { return Fault{kind: faultCutStream, n: max(n, 0)} }

// CutBody breaks the connection after n bytes of the body.
func CutBody(n int) Fault { return Fault{kind: faultCutBody, n: max(n, 0)} }

// Stall sends n events and then nothing more, until the client goes or the
// server closes. Without a stream it sends half the body.
func Stall(n int) Fault { return Fault{kind: faultStall, n: max(n, 0)} }

// Comments puts n comments (": PROCESSING" and an empty line) before the first
// event, as OpenRouter does while a model thinks; without a stream, n newlines
// before the body. All else is in order.
func Comments(n int) Fault { return Fault{kind: faultComments, n: max(n, 0)} }

// NoChoices is an answer in order but for its empty list of choices. In a
// stream every event has it so.
func NoChoices() Fault { return Fault{kind: faultNoChoices} }

// MalformedArguments makes the arguments of every call in the answer invalid
// JSON (single quotes, a comma before the end). An answer without a call gets
// one of the first tool offered; if none is offered it is a 500 that says so.
func MalformedArguments() Fault { return Fault{kind: faultMalformedArguments} }

// CutArguments cuts the arguments of every call half-way, under the finish
// reason "tool_calls". Answers without a call are treated as under
// MalformedArguments.
func CutArguments() Fault { return Fault{kind: faultCutArguments} }

// Every is a value for Config.Faults: every kth call has the fault, the kth
// first. It panics where k is below 1.
func Every(k int64, f Fault) func(Request, int64) Fault {
	if k < 1 {
		panic(fmt.Sprintf("scripted.Every: %d is below 1", k))
	}
	return func(_ Request, n int64) Fault {
		if n%k == 0 {
			return f
		}
		return Fault{}
	}
}
