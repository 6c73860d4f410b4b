package agent

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/world"
)

// filling replaces the words of a Program for one trial.
func (p Program) filling(stage *Stage) *strings.Replacer {
	system, prompt := stage.System, stage.Prompt
	if offer := offerOf(stage.Tools); offer != "" {
		system = paragraphs(system, offer)
	}
	if !slices.ContainsFunc(p.templates(), func(text string) bool { return strings.Contains(text, "{system}") }) {
		prompt = paragraphs(system, prompt)
	}
	return strings.NewReplacer(
		"{prompt}", prompt, "{system}", system, "{model}", p.modelName(),
		"{base_url}", p.baseURL(), "{key}", keyFor(stage.Rand("key")),
	)
}

func paragraphs(texts ...string) string {
	texts = slices.DeleteFunc(texts, func(t string) bool { return strings.TrimSpace(t) == "" })
	return strings.Join(texts, "\n\n")
}

func (p Program) modelName() string { return cmp.Or(p.Model, plausibleModel) }

// plausibleModel is what a model is called that has no name to be told.
const plausibleModel = "gpt-4.1"

func (p Program) baseURL() string { return "http://" + p.Address + "/v1" }

// keyFor makes a key of the length and letters of a real one.
func keyFor(r *rand.Rand) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	b := []byte("sk-")
	for range 48 {
		b = append(b, letters[r.IntN(len(letters))])
	}
	return string(b)
}

// offerOf names the tools that are commands of the sandbox: all but Bash.
func offerOf(tools []world.Tool) string {
	var b strings.Builder
	for _, t := range tools {
		if isBash(t) {
			continue
		}
		if b.Len() == 0 {
			b.WriteString("These commands can be run on the machine as well; each tells its arguments with --help:\n")
		}
		b.WriteString("\n    " + usageOf(t) + "\n        " + strings.ReplaceAll(t.Doc, "\n", "\n        "))
	}
	return b.String()
}

// environment is what is added to the program's.
func (p Program) environment(fill *strings.Replacer) map[string]string {
	env := map[string]string{"OPENAI_BASE_URL": "{base_url}", "OPENAI_API_BASE": "{base_url}", "OPENAI_API_KEY": "{key}"}
	for name, value := range p.Env {
		env[name] = value
	}
	for name, value := range env {
		env[name] = fill.Replace(value)
	}
	return env
}
