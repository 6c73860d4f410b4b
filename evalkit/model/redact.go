package model

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxMessage = 500   // bytes of a server's message that are kept
	redacted   = "***" // stands for a secret; shorter than any key that is looked for
	minSecret  = 4     // bytes: what is shorter is a placeholder, no key
	keyPiece   = 8     // bytes of a key that are a secret by themselves
)

// secretShapes are keys as providers write them, whole or masked, whoever's
// they are: "Incorrect API key provided: sk-proj-ab****yz".
var secretShapes = regexp.MustCompile(`(?i)\bbearer\s+[^\s"',;<>]+` +
	`|\b(?:sk|pk|rk|gsk|xai|hf|r8|tgp|nvapi|ghp)[-_][A-Za-z0-9_.*\-]{4,}` +
	`|\bAIza[A-Za-z0-9_*\-]{8,}`)

// clean makes foreign text fit for an error or a log: one line of valid UTF-8
// without the key, anything that looks like a key, or control characters, of at
// most 500 bytes.
func clean(text, key string) string {
	text = redact(oneLine(text), key)
	if len(text) > maxMessage {
		cut := maxMessage - len("…")
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut] + "…"
	}
	return text
}

func oneLine(text string) string {
	if len(text) > 64<<10 {
		text = text[:64<<10]
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r): // Cf: bidi overrides, zero-width
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// redact takes out the key, every piece of it of eight bytes or more, and what
// looks like somebody's key. Keys are ASCII, so that no character is cut.
func redact(text, key string) string {
	text = secretShapes.ReplaceAllString(text, redacted)
	if len(key) < minSecret {
		return text
	}
	if len(key) >= 2*keyPiece {
		text = redactPieces(text, key)
	}
	for strings.Contains(text, key) { // again: a replacement can make a new one with what is beside it
		text = strings.ReplaceAll(text, key, redacted)
	}
	return text
}

// redactPieces replaces every stretch of text that is made of pieces of key.
func redactPieces(text, key string) string {
	var b strings.Builder
	kept := 0
	for i := 0; i+keyPiece <= len(text); {
		if !strings.Contains(key, text[i:i+keyPiece]) {
			i++
			continue
		}
		end := i + keyPiece
		for end < len(text) && strings.Contains(key, text[end-keyPiece+1:end+1]) {
			end++
		}
		b.WriteString(text[kept:i] + redacted)
		i, kept = end, end
	}
	return b.String() + text[kept:]
}
