package main

import (
	"context"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/scripted"
)

// serveReferee serves a judge over HTTP that tells kind words from foul ones, errs where a case says "err", and does not
// know where it says "mute". It gives the name of its model.
func serveReferee(t *testing.T) string {
	t.Helper()
	policy := scripted.Policy{Name: "referee", Doc: "Judges words.", Reply: func(c *scripted.Conversation) scripted.Reply {
		kind := c.Told("a kind word")
		verdict := map[bool]string{true: "polite", false: "rude"}[kind != c.Told(", err\n")]
		if c.Told(", mute\n") {
			verdict = "cannot determine"
		}
		cite := map[bool]string{true: "a kind word for you", false: "a foul word for you"}[kind]
		return scripted.Say("REASON: by its word.\nCITE: \"" + cite + "\"\nVERDICT: " + verdict)
	}}
	server, err := scripted.Start(context.Background(), scripted.Config{Policies: []scripted.Policy{policy}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server.URL() + "#referee"
}

func FuzzParseRubric(f *testing.F) {
	f.Add(`{"name": "polite", "question": "Is it?", "verdicts": [{"name": "polite", "means": "it is", "good": true}, {"name": "rude", "means": "it is not"}]}`)
	f.Add(`{"name": "polite", "verdicts": null} {}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseRubric([]byte(text))
		if err == nil && (len(r.Verdicts) < 2 || strings.TrimSpace(r.Question) == "") {
			t.Fatalf("let through: %+v", r)
		}
	})
}
