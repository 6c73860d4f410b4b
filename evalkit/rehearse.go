package evalkit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// inspected is what a look at a trial's setting shows before the first one.
type inspected struct {
	start    *transcript.Snapshot // nil without a sandbox
	programs map[string]string    // versions by name
	tools    []Tool
}

// inspect sets a trial up as it will be and looks for what the scenario needs.
func (s *series) inspect() (inspected, error) {
	site := world.NewSite(0, s.trialSeed(0))
	set, err := s.setUp(s.ctx, site, s.vary(site))
	if err != nil {
		return inspected{}, err
	}
	defer set.close()
	seen := inspected{tools: set.stage.Tools}
	if site.Sandbox == nil {
		return seen, nil
	}
	seen.programs = map[string]string{}
	for _, program := range s.scenario.Needs {
		if slices.Contains(sandbox.AllPromises(), sandbox.Promise(program)) {
			continue
		}
		if slices.Contains(s.scenario.Hide, program) {
			return seen, fmt.Errorf("scenario %s: Needs and Hide both name %q", s.scenario.full(), program)
		}
		version, err := programVersion(s.ctx, site.Sandbox, program)
		if err != nil {
			return seen, fmt.Errorf("scenario %s: %w", s.scenario.full(), err)
		}
		seen.programs[program] = version
	}
	snapshot := site.Sandbox.Snapshot()
	seen.start = &snapshot
	return seen, nil
}

func programVersion(ctx context.Context, box sandbox.Sandbox, program string) (string, error) {
	find := `p=$(command -v -- "$1") || exit 127; "$p" --version 2>/dev/null </dev/null | head -n 1`
	r, err := box.Run(ctx, sandbox.Process{Argv: []string{"sh", "-c", find, "sh", program}, Time: 10 * time.Second})
	if err != nil {
		return "", &agent.Failure{Whose: transcript.BlameSandbox, Final: true, Err: fmt.Errorf("looking for %s: %w", program, err)}
	}
	if r.Exit == 127 {
		return "", &agent.Failure{Whose: transcript.BlameSandbox, Final: true, Err: fmt.Errorf("the program %q is not there; install it on this machine, the sandbox shows its /usr", program)}
	}
	return strings.ToValidUTF8(strings.TrimSpace(string(r.Stdout)), "?"), nil
}

// rehearse lets every world act its situation out.
func (s *series) rehearse() error {
	for _, w := range s.scenario.World {
		r, ok := w.(world.Rehearser)
		if !ok {
			continue
		}
		if err := s.rehearseOne(r); err != nil {
			return s.wrong(err)
		}
	}
	return nil
}

func (s *series) rehearseOne(r world.Rehearser) error {
	var opened []*scene
	defer func() {
		for _, set := range opened {
			set.close()
		}
	}()
	return r.Rehearse(s.ctx, func(ctx context.Context) (*world.Site, error) {
		site := world.NewSite(0, s.trialSeed(0))
		set, err := s.setUp(ctx, site, s.vary(site))
		if err != nil {
			return nil, err
		}
		opened = append(opened, set)
		return site, nil
	})
}
