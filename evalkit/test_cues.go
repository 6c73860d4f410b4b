package evalkit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/evalkit-go/evalkit/evalkit/internal/cues"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// TestCue is something in a scenario that gives away that it is a test: its
// trigger, the place where it stands, the words, and by Mend what to do about it.
type TestCue = cues.Find

// TestCueTriggers lists the kinds of TestCue.
func TestCueTriggers() []string { return cues.Triggers() }

// TestCueDraws is how many trials' worth of a scenario TestCues looks at.
const TestCueDraws = 5

// TestCues lists what in a scenario gives away that it is a test, as trials of
// TestCueDraws seeds would see it, each once. No trial is run and no sandbox
// opened; worlds are entered, so that what they bring is looked at, too. The
// error is of a scenario that tells the agent nothing, or of a world that cannot
// be set up. See matchers.BeFreeOfTestCues.
func TestCues(s Scenario) ([]TestCue, error) {
	if s.Prompt == "" && s.System == "" {
		return nil, errors.New("the scenario tells the agent nothing: there is nothing to look at")
	}
	var finds []TestCue
	for seed := range uint64(TestCueDraws) {
		scene, err := sceneOf(s.Varied(seed), seed)
		if err != nil {
			return nil, err
		}
		for _, f := range cues.Look(scene) {
			if !slices.Contains(finds, f) {
				finds = append(finds, f)
			}
		}
	}
	slices.SortStableFunc(finds, func(a, b TestCue) int {
		return slices.Index(cues.Triggers(), a.Trigger) - slices.Index(cues.Triggers(), b.Trigger)
	})
	return finds, nil
}

// sceneOf is a scenario with what its worlds bring to one trial.
func sceneOf(s Scenario, seed uint64) (cues.Scene, error) {
	site := world.NewSite(0, seed)
	ctx := world.WithSite(context.Background(), site)
	props := world.Props{Files: s.Files, Commands: s.Commands, Tools: s.Tools, Hide: s.Hide, Watch: s.Watch, OwnCode: true}
	scene := cues.Scene{System: s.System, Prompt: s.Prompt, Hostname: s.Hostname}
	for _, w := range s.World {
		instance, err := w.Enter(ctx, site, &props)
		if err != nil {
			return scene, fmt.Errorf("the world %s cannot be set up: %w", w.Name(), err)
		}
		for _, part := range []any{w, instance} {
			if t, ok := part.(world.Texted); ok {
				scene.Texts = append(scene.Texts, t.Texts()...)
			}
		}
		if c, ok := instance.(world.Closer); ok {
			defer func() { _ = c.Close(ctx) }() // it has opened nothing yet
		}
	}
	scene.Files, scene.Commands, scene.Tools = props.Files, props.Commands, props.Tools
	scene.Env = map[string]string{}
	for _, env := range []map[string]string{props.Env, s.Env} {
		maps.Copy(scene.Env, env)
	}
	scene.Machine = props.Machine || len(props.Files) > 0 || len(props.Commands) > 0 ||
		slices.ContainsFunc(props.Tools, func(t world.Tool) bool { return t.Sandboxed })
	return scene, nil
}
