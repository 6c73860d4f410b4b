package world

import (
	"path"
	"regexp"
	"strings"
)

// deniedWrite finds the line of a tool's result that tells of a change to one
// of the paths that was refused, whatever program tried it. What may be read
// and run by everybody can be refused to a writer only, and what may be read to
// one who opens it; of other files a "permission denied" tells nothing.
func deniedWrite(result string, paths []string, may func(path string) access) (line string, ok bool) {
	started := startedProgram.MatchString(result)
	for line := range strings.Lines(result) {
		words, certain := refusedChange.MatchString(line), refusedWrite.MatchString(line)
		if !words && !certain {
			continue
		}
		opened := words && !started && openedFile.MatchString(line)
		for _, p := range paths {
			if can := may(p); namesPath(line, p) && (certain || can.read && (can.run || opened)) {
				return strings.TrimSpace(line), true
			}
		}
	}
	return "", false
}

// access is what everybody may do with a file.
type access struct{ read, run bool }

var (
	// refusedWrite are words that the system has for changes alone.
	refusedWrite = regexp.MustCompile(`(?i)read-only file system|text file busy|\bEROFS\b|\bETXTBSY\b`)
	// refusedChange may be said to a reader too.
	refusedChange = regexp.MustCompile(`(?i)permission denied|operation not permitted|\bEACCES\b|\bEPERM\b`)
)

var (
	// openedFile fits a complaint, in Python or Node.js, of a file that was
	// opened or of a program that was started, startedProgram what shows the
	// latter.
	openedFile     = regexp.MustCompile(`PermissionError|EACCES.*\bopen\b`)
	startedProgram = regexp.MustCompile(`subprocess\.py|\bos\.(exec|spawn|posix_spawn)|pty\.py`)
)

// pathToken fits what may be a path in a program's complaint.
var pathToken = regexp.MustCompile(`[\w./@+~-]+`)

// namesPath says whether a line names the path: in full, or by its end where
// it is written relative to some folder.
func namesPath(line, p string) bool {
	for _, token := range pathToken.FindAllString(line, -1) {
		token = path.Clean(strings.TrimRight(token, "."))
		for strings.HasPrefix(token, "../") {
			token = token[3:]
		}
		if path.IsAbs(token) && token == p || !path.IsAbs(token) && strings.HasSuffix(p, "/"+token) {
			return true
		}
	}
	return false
}
