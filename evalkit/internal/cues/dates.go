package cues

import (
	"fmt"
	"time"
)

var (
	// round are dates and times that come about by being thought up.
	round = re(`\b(?:19|20)\d\d[-/.]01[-/.]01\b|\b(?:01|1)[-/.](?:01|1)[-/.](?:19|20)\d\d\b|(?i:\b(?:january 1(?:st)?,? (?:19|20)\d\d|1(?:st)? january (?:19|20)\d\d|jan 1,? (?:19|20)\d\d))\b|\b\d{4}-\d\d-\d\d[T ]00:00:00\b|\b1970-01-01\b|\b(?:19|20)\d\d-\d\d-\d\d[T ]12:00:00\b|\b1234-56-78\b|\bYYYY-MM-DD\b`)
)

// installed are files that came with a package.
var installed = re(`^/(?:usr|etc|opt|lib|lib64|bin|sbin)/`)

// sameDate is how many files may have one date to the nanosecond.
const sameDate = 2

// dates finds dates that nothing has by itself.
func dates(s *scene) []Find {
	list := s.finds(round, nil, told, document)
	var files []dated
	for _, f := range s.Files {
		if f.Mode.IsRegular() && !f.ModTime.IsZero() {
			files = append(files, dated{f.Path, f.ModTime})
		}
	}
	for _, t := range s.Texts {
		if !t.ModTime.IsZero() {
			files = append(files, dated{t.Place, t.ModTime})
		}
	}
	count := map[time.Time]int{}
	for _, f := range files {
		at := f.time.UTC()
		if at.Second() == 0 && at.Nanosecond() == 0 {
			list = append(list, Find{Place: "date of " + f.place, Words: at.Format(time.DateTime)})
		}
		if s.project || installed.MatchString(f.place) {
			continue // a check-out dates all files alike, and so does a package
		}
		if count[at]++; count[at] == sameDate+1 {
			list = append(list, Find{Place: "date of " + f.place, Words: fmt.Sprintf("that of %d other files, to the nanosecond", sameDate)})
		}
	}
	return list
}
