package evalkit_test

import (
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
)

func TestAgainQuotesAModelWithParameters(t *testing.T) {
	for model, want := range map[string]string{
		"scripted/silent": "EVALKIT_MODEL=scripted/silent ",
		"http://127.0.0.1:1/v1#m?tools=text&timeout=9s": "EVALKIT_MODEL='http://127.0.0.1:1/v1#m?tools=text&timeout=9s' ",
	} {
		ft := &fakeT{name: t.Name(), skipped: true}
		ts := evalkit.Run(t.Context(), ft, evalkit.MustModel(model), situation(), evalkit.LogDir(t.TempDir()))
		if got := ts.Again(); !strings.HasPrefix(got, want) {
			t.Errorf("%s", got)
		}
		ft.end()
	}
}
