package share

import "github.com/evalkit-go/evalkit/evalkit/model"

// refusal is an error by which nothing may be spent. To those who call it is a
// budget that is used up: it ends a series at once and is nobody's behaviour.
type refusal struct{ error }

func (refusal) Is(target error) bool { return target == model.ErrBudget }
func (r refusal) Unwrap() error      { return r.error }
