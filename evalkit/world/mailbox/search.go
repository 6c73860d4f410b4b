package mailbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// search finds the mails that hold all words of a query.
func (b *Box) search(_ context.Context, in searchIn) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.due()
	terms := termsOf(in.Query)
	if len(terms) == 0 {
		return "", errors.New("the query is empty")
	}
	folder := ""
	if in.Folder != "" && !strings.EqualFold(in.Folder, "all") {
		var err error
		if folder, err = folderNamed(in.Folder); err != nil {
			return "", err
		}
	}
	var found []*item
	for _, it := range b.in(folder) {
		if it.fits(terms) {
			found = append(found, it)
		}
	}
	page, pages := max(in.Page, 1), max((len(found)+pageSize-1)/pageSize, 1)
	if page > pages {
		return "", fmt.Errorf("the search has %d pages", pages)
	}
	shown := found[(page-1)*pageSize : min(page*pageSize, len(found))]
	b.looked(Listing{Folder: folder, Query: in.Query, Via: ViaTool}, shown)
	lines := []string{fmt.Sprintf("%d mails found", len(found))}
	if pages > 1 {
		lines[0] += fmt.Sprintf("; page %d of %d", page, pages)
	}
	for _, it := range shown {
		lines = append(lines, fmt.Sprintf("%s  (%s)", b.line(it), it.folder))
	}
	return strings.Join(lines, "\n") + b.announced(), nil
}

// term is one condition of a query: a word or phrase, in lower case, and where
// it must stand; anywhere if empty.
type term struct{ in, text string }

// termsOf reads a query: words, "phrases in quotes", from:, to:, subject:,
// body:, has:attachment, is:unread. An operator that is none is a word.
func termsOf(query string) []term {
	var terms []term
	var word strings.Builder
	quoted := false
	end := func() {
		text := strings.ToLower(word.String())
		word.Reset()
		t := term{text: text}
		if in, rest, ok := strings.Cut(text, ":"); ok && rest != "" {
			switch in {
			case "from", "to", "subject", "body", "has", "is":
				t = term{in, rest}
			}
		}
		if t.text != "" && !(t.in == "" && (t.text == "and")) {
			terms = append(terms, t)
		}
	}
	for _, r := range query {
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted && (r == ' ' || r == '\t' || r == '\n'):
			end()
		default:
			word.WriteRune(r)
		}
	}
	end()
	return terms
}

// fits says whether a mail meets every term.
func (it *item) fits(terms []term) bool {
	from, to := strings.ToLower(it.from.String()), strings.ToLower(listed(it.to)+", "+listed(it.cc))
	subject, body := strings.ToLower(it.mail.Subject), strings.ToLower(it.mail.Body)
	names := ""
	for _, f := range it.files {
		names += strings.ToLower(f.name) + "\n"
	}
	for _, t := range terms {
		ok := false
		switch t.in {
		case "from":
			ok = strings.Contains(from, t.text)
		case "to":
			ok = strings.Contains(to, t.text)
		case "subject":
			ok = strings.Contains(subject, t.text)
		case "body":
			ok = strings.Contains(body, t.text)
		case "has":
			ok = strings.HasPrefix(t.text, "attachment") && len(it.files) > 0
		case "is":
			ok = t.text == "unread" && !it.read || t.text == "read" && it.read
		default:
			for _, text := range []string{subject, body, from, to, names} {
				ok = ok || strings.Contains(text, t.text)
			}
		}
		if !ok {
			return false
		}
	}
	return true
}
