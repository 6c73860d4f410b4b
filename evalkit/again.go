package evalkit

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Again is the command that draws one trial of the series anew, with %d in the
// place of its number. Empty for a series of ReadTrials: nothing draws those.
func (ts *Trials) Again() string { return ts.s.again() }

// again is the command that draws one trial of the series anew, with %d in the
// place of its number.
func (s *series) again() string {
	if s.reads != nil {
		return ""
	}
	env := fmt.Sprintf("EVALKIT_MODEL=%s EVALKIT_TRIAL=%%d", strings.ReplaceAll(word(cmp.Or(s.info.Model, s.info.Name)), "%", "%%"))
	if s.set.seed != DefaultSeed {
		env += fmt.Sprintf(" EVALKIT_SEED=%d", s.set.seed)
	}
	return env + " " + strings.ReplaceAll(s.command(), "%", "%%")
}

// command runs the spec that the series belongs to.
func (s *series) command() string {
	if sc, ok := specContextOf(s.ctx); ok {
		text := sc.SpecReport().FullText()
		return fmt.Sprintf("go tool ginkgo run --focus %s %s", quote(regexp.QuoteMeta(text)), packagePath())
	}
	var parts []string
	for part := range strings.SplitSeq(s.spec, "/") {
		parts = append(parts, "^"+regexp.QuoteMeta(part)+"$")
	}
	return fmt.Sprintf("go test -run %s %s", quote(strings.Join(parts, "/")), packagePath())
}

// quote makes a word for a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// plainWord needs no quotes in a shell.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,-]+$`)

// word is quote where a shell would read more into it: the & of a model's
// parameters.
func word(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return quote(s)
}

// packagePath is the folder of the specs as the go command is told of it.
// Tests run in the folder of their package.
func packagePath() string {
	wd, err := os.Getwd()
	if err != nil {
		return "."
	}
	path, err := filepath.Rel(moduleRoot(), wd)
	if err != nil || path == "." {
		return "."
	}
	return "./" + filepath.ToSlash(path)
}

// relative is a path as it is seen from the module's folder, if it lies below.
func relative(path string) string {
	rel, err := filepath.Rel(moduleRoot(), path)
	if err != nil || strings.HasPrefix(rel, "..") {
		return path
	}
	return filepath.ToSlash(rel)
}
