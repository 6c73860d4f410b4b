package scripted_test

import (
	"math"
	"strings"
	"testing"

	openai "github.com/sashabaranov/go-openai"

	"github.com/evalkit-go/evalkit/evalkit/scripted"
)

func TestRandIsTheSameInEveryTurnAndDiffersOtherwise(t *testing.T) {
	drawn := make(chan [2]uint64, 1)
	draw := func(c *scripted.Conversation) scripted.Reply {
		first, again := c.Rand("character").Uint64(), c.Rand("character").Uint64()
		if first != again {
			t.Errorf("one turn: %d, then %d", first, again)
		}
		drawn <- [2]uint64{first, c.Rand("other").Uint64()}
		return scripted.Bash("x")
	}
	s := start(t, scripted.Config{Policies: []scripted.Policy{policy("one", draw), policy("two", draw)}})
	base := func(model string, seed int, system, task string) openai.ChatCompletionRequest {
		return openai.ChatCompletionRequest{Model: model, Seed: &seed, Messages: []openai.ChatCompletionMessage{
			{Role: "system", Content: system}, {Role: "user", Content: task}}}
	}
	seen := map[uint64]string{}
	nul := strings.Repeat("\x00", 8)
	for name, req := range map[string]openai.ChatCompletionRequest{
		"base": base("one", 1, "ab", "c"), "seed": base("one", 2, "ab", "c"), "model": base("two", 1, "ab", "c"),
		"task": base("one", 1, "ab", "d"), "border of messages": base("one", 1, "a", "bc"),
		"one message":  {Model: "one", Messages: user("a" + nul + "user" + nul + "b")},
		"two messages": {Model: "one", Messages: append(user("a"), user("b")...)}} {
		var first [2]uint64
		ids := map[string]bool{}
		for turn := range 4 {
			resp, err := client(s).CreateChatCompletion(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			got := <-drawn
			if turn == 0 {
				first = got
			}
			if got != first {
				t.Errorf("%s: turn %d drew %v, turn 0 %v", name, turn, got, first)
			}
			m := resp.Choices[0].Message
			if id := m.ToolCalls[0].ID; ids[id] {
				t.Errorf("%s: call id %s given twice", name, id)
			} else {
				ids[id] = true
			}
			req.Messages = append(req.Messages, m, openai.ChatCompletionMessage{Role: "tool", ToolCallID: m.ToolCalls[0].ID, Content: "r"})
		}
		for _, n := range first {
			if other, dup := seen[n]; dup {
				t.Errorf("%s drew what %s drew", name, other)
			}
			seen[n] = name
		}
	}
}

// Shares of nested mixes over seeds: independent draws give the products.
func TestMixKeepsItsShares(t *testing.T) {
	say := func(name string) scripted.Policy { return policy(name, scripted.Always(scripted.Say(name))) }
	mixed := scripted.Mix(0.5, scripted.Mix(0.3, say("a"), say("b")), say("c"))
	if mixed.Name != "a-or-b-or-c" {
		t.Errorf("name %q", mixed.Name)
	}
	count := map[string]float64{}
	const n = 4000
	for seed := range int64(n) {
		c := &scripted.Conversation{Model: "m", Seed: seed, Messages: []scripted.Message{{Role: "user", Content: "x"}}}
		first := mixed.Reply(c).Text
		count[first]++
		c.Messages = append(c.Messages, scripted.Message{Role: "assistant", Content: first}, scripted.Message{Role: "user", Content: "continue"})
		if again := mixed.Reply(c).Text; again != first {
			t.Fatalf("seed %d: %s became %s in turn 1", seed, first, again)
		}
	}
	for name, want := range map[string]float64{"a": 0.15, "b": 0.35, "c": 0.5} {
		if got := count[name] / n; math.Abs(got-want) > 0.04 { // five standard errors
			t.Errorf("%s: %.3f of conversations, want %.2f", name, got, want)
		}
	}
	for p, only := range map[float64]string{0: "b", 1: "a"} {
		for seed := range int64(100) {
			if got := scripted.Mix(p, say("a"), say("b")).Reply(&scripted.Conversation{Seed: seed}).Text; got != only {
				t.Errorf("share %v: %s", p, got)
			}
		}
	}
}

func TestMixRefuses(t *testing.T) {
	ok := policy("a", scripted.Always(scripted.Reply{}))
	for name, f := range map[string]func(){
		"share":   func() { scripted.Mix(1.1, ok, ok) },
		"nan":     func() { scripted.Mix(math.NaN(), ok, ok) },
		"no name": func() { scripted.Mix(0.5, ok, scripted.Policy{Reply: ok.Reply}) },
		"steps":   func() { scripted.Steps() },
		"dup":     func() { p := ok; p.Name = "echo"; scripted.Register(p) },
		"name":    func() { p := ok; p.Name = "Echo!"; scripted.Register(p) },
		"status":  func() { scripted.Status(42, "") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
