package evallog

import (
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/google/go-cmp/cmp"
)

// TestATextThatLooksLikeAReferenceIsNotOne: what an agent writes must not be replaced by another text of the trial.
func TestATextThatLooksLikeAReferenceIsNotOne(t *testing.T) {
	h := testHeader()
	frame := newFrame(&h)
	e := &sampleEncoder{frame: &frame}
	long := strings.Repeat("a long text ", 400)
	rec := &transcript.Record{Number: 1, Events: []transcript.Event{
		{Body: transcript.Message{Role: "user", Content: long}},
		{Body: transcript.Message{Role: "user", Content: "attachment://7Hq2-1-0"}},
		{Body: transcript.ModelCall{Content: "tc://7Hq2-1-0", Reasoning: "attachment://7Hq2-1-1"}},
		{Body: transcript.ToolCall{Result: "attachment://7Hq2-1-0"}},
	}}
	data, err := e.encode(rec)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), long); n != 1+1+1 { // as attachment, in the event's metadata, and as the sample's input
		t.Errorf("the long text stands %d times in the sample", n)
	}
	got, err := decodeSample(data)
	if err != nil {
		t.Fatal(err)
	}
	same(t, rec, got)
}

func TestWhatCannotStandAsJSON(t *testing.T) {
	for raw, want := range map[string]bool{
		`{}`: true, `{"a":"\ud83d\ude00"}`: true, `{"a":"\\ud800"}`: true, `"\u0041"`: true,
		``: false, ` {}`: false, "{}\n": false, `{"a":"\ud800"}`: false, `{"a":"\ude00\ud83d"}`: false, `{"a":"\udc00"}`: false,
		`{"a":"\ud800x"}`: false, `{"a":"\ud800\u0041"}`: false, "\"\xff\"": false, `{"a":NaN}`: false, `{`: false,
		strings.Repeat("[", 64) + strings.Repeat("]", 64): true, strings.Repeat("[", 65) + strings.Repeat("]", 65): false,
		`"` + strings.Repeat("[", 65) + `"`: true,
	} {
		if got := embeddable([]byte(raw)); got != want {
			t.Errorf("%.80q: %v", raw, got)
		}
	}
}

const inspectSampleJSON = `{"id":"a/b","epoch":2,"uuid":"u1","input":"hello","target":"3","started_at":"2026-01-02T03:04:05+00:00",
"completed_at":"2026-01-02T03:04:15+00:00","unknown":[{"x":NaN}],"model_usage":{"m":{"input_tokens":10,"output_tokens":5,"total_tokens":17,"input_tokens_cache_read":2}},
"scores":{"match":{"value":"C","explanation":"matched"},"nan":{"value":NaN},"num":{"value":0.5},"none":{"value":null}},
"events_data":{"messages":[{"role":"system","content":"sys","id":"s"},{"role":"user","content":[{"type":"text","text":"tc://k"},{"type":"image","image":"data:"}],"id":"u"},
 {"role":"assistant","content":"x","id":"m1"},{"role":"tool","content":"3","id":"t1"}],"calls":[]},"attachments":{"k":"hello, long"},
"output":{"completion":"done"},
"events":[{"event":"span_begin","id":"1","name":"x","timestamp":"2026-01-02T03:04:05+00:00"},
 {"event":"model","model":"m","input":[],"input_refs":[[0,2]],"timestamp":"2026-01-02T03:04:06+00:00","working_time":1.5,"call":{"request":{},"response":{"id":"r","logprob":-Infinity}},
  "output":{"choices":[{"message":{"role":"assistant","id":"m1","content":[{"type":"reasoning","reasoning":"hm"},{"type":"text","text":"x"}],
   "tool_calls":[{"id":"c1","function":"add","arguments":{"x":NaN},"type":"function"}]},"stop_reason":"tool_calls"}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}},
 {"event":"tool","id":"c1","function":"add","arguments":{"x":1},"result":3,"timestamp":"2026-01-02T03:04:07+00:00"},
 {"event":"info","source":"s","data":"a line","timestamp":"2026-01-02T03:04:08+00:00"},
 {"event":"model","model":"m","input":[],"input_refs":[[0,4]],"output":{"choices":[]},"error":"refused"},
 {"event":"tool","id":"c2","function":"submit","arguments":{},"result":[{"type":"text","text":"final"}]}]}`

func TestASampleOfInspectIsRead(t *testing.T) {
	r, err := decodeSample([]byte(inspectSampleJSON))
	if err != nil {
		t.Fatal(err)
	}
	want := "system(sys) user(hello, long\n[image]) 1:model(x,1,raw true) add{\"x\":1}=3,1 1:model(,0,raw false) submit{}=final,5 " +
		"end submitted/final/ match=C num=0.5"
	if diff := cmp.Diff(want, describe(r)); diff != "" {
		t.Error(diff)
	}
	if want := (transcript.Usage{PromptTokens: 12, CachedTokens: 2, CompletionTokens: 5, TotalTokens: 17}); r.Usage != want {
		t.Errorf("usage %+v", r.Usage)
	}
	call := r.Events[2].Body.(transcript.ModelCall)
	if string(call.Raw) != `{"id":"r","logprob":null}` || call.Calls[0].Arguments != `{"x":null}` || call.Reasoning != "hm" || r.Events[2].At.Seconds() != 1 {
		t.Errorf("%+v at %v", call, r.Events[2].At)
	}
	if fact := r.Events[4].Body.(transcript.Fact); fact.World != "inspect" || fact.Name != "info" || fact.Text != "s: a line" {
		t.Errorf("%+v", fact)
	}
	if _, err := decodeSample([]byte(strings.Replace(inspectSampleJSON, "[[0,4]]", "[[0,5]]", 1))); err == nil {
		t.Error("a message that is not there was read")
	}
	if _, err := decodeSample([]byte(inspectSampleJSON[:len(inspectSampleJSON)-1])); err == nil {
		t.Error("half a sample was read")
	}
}
