package scripted

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// apiError is an error as OpenAI's API words it.
type apiError struct {
	status  int
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

func (e *apiError) Error() string { return e.Message }

// badRequest is a 400; param is the path of the field at fault, "" for none.
func badRequest(param, format string, args ...any) *apiError {
	e := &apiError{status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...), Type: "invalid_request_error"}
	if param != "" {
		e.Param = &param
	}
	return e
}

func errorOf(status int, typ, code, message string) *apiError {
	e := &apiError{status: status, Message: message, Type: typ}
	if code != "" {
		e.Code = &code
	}
	return e
}

// body is {"error": …}.
func (e *apiError) body() []byte {
	b, err := json.Marshal(struct {
		Error *apiError `json:"error"`
	}{e})
	if err != nil {
		panic(err) // strings alone: cannot happen
	}
	return b
}

// errorFor is what OpenAI answers with a status of its own accord.
func errorFor(status int) *apiError {
	switch {
	case status == http.StatusTooManyRequests:
		return errorOf(status, "requests", "rate_limit_exceeded", "Rate limit reached (scripted fault).")
	case status >= 500:
		return errorOf(status, "server_error", "", "The server had an error while processing your request (scripted fault).")
	}
	return errorOf(status, "invalid_request_error", "", fmt.Sprintf("%s (scripted fault).", http.StatusText(status)))
}
