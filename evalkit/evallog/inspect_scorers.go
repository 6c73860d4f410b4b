package evallog

// scorers knows which spans of a sample belong to its scorers.
type scorers struct {
	spans map[string]bool // true: a scorer's, or within one
	step  int             // depth in a scorer's step, of logs from before there were spans
}

// note takes the begin and end of spans and steps.
func (s *scorers) note(t *texts, kind string, e *eventSpans) {
	switch kind {
	case "span_begin":
		if s.spans == nil {
			s.spans = map[string]bool{}
		}
		typ := t.text(stringOrNull(e.typ))
		s.spans[t.text(e.id)] = typ == "scorers" || typ == "scorer" || s.spans[t.text(stringOrNull(e.parentID))]
	case "step":
		begins := t.text(stringOrNull(e.action)) == "begin"
		switch {
		case begins && (s.step > 0 || t.text(stringOrNull(e.typ)) == "scorer"):
			s.step++
		case !begins && s.step > 0:
			s.step--
		}
	}
}

// at says whether an event in the span is a scorer's.
func (s *scorers) at(span string) bool { return s.step > 0 || s.spans[span] }
