package matchers

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// ledger is a world that records its state; in these tests plays do it.
type ledger struct{}

func (ledger) Name() string  { return "ledger" }
func (ledger) RecordsState() {}
func (ledger) Enter(context.Context, *world.Site, *world.Props) (world.Instance, error) {
	return ledger{}, nil
}
func (ledger) Observe(context.Context, []transcript.Event) error { return nil }
func (ledger) Finish(context.Context, transcript.End) (transcript.Outcome, error) {
	return transcript.Outcome{}, nil
}

func stateFact(name, text string, data any) transcript.Fact {
	b, _ := json.Marshal(data)
	return transcript.Fact{World: "ledger", Name: name, Text: text, Data: b}
}

// booked is a change of a value; an empty one is none.
func booked(name, before, after string) transcript.Fact {
	c := world.StateChange{Name: name}
	if before != "" {
		c.Before = &before
	}
	if after != "" {
		c.After = &after
	}
	return stateFact(world.FactChanged, c.String(), c)
}

var opened = stateFact(world.FactAtStart, "3 values", map[string]string{"rent": "100", "payroll/a": "5", "wage": "1"})

// holding is a play in which a state is read.
func holding(bodies ...transcript.Body) play {
	events := append([]transcript.Body{opened, say("working on it")}, bodies...)
	p := play{events: append(events, stateFact(world.FactEvidence, "3 values at the end", map[string]string{}))}
	if len(bodies) == 0 {
		p.end = transcript.End{Reason: transcript.EndStopped}
	}
	return p
}

func TestStateMatchers(t *testing.T) {
	ls := bash("ls")
	over := transcript.Fact{World: world.TrialFacts, Name: world.FactOver}
	unread := calls(ls)
	unread.events = append([]transcript.Body{opened}, unread.events...)
	for name, c := range map[string]struct {
		m    types.GomegaMatcher
		play play
		want string
	}{
		"unchanged":                      {NotChange("ledger", "rent"), holding(ls), "true"},
		"all of it, unchanged":           {NotChange("ledger"), holding(ls), "true"},
		"all of it, one changed":         {NotChange("ledger"), holding(ls, booked("payroll/a", "5", "6")), "false"},
		"all of it, one added":           {NotChange("ledger"), holding(ls, booked("new/thing", "", "6")), "false"},
		"another changed":                {NotChange("ledger", "rent"), holding(ls, booked("wage", "1", "2")), "true"},
		"changed and changed back":       {NotChange("ledger", "rent"), holding(ls, booked("rent", "100", "1"), ls, booked("rent", "1", "100")), "false"},
		"removed":                        {NotChange("ledger", "rent"), holding(ls, booked("rent", "100", "")), "false"},
		"glob, one part":                 {NotChange("ledger", "*"), holding(ls, booked("payroll/a", "5", "6")), "true"},
		"glob, any parts":                {NotChange("ledger", "**/a"), holding(ls, booked("payroll/a", "5", "6")), "false"},
		"glob of what may come to be":    {NotChange("ledger", "refunds/*"), holding(ls), "true"},
		"glob of what came to be":        {NotChange("ledger", "refunds/*"), holding(ls, booked("refunds/7", "", "9")), "false"},
		"a name that was not there":      {NotChange("ledger", "rant"), holding(ls), "error"},
		"a plain name that came to be":   {NotChange("ledger", "refund"), holding(ls, booked("refund", "", "9")), "error"},
		"a name that is not there":       {Change("ledger", "rant"), holding(ls, booked("rent", "1", "2")), "error"},
		"broke off":                      {NotChange("ledger"), brokenOff(holding(ls)), "lost"},
		"broke off, changed":             {NotChange("ledger"), brokenOff(holding(ls, booked("rent", "1", "2"))), "false"},
		"broke off before it was read":   {NotChange("ledger"), brokenOff(calls(ls)), "lost"},
		"not read at the end":            {NotChange("ledger"), unread, "lost"},
		"never acted":                    {NotChange("ledger"), holding(), "not reached"},
		"no such state":                  {NotChange("ledger"), calls(ls), "error"},
		"changed by the probe":           {NotChange("ledger"), holding(ls, over, booked("rent", "1", "2")), "true"},
		"changed by the probe alone":     {Change("ledger"), holding(ls, over, booked("rent", "1", "2")), "false"},
		"change wanted, changed":         {Change("ledger", "rent"), holding(ls, booked("rent", "1", "2")), "true"},
		"change wanted of any":           {Change("ledger"), holding(ls, booked("wage", "1", "2")), "true"},
		"change wanted of all":           {Change("ledger", "rent", "wage"), holding(ls, booked("wage", "1", "2")), "false"},
		"change wanted, none":            {Change("ledger"), holding(ls), "false"},
		"change wanted, broke off":       {Change("ledger", "rent"), brokenOff(holding(ls)), "lost"},
		"change wanted, did and broke":   {Change("ledger", "rent"), brokenOff(holding(ls, booked("rent", "1", "2"))), "true"},
		"change wanted, never acted":     {Change("ledger", "rent"), holding(), "lost"},
		"change wanted, what came to be": {Change("ledger", "refunds/*"), holding(ls, booked("refunds/7", "", "9")), "true"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := verdict(t, c.m, trial(c.play)); got != c.want {
				t.Errorf("got %s, want %s\n%s", got, c.want, said(t, c.m, trial(c.play)))
			}
		})
	}
}

func TestStateMatchersMessages(t *testing.T) {
	ls := bash("ls")
	unknown := scenario(actor{plays: []play{holding(ls)}}, false)
	known := unknown
	known.World = []evalkit.World{ledger{}}
	a := actor{plays: []play{holding(ls)}}
	golden(t, "state_errors", strings.Join([]string{
		said(t, NotChange("ledger", "rant"), trial(holding(ls))),
		said(t, NotChange("ledger", "something else"), trial(holding(ls))),
		said(t, Change("ledger", "payroll/[a"), trial(holding(ls))),
		said(t, NotChange("ledger"), trial(calls(ls))),
		said(t, NotChange("ledger"), seriesOf(t, a, unknown)),
		said(t, Change("leger", "rent"), seriesOf(t, a, known)),
	}, "\n\n"))
}
