package evallog

import (
	"math"
	"strconv"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// appendUsage appends Inspect's count: its input tokens are those that were not cached.
func appendUsage(b []byte, u transcript.Usage) []byte {
	b = append(b, `{"input_tokens":`...)
	b = strconv.AppendInt(b, int64(u.PromptTokens-u.CachedTokens), 10)
	b = append(b, `,"output_tokens":`...)
	b = strconv.AppendInt(b, int64(u.CompletionTokens), 10)
	b = append(b, `,"total_tokens":`...)
	b = strconv.AppendInt(b, int64(u.TotalTokens), 10)
	if u.CachedTokens != 0 {
		b = append(b, `,"input_tokens_cache_read":`...)
		b = strconv.AppendInt(b, int64(u.CachedTokens), 10)
	}
	if u.ReasoningTokens != 0 {
		b = append(b, `,"reasoning_tokens":`...)
		b = strconv.AppendInt(b, int64(u.ReasoningTokens), 10)
	}
	if u.CostUSD != 0 && !oddCost(u) {
		b = append(b, `,"total_cost":`...)
		b = appendFloat(b, u.CostUSD)
	}
	return append(b, '}')
}

func oddCost(u transcript.Usage) bool { return math.IsNaN(u.CostUSD) || math.IsInf(u.CostUSD, 0) }

// appendOddCost keeps a cost that is no number in the metadata, where it can be.
func appendOddCost(b []byte, u transcript.Usage) []byte {
	if !oddCost(u) {
		return b
	}
	b = append(b, `,"cost":`...)
	return appendFloat(b, u.CostUSD)
}
