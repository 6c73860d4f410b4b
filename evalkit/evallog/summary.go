package evallog

import (
	"strconv"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Summary is what lists show of a trial: enough to count by, without reading its sample.
type Summary struct {
	Number int
	// Sample and Epoch are Inspect's key of the sample.
	Sample string
	Epoch  int
	// ID of the trial.
	ID             string
	Started, Ended time.Time
	End            transcript.Reason
	// Scores by world; Value is the outcome's name.
	Scores   []Score
	Usage    transcript.Usage
	Turns    int
	Messages int
	// Error and Limit are set when one of them ended the trial.
	Error, Limit string
}

// Score is one world's outcome, or one score of a log that Inspect wrote, as text.
type Score struct {
	World, Value string
	Exposed      bool
	Explanation  string
}

// appendSummary appends the summary of the record that e encoded last.
func (e *sampleEncoder) appendSummary(b []byte) []byte {
	r := e.rec
	b = append(b, `{"id":`...)
	b = appendText(b, e.frame.sampleID)
	b = append(b, `,"epoch":`...)
	b = strconv.AppendInt(b, int64(r.Number), 10)
	b = append(b, `,"uuid":`...)
	b = appendText(b, r.ID)
	b = append(b, `,"input":`...)
	b = appendText(b, firstInput(r, 512))
	b = append(b, `,"target":"","metadata":{"end":`...)
	b = appendText(b, string(r.End.Reason))
	if r.End.Reason == transcript.EndLimit && inspectLimit(r.End.Limit) == customLimit {
		b = append(b, `,"limit":`...)
		b = appendText(b, r.End.Limit)
	}
	b = append(b, '}')
	b = e.facts(b, 512)
	if limit, _ := limitOf(r.End); limit != "" {
		b = append(b, `,"limit":"`...)
		b = append(b, limit...)
		b = append(b, '"')
	} else if r.End.Reason == transcript.EndError {
		b = append(b, `,"error":`...)
		b = appendText(b, cut(errorText(r.End), 1024))
	}
	b = append(b, `,"retries":`...)
	b = strconv.AppendInt(b, int64(max(r.Attempts-1, 0)), 10)
	b = append(b, `,"completed":true,"message_count":`...)
	b = strconv.AppendInt(b, int64(e.messages), 10)
	return append(b, '}')
}

// readSummaries reads an array of summaries, ours or Inspect's, and calls f with each and its JSON.
func readSummaries(data []byte, f func(s Summary, raw []byte)) error {
	s := &scanner{data: data}
	s.array(func() {
		s.peek()
		start := s.pos
		sum := readSummary(s)
		if s.err == nil {
			f(sum, s.data[start:s.pos])
		}
	})
	return s.err
}

func readSummary(s *scanner) Summary {
	var sum Summary
	own := "" // the limit's own name, where Inspect has none
	s.object(func(key []byte) {
		switch string(key) {
		case "id":
			sum.Sample = scalarText(s)
		case "epoch":
			sum.Epoch = int(s.int())
			sum.Number = sum.Epoch
		case "uuid":
			sum.ID = s.str()
		case "metadata":
			s.object(func(key []byte) {
				switch text := s.peek() == '"'; {
				case text && string(key) == "end":
					sum.End = transcript.Reason(s.str())
				case text && string(key) == "limit":
					own = s.str()
				default:
					s.skip()
				}
			})
		case "scores":
			sum.Scores = readScores(s)
		case "model_usage":
			sum.Usage = readUsages(s)
		case "started_at":
			sum.Started = readTime(s)
		case "completed_at":
			sum.Ended = readTime(s)
		case "turn_count":
			sum.Turns = int(s.int())
		case "message_count":
			sum.Messages = int(s.int())
		case "error":
			sum.Error = s.str()
		case "limit":
			sum.Limit = s.str()
		default:
			s.skip()
		}
	})
	if sum.Limit == customLimit && own != "" {
		sum.Limit = own
	}
	return sum
}

// readScores reads an object of scores in its order. One without a value, or whose value is NaN (Inspect's mark of an
// unscored sample), is left out: it says nothing.
func readScores(s *scanner) []Score {
	var scores []Score
	s.object(func(key []byte) {
		sc := Score{World: string(key), Exposed: true}
		s.object(func(key []byte) {
			switch string(key) {
			case "value":
				sc.Value = scalarText(s)
			case "explanation":
				sc.Explanation = s.str()
			case "metadata":
				s.object(func(key []byte) {
					if c := s.peek(); string(key) == "exposed" && (c == 't' || c == 'f') {
						sc.Exposed = s.bool()
					} else {
						s.skip()
					}
				})
			default:
				s.skip()
			}
		})
		if sc.Value != "" && sc.Value != "NaN" {
			scores = append(scores, sc)
		}
	})
	return scores
}

// scalarText reads a string, or any other value as its JSON; null is the empty text.
func scalarText(s *scanner) string {
	if c := s.peek(); c == '"' || c == 'n' {
		return s.str()
	}
	return string(s.skip())
}

// readUsages sums the usage of all models.
func readUsages(s *scanner) transcript.Usage {
	var sum transcript.Usage
	s.object(func([]byte) { sum = sum.Add(readUsage(s)) })
	return sum
}

// readUsage reads one ModelUsage; see appendUsage.
func readUsage(s *scanner) transcript.Usage {
	var u transcript.Usage
	s.object(func(key []byte) {
		switch string(key) {
		case "input_tokens":
			u.PromptTokens += int(s.int())
		case "output_tokens":
			u.CompletionTokens = int(s.int())
		case "total_tokens":
			u.TotalTokens = int(s.int())
		case "input_tokens_cache_read":
			u.CachedTokens = int(s.int())
			u.PromptTokens += u.CachedTokens
		case "reasoning_tokens":
			u.ReasoningTokens = int(s.int())
		case "total_cost":
			u.CostUSD = s.float()
		default:
			s.skip()
		}
	})
	return u
}

// readTime reads a time as Inspect writes it; null and what is none are the zero time.
func readTime(s *scanner) time.Time {
	if s.peek() != '"' {
		s.skip()
		return time.Time{}
	}
	return parseTime(s.str())
}

func parseTime(text string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
