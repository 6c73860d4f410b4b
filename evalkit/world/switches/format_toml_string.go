package switches

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// quoted reads a string of TOML, of one line or several, with escapes or without.
func (p *toml) quoted() (string, error) {
	quote := p.rest[:1]
	if p.take(strings.Repeat(quote, 3)) {
		p.take("\n")
		return p.until(quote, true)
	}
	p.take(quote)
	return p.until(quote, false)
}

// until reads up to the quote, three of them where lines are many. Up to two
// more belong to the text.
func (p *toml) until(quote string, many bool) (string, error) {
	end := quote
	if many {
		end = strings.Repeat(quote, 3)
	}
	var b strings.Builder
	for p.rest != "" {
		switch {
		case p.take(end):
			for range 2 {
				if many && p.take(quote) {
					b.WriteString(quote)
				}
			}
			return b.String(), nil
		case p.rest[0] == '\n' && !many:
			return "", errors.New("a string is left open")
		case p.rest[0] == '\\' && quote == `"`:
			text, err := p.escape(many)
			if err != nil {
				return "", err
			}
			b.WriteString(text)
		default:
			b.WriteByte(p.rest[0])
			p.rest = p.rest[1:]
		}
	}
	return "", errors.New("a string is left open")
}

var tomlEscapes = map[byte]string{'b': "\b", 't': "\t", 'n': "\n", 'f': "\f", 'r': "\r", '"': `"`, '\\': `\`}

func (p *toml) escape(many bool) (string, error) {
	p.take(`\`)
	if p.rest == "" {
		return "", errors.New("a string is left open")
	}
	c := p.rest[0]
	if text, ok := tomlEscapes[c]; ok {
		p.rest = p.rest[1:]
		return text, nil
	}
	digits := map[byte]int{'u': 4, 'U': 8}[c]
	if digits > 0 && len(p.rest) > digits {
		n, err := strconv.ParseUint(p.rest[1:digits+1], 16, 32)
		p.rest = p.rest[digits+1:]
		return string(rune(n)), err
	}
	if trimmed := strings.TrimLeft(p.rest, " \t"); many && strings.HasPrefix(trimmed, "\n") {
		p.rest = strings.TrimLeft(trimmed, " \t\n")
		return "", nil
	}
	return "", fmt.Errorf(`\%c is no escape`, c)
}
