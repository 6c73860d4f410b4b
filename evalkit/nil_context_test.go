package evalkit_test

import (
	"context"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
)

func TestANilContextIsRefused(t *testing.T) {
	ft := &fakeT{name: t.Name()}
	var none context.Context
	_, err := evalkit.Run(none, ft, always(fate{}), situation(), evalkit.LogDir(t.TempDir())).Decide(rate(0.9))
	if err == nil || !strings.Contains(err.Error(), "the context is nil") {
		t.Errorf("got %v", err)
	}
	ft.end()
}
