package evallog

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// headerFile is header.json, or what start.json gives of it.
type headerFile struct {
	Status Status `json:"status"`
	Eval   struct {
		Created string `json:"created"`
		EvalID  string `json:"eval_id"`
		RunID   string `json:"run_id"`
		Task    string `json:"task"`
		Model   string `json:"model"`
		BaseURL string `json:"model_base_url"`
		Config  struct {
			Epochs int `json:"epochs"`
		} `json:"config"`
		Dataset struct {
			SampleIDs []json.RawMessage `json:"sample_ids"`
		} `json:"dataset"`
		Generate generateConfig             `json:"model_generate_config"`
		Packages map[string]string          `json:"packages"`
		Metadata map[string]json.RawMessage `json:"metadata"`
	} `json:"eval"`
	Plan struct {
		Config generateConfig `json:"config"`
	} `json:"plan"`
	Results struct {
		Metadata struct {
			Own ownResults `json:"evalkit"`
		} `json:"metadata"`
	} `json:"results"`
	Stats struct {
		CompletedAt string `json:"completed_at"`
	} `json:"stats"`
	Error *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// generateConfig is what the task (in the plan) or the model's user (in the spec) set of a model's parameters.
type generateConfig struct {
	Temperature *float64 `json:"temperature"`
}

// ownResults is what this package keeps in the results' metadata.
type ownResults struct {
	Assertions []Assertion    `json:"assertions"`
	Void       []int          `json:"void"`
	Metadata   map[string]any `json:"metadata"`
}

// readHead reads header.json, or start.json where the log is not finished. A log without either still opens.
func (l *Log) readHead() error {
	e, ok := l.entries["header.json"]
	l.finished = ok
	if !ok {
		if e, ok = l.entries["_journal/start.json"]; !ok {
			l.damage = append(l.damage, Loss{Entry: "_journal/start.json", Reason: "it is missing, so that nothing is known of the series but its samples"})
			l.head.Status = Started
			return nil
		}
	}
	err := l.load(e, func(data []byte) error { return json.Unmarshal(plainJSON(data), &l.head) })
	if err != nil {
		if errors.Is(err, errLocked) {
			return err
		}
		l.damage = append(l.damage, Loss{Entry: e.name, Offset: e.offset, Reason: err.Error()})
		l.finished = false
	}
	if !l.finished {
		l.head.Status = Started
	}
	return nil
}

// Own says whether this package wrote the log; otherwise Inspect did.
func (l *Log) Own() bool {
	_, ok := l.head.Eval.Metadata["evalkit"]
	return ok
}

// foreign says that another tool wrote the log. One of which nothing is left but samples may be anybody's.
func (l *Log) foreign() bool { return l.head.Eval.Task != "" && !l.Own() }

// Deterministic says that the model was asked at temperature 0, so that equal requests may have got equal answers. It is
// known of logs that Inspect wrote.
func (l *Log) Deterministic() bool {
	t := cmp.Or(l.head.Plan.Config.Temperature, l.head.Eval.Generate.Temperature)
	return t != nil && *t == 0
}

// Header is what was known when the series started. Of a log that Inspect wrote it holds what Inspect says.
func (l *Log) Header() (Header, error) {
	var h Header
	if raw, ok := l.head.Eval.Metadata["evalkit"]; ok {
		if err := json.Unmarshal(raw, &h); err != nil {
			return h, fmt.Errorf("log %s: header: %w", l.path, err)
		}
		return h, nil
	}
	eval := &l.head.Eval
	h = Header{
		Created: parseTime(eval.Created), ID: eval.EvalID, RunID: eval.RunID, Spec: eval.Task, Task: eval.Task,
		Model: eval.Model, BaseURL: eval.BaseURL, Samples: eval.Config.Epochs, Packages: eval.Packages,
	}
	if len(eval.Metadata) > 0 {
		h.Metadata = map[string]any{}
		for k, raw := range eval.Metadata {
			var v any
			if err := json.Unmarshal(raw, &v); err != nil {
				return h, fmt.Errorf("log %s: header: %w", l.path, err)
			}
			h.Metadata[k] = v
		}
	}
	return h, nil
}

// Status is Started until the log has been closed.
func (l *Log) Status() Status { return l.head.Status }

// Error says why the series broke off; empty if it did not.
func (l *Log) Error() string {
	if l.head.Error == nil {
		return ""
	}
	return l.head.Error.Message
}

// Ended is when the log was closed, or the zero time.
func (l *Log) Ended() time.Time { return parseTime(l.head.Stats.CompletedAt) }

// Assertions lists what was asked of the series, with the answers.
func (l *Log) Assertions() []Assertion { return slices.Clone(l.head.Results.Metadata.Own.Assertions) }

// Void lists the trials that a verdict made void.
func (l *Log) Void() []int { return slices.Clone(l.head.Results.Metadata.Own.Void) }
