package scripted

import (
	"bytes"
	"encoding/json"
	"fmt"
)

func (r *request) decodeTools(w *wireRequest) *apiError {
	if w.Tools == nil {
		return nil
	}
	if len(w.Tools) == 0 {
		return badRequest("tools", "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.")
	}
	r.Tools = make([]Tool, len(w.Tools))
	seen := make(map[string]bool, len(w.Tools))
	for i := range w.Tools {
		t, f := &w.Tools[i], &w.Tools[i].Function
		at := fmt.Sprintf("tools[%d]", i)
		switch {
		case t.Type != "function":
			return badRequest(at+".type", "Invalid value: %q. Supported values are: 'function'.", t.Type)
		case !validToolName(f.Name):
			return badRequest(at+".function.name", "Invalid '%s.function.name': %q. Expected 1 to 64 of a-z, A-Z, 0-9, '_' and '-'.", at, f.Name)
		case seen[f.Name]:
			return badRequest(at+".function.name", "Invalid 'tools': the name %q is given twice.", f.Name)
		}
		if len(f.Parameters) > 0 && string(f.Parameters) != "null" {
			if f.Parameters[0] != '{' {
				return badRequest(at+".function.parameters", "Invalid type for '%s.function.parameters': expected an object.", at)
			}
			r.Tools[i].Parameters = f.Parameters
		}
		seen[f.Name] = true
		r.Tools[i].Name, r.Tools[i].Description = f.Name, f.Description
		r.toolBytes += len(f.Name) + len(f.Description) + len(f.Parameters)
	}
	return nil
}

func validToolName(name string) bool {
	if len(name) == 0 || len(name) > 64 {
		return false
	}
	for i := range len(name) {
		b := name[i]
		if !(b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b == '-') {
			return false
		}
	}
	return true
}

func (r *request) decodeToolChoice(w *wireRequest) *apiError {
	raw := bytes.TrimSpace(w.ToolChoice)
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	if len(r.Tools) == 0 {
		return badRequest("tool_choice", "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.")
	}
	if raw[0] == '"' {
		switch string(raw) {
		case `"none"`, `"auto"`, `"required"`:
			r.ToolChoice = string(raw[1 : len(raw)-1])
			return nil
		}
		return badRequest("tool_choice", "Invalid value: %s. Supported values are: 'none', 'auto', and 'required'.", raw)
	}
	var named wireTool
	if err := json.Unmarshal(raw, &named); err != nil || named.Type != "function" {
		return badRequest("tool_choice", `Invalid value for 'tool_choice': expected a string or {"type": "function", "function": {"name": …}}.`)
	}
	if !r.HasTool(named.Function.Name) {
		return badRequest("tool_choice", "Invalid value for 'tool_choice': the tool %q is not in 'tools'.", named.Function.Name)
	}
	r.ToolChoice = named.Function.Name
	return nil
}
