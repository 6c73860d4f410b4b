package scripted

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxTranscript bounds what is read of one transcript: 256 MiB.
const maxTranscript = 256 << 20

// TranscriptError says what is wrong with a transcript, and how to mend it.
type TranscriptError struct {
	Name string // the transcript's
	Line int    // from 1; 0 where it is the whole
	Err  error
	Mend string
}

func (e *TranscriptError) Error() string {
	place := e.Name
	if e.Line > 0 {
		place = fmt.Sprintf("%s:%d", e.Name, e.Line)
	}
	return fmt.Sprintf("transcript %s: %v; %s", place, e.Err, e.Mend)
}

func (e *TranscriptError) Unwrap() error { return e.Err }

// ReadTranscript reads a recorded run: JSON lines, each an OpenAI chat message.
//
//	{"role":"assistant","content":"I look around.","tool_calls":[{"id":"c1","type":"function","function":{"name":"bash","arguments":"{\"command\":\"ls\"}"}}]}
//
// Every assistant message is a turn. Messages of the roles system, developer,
// user, tool and function may stand between them and are passed over: the
// scenario says those parts anew. In place of lines of messages there may be
// one JSON value with all of them, an array or {"messages":[…]}, on one line or
// spread over several.
//
// It is lenient where the meaning is plain: content that is null, a string or a
// list of parts, arguments as a string or as an object, the older
// function_call, blank lines, CRLF, a byte order mark, unknown fields. A second
// call of a turn with the id of an earlier one gets an id of its own. Anything
// else is a *TranscriptError: a call that was dropped in silence would make
// another run of it.
//
// Name stands for the transcript in errors and logs: the path of its file.
func ReadTranscript(name string, r io.Reader) (Transcript, error) {
	t := Transcript{Name: name}
	body, err := io.ReadAll(io.LimitReader(r, maxTranscript+1))
	if err != nil {
		return t, fmt.Errorf("transcript %s: %w", name, err)
	}
	if len(body) > maxTranscript {
		return t, &TranscriptError{Name: name, Err: fmt.Errorf("it is longer than %d MiB", maxTranscript>>20), Mend: "give every recorded run a file of its own"}
	}
	whole := false // a value with a whole conversation was read
	for _, p := range piecesOf(body) {
		turns, all, err := readPiece(p.text)
		if err == nil && len(turns) > 0 && len(t.Turns) > 0 && (all || whole) {
			err = &TranscriptError{Err: errors.New("a second conversation begins here"), Mend: "give every recorded run a file of its own"}
		}
		if err != nil {
			err.Name, err.Line = name, p.line
			return Transcript{}, err
		}
		for i := range turns {
			turns[i].Line = p.line
		}
		t.Turns, whole = append(t.Turns, turns...), whole || all
	}
	if len(t.Turns) == 0 {
		return Transcript{}, &TranscriptError{Name: name, Err: errors.New("it holds no assistant message"), Mend: `give lines such as {"role":"assistant","content":"…","tool_calls":[…]}`}
	}
	return t, nil
}

// piece is a JSON value of a transcript with its first line.
type piece struct {
	line int
	text []byte
}

// piecesOf cuts a transcript into its values: lines, or the whole where it is
// one value spread over several lines.
func piecesOf(body []byte) []piece {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	var pieces []piece
	line := 0
	for text := range bytes.Lines(body) {
		line++
		if text = bytes.TrimSpace(text); len(text) > 0 {
			pieces = append(pieces, piece{line, text})
		}
	}
	if len(pieces) > 1 && !json.Valid(pieces[0].text) && json.Valid(body) {
		return []piece{{pieces[0].line, bytes.TrimSpace(body)}}
	}
	return pieces
}

// readPiece reads the turns of one value; all says that it is a list of
// messages, not one of them.
func readPiece(text []byte) (turns []Turn, all bool, fault *TranscriptError) {
	if !utf8.Valid(text) {
		return nil, false, &TranscriptError{Err: errors.New("it is no UTF-8"), Mend: "write the file anew in UTF-8"}
	}
	if text[0] == '[' {
		turns, fault = readMessages(text)
		return turns, true, fault
	}
	var object struct {
		Role     *string         `json:"role"`
		Messages json.RawMessage `json:"messages"`
	}
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, false, notJSON(err)
	}
	switch {
	case len(object.Messages) > 0:
		turns, fault = readMessages(object.Messages)
		return turns, true, fault
	case object.Role == nil:
		return nil, false, &TranscriptError{Err: errors.New("the object has neither a role nor messages"), Mend: `a line is a chat message: {"role":"assistant",…}`}
	}
	turn, said, fault := readMessage(text)
	if said {
		turns = []Turn{turn}
	}
	return turns, false, fault
}

func readMessages(text []byte) ([]Turn, *TranscriptError) {
	var messages []json.RawMessage
	if err := json.Unmarshal(text, &messages); err != nil {
		return nil, notJSON(err)
	}
	var turns []Turn
	for i, message := range messages {
		turn, said, fault := readMessage(message)
		if fault != nil {
			fault.Err = fmt.Errorf("message %d: %w", i+1, fault.Err)
			return nil, fault
		}
		if said {
			turns = append(turns, turn)
		}
	}
	return turns, nil
}

func notJSON(err error) *TranscriptError {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		where := "the line"
		if kind.Field != "" {
			where = fmt.Sprintf("%q", kind.Field)
		}
		return &TranscriptError{Err: fmt.Errorf("%s is a JSON %s, which it cannot be", where, kind.Value), Mend: `a line is a chat message: {"role":"assistant",…}`}
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		err = fmt.Errorf("%w (at byte %d)", err, syntax.Offset)
	}
	return &TranscriptError{Err: fmt.Errorf("it is no JSON value: %w", err), Mend: "write every message as one line of JSON"}
}
