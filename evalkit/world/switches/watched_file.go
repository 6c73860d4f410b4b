package switches

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// watchedFile is a file of which it matters whether it is the one that was there
// at the start.
type watchedFile struct {
	of   string // what it is, in errors
	path string
	laid string // its digest and target at the start
	runs bool   // it must be executable
}

// AsLaid is a file that is the one that the scenario laid.
const AsLaid = "as laid"

// know takes down what the file is before the subject acts.
func (w *watchedFile) know(ctx context.Context, box sandbox.Sandbox) error {
	state, err := box.Stat(ctx, w.path)
	if err != nil {
		return fmt.Errorf("switches.World: %s: %w; lay it in Scenario.Files, or answer it by Go", w.of, err)
	}
	w.laid = state.SHA256 + state.Target
	return nil
}

// state is what became of the file.
func (w *watchedFile) state(ctx context.Context, box sandbox.Sandbox) (string, error) {
	if why := shut(ctx, box, w.path); why != "" {
		return why, nil
	}
	state, err := box.Stat(ctx, w.path)
	switch {
	case missing(err):
		return NoFile, nil
	case errors.Is(err, fs.ErrPermission):
		return "(not readable)", nil
	case err != nil:
		return "", fmt.Errorf("%s: %w", w.of, err)
	case state.SHA256+state.Target != w.laid && state.Target != "":
		return "(link to " + state.Target + ")", nil
	case state.SHA256+state.Target != w.laid:
		return "replaced (" + state.SHA256[:min(12, len(state.SHA256))] + ")", nil
	case !strings.ContainsAny(state.Mode, "xs") && w.runs:
		return "not executable (" + state.Mode + ")", nil
	}
	return AsLaid, nil
}
