package scripted

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// replaces tells whether the fault stands in the place of an answer.
func (f Fault) replaces() bool {
	return f.kind >= faultThrottle && f.kind <= faultEmptyStream
}

// replace carries out a fault that needs no answer.
func (x *exchange) replace(f Fault, stream bool) *apiError {
	switch f.kind {
	case faultThrottle:
		if f.retryAfter > 0 {
			seconds := (f.retryAfter + time.Second - 1) / time.Second
			x.w.Header().Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
			x.w.Header().Set("Retry-After-Ms", strconv.FormatFloat(float64(f.retryAfter)/float64(time.Millisecond), 'f', -1, 64))
		}
		return errorFor(http.StatusTooManyRequests)
	case faultStatus:
		x.sendStatus(f)
	case faultDetail:
		body, _ := json.Marshal(map[string]string{"detail": f.text}) // of strings: no error
		x.write(f.status, jsonType, body)
	case faultHTML:
		page := fmt.Sprintf("<html>\r\n<head><title>%[1]d %[2]s</title></head>\r\n<body>\r\n<center><h1>%[1]d %[2]s</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n", f.status, http.StatusText(f.status))
		x.write(f.status, "text/html", []byte(page))
	case faultRaw:
		contentType := f.contentType
		if contentType == "" {
			contentType = jsonType
			if stream {
				contentType = streamType
			}
		}
		x.write(f.status, contentType, []byte(f.text))
	case faultErrorBody:
		body := errorOf(http.StatusOK, "server_error", "", f.text).body()
		if !stream {
			x.write(http.StatusOK, jsonType, body)
			return nil
		}
		x.write(http.StatusOK, streamType, []byte("data: "+string(body)+"\n\n"))
	case faultEmptyStream:
		if stream {
			x.write(http.StatusOK, streamType, nil)
			return nil
		}
		x.write(http.StatusOK, jsonType, nil)
	case faultHang:
		x.hang()
	case faultDrop:
		x.abort()
	}
	return nil
}

func (x *exchange) sendStatus(f Fault) {
	body, contentType := []byte(f.text), "text/plain; charset=utf-8"
	if f.text == "" {
		body = errorFor(f.status).body()
	}
	if json.Valid(body) {
		contentType = jsonType
	}
	if f.status == http.StatusNoContent || f.status == http.StatusNotModified {
		body = nil // HTTP allows none
	}
	x.write(f.status, contentType, body)
}

// spoil applies a fault that lies in the answer's own content.
func (f Fault) spoil(a *answer, r *request) *apiError {
	switch f.kind {
	case faultNoChoices:
		a.noChoices = true
	case faultMalformedArguments:
		return a.eachArguments(r, func(args string) string {
			return strings.TrimSuffix(strings.ReplaceAll(args, `"`, `'`), "}") + ",}"
		})
	case faultCutArguments:
		return a.eachArguments(r, func(args string) string { return args[:(len(args)+1)/2] })
	}
	return nil
}

// eachArguments spoils the arguments of every call, of an invented one if
// there is none.
func (a *answer) eachArguments(r *request, spoil func(string) string) *apiError {
	if len(a.calls) == 0 {
		if len(r.Tools) == 0 {
			return errorOf(http.StatusInternalServerError, "server_error", "fault_impossible", "a fault of arguments needs a call, and the request offers no tool")
		}
		if err := a.addCalls(r, []Call{{Name: r.Tools[0].Name, RawArguments: `{"command": "true"}`}}); err != nil {
			return err
		}
	}
	a.finish = "tool_calls"
	for i := range a.calls {
		f := &a.calls[i].Function
		if f.Arguments = spoil(f.Arguments); json.Valid([]byte(f.Arguments)) {
			return errorOf(http.StatusInternalServerError, "server_error", "fault_impossible", fmt.Sprintf("the arguments %q are valid JSON under the fault", f.Arguments))
		}
	}
	return nil
}
