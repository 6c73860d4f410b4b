package evalkit

import (
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// judgeCost is what the judges of a trial took. It is not the subject's usage.
type judgeCost struct {
	calls, tokens int
	usd           float64
}

// judgeCostOf adds up the answers on a record; nil if no judge was asked.
func judgeCostOf(r *transcript.Record) *judgeCost {
	records, err := world.JudgeRecords(r)
	if err != nil || len(records) == 0 {
		return nil // what cannot be read, the matchers say
	}
	var cost judgeCost
	for _, record := range records {
		cost.add(record.Answer)
	}
	return &cost
}

func (c *judgeCost) add(a world.JudgeAnswer) {
	c.tokens += a.Usage.TotalTokens
	c.usd += a.Usage.CostUSD
	c.calls += calls(a)
}

// calls counts those of an answer, with a panel's.
func calls(a world.JudgeAnswer) int {
	n := len(a.Calls)
	for _, seat := range a.Seats {
		n += calls(seat)
	}
	return n
}
