package matchers

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync"

	"github.com/onsi/gomega/types"
)

// wanted is a value or a matcher that something the agent wrote is held
// against. Values are compared as JSON, so that 5 equals the 5 of a model.
type wanted struct {
	value any
	mu    *sync.Mutex // guards a matcher's state
}

func want(v any) wanted { return wanted{value: v, mu: &sync.Mutex{}} }

func (w wanted) String() string { return render(w.value) }

// overText refuses what no text can be, such as a number: it is never matched.
func (w wanted) overText() error {
	if _, ok := w.value.(types.GomegaMatcher); ok {
		return nil
	}
	if data, err := json.Marshal(w.value); err == nil && len(data) > 0 && data[0] == '"' {
		return nil
	}
	if w.value == nil {
		return errors.New("nothing is asked of the text; give a string or a matcher over one, such as ContainSubstring(\"42\")")
	}
	return fmt.Errorf("a text is never equal to a value of type %T; give a string or a matcher over one", w.value)
}

// accepts says whether got is what is wanted, and if not, why.
func (w wanted) accepts(got any) (bool, error) {
	if m, ok := w.value.(types.GomegaMatcher); ok {
		good, _, err := askForeign(w.mu, m, got)
		return good, err
	}
	data, err := json.Marshal(w.value)
	if err != nil {
		return false, fmt.Errorf("the value %s has no JSON: %w", w, err)
	}
	var plain any
	if err := json.Unmarshal(data, &plain); err != nil {
		return false, fmt.Errorf("the value %s: %w", w, err)
	}
	return reflect.DeepEqual(plain, got), nil
}
