package judge

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/evalkit-go/evalkit/evalkit/internal/share"
	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Parameters that a judge's model has unless its name says otherwise.
const (
	DefaultTemperature = 0
	DefaultMaxTokens   = 4000 // of one answer, reasoning included
)

// Config says what a judge is. Only Model is needed.
type Config struct {
	// Model is written as for evalkit.ParseModel: "openai/gpt-5.4",
	// "http://host:port/v1#name?temperature=1". Temperature is 0 and max_tokens
	// 4000 unless it says otherwise.
	Model string
	// Self allows the judge to be the model under test.
	Self bool
	// Calibrations are files that `evalkit judge calibrate` wrote. Of those, the
	// ones that were made with this model and the rubric that is asked count.
	Calibrations []string
}

// Judge is one model that judges. Safe for concurrent use.
type Judge struct {
	endpoint     model.Endpoint
	self         bool
	calibrations []Calibration
	connect      func() (*model.Client, error)
	answered     atomic.Bool // some call of this judge was
}

var (
	_ world.JudgeChecker    = (*Judge)(nil)
	_ world.JudgeCalibrated = (*Judge)(nil)
)

// New makes a judge. An error is about the name or a file of calibrations;
// whether there is a key and a server shows when the first trial is due.
func New(c Config) (*Judge, error) {
	endpoint, err := pin(c.Model)
	if err != nil {
		return nil, fmt.Errorf("judge: %w", err)
	}
	j := &Judge{endpoint: endpoint, self: c.Self}
	for _, path := range c.Calibrations {
		calibration, err := ReadCalibration(path)
		if err != nil {
			return nil, err
		}
		j.calibrations = append(j.calibrations, calibration)
	}
	j.connect = sync.OnceValues(j.client)
	return j, nil
}

// Must is New for what stands in the source. It panics on an error.
func Must(c Config) *Judge {
	j, err := New(c)
	if err != nil {
		panic(fmt.Sprintf("judge.Must: %v", err))
	}
	return j
}

// pin reads a model's name and writes into it the parameters that it leaves to
// chance, so that the name says all that goes out.
func pin(name string) (model.Endpoint, error) {
	endpoint, err := model.Parse(name, os.Getenv)
	if err != nil {
		return endpoint, err
	}
	pinned := name
	add := func(parameter string, value any) {
		mark := "?"
		if strings.Contains(pinned[strings.LastIndexByte(pinned, '#')+1:], "?") {
			mark = "&"
		}
		pinned += mark + url.QueryEscape(parameter) + "=" + fmt.Sprint(value)
	}
	if endpoint.Params.Temperature == nil {
		add("temperature", DefaultTemperature)
	}
	if endpoint.Params.MaxTokens == 0 {
		add("max_tokens", DefaultMaxTokens)
	}
	return model.Parse(pinned, os.Getenv)
}

func (j *Judge) client() (*model.Client, error) {
	endpoint := j.endpoint
	if endpoint.Provider == "scripted" {
		server, err := scripted.Shared()
		if err != nil {
			return nil, fmt.Errorf("starting the server of scripted models: %w", err)
		}
		endpoint.BaseURL = server.URL()
	}
	return model.New(model.Config{Endpoint: endpoint, Gate: share.Gate(endpoint.Provider + " " + endpoint.BaseURL)})
}

// Info implements world.Judge.
func (j *Judge) Info() world.JudgeInfo {
	return world.JudgeInfo{Name: j.endpoint.String(), Seats: []world.JudgeSeat{{
		Model: j.endpoint.String(), Served: j.endpoint.Name, Self: j.self,
		Paid: j.endpoint.Provider != "scripted" && !j.endpoint.Local(),
	}}}
}

// String is the model's name with all its parameters.
func (j *Judge) String() string { return j.endpoint.String() }

// Check implements world.JudgeChecker: it says what is missing for a call.
func (j *Judge) Check(ctx context.Context) error {
	err := j.check(ctx)
	if err != nil {
		return fmt.Errorf("judge: %w", err)
	}
	return nil
}

func (j *Judge) check(ctx context.Context) error {
	if j.connect == nil {
		return errors.New("the zero Judge is no judge; make one with judge.New")
	}
	if j.endpoint.Provider == "scripted" {
		if _, ok := scripted.Lookup(j.endpoint.Name); !ok {
			return fmt.Errorf("%s: no such policy; registered are %q", j, scripted.Names())
		}
	} else {
		if err := j.endpoint.Check(os.Getenv); err != nil {
			return err
		}
		if err := j.endpoint.Reach(ctx); err != nil {
			return fmt.Errorf("%s: %w", j, err)
		}
	}
	_, err := j.connect()
	return err
}

// Fingerprint implements world.Judge.
func (j *Judge) Fingerprint(q world.JudgeQuestion) string {
	texts := make([]string, len(q.Passages))
	for i, p := range q.Passages {
		texts[i] = p.Text
	}
	return digest(promptHash(q.Rubric), texts, j.endpoint.String())
}

// Calibration implements world.JudgeCalibrated.
func (j *Judge) Calibration(r world.Rubric) (world.JudgeCalibration, error) {
	return calibrationFor(j.calibrations, j, r)
}
