package evallog

import (
	"encoding/json"
	"time"
)

// formatTime is how Inspect's header fields write a time.
func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000+00:00") }

// newFrame encodes what all samples of the log share.
func newFrame(h *Header) sampleFrame {
	id := h.ID
	if id == "" {
		id = "t"
	}
	return sampleFrame{
		logID: safeName(id), sampleID: h.sampleID(), model: appendText(nil, h.Model), tools: inspectTools(h.Tools),
	}
}

// startJSON is the content of _journal/start.json.
func startJSON(h *Header) ([]byte, error) {
	return json.Marshal(map[string]any{"version": 2, "eval": evalSpec(h, max(h.Samples, h.Cap, 1)), "plan": evalPlan()})
}

func evalPlan() any {
	step := map[string]any{"solver": "evalkit", "params": map[string]any{}, "params_passed": map[string]any{}}
	return map[string]any{"name": "plan", "steps": []any{step}, "config": map[string]any{}}
}

// evalSpec is the header as Inspect's EvalSpec; the whole of it is in the metadata, under "evalkit".
func evalSpec(h *Header, epochs int) map[string]any {
	id := h.sampleID()
	args := map[string]any{}
	if h.Condition != "" {
		args["condition"] = h.Condition
	}
	dataset := h.Task
	if h.Condition != "" {
		dataset += "/" + h.Condition
	}
	spec := map[string]any{
		"created": formatTime(h.Created), "eval_id": orElse(h.ID, "evalkit"), "run_id": orElse(h.RunID, orElse(h.ID, "evalkit")),
		"task": h.Task, "task_version": h.JudgingVersion,
		"task_id":      orElse(h.ID, h.Task), // of several logs with one task_id a viewer shows the last, taking the others for failed attempts
		"task_attribs": map[string]any{}, "task_args": args, "task_args_passed": args,
		"dataset": map[string]any{"name": dataset, "samples": 1, "sample_ids": []string{id}, "shuffled": false},
		"model":   h.Model, "model_generate_config": map[string]any{}, "model_args": map[string]any{},
		"config":   map[string]any{"epochs": epochs, "max_samples": max(h.Concurrency, 1), "log_samples": true},
		"packages": orEmpty(h.Packages), "metadata": map[string]any{"evalkit": h},
	}
	if h.BaseURL != "" {
		spec["model_base_url"] = h.BaseURL
	}
	if h.Sandbox != "" {
		spec["sandbox"] = map[string]any{"type": h.Sandbox, "config": nil}
	}
	return spec
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

// inspectTools gives the tools in the part of JSON schema that Inspect's model of it takes; one field that it does not
// take makes a whole sample invalid for it. The schemas as they are stand in the header.
func inspectTools(tools []ToolInfo) []byte {
	list := []any{}
	for _, t := range tools {
		params := map[string]any{"type": "object", "properties": map[string]any{}, "required": []any{}, "additionalProperties": false}
		var schema map[string]any
		if json.Unmarshal(t.Parameters, &schema) == nil {
			for k, v := range inspectSchema(schema) {
				if k == "properties" || k == "required" {
					params[k] = v
				}
			}
		}
		list = append(list, map[string]any{"name": t.Name, "description": t.Description, "parameters": params})
	}
	b, err := json.Marshal(list)
	if err != nil {
		return []byte("[]")
	}
	return b
}

// inspectSchema keeps the keywords of a schema that Inspect knows, where they have the form that it knows.
func inspectSchema(schema map[string]any) map[string]any {
	out := map[string]any{"default": schema["default"]} // the viewer's schema requires it
	for k, v := range schema {
		switch v := v.(type) {
		case string:
			if k == "type" || k == "format" || k == "description" || k == "pattern" {
				out[k] = v
			}
		case float64:
			if k == "minimum" || k == "maximum" || (k == "minLength" || k == "maxLength") && v == float64(int(v)) {
				out[k] = v
			}
		case bool:
			if k == "additionalProperties" {
				out[k] = v
			}
		case map[string]any:
			switch k {
			case "properties":
				out[k] = inspectProperties(v)
			case "items", "additionalProperties":
				out[k] = inspectSchema(v)
			}
		case []any:
			switch k {
			case "enum":
				out[k] = v
			case "type", "required":
				if allStrings(v) {
					out[k] = v
				}
			}
		}
	}
	return out
}

func inspectProperties(props map[string]any) map[string]any {
	out := map[string]any{}
	for name, p := range props {
		schema, _ := p.(map[string]any) // a boolean schema becomes one that says nothing
		out[name] = inspectSchema(schema)
	}
	return out
}

func allStrings(list []any) bool {
	for _, v := range list {
		if _, ok := v.(string); !ok {
			return false
		}
	}
	return true
}
