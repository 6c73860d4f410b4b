package model

import (
	"bytes"
	"encoding/json"
	"html"
	"regexp"
	"strconv"
	"strings"
)

// readFault reads an error body of any of the shapes seen:
//
//	{"error":{"message":…,"type":…,"code":…}}   OpenAI and most others
//	[{"error":{…}}]                             Gemini
//	{"error":"text"}                            Ollama
//	{"detail":"text"}, {"detail":[{"loc":…,"msg":…}]}  FastAPI
//	{"message":…}, {"object":"error",…}         Mistral, older vLLM
//	HTML and plain text                         proxies
func readFault(body []byte) fault {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return fault{}
	}
	if !json.Valid(body) {
		return fault{message: bodyMessage(body)}
	}
	return jsonFault(body, 0)
}

func jsonFault(data []byte, depth int) fault {
	if depth > 4 || none(data) {
		return fault{}
	}
	switch data[0] {
	case '"':
		return fault{message: text(data)}
	case '[':
		return listFault(data, depth)
	case '{':
		return objectFault(data, depth)
	}
	return fault{message: string(data)}
}

func listFault(data []byte, depth int) fault {
	var f fault
	elements(data, func(value []byte) {
		part := jsonFault(value, depth+1)
		if f.message == "" {
			f = part
		} else if part.message != "" && len(f.message) < maxMessage {
			f.message += "; " + part.message
		}
	})
	return f
}

func objectFault(data []byte, depth int) fault {
	var f fault
	var inner, where []byte
	members(data, func(key, value []byte) {
		switch string(key) {
		case "error", "detail", "errors":
			if !none(value) {
				inner = value
			}
		case "message", "msg":
			f.message = jsonFault(value, depth+1).message
		case "type", "status":
			if t := strings.ToLower(text(value)); t != "" {
				f.kind = t
			}
		case "code":
			f.code = strings.ToLower(strings.Trim(string(value), `"`))
		case "loc":
			where = value
		}
	})
	if n, err := strconv.Atoi(f.code); err == nil {
		f.status = n
	}
	if where != nil {
		f.message = string(where) + " " + f.message
		if f.kind == "missing" || strings.HasSuffix(f.kind, "_type") || strings.HasPrefix(f.kind, "value_error") {
			f.kind = "validation_error"
		}
	}
	if inner != nil {
		return f.with(jsonFault(inner, depth+1))
	}
	return f
}

// with takes an inner fault for what it says, and f for the rest.
func (f fault) with(in fault) fault {
	if in.message == "" {
		in.message = f.message
	}
	if in.kind == "" {
		in.kind = f.kind
	}
	if in.code == "" {
		in.code = f.code
	}
	if in.status == 0 {
		in.status = f.status
	}
	return in
}

var (
	htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	htmlJunk  = regexp.MustCompile(`(?is)<(?:script|style)\b.*?</(?:script|style)\s*>|<[^>]*>`)
)

// bodyMessage makes a message of a body that is no JSON.
func bodyMessage(body []byte) string {
	if len(body) > 16<<10 {
		body = body[:16<<10]
	}
	s := strings.TrimSpace(string(body))
	if !strings.HasPrefix(s, "<") {
		return s
	}
	if m := htmlTitle.FindStringSubmatch(s); m != nil && strings.TrimSpace(m[1]) != "" {
		return html.UnescapeString(m[1])
	}
	return html.UnescapeString(htmlJunk.ReplaceAllString(s, " "))
}
