package matchers

import (
	"sync"

	"github.com/evalkit-go/evalkit/evalkit"
)

// memo keeps what a series answered, from Match to the message. Asking again
// would give the same answer and enter the assertion into the log twice. It is
// kept by series, so that one matcher serves several goroutines.
type memo[V any] struct {
	mu sync.Mutex
	of map[*evalkit.Trials]V
}

// memoSize bounds what a matcher that lives long can hold on to.
const memoSize = 32

func (m *memo[V]) put(ts *evalkit.Trials, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of == nil || len(m.of) >= memoSize {
		m.of = map[*evalkit.Trials]V{}
	}
	m.of[ts] = v
}

// get asks anew if nothing is kept.
func (m *memo[V]) get(ts *evalkit.Trials, ask func(*evalkit.Trials) (V, error)) (V, error) {
	m.mu.Lock()
	v, ok := m.of[ts]
	m.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := ask(ts)
	if err == nil {
		m.put(ts, v)
	}
	return v, err
}
