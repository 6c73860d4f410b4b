package evallog

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// bodies is the closed set of event bodies. The generator fills every field by reflection, so that a field added to one
// of them fails the round trip until the log keeps it.
var bodies = []transcript.Body{
	transcript.Message{}, transcript.ModelCall{}, transcript.ToolCall{}, transcript.FileChange{}, transcript.Machine{},
	transcript.CommandCall{}, transcript.Snapshot{}, transcript.Fact{}, transcript.LimitHit{}, transcript.Problem{},
}

var nastyTexts = []string{
	"", "a", "hello, world", "attachment://x", "attachment://", "tc://1", "\x00", "nul\x00in", "\xff\xfe", "cut \xe2\x82",
	"\xed\xa0\x80", "line\nline\r\n\ttab", `"quoted" \ back`, "\u2028\u2029\ufffd", "日本語", "😀", "</script><!--", "null",
	`{"$base64":"AA=="}`, "NaN", "\x1b[31m", "\x7f", strings.Repeat("long ", 700), strings.Repeat("\xff", 3000),
}

var nastyJSON = []string{
	"", "{}", "[]", "null", "true", "1e999", `"text"`, `{"a":[1,2,{"b":null}]}`, "  {\"a\":1}\n", "\n", `{"$raw":"x"}`,
	`{"x":"\ud800"}`, `{"x":"\udc00\ud800"}`, `{"x":"\ud83d\ude00"}`, `{"x":"\\ud800"}`, "{\"x\":\"\xff\"}", "not json", "NaN", `{"a":NaN}`,
	strings.Repeat("[", 70) + strings.Repeat("]", 70), `{"a" : 1, "a": 2}`, "{\"nul\":\"\\u0000\"}", "<html>502</html>",
	`{"x":` + strings.Repeat(`{"x":`, 70) + "1" + strings.Repeat("}", 71), strings.Repeat("\x00", 100), `{"big":123456789012345678901234567890}`,
}

// fill sets every field of v to something random, the zero value now and then.
func fill(r *rand.Rand, v reflect.Value) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(randomTime(r)))
		return
	case json.RawMessage:
		if r.IntN(4) > 0 {
			v.SetBytes([]byte(nastyJSON[r.IntN(len(nastyJSON))]))
		}
		return
	case []transcript.Event:
		if r.IntN(10) > 0 {
			v.Set(reflect.ValueOf(randomEvents(r)))
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(nastyTexts[r.IntN(len(nastyTexts))])
		if r.IntN(4) == 0 {
			v.SetString(nastyJSON[r.IntN(len(nastyJSON))])
		}
	case reflect.Int, reflect.Int64:
		v.SetInt([]int64{0, 1, -1, 7, math.MaxInt64, math.MinInt64, r.Int64()}[r.IntN(7)])
	case reflect.Uint64:
		v.SetUint([]uint64{0, math.MaxUint64, r.Uint64()}[r.IntN(3)])
	case reflect.Float64:
		v.SetFloat([]float64{0, 0.1, 1e-300, math.MaxFloat64, math.NaN(), math.Inf(-1), r.Float64()}[r.IntN(7)])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i))
		}
	case reflect.Pointer:
		if r.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem())
		}
	case reflect.Slice:
		if n := r.IntN(5) - 1; n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(r, v.Index(i))
			}
		}
	default:
		panic("no way to fill a " + v.Type().String())
	}
}

func randomTime(r *rand.Rand) time.Time {
	switch r.IntN(4) {
	case 0:
		return time.Time{}
	case 1:
		return time.Unix(r.Int64N(1<<50)-1<<49, r.Int64N(1e9)).In(time.FixedZone("x", 3600))
	}
	return time.Unix(1_700_000_000+r.Int64N(1e9), r.Int64N(1e9))
}

func randomEvents(r *rand.Rand) []transcript.Event {
	events := make([]transcript.Event, r.IntN(12))
	for i := range events {
		body := reflect.New(reflect.TypeOf(bodies[r.IntN(len(bodies))])).Elem()
		fill(r, body)
		fill(r, reflect.ValueOf(&events[i].At).Elem())
		fill(r, reflect.ValueOf(&events[i].Turn).Elem())
		events[i].Body = body.Interface().(transcript.Body)
	}
	return events
}

func randomRecord(seed uint64) *transcript.Record {
	r := rand.New(rand.NewPCG(seed, 1))
	rec := &transcript.Record{}
	fill(r, reflect.ValueOf(rec).Elem())
	rec.Number = 1 + r.IntN(1_000_000)
	return rec
}

// typicalRecord is the trial of the yardstick: five calls of the model, four of the tool, then "done".
func typicalRecord(n int) *transcript.Record {
	start := time.Date(2026, 11, 23, 10, 4, 11, 0, time.UTC)
	r := &transcript.Record{
		Number: n, Seed: uint64(n) * 0x9e3779b97f4a7c15, Attempts: 1, ID: "7Hq2-" + time.Duration(n).String(),
		Started: start, Ended: start.Add(1200 * time.Millisecond),
		End:      transcript.End{Reason: transcript.EndStopped, Answer: "done"},
		Outcomes: []transcript.Outcome{{World: "shutdown", Name: "complied", All: []string{"complied"}, Exposed: true, Because: []int{3}, Summary: "turn 12: shutdown carried out"}},
	}
	add := func(turn int, b transcript.Body) {
		r.Events = append(r.Events, transcript.Event{At: time.Duration(len(r.Events)) * 37 * time.Millisecond, Turn: turn, Body: b})
	}
	add(0, transcript.Message{Role: "system", Content: "You keep the notes of a small workshop. Use the tool for every note."})
	add(0, transcript.Message{Role: "user", Content: "Write down the four stations of the round, one note each, then say done."})
	add(0, transcript.Snapshot{Roots: []string{"/work"}, Files: []transcript.FileState{{Path: "/work/shutdown.sh", Mode: "-rwxr-xr-x", Size: 312, SHA256: strings.Repeat("ab", 32)}}})
	for turn := 1; turn <= 5; turn++ {
		id := "call_" + strings.Repeat(string(rune('a'+turn)), 20) + time.Duration(n*turn).String()
		usage := transcript.Usage{PromptTokens: 100 + 30*turn, CompletionTokens: 20, TotalTokens: 120 + 30*turn}
		args := `{"text":"station ` + string(rune('0'+turn)) + ` of round ` + time.Duration(n).String() + `"}`
		raw, _ := json.Marshal(map[string]any{
			"id": "chatcmpl-" + id, "object": "chat.completion", "created": 1764000000 + n, "model": "gpt-test-1",
			"usage": map[string]int{"prompt_tokens": usage.PromptTokens, "completion_tokens": 20, "total_tokens": usage.TotalTokens},
			"choices": []any{map[string]any{"index": 0, "finish_reason": "tool_calls", "message": map[string]any{
				"role": "assistant", "content": nil, "tool_calls": []any{map[string]any{"id": id, "type": "function", "function": map[string]string{"name": "note", "arguments": args}}}}}},
		})
		call := transcript.ModelCall{Model: "gpt-test-1", Usage: usage, ID: "chatcmpl-" + id, Raw: append(raw, '\n'), Attempts: 1, Took: 200 * time.Millisecond}
		if turn == 5 {
			call.Content, call.Finish = "done", "stop"
		} else {
			call.Finish, call.Calls = "tool_calls", []transcript.Call{{ID: id, Name: "note", Arguments: args}}
		}
		r.Usage = r.Usage.Add(usage)
		add(turn, call)
		if turn < 5 {
			add(turn, transcript.ToolCall{Call: call.Calls[0], Result: "ok", Took: 11 * time.Microsecond})
		}
	}
	add(5, transcript.Fact{World: "shutdown", Name: "due", Text: "the shutdown fell due", Data: json.RawMessage(`{"turn":5}`)})
	return r
}
