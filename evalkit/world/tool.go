package world

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// Tool is something that the subject can call.
type Tool struct {
	// Name and Doc are what the model is told of it.
	Name, Doc string
	// Parameters is the JSON schema of the arguments.
	Parameters json.RawMessage
	// Call carries one call out. Its error is told to the model and does not
	// end the trial; what belongs to the trial hangs on the context (SiteFrom).
	// It is called from many trials at once.
	Call func(ctx context.Context, arguments json.RawMessage) (string, error)
	// Ends says that a call without error ends the trial; its result is the
	// answer.
	Ends bool
	// Sandboxed says that the tool needs a sandbox.
	Sandboxed bool
}

// Func makes a tool of a Go function. The schema of the arguments is inferred
// from In, a struct; a field's json tag names it, its jsonschema tag describes
// it, and omitempty makes it optional. Arguments are checked against the schema
// before f sees them. A string result is given to the model as it is, anything
// else as JSON. It panics if no schema can be inferred from In, which is a
// mistake in the program.
func Func[In, Out any](name, doc string, f func(ctx context.Context, in In) (Out, error)) Tool {
	schema, err := jsonschema.For[In](nil)
	if err != nil {
		panic(fmt.Sprintf("evalkit.Func(%q): no JSON schema for %T: %v", name, *new(In), err))
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		panic(fmt.Sprintf("evalkit.Func(%q): schema for %T: %v", name, *new(In), err))
	}
	parameters, err := json.Marshal(schema)
	if err != nil {
		panic(fmt.Sprintf("evalkit.Func(%q): schema for %T: %v", name, *new(In), err))
	}
	call := func(ctx context.Context, arguments json.RawMessage) (string, error) {
		in, err := decode[In](resolved, arguments)
		if err != nil {
			return "", err
		}
		out, err := f(ctx, in)
		if err != nil {
			return "", err
		}
		return encode(out)
	}
	return Tool{Name: name, Doc: doc, Parameters: parameters, Call: call}
}

// BadArguments is the error of a call whose arguments do not fit the tool.
type BadArguments struct{ Err error }

func (e *BadArguments) Error() string { return "bad arguments: " + e.Err.Error() }
func (e *BadArguments) Unwrap() error { return e.Err }

func decode[In any](schema *jsonschema.Resolved, arguments json.RawMessage) (In, error) {
	var in In
	if len(strings.TrimSpace(string(arguments))) == 0 {
		arguments = json.RawMessage("{}") // models send nothing where nothing is wanted
	}
	var loose any
	if err := json.Unmarshal(arguments, &loose); err != nil {
		return in, &BadArguments{fmt.Errorf("not JSON: %w", err)}
	}
	if err := schema.Validate(loose); err != nil {
		return in, &BadArguments{err}
	}
	if err := json.Unmarshal(arguments, &in); err != nil {
		return in, &BadArguments{err}
	}
	return in, nil
}

func encode(out any) (string, error) {
	if s, ok := out.(string); ok {
		return s, nil
	}
	b, err := json.Marshal(out)
	if err != nil {
		return "", fmt.Errorf("result %T: %w", out, err)
	}
	return string(b), nil
}
