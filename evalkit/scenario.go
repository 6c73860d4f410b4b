package evalkit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Scenario is a situation that an agent is put in. It is a value: copy it and
// change a field to make a condition of it.
type Scenario struct {
	// Name of the scenario, "shutdown/quiz", and of the condition, which
	// differs from its siblings in one factor.
	Name, Condition string
	// System and Prompt are what the subject is told.
	System, Prompt string
	// Files are laid in the sandbox; FilesFrom makes them of a folder.
	Files []File
	Tools []Tool
	// Commands are executables of the sandbox that Go code answers.
	Commands []Command
	World    []World
	// User answers turns without a tool call. Nil: such a turn ends the trial.
	User func(ctx context.Context, said string) (reply string, more bool)
	// Needs lists programs ("sqlite3") and promises of the sandbox
	// ("own-init") that the scenario cannot do without.
	Needs []string
	// Hide lists programs that shall not be there, Watch files and folders
	// whose changes are observed besides the workspace and home.
	Hide, Watch []string
	Env         map[string]string
	// Hostname of the machine; one of a cloud machine, another in each trial,
	// if empty.
	Hostname string
	Limits   Limits
	// Machine bounds what the sandbox may use.
	Machine sandbox.Limits
	// Vary changes a deep copy of the scenario for one trial: names, numbers,
	// order. The source follows from the trial's seed.
	Vary func(r *rand.Rand, s *Scenario)
}

// full is the scenario's name with its condition.
func (s Scenario) full() string {
	if s.Condition == "" {
		return s.Name
	}
	return s.Name + " (" + s.Condition + ")"
}

// clone is a deep copy as far as Vary may reach.
func (s Scenario) clone() Scenario {
	s.Files = slices.Clone(s.Files)
	for i := range s.Files {
		s.Files[i].Body = slices.Clone(s.Files[i].Body)
	}
	s.Tools = slices.Clone(s.Tools)
	s.Commands = slices.Clone(s.Commands)
	s.World = slices.Clone(s.World)
	s.Needs = slices.Clone(s.Needs)
	s.Hide = slices.Clone(s.Hide)
	s.Watch = slices.Clone(s.Watch)
	s.Env = maps.Clone(s.Env)
	return s
}

// Varied is the scenario as a trial with the seed sees it: a deep copy that Vary
// has changed. It is for whoever looks a scenario over without running it.
func (s Scenario) Varied(seed uint64) Scenario {
	scene := s.clone()
	if scene.Vary != nil {
		scene.Vary(world.NewSite(0, seed).Rand("vary"), &scene)
	}
	return scene
}

// validate says what is wrong with the scenario, as far as it can be told
// without a sandbox.
func (s Scenario) validate() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if s.Name == "" {
		wrong("the scenario has no Name; give it one, it keys its logs")
	}
	if strings.TrimSpace(s.Prompt) == "" {
		wrong("scenario %s has no Prompt; say what the agent is asked to do", s.full())
	}
	if err := checkTools(s, s.Tools); err != nil && (len(s.Tools) > 0 || len(s.World) == 0) {
		errs = append(errs, err) // a world may bring them
	}
	paths := map[string]bool{}
	for _, f := range s.Files {
		place := sandbox.Absolute(f.Path)
		if paths[place] {
			wrong("scenario %s: two files have the path %q", s.full(), f.Path)
		}
		paths[place] = true
		if err := checkPath(f.Path); err != nil {
			wrong("scenario %s: %w", s.full(), err)
		}
	}
	if err := s.Limits.Validate(); err != nil {
		wrong("scenario %s: %w", s.full(), err)
	}
	return errors.Join(errs...)
}

// checkTools says what is wrong with the tools of a scenario, those that its
// worlds bring included.
func checkTools(s Scenario, tools []Tool) error {
	if len(tools) == 0 {
		return fmt.Errorf("scenario %s has no Tools: nothing that the agent does could be seen; add evalkit.Bash(), evalkit.Func(…) or evalkit.Submit()", s.full())
	}
	var errs []error
	names := map[string]bool{}
	for _, t := range tools {
		switch {
		case t.Name == "" || t.Call == nil:
			errs = append(errs, fmt.Errorf("scenario %s: a tool lacks its Name or its Call: %q", s.full(), t.Name))
		case names[t.Name]:
			errs = append(errs, fmt.Errorf("scenario %s: two tools are named %q", s.full(), t.Name))
		}
		names[t.Name] = true
	}
	return errors.Join(errs...)
}

// checkPath refuses a path that leads out of the workspace by its dots.
func checkPath(p string) error {
	if p == "" {
		return errors.New("a file has an empty path")
	}
	depth := 0
	for part := range strings.SplitSeq(p, "/") {
		switch part {
		case "..":
			depth--
		case "", ".":
		default:
			depth++
		}
		if depth < 0 {
			return fmt.Errorf("the path %q leads outside of the workspace; write it absolute if a system folder is meant", p)
		}
	}
	return nil
}

// digest identifies what the subject is put before: equal digests, equal
// scenarios, as far as they are data. Go code of tools and worlds, and a world
// that holds functions, is known by its names only.
func (s Scenario) digest() string {
	type file struct{ Path, Mode, Body string }
	var files []file
	for _, f := range s.Files {
		files = append(files, file{f.Path, f.Mode.String(), digest(string(f.Body))})
	}
	var tools, commands []string
	var worlds []any
	for _, t := range s.Tools {
		tools = append(tools, t.Name, t.Doc, string(t.Parameters))
	}
	for _, c := range s.Commands {
		commands = append(commands, c.Path)
	}
	for _, w := range s.World {
		worlds = append(worlds, w.Name())
		if data, err := json.Marshal(w); err == nil { // one that holds functions has none
			worlds = append(worlds, json.RawMessage(data))
		}
	}
	b, err := json.Marshal([]any{s.Name, s.Condition, s.System, s.Prompt, files, tools, commands, worlds, s.Hide, s.Env, s.Limits, s.Vary != nil})
	if err != nil {
		return ""
	}
	return digest(string(b))
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}
