package model

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Parse reads a model's name as users write it:
//
//	openai/o3                              a provider known by name
//	openai/o3?temperature=0&max_tokens=500 with parameters, see Params
//	ollama/gemma3?tools=text&timeout=90s   tools in the text, a limit for one call
//	openrouter/meta-llama/llama-4          the provider ends at the first slash
//	http://127.0.0.1:8080/v1#qwen          any OpenAI-compatible server
//	scripted/aligned                       BaseURL is left for the caller
//
// The key of a server written out is in EVALKIT_API_KEY, if it wants one;
// OPENAI_BASE_URL, read by env (os.Getenv; nil reads nothing), moves openai
// elsewhere. Only a malformed name is an error; Check finds a missing key.
func Parse(name string, env func(string) string) (Endpoint, error) {
	if env == nil {
		env = func(string) string { return "" }
	}
	if err := printable(name); err != nil {
		return Endpoint{}, err
	}
	if scheme, _, ok := strings.Cut(name, "://"); ok && !strings.Contains(scheme, "/") {
		return parseURL(name)
	}
	return parseProvider(name, env)
}

func parseURL(name string) (Endpoint, error) {
	shown := clean(withoutUserinfo(name), "")
	address, rest, ok := strings.Cut(name, "#")
	id, query, _ := strings.Cut(rest, "?")
	if !ok || id == "" {
		return Endpoint{}, fmt.Errorf("model %q names no model: write it as http://HOST:PORT/v1#NAME", shown)
	}
	base, err := baseURL(address)
	if err != nil {
		return Endpoint{}, fmt.Errorf("model %q: %w", shown, err)
	}
	params, err := parseParams(query)
	if err != nil {
		return Endpoint{}, fmt.Errorf("model %q: %w", shown, err)
	}
	return Endpoint{Spec: name, Provider: "http", Name: id, BaseURL: base, KeyEnv: httpKeyEnv, KeyOptional: true, Params: params}, nil
}

func parseProvider(name string, env func(string) string) (Endpoint, error) {
	path, query, _ := strings.Cut(name, "?")
	prov, id, ok := strings.Cut(path, "/")
	s, known := lookup(prov)
	switch {
	case !ok && known:
		return Endpoint{}, fmt.Errorf("model %q names no model: write it as %s/NAME", clean(name, ""), prov)
	case !known:
		return Endpoint{}, fmt.Errorf("model %q has no known provider: write it as PROVIDER/NAME with one of %s, or as http://HOST:PORT/v1#NAME",
			clean(name, ""), knownProviders())
	case id == "" || strings.ContainsRune(id, '#'):
		return Endpoint{}, fmt.Errorf("model %q names no model: write it as %s/NAME", clean(name, ""), prov)
	}
	e := Endpoint{Spec: name, Provider: prov, Name: id, BaseURL: s.base, KeyEnv: s.keyEnv, KeyOptional: s.keyOptional}
	if moved := s.baseEnv; moved != "" && env(moved) != "" {
		base, err := baseURL(strings.TrimSpace(env(moved)))
		if err != nil {
			return Endpoint{}, fmt.Errorf("environment variable %s: %w", moved, err)
		}
		e.BaseURL, e.KeyOptional = base, local(base)
	}
	params, err := parseParams(query)
	if err != nil {
		return Endpoint{}, fmt.Errorf("model %q: %w", clean(name, ""), err)
	}
	e.Params = params
	return e, nil
}

func printable(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("model name is empty: write it as PROVIDER/NAME with one of %s, or as http://HOST:PORT/v1#NAME", knownProviders())
	case len(name) > 4096:
		return fmt.Errorf("model name of %d bytes is too long", len(name))
	case !utf8.ValidString(name):
		return fmt.Errorf("model name %q is not UTF-8", clean(withoutUserinfo(name), ""))
	}
	for _, r := range name {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return fmt.Errorf("model name %q has a blank or an unprintable character in it", clean(withoutUserinfo(name), ""))
		}
	}
	return nil
}
