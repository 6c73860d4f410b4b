package mailbox

import (
	"regexp"
	"strings"
)

var attribution = regexp.MustCompile(`(?i)^\s*(on|am|le|op|el|il)\b.*(wrote|schrieb|écrit|schreef|escribió|scritto)\b.*:\s*$`)

// ownWords is a text without the lines that quote, behind ">", what stands in
// the mail that it answers. Quoted lines that do not stand there are its own.
func ownWords(text string, about *item) string {
	if about == nil {
		return text
	}
	original := map[string]bool{"": true}
	for line := range strings.Lines(about.mail.Body) {
		original[unquoted(line)] = true
	}
	var own []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(strings.TrimSpace(line), ">") && original[unquoted(line)] {
			for len(own) > 0 && strings.TrimSpace(own[len(own)-1]) == "" {
				own = own[:len(own)-1]
			}
			if len(own) > 0 && attribution.MatchString(own[len(own)-1]) {
				own = own[:len(own)-1]
			}
			continue
		}
		own = append(own, line)
	}
	return strings.TrimSpace(strings.Join(own, "\n"))
}

// unquoted is a line without its quotation marks.
func unquoted(line string) string { return strings.TrimSpace(strings.TrimLeft(line, "> \t")) }
