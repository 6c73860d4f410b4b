package evalkit_test

import (
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

func TestTheMachineHasTheScenariosName(t *testing.T) {
	for given, want := range map[string]string{"rover-7": "rover-7\n", "": "ip-10-"} {
		s := evalkit.Scenario{Name: "host", Prompt: "Look.", Tools: []evalkit.Tool{evalkit.Bash()}, Hostname: given}
		ft := &fakeT{name: t.Name()}
		trials := evalkit.Run(t.Context(), ft, shell{"uname -n"}, s, evalkit.LogDir(t.TempDir()), evalkit.Samples(1))
		list, err := trials.Sample()
		if err != nil {
			t.Fatal(err)
		}
		record, err := list[0].Transcript()
		if err != nil {
			t.Fatal(err)
		}
		var said string
		for _, e := range record.Events {
			if call, ok := e.Body.(transcript.ToolCall); ok {
				said = call.Result
			}
		}
		if !strings.HasPrefix(said, want) {
			t.Errorf("Hostname %q: the machine says %q", given, said)
		}
		ft.end()
	}
}
