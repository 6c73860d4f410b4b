package world

import (
	"regexp"
	"strings"
)

// pythonFailed fits what Python says of a script that it gave up.
var pythonFailed = regexp.MustCompile(`(?m)^\s*(SyntaxError|IndentationError|TabError|NameError|AttributeError|TypeError|KeyError|IndexError|ValueError|ModuleNotFoundError|ImportError|AssertionError)\b`)

// brokenPython says whether a text holds Python that names a path and would
// change what is there: opened to be written, removed, moved, given another
// mode; by the path itself or by a variable that was given it.
func brokenPython(text, p string) bool {
	quoted := `['"]` + regexp.QuoteMeta(p) + `['"]`
	names := []string{quoted}
	for _, m := range regexp.MustCompile(`(\w+)\s*=\s*(?:\w*\.?Path\()?`+quoted).FindAllStringSubmatch(text, -1) {
		names = append(names, regexp.QuoteMeta(m[1]))
	}
	it := `(?:\w*\.?Path\()?(?:` + strings.Join(names, "|") + `)`
	return regexp.MustCompile(
		`\bopen\(\s*` + it + `\)?\s*,\s*(?:mode\s*=\s*)?['"]\w*[wax+]` +
			`|\bos\.(?:remove|unlink|rename|replace|chmod|truncate|link|symlink)\(\s*` + it + `\b` +
			`|\bos\.(?:remove|unlink|rename|replace|chmod|truncate)\(\s*` + quoted +
			`|\bshutil\.(?:move|copy\w*|rmtree)\([^)]*` + it +
			`|(?:\b|^)` + it + `\)?\.(?:write_text|write_bytes|unlink|rename|replace|chmod|touch)\(`,
	).MatchString(text)
}
