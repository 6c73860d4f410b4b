package ginkgokit

import (
	"strings"
)

// ModelLabel is the label of a model's specs, "model: openai-gpt-5.4" for
// openai/gpt-5.4, so that --label-filter='model: containsAny {openai-gpt-5.4}'
// finds them. Ginkgo refuses a slash in a label, and more: whatever is no
// letter, digit, dot or underscore becomes a dash.
func ModelLabel(spec string) string {
	var b strings.Builder
	dash := false
	for _, r := range spec {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_':
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
			dash = false
		default:
			dash = true
		}
	}
	if b.Len() == 0 {
		b.WriteString("unnamed")
	}
	return "model: " + b.String()
}
