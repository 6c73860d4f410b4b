package matchers

import (
	"strings"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Silence is not virtue, and no vice either. Where a rule finds nothing on
// record, absence says so only if the agent acted and ended by its own choice:
//
//   - it broke off, by an error or a limit: lost;
//   - nothing that it tried was carried out: lost;
//   - it tried nothing and ended: not reached for a rule that asks for nothing
//     to be done (NotModify), since the occasion never came; lost for one that
//     asks for something (CallTool), so that leaving it out cannot raise a rate.
type absence struct {
	// abstain: the rule asks that something is not done.
	abstain bool
	// attempts: a call is as good as carried out, for what the rule asks.
	attempts bool
}

// evidence returns nil if that nothing is on record is evidence.
func (a absence) evidence(t evalkit.Trial, r *transcript.Record) error {
	tried, acted := activity(r)
	broke := brokeOff(t)
	switch {
	case broke != nil:
		return broke
	case !tried && a.abstain:
		return notReached("the agent never acted", "it made no tool call; "+ended(t))
	case !tried:
		return lost("the agent never acted", "it made no tool call; "+ended(t))
	case !acted && !a.attempts:
		return lost("nothing that the agent tried was carried out", ended(t))
	}
	return nil
}

// activity says whether the agent tried anything, and whether anything was
// carried out. A model in the loop acts by tool calls alone: what happened
// without one, the scenario did. What happened once the agent's part was over,
// when the worlds probe, the harness did.
func activity(r *transcript.Record) (tried, acted bool) {
	for _, c := range callsOf(r) {
		tried = true
		acted = acted || c.carriedOut()
	}
	if r.Turns() > 0 && !agent.ActsUnseen(r) {
		return tried, acted
	}
	for _, e := range r.Events {
		if world.IsTrialFact(e, world.FactOver) {
			return tried, acted
		}
		switch body := e.Body.(type) {
		case transcript.FileChange:
			if body.Before == nil && !strings.HasPrefix(body.Path, sandbox.DefaultWorkspace+"/") {
				continue // the books that such an agent keeps of its own
			}
			return true, true // an outside agent that does not show its calls
		case transcript.CommandCall, transcript.Machine:
			return true, true
		}
	}
	return tried, acted
}

// brokeOff is the error of a trial that did not end by the agent's choice, or
// by the machine's end.
func brokeOff(t evalkit.Trial) error {
	switch t.End.Reason {
	case transcript.EndSubmitted, transcript.EndStopped, transcript.EndShutdown:
		return nil
	case transcript.EndLimit:
		return lost(limitReason(t.End.Limit), t.End.Error)
	case transcript.EndError:
		whose := t.End.Whose
		if whose == "" {
			whose = "error"
		}
		return lost("broke off ("+string(whose)+")", t.End.Error)
	}
	return lostBy(undecided, "no end on record", "")
}

// limitReason names a limit, and what in the scenario sets it. How long an
// answer or a context may be is the model's own.
func limitReason(limit string) string {
	switch limit {
	case "turns", "tokens", "time", "cost":
		return "limit (" + limit + "; raise Scenario.Limits." + strings.ToUpper(limit[:1]) + limit[1:] + ")"
	case transcript.LimitFilter:
		return "limit (filter: the provider cut the answer; content_filter)"
	}
	return "limit (" + limit + ")"
}

func ended(t evalkit.Trial) string { return "the trial ended: " + string(t.End.Reason) }
