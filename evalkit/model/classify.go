package model

import (
	"net/http"
	"regexp"
	"strings"
)

// fault is what an error body says, of whatever shape it is.
type fault struct {
	message, kind, code string // kind and code in lower case
	status              int    // a status named inside the body
}

// classifyStatus names an answer whose status is no success.
func classifyStatus(status int, header http.Header, body []byte) *Error {
	err := classify(status, readFault(body))
	err.Status = status
	err.RetryAfter = retryAfter(header)
	switch header.Get("X-Should-Retry") { // OpenAI and Anthropic say it outright
	case "false":
		err.Retryable = false
	}
	return err
}

// classifyInside names an error that came with a 200, by the status that the
// body names if it does.
func classifyInside(body []byte, status int) *Error {
	f := readFault(body)
	err := provider(ErrorBody, f.message)
	if f.status >= 400 && f.status < 600 || ownFault(f) || noCredit(f) {
		err = classify(f.status, f)
	}
	err.Status = status
	return err
}

// classifyNoAnswer names a 200 whose JSON is no chat completion.
func classifyNoAnswer(body []byte, status int) *Error {
	f := readFault(body)
	if f.message == "" || member(body, "choices") != nil {
		err := provider(NoChoices, "the answer has no choice")
		err.Status = status
		return err
	}
	return classifyInside(body, status)
}

func classify(status int, f fault) *Error {
	switch {
	case status == http.StatusUnauthorized:
		return spec(BadKey, f.message, "")
	case status == http.StatusPaymentRequired || noCredit(f):
		return spec(NoCredit, f.message, "the account needs credit or a higher quota")
	case tooLong(f):
		return spec(ContextLength, f.message, "fewer turns or shorter outputs, or a model with more context")
	case unknownModel(status, f):
		return spec(UnknownModel, f.message, "check the model's name")
	case status == http.StatusForbidden:
		return spec(Forbidden, f.message, "")
	case status == http.StatusTooManyRequests:
		return provider(Throttled, f.message)
	case status == http.StatusRequestTimeout, status == http.StatusGatewayTimeout:
		return provider(Timeout, f.message)
	case status == http.StatusConflict, status == http.StatusTooEarly:
		return provider(ServerError, f.message)
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return spec(BadRequest, f.message, "is the address right? most end in /v1")
	case status >= 300 && status < 400:
		return spec(BadRequest, f.message, "the address redirects: name the one it leads to")
	case status >= 400 && status < 500, ownFault(f):
		return spec(BadRequest, f.message, "")
	}
	return provider(ServerError, f.message)
}

// requestFaults are words of servers that answer 500 to a request they do not
// like: llama-cpp-python (validation dumps, template errors), vLLM, llama-server.
var requestFaults = regexp.MustCompile(`(?i)validation errors? for |\bInput should be |\btype=(?:missing|value_error|[a-z_]+_type)\b` +
	`|\bfield required\b|\bpydantic\b|\b(?:object' )?has no attribute '|\bnot found in tools\b|\bjinja|\bTemplateError\b|\bUndefinedError\b` +
	`|\binvalid_request|\binvalid (?:request|parameter|value for)\b|\bunsupported (?:param|value)|\bjson_invalid\b`)

func ownFault(f fault) bool {
	for _, s := range []string{f.kind, f.code} {
		if strings.Contains(s, "invalid_request") || strings.Contains(s, "validation_error") || strings.Contains(s, "badrequest") || s == "not_found_error" {
			return true
		}
	}
	return requestFaults.MatchString(f.message)
}

var longWords = regexp.MustCompile(`(?i)maximum context length|context (?:length|window|size)\b.*(?:exceed|too)|exceed\w*.*\bcontext (?:length|window|size)|prompt is too long|input is too long`)

func tooLong(f fault) bool {
	for _, s := range []string{f.kind, f.code} {
		if strings.Contains(s, "context_length_exceeded") || strings.Contains(s, "exceed_context_size") {
			return true
		}
	}
	return longWords.MatchString(f.message) || strings.Contains(f.message, "context_length_exceeded")
}

var modelWords = regexp.MustCompile(`(?i)\bmodel\b.*(?:not (?:found|exist|supported|a valid)|does ?n[o']t exist|unknown|unavailable|not available)|(?:unknown|invalid|no such|no endpoints found for) model|not a valid model|no endpoints found`)

func unknownModel(status int, f fault) bool {
	if f.code == "model_not_found" || f.kind == "model_not_found" {
		return true
	}
	client := status == http.StatusNotFound || status == http.StatusBadRequest || status == http.StatusForbidden
	return client && modelWords.MatchString(f.message)
}

var creditWords = regexp.MustCompile(`(?i)insufficient (?:balance|credits?|quota|funds)|exceeded your current quota|credit balance is too low|check your plan and billing|billing hard limit`)

func noCredit(f fault) bool {
	return f.code == "insufficient_quota" || f.kind == "insufficient_quota" || creditWords.MatchString(f.message)
}
