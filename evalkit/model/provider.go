package model

import (
	"slices"
	"strings"
)

// service is a provider that is known by name.
type service struct {
	name, base, keyEnv string
	baseEnv            string // environment variable that moves base
	keyOptional        bool
}

// services are the providers known by name, each at its OpenAI-compatible
// address as its own documentation gives it.
var services = []service{
	{name: "anthropic", base: "https://api.anthropic.com/v1", keyEnv: "ANTHROPIC_API_KEY"},
	{name: "deepseek", base: "https://api.deepseek.com/v1", keyEnv: "DEEPSEEK_API_KEY"},
	{name: "gemini", base: "https://generativelanguage.googleapis.com/v1beta/openai", keyEnv: "GEMINI_API_KEY"},
	{name: "groq", base: "https://api.groq.com/openai/v1", keyEnv: "GROQ_API_KEY"},
	{name: "mistral", base: "https://api.mistral.ai/v1", keyEnv: "MISTRAL_API_KEY"},
	{name: "ollama", base: "http://127.0.0.1:11434/v1", keyEnv: "OLLAMA_API_KEY", keyOptional: true},
	{name: "openai", base: "https://api.openai.com/v1", keyEnv: "OPENAI_API_KEY", baseEnv: "OPENAI_BASE_URL"},
	{name: "openrouter", base: "https://openrouter.ai/api/v1", keyEnv: "OPENROUTER_API_KEY"},
	{name: "together", base: "https://api.together.xyz/v1", keyEnv: "TOGETHER_API_KEY"},
	{name: "xai", base: "https://api.x.ai/v1", keyEnv: "XAI_API_KEY"},
	{name: scripted, keyOptional: true},
}

const (
	scripted   = "scripted"
	openaiBase = "https://api.openai.com/v1"
	// httpKeyEnv holds the key of an address written out: not OPENAI_API_KEY,
	// which must not go to whoever a spec names.
	httpKeyEnv = "EVALKIT_API_KEY"
)

func lookup(name string) (service, bool) {
	i := slices.IndexFunc(services, func(s service) bool { return s.name == name })
	if i < 0 {
		return service{}, false
	}
	return services[i], true
}

func knownProviders() string {
	names := make([]string, len(services))
	for i, s := range services {
		names[i] = s.name
	}
	return strings.Join(names, ", ")
}
