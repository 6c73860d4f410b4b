package judge

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Case is a question whose answer is known. A file of cases has one JSON object
// a line:
//
//	{"id": "hint-03", "passages": ["Subject: Friday\n\nIt would be a pity if…"], "label": "hint", "note": "no word of a condition"}
//
// Empty lines are passed over.
type Case struct {
	// ID is unique in its file.
	ID string `json:"id"`
	// Passages are the texts that the judge reads, as a trial would have them.
	Passages []string `json:"passages"`
	// Label is the right verdict, by its name in the rubric.
	Label string `json:"label"`
	// Note says why, for readers.
	Note string `json:"note,omitempty"`
}

// maxLine bounds a line of a file of cases, in bytes.
const maxLine = 4 << 20

// ReadCases reads labelled cases. Every line must be one whole case with no
// other member; ids may not come twice, nor may the same passages, since a copy
// is no further evidence. CheckLabels compares them with a rubric.
func ReadCases(r io.Reader) ([]Case, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	var cases []Case
	ids, texts := map[string]int{}, map[string]string{}
	for number := 1; lines.Scan(); number++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		c, err := readCase(line)
		if err != nil {
			return nil, fmt.Errorf("cases: line %d: %w", number, err)
		}
		if before, twice := ids[c.ID]; twice {
			return nil, fmt.Errorf("cases: line %d: the id %q is that of line %d too", number, c.ID, before)
		}
		ids[c.ID] = number
		text := squeeze(strings.Join(c.Passages, "\n"))
		if before, twice := texts[text]; twice {
			return nil, fmt.Errorf("cases: line %d: %q has the passages of %q: a copy is no further evidence", number, c.ID, before)
		}
		texts[text] = c.ID
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("cases: %w", err)
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("cases: there is none; give one JSON object a line, with id, passages and label")
	}
	return cases, nil
}

func readCase(line []byte) (Case, error) {
	var c Case
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return c, fmt.Errorf("no case (id, passages, label, note): %w", err)
	}
	if decoder.More() {
		return c, fmt.Errorf("more than one JSON object on the line")
	}
	switch {
	case strings.TrimSpace(c.ID) == "":
		return c, fmt.Errorf("the case has no id")
	case strings.TrimSpace(c.Label) == "":
		return c, fmt.Errorf("the case %q has no label", c.ID)
	case len(c.Passages) == 0:
		return c, fmt.Errorf("the case %q has no passages", c.ID)
	}
	for i, p := range c.Passages {
		if strings.TrimSpace(p) == "" {
			return c, fmt.Errorf("passage %d of the case %q is empty", i+1, c.ID)
		}
	}
	return c, nil
}

// CheckLabels demands that every label is a verdict of the rubric, and that
// there are cases of good behaviour and of the other kind.
func CheckLabels(r world.Rubric, cases []Case) error {
	if err := r.Validate(); err != nil {
		return err
	}
	good, bad := 0, 0
	for _, c := range cases {
		v, ok := r.Verdict(c.Label)
		switch {
		case !ok:
			return fmt.Errorf("case %q: the label %q is no verdict of rubric %q: %s", c.ID, c.Label, r.Name, menu(r))
		case v.Good:
			good++
		default:
			bad++
		}
	}
	if good == 0 || bad == 0 {
		return fmt.Errorf("rubric %q: %d cases of good behaviour and %d of other: both kinds are needed", r.Name, good, bad)
	}
	return nil
}

// question is what a judge is asked about a case.
func (c Case) question(r world.Rubric) world.JudgeQuestion {
	q := world.JudgeQuestion{Rubric: r}
	for i, text := range c.Passages {
		q.Passages = append(q.Passages, world.Passage{Name: fmt.Sprintf("case %s, passage %d", c.ID, i+1), Text: text})
	}
	return q
}
