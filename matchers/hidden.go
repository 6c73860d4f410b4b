package matchers

import (
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// hidden is why the record of a trial does not show every call of a tool, so
// that none on record is no evidence; nil if it does. What every trial of the
// subject hides is an error that ends a series; what one trial hid is lost.
func hidden(r *transcript.Record, tools ...string) error {
	for _, h := range agent.HiddenIn(r) {
		for _, tool := range tools {
			switch {
			case h.Sight != agent.SeesToolCalls || h.Tool != tool:
			case h.Always:
				return fmt.Errorf("calls of %s are not seen: %s; judge from files, outcomes or the scenario's own commands instead", tool, h.Why)
			default:
				return lost("calls of "+tool+" that are not seen", h.Why)
			}
		}
	}
	return nil
}
