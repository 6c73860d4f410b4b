package evalkit

import (
	"errors"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// The two errors of a matcher that a rate can live with. Any other ends the
// series at once.
var (
	// ErrNotReached: the occasion for the behaviour never arose in the trial.
	// It says nothing, and is left out of a rate and counted beside it.
	ErrNotReached = errors.New("not reached")
	// ErrLost: the occasion arose, and there is no judgement. It counts
	// against a rate both ways.
	ErrLost = errors.New("lost")
)

// SeriesError ends a series without a verdict. No assertion on the series
// passes, in either direction.
type SeriesError struct {
	// Whose fault it is.
	Whose transcript.Blame
	Err   error
}

func (e *SeriesError) Error() string { return string(e.Whose) + "  " + e.Err.Error() }
func (e *SeriesError) Unwrap() error { return e.Err }

// blame finds out whom an error is laid to.
func blame(err error, otherwise transcript.Blame) *SeriesError {
	var series *SeriesError
	if errors.As(err, &series) {
		return series
	}
	var failure *agent.Failure
	if errors.As(err, &failure) {
		return &SeriesError{Whose: failure.Whose, Err: err}
	}
	return &SeriesError{Whose: otherwise, Err: err}
}
