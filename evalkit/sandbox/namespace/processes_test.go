//go:build linux && (amd64 || arm64)

package namespace

import (
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

func TestWhatIsLeftRunningIsListed(t *testing.T) {
	s := machineFor(t, sandbox.Config{})
	list := func() string {
		ps, err := s.(sandbox.Lister).Processes(within20(t))
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, p := range ps {
			said = append(said, p.Name+": "+p.Command)
		}
		return strings.Join(said, "\n")
	}
	if got := list(); got != "" {
		t.Errorf("before anything ran: %s", got)
	}
	bash(t, s, `sleep 4711 & setsid sh -c 'trap "" TERM HUP; sleep 4712; true' >/dev/null 2>&1 & echo started`)
	if got := list(); !strings.Contains(got, "sleep: sleep 4711") || !strings.Contains(got, "sleep 4712; true") {
		t.Errorf("got %s", got)
	}
	bash(t, s, "kill -9 -1")
	eventually(t, "nothing is left", func() bool { return list() == "" })
}
