package scripted

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"
)

// chat answers POST /v1/chat/completions.
func (x *exchange) chat() *apiError {
	body := getBuffer()
	err := x.readBody(body)
	if err != nil {
		return err
	}
	req, err := decodeRequest(body.Bytes())
	putBuffer(body)
	if err != nil {
		return err
	}
	policy, ok := x.s.lookup(req.Model)
	if !ok {
		return x.s.unknownModel(req.Model)
	}
	x.s.ledger.model(req.Model)
	ctx, release := x.context()
	defer release()
	req.ctx = ctx
	n := x.s.calls.Add(1)
	x.wait(x.s.cfg.Latency)
	fault, err := x.fault(req, n)
	if err != nil {
		return err
	}
	return x.answer(req, policy, fault)
}

// context ends when the client goes or the server closes. Behind a server of
// the caller's the request's own does not know of Close.
func (x *exchange) context() (context.Context, func()) {
	ctx := x.r.Context()
	if x.s.http != nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	unwatch := context.AfterFunc(x.s.ctx, cancel)
	return ctx, func() { unwatch(); cancel() }
}

// answer asks the policy, unless the fault leaves it nothing to say.
func (x *exchange) answer(req *request, policy Policy, fault Fault) *apiError {
	if fault.replaces() {
		return x.replace(fault, req.stream)
	}
	reply, err := ask(policy, &req.Conversation)
	if req.ctx.Err() != nil {
		x.abort() // what a policy says because it was broken off is no answer
	}
	if err != nil {
		return err
	}
	if fault.kind == faultNone {
		if fault = reply.Fault; fault.replaces() {
			return x.replace(fault, req.stream)
		}
	}
	id := "chatcmpl-" + x.s.run + strconv.FormatInt(x.s.answers.Add(1), 36)
	a, err := newAnswer(req, reply, fault, id)
	if err != nil {
		return err
	}
	x.w.Header().Set("X-Request-Id", id)
	b := getBuffer()
	defer putBuffer(b)
	if req.stream {
		return x.sendStream(a, b, fault, req.includeUsage)
	}
	return x.sendBody(a, b, fault)
}

// ask turns a panic of the policy into an error.
func ask(p Policy, c *Conversation) (reply Reply, err *apiError) {
	defer func() {
		if v := recover(); v != nil {
			err = errorOf(http.StatusInternalServerError, "server_error", "policy_failed", fmt.Sprintf("policy %q panicked: %v\n%s", p.Name, v, stack()))
		}
	}()
	return p.Reply(c), nil
}

// fault asks Config.Faults, and turns a panic into an error.
func (x *exchange) fault(req *request, n int64) (f Fault, err *apiError) {
	if x.s.cfg.Faults == nil {
		return f, nil
	}
	defer func() {
		if v := recover(); v != nil {
			err = errorOf(http.StatusInternalServerError, "server_error", "faults_failed", fmt.Sprintf("Config.Faults panicked: %v\n%s", v, stack()))
		}
	}()
	return x.s.cfg.Faults(Request{Conversation: &req.Conversation, Stream: req.stream, Header: x.r.Header}, n), nil
}

// stack is as much of the panicking goroutine's stack as an error may carry.
func stack() []byte {
	s := debug.Stack()
	return s[:min(len(s), 4096)]
}

// wait lets time pass; it breaks off if the client goes or the server closes.
func (x *exchange) wait(d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-x.r.Context().Done():
		x.abort()
	case <-x.s.ctx.Done():
		x.abort()
	}
}

// hang waits for the end.
func (x *exchange) hang() {
	select {
	case <-x.r.Context().Done():
	case <-x.s.ctx.Done():
	}
	x.abort()
}

func (x *exchange) sendBody(a *answer, b *bytes.Buffer, f Fault) *apiError {
	if f.kind == faultComments {
		for range f.n {
			b.WriteByte('\n')
		}
	}
	if err := a.body(b); err != nil {
		return errorOf(http.StatusInternalServerError, "server_error", "", err.Error())
	}
	body := b.Bytes()
	switch f.kind {
	case faultCutStream:
		x.write(http.StatusOK, jsonType, body[:len(body)/2])
	case faultCutBody:
		x.begin(jsonType, body[:min(f.n, len(body)-2)], len(body)) // at least the closing brace
		x.abort()
	case faultStall:
		x.begin(jsonType, body[:len(body)/2], len(body))
		x.hang()
	default:
		x.write(http.StatusOK, jsonType, body)
	}
	return nil
}

// begin sends the head and the first bytes of a body that is not sent whole;
// length is what the head claims, 0 for nothing.
func (x *exchange) begin(contentType string, part []byte, length int) {
	h := x.w.Header()
	h.Set("Content-Type", contentType)
	if length > 0 {
		h.Set("Content-Length", strconv.Itoa(length))
	}
	x.status = http.StatusOK
	x.w.WriteHeader(http.StatusOK)
	_, _ = x.w.Write(part)
	_ = http.NewResponseController(x.w).Flush()
}

const streamType = "text/event-stream; charset=utf-8"

func (x *exchange) sendStream(a *answer, b *bytes.Buffer, f Fault, includeUsage bool) *apiError {
	if f.kind == faultComments {
		for range f.n {
			b.WriteString(": PROCESSING\n\n")
		}
	}
	s, err := a.events(b, includeUsage)
	if err != nil {
		return errorOf(http.StatusInternalServerError, "server_error", "", err.Error())
	}
	body := b.Bytes()
	switch f.kind {
	case faultCutBody:
		x.begin(streamType, body[:min(f.n, s.ends[max(s.finish-1, 0)]-1)], 0)
		x.abort()
	case faultCutStream:
		x.sendEvents(body, s.ends[:min(f.n, s.finish)])
	case faultStall:
		x.sendEvents(body, s.ends[:min(f.n, s.finish)])
		x.hang()
	default:
		x.sendEvents(body, s.ends)
	}
	return nil
}

// sendEvents sends every event by itself, as it would be made.
func (x *exchange) sendEvents(body []byte, ends []int) {
	x.w.Header().Set("Cache-Control", "no-cache")
	x.begin(streamType, nil, 0)
	flush := http.NewResponseController(x.w)
	from := 0
	for _, end := range ends {
		if _, err := x.w.Write(body[from:end]); err != nil {
			x.abort() // the client has gone
		}
		_ = flush.Flush()
		from = end
	}
}
