package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestParse(t *testing.T) {
	zero, half, seed := 0.0, 0.5, int64(-3)
	for _, tt := range []struct {
		spec string
		env  func(string) string
		want Endpoint
	}{
		{"openai/o3", nil, Endpoint{Provider: "openai", Name: "o3", BaseURL: "https://api.openai.com/v1", KeyEnv: "OPENAI_API_KEY"}},
		{"openai/o3", env("OPENAI_BASE_URL", "https://gate.example/v1/"), Endpoint{Provider: "openai", Name: "o3", BaseURL: "https://gate.example/v1", KeyEnv: "OPENAI_API_KEY"}},
		{"openai/o3", env("OPENAI_BASE_URL", "http://localhost:1/v1"), Endpoint{Provider: "openai", Name: "o3", BaseURL: "http://localhost:1/v1", KeyEnv: "OPENAI_API_KEY", KeyOptional: true}},
		{"openrouter/meta-llama/llama-4:free", nil, Endpoint{Provider: "openrouter", Name: "meta-llama/llama-4:free", BaseURL: "https://openrouter.ai/api/v1", KeyEnv: "OPENROUTER_API_KEY"}},
		{"http://127.0.0.1:8080/v1#qwen", nil, Endpoint{Provider: "http", Name: "qwen", BaseURL: "http://127.0.0.1:8080/v1", KeyEnv: "EVALKIT_API_KEY", KeyOptional: true}},
		{"https://h/#a/b?temperature=0", nil, Endpoint{Provider: "http", Name: "a/b", BaseURL: "https://h", KeyEnv: "EVALKIT_API_KEY", KeyOptional: true, Params: Params{Temperature: &zero}}},
		{"scripted/aligned", nil, Endpoint{Provider: "scripted", Name: "aligned", KeyOptional: true}},
		{`groq/m?top_p=0.5&seed=-3&max_tokens=20&reasoning_effort=high&extra.a={"b":1}`, nil, Endpoint{Provider: "groq", Name: "m", BaseURL: "https://api.groq.com/openai/v1", KeyEnv: "GROQ_API_KEY",
			Params: Params{TopP: &half, Seed: &seed, MaxTokens: 20, ReasoningEffort: "high", Extra: map[string]json.RawMessage{"a": json.RawMessage(`{"b":1}`)}}}},
	} {
		got, err := Parse(tt.spec, tt.env)
		if err != nil {
			t.Errorf("%s: %v", tt.spec, err)
			continue
		}
		tt.want.Spec = tt.spec
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", tt.spec, got, tt.want)
		}
		if got.String() != tt.spec {
			t.Errorf("String is %q", got)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for spec, says := range map[string]string{
		"":                                  "write it as PROVIDER/NAME with one of anthropic, deepseek, gemini,",
		"gpt-4":                             "no known provider",
		"opnai/o3":                          "http://HOST:PORT/v1#NAME",
		"openai":                            "write it as openai/NAME",
		"openai/":                           "write it as openai/NAME",
		"openai/?temperature=0":             "write it as openai/NAME",
		"openai/o3?temprature=0":            `unknown parameter "temprature": known are temperature,`,
		"openai/o3?temperature=hot":         "temperature=hot",
		"openai/o3?temperature=NaN":         "0 or more",
		"openai/o3?temperature=-1":          "0 or more",
		"openai/o3?max_tokens=0":            "1 or more",
		"openai/o3?seed=1&seed=2":           "given 2 times",
		"openai/o3?extra.model=1":           "place of its own",
		"openai/o3?extra.messages=[]":       "place of its own",
		"openai/o3?extra.a=b":               "text needs quotes",
		"openai/o3?%zz=1":                   "parameters",
		"openai/o 3":                        "blank",
		"openai/o3\x00":                     "unprintable",
		"openai/\xff":                       "not UTF-8",
		"http://h/v1":                       "names no model",
		"http://h/v1#":                      "names no model",
		"http:///v1#m":                      "has no host",
		"ftp://h/v1#m":                      "not http or https",
		"http://h/v1?api-version=1#m":       "after the model's name",
		"http://user:hunter2secret@h/v1#m":  "user or password",
		"http://user:hunter2secret@:x/v1#m": "no URL",
		"http://user:hunter2secret@h/v1":    "names no model",
	} {
		_, err := Parse(spec, nil)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want %q", spec, err, says)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2secret") {
			t.Errorf("%q: the error shows the password: %v", spec, err)
		}
	}
	if _, err := Parse("openai/o3", env("OPENAI_BASE_URL", "nonsense")); err == nil || !strings.Contains(err.Error(), "OPENAI_BASE_URL") {
		t.Errorf("got %v", err)
	}
}

func TestCheck(t *testing.T) {
	e, err := Parse("openai/o3", nil)
	if err != nil {
		t.Fatal(err)
	}
	var fault *Error
	if err := e.Check(env()); !errors.As(err, &fault) || fault.Kind != BadKey || !strings.Contains(err.Error(), "OPENAI_API_KEY is not set; set it to a key of openai") {
		t.Errorf("got %v", err)
	}
	if err := e.Check(env("OPENAI_API_KEY", "a\nb")); !errors.As(err, &fault) || !strings.Contains(err.Error(), "no key has") {
		t.Errorf("got %v", err)
	}
	if err := e.Check(env("OPENAI_API_KEY", " sk-abc\n")); err != nil {
		t.Errorf("got %v", err)
	}
	local, _ := Parse("scripted/aligned", nil)
	if err := local.Check(env()); err == nil || !strings.Contains(err.Error(), "no address") {
		t.Errorf("got %v", err)
	}
}

func TestStringHidesUserinfo(t *testing.T) {
	e := Endpoint{Spec: "http://me:hunter2secret@h/v1#m", Name: "m", BaseURL: "http://me:hunter2secret@h/v1"}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "endpoint", e)
	_, err := New(Config{Endpoint: e})
	if err == nil {
		t.Error("New took a password in the address")
	}
	for _, shown := range []string{e.String(), fmt.Sprint(e), log.String(), err.Error()} {
		if strings.Contains(shown, "hunter2") || !strings.Contains(shown, "http://h/v1") {
			t.Errorf("got %s", shown)
		}
	}
}
