package model

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// doer stands where go-openai expects an HTTP client. On the way out it puts
// into the request what go-openai leaves out; on the way in it reads the body
// once, names what is wrong with it, and hands go-openai the repaired message
// alone to decode.
type doer struct {
	transport http.RoundTripper
	tail      []byte // JSON of parameters
	key       func() (string, error)
	choice    string // JSON of a tool_choice of the user's
}

// Do answers a request of go-openai's. Whatever is no whole answer is an *Error
// or an error of the transport.
func (d *doer) Do(req *http.Request) (*http.Response, error) {
	x, ok := req.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, errors.New("request was not made by Chat")
	}
	key, err := d.key()
	if err != nil {
		return nil, err
	}
	if err := d.send(req, x, key); err != nil {
		return nil, err
	}
	resp, err := d.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	a, err := d.read(req.Context(), resp, x, key)
	if err != nil {
		return nil, err
	}
	a.estimateUsage(len(x.body))
	x.answer = a
	resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"choices":[{"message":`), bytes.NewReader(a.message), strings.NewReader(`}]}`)))
	return resp, nil
}

// send puts the body and the key into the request.
func (d *doer) send(req *http.Request, x *exchange, key string) error {
	if x.body == nil {
		head := make([]byte, req.ContentLength)
		_, err := io.ReadFull(req.Body, head)
		if err != nil {
			return fmt.Errorf("cannot read go-openai's request: %w", err)
		}
		if x.body, err = x.write(head, d.tail); err != nil {
			return err
		}
	}
	req.Body = io.NopCloser(bytes.NewReader(x.body))
	req.ContentLength = int64(len(x.body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(x.body)), nil }
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if x.stream {
		req.Header.Set("Accept", "text/event-stream")
	}
	return nil
}

// read takes the body in and makes an answer of it.
func (d *doer) read(ctx context.Context, resp *http.Response, x *exchange, key string) (*answer, error) {
	if resp.StatusCode < 200 || resp.StatusCode >= 300 {
		body, err := readBody(resp)
		if len(body) == 0 && ctx.Err() != nil {
			return nil, err
		}
		fault := classifyStatus(resp.StatusCode, resp.Header, body) // as far as it came
		if fault.Kind == ServerError && fault.Message == "" && d.choice != "" && d.choice != `"auto"` && len(body) > 0 {
			// llama-cpp-python's answer to "required".
			fault = spec(BadRequest, "the server fails without a word", "it may not know tool_choice="+d.choice+": leave extra.tool_choice out")
			fault.Status = resp.StatusCode
		}
		return nil, fault
	}
	var a *answer
	var fault *Error
	var err error
	if x.stream && !strings.Contains(resp.Header.Get("Content-Type"), "json") {
		a, fault, err = readStream(resp.Body, resp.StatusCode)
	} else {
		var body []byte
		if body, err = readBody(resp); err == nil {
			a, fault = readAnswer(body, resp.StatusCode)
		}
	}
	if err != nil {
		if errors.Is(err, errTooLarge) {
			return nil, provider(Malformed, err.Error())
		}
		return nil, err
	}
	if fault != nil {
		fault.Status = resp.StatusCode
		return nil, fault
	}
	a.hideKey(key)
	return a, nil
}

// hideKey takes the key out of what is kept of an answer. Short ones are
// placeholders for servers without keys, and words that a model may say.
func (a *answer) hideKey(key string) {
	const shortest = 16
	if len(key) < shortest {
		return
	}
	secret := []byte(key)
	if bytes.Contains(a.raw, secret) {
		a.raw = bytes.ReplaceAll(a.raw, secret, []byte(redacted))
		a.id = strings.ReplaceAll(a.id, key, redacted)
	}
	if bytes.Contains(a.message, secret) {
		a.message = bytes.ReplaceAll(a.message, secret, []byte(redacted))
	}
}

// readBody reads a body whole, into a buffer of its size where that is said.
func readBody(resp *http.Response) ([]byte, error) {
	if n := resp.ContentLength; n > 0 && n <= 1<<20 {
		body := make([]byte, n)
		read, err := io.ReadFull(resp.Body, body)
		return body[:read], err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if len(body) > maxBody {
		return nil, errTooLarge
	}
	return body, err
}
