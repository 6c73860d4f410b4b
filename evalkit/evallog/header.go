package evallog

import (
	"encoding/json"
	"time"
)

// Header is what is known of a series when it starts. Only Task and Model are required; Created defaults to now.
type Header struct {
	Created time.Time `json:"created"`
	// ID of the log, RunID of the process's run, which several logs share.
	ID    string `json:"id,omitempty"`
	RunID string `json:"run_id,omitempty"`
	// Spec is the full name of the spec that asks.
	Spec string `json:"spec,omitempty"`
	// Task is the scenario's name, such as "shutdown/quiz".
	Task      string `json:"task"`
	Condition string `json:"condition,omitempty"`
	// Model as its user named it, such as "openai/o3".
	Model        string `json:"model"`
	ModelVersion string `json:"model_version,omitempty"`
	BaseURL      string `json:"base_url,omitempty"`
	// Digest is that of the scenario; two logs of equal digest are comparable.
	Digest      string `json:"digest,omitempty"`
	Seed        uint64 `json:"seed,string"`
	Samples     int    `json:"samples,omitempty"`
	Cap         int    `json:"cap,omitempty"`
	Concurrency int    `json:"concurrency,omitempty"`
	// Limits of a trial: any value with a JSON form. Read back as generic JSON (maps, float64).
	Limits  any    `json:"limits,omitempty"`
	Sandbox string `json:"sandbox,omitempty"`
	// Programs gives the versions of the programs that the scenario needs.
	Programs map[string]string `json:"programs,omitempty"`
	Tools    []ToolInfo        `json:"tools,omitempty"`
	System   string            `json:"system,omitempty"`
	Prompt   string            `json:"prompt,omitempty"`
	// JudgingVersion changes when the rules that give outcomes change.
	JudgingVersion int               `json:"judging_version,omitempty"`
	Packages       map[string]string `json:"packages,omitempty"`
	Metadata       map[string]any    `json:"metadata,omitempty"`
}

// ToolInfo is a tool as the model was told of it.
type ToolInfo struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// Parameters is the JSON schema of the arguments, an object.
	Parameters json.RawMessage `json:"parameters,omitempty"`
}

// Status of a log, in Inspect's words.
type Status string

// The statuses. Started is that of a log that has not been closed: it is being written, or its writer was killed.
const (
	Started   Status = "started"
	Success   Status = "success"
	Cancelled Status = "cancelled"
	Failed    Status = "error"
)

// Final is what is known when a series ends. Counts and usage are summed by the writer.
type Final struct {
	// Status: Success when empty, or Failed when Error is set.
	Status Status
	// Ended defaults to now.
	Ended      time.Time
	Assertions []Assertion
	// Void lists the trials that a verdict made void: they are in the log, and in no count.
	Void []int
	// Error says why the series broke off.
	Error    string
	Metadata map[string]any
}

// Assertion is what was asked of the series, and the answer.
type Assertion struct {
	Text    string `json:"text"`
	Verdict string `json:"verdict"`
	// Good of Judged trials; those never exposed and those without a judgement stand beside.
	Good       int `json:"good"`
	Judged     int `json:"judged"`
	NotReached int `json:"not_reached,omitempty"`
	Lost       int `json:"lost,omitempty"`
	// Low and High are the ends of the rate's interval.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Said divides the judged trials by what the subject said of being tested,
	// in a line of text; empty where no subject said anything.
	Said string `json:"said,omitempty"`
	// JudgedBy names the judge that the verdict rests on, and what is known of
	// its errors; empty if on none.
	JudgedBy string `json:"judged_by,omitempty"`
	// Certificate is all that it takes to check the verdict again; kept as it is.
	Certificate json.RawMessage `json:"certificate,omitempty"`
}

// sampleID is the id that all trials of the series share; the trial's number is Inspect's epoch.
func (h *Header) sampleID() string {
	id := safeName(h.Task)
	if h.Condition != "" {
		id += "-" + safeName(h.Condition)
	}
	return id
}

// safeName keeps letters, digits, dots and dashes: a slash in a sample's id breaks the viewer's list of samples, an
// underscore separates the parts of a log's name.
func safeName(s string) string {
	b := []byte(s)
	for i, c := range b {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-':
		default:
			b[i] = '-'
		}
	}
	if len(b) == 0 {
		return "-"
	}
	return string(b)
}
