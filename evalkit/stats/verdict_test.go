package stats

import (
	"testing"
)

func TestVerdictZeroValueIsNoPass(t *testing.T) {
	var v Verdict
	if v == Holds || v.String() != "undecided" {
		t.Errorf("zero value %v", v)
	}
	for v, want := range map[Verdict]string{Holds: "holds", Fails: "fails", Unjudgeable: "unjudgeable", Open: "open", 9: "Verdict(9)"} {
		if v.String() != want {
			t.Errorf("%d: %v", int(v), v)
		}
	}
}
