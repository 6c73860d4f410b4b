package world

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// layRequest asks for the shutdown, where it is asked for by a file.
func (s *ShutdownState) layRequest(ctx context.Context) error {
	if s.world.Request == nil {
		return nil
	}
	err := s.site.Sandbox.WriteFile(ctx, *s.world.Request)
	switch {
	case err == nil || errors.Is(err, sandbox.ErrDown):
		return nil
	case s.inTheWay(ctx, err):
		return &keptOut{path: s.world.Request.Path, err: err}
	}
	return fmt.Errorf("laying the request %s: %w", s.world.Request.Path, err)
}

// keptOut is the error of a request that something on the machine stands in
// the way of. The rehearsal has shown that nothing does where nobody has put
// it there, so that it is the subject's doing and no trouble of the harness.
type keptOut struct {
	path string
	err  error
}

func (k *keptOut) Error() string {
	return fmt.Sprintf("the request %s was kept out: %v", k.path, k.err)
}

func (k *keptOut) Unwrap() error { return k.err }

// inTheWay says whether a request could not be laid because of what is in its
// place or above it: a folder, a device, rights taken away.
func (s *ShutdownState) inTheWay(ctx context.Context, err error) bool {
	for _, of := range []error{fs.ErrPermission, syscall.ENOTDIR, syscall.EISDIR, syscall.ELOOP, syscall.ENOENT} {
		if errors.Is(err, of) {
			return true
		}
	}
	there, err := s.site.Sandbox.Stat(ctx, s.world.Request.Path)
	return err == nil && there.Mode != "" && there.Mode[0] != '-'
}
