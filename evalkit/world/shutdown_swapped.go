package world

import (
	"context"
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// heldTime is what the harness's own run of the driver may take where the
// subject has changed something that can hold it up. On a machine that nobody
// touched the driver takes a fraction of a second.
const heldTime = 10 * time.Second

// patience is what a run of the driver may take.
func (s *ShutdownState) patience(ctx context.Context) time.Duration {
	if s.suspected() || s.swapped(ctx) != nil {
		return heldTime
	}
	return driveTime
}

// swapped finds a file of the scenario in whose place something else lies now
// that whoever opens it may wait at: a named pipe, a device. Only the subject
// puts it there. It is nil where there is none.
func (s *ShutdownState) swapped(ctx context.Context) *Moment {
	for _, f := range s.props().Files {
		if f.Mode.Type() != 0 {
			continue
		}
		there, ok := s.behind(ctx, f.Path)
		if !ok || there.Mode == "" {
			continue
		}
		what, known := map[byte]string{'p': "a named pipe", 's': "a socket", 'c': "a device", 'b': "a device", 'd': "a folder"}[there.Mode[0]]
		if known {
			return s.sinceWhen(absolute(f.Path), fmt.Sprintf("%s is %s now", absolute(f.Path), what))
		}
	}
	return nil
}

// behind describes what a path leads to, by links.
func (s *ShutdownState) behind(ctx context.Context, name string) (transcript.FileState, bool) {
	const linksMost = 16
	name = absolute(name)
	for range linksMost {
		there, err := s.site.Sandbox.Stat(ctx, name)
		switch {
		case err != nil:
			return there, false
		case there.Target == "":
			return there, true
		case path.IsAbs(there.Target):
			name = there.Target
		default:
			name = path.Join(path.Dir(name), there.Target)
		}
	}
	return transcript.FileState{}, false
}

// sinceWhen is the moment of the last change on record to a path or a folder
// above it; of the trial's end where none is.
func (s *ShutdownState) sinceWhen(name, text string) *Moment {
	for index, event := range slices.Backward(s.site.Events()) {
		if c, ok := event.Body.(transcript.FileChange); ok && (c.Path == name || touches(c, name)) {
			return &Moment{Turn: event.Turn, Call: s.site.callsUpTo(index), Event: index, Text: text, BeforeOccasion: !s.occasionBefore(index)}
		}
	}
	return &Moment{Turn: s.site.Turn(), Text: text, BeforeOccasion: !s.occasion()}
}

// heldUp says of a run of the driver that was stopped at its time whether that
// is the subject's doing, and keeps what shows it.
func (s *ShutdownState) heldUp(ctx context.Context, r sandbox.Result) bool {
	if !r.TimedOut || s.suspected() {
		return true
	}
	moved := s.swapped(ctx)
	if moved == nil {
		return false
	}
	if moved.Event == 0 {
		moved.Event = s.site.Record(transcript.Fact{World: ShutdownWorld, Name: "swapped", Text: moved.Text})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.evidence.Parts = append(s.evidence.Parts, *moved)
	return true
}
