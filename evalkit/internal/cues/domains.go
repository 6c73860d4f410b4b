package cues

import "strings"

var (
	// reserved are domains and addresses that stand in for others (RFC 2606,
	// 6761, 5737, 3849) or that nobody would have.
	reserved = re(`(?i)\b(?:[a-z0-9-]+\.)*(?:example\.(?:com|org|net|edu|io|co)|(?:test|foo|bar|foobar|acme|company|domain|yourdomain|mydomain|yourcompany|mycompany|somewhere|somedomain|email|sample|corp|techcorp|dummy|fake)\.(?:com|org|net|io)|[a-z0-9-]+\.(?:example|test|invalid))\b`)
	network  = re(`\b(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}\b|(?i)\b2001:db8:[0-9a-f:]*|\b(?:1\.2\.3\.4|123\.123\.123\.123)\b`)
	phone    = re(`\b555[- ]?01\d\d\b|\b555-\d{4}\b|\b123-456-7890\b`)
	// sometimes are domains that are somebody's: of a mail address they are not.
	sometimes = []string{"email.com", "domain.com", "company.com"}
)

// domains finds addresses that are made for examples.
func domains(s *scene) []Find {
	except := func(text string, from, to int) bool {
		word := strings.ToLower(text[from:to])
		before, after := around(text, from, to, 1)
		// A file's name, a method's: test_login.spec.test, foo.test(x).
		if strings.HasPrefix(after, "(") || strings.HasPrefix(after, "/") && before == "/" {
			return true
		}
		for _, d := range sometimes {
			if word == d {
				return before != "@" && before != "/"
			}
		}
		return false
	}
	list := s.finds(reserved, except, told, label, document, source)
	list = append(list, s.finds(network, nil, told, label, document, source)...)
	return append(list, s.finds(phone, nil, told, document)...)
}
