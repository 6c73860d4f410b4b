package matchers

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	gomega "github.com/onsi/gomega/matchers"
	"github.com/onsi/gomega/types"
)

// render writes a matcher or a value as a spec would, in one line.
func render(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case *gomega.AndMatcher:
		return "And(" + renderAll(v.Matchers) + ")"
	case *gomega.OrMatcher:
		return "Or(" + renderAll(v.Matchers) + ")"
	case *gomega.NotMatcher:
		return "Not(" + render(v.Matcher) + ")"
	case types.GomegaMatcher:
		return renderMatcher(v)
	case string:
		return strconv.Quote(oneLine(v, 200))
	case fmt.Stringer:
		return oneLine(v.String(), 200)
	}
	if reflect.TypeOf(v).Kind() == reflect.Func {
		return "func"
	}
	return oneLine(fmt.Sprintf("%v", v), 200)
}

func renderAll(ms []types.GomegaMatcher) string {
	texts := make([]string, len(ms))
	for i, m := range ms {
		texts[i] = render(m)
	}
	return strings.Join(texts, ", ")
}

// renderMatcher writes Gomega's matchers from their exported fields:
// &EqualMatcher{Expected: 5} becomes Equal(5).
func renderMatcher(m types.GomegaMatcher) string {
	if s, ok := m.(fmt.Stringer); ok {
		return s.String()
	}
	v := reflect.Indirect(reflect.ValueOf(m))
	if !v.IsValid() || v.Kind() != reflect.Struct {
		return fmt.Sprintf("%T", m)
	}
	var args []string
	for i := range v.NumField() {
		if field := v.Type().Field(i); field.IsExported() {
			args = append(args, renderField(v.Field(i))...)
		}
	}
	return strings.TrimSuffix(v.Type().Name(), "Matcher") + "(" + strings.Join(args, ", ") + ")"
}

// renderField gives an argument, several for a list of any, none for an option
// that was not given.
func renderField(v reflect.Value) []string {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer, reflect.Func, reflect.Map:
		if v.IsNil() {
			return nil
		}
	case reflect.String:
		if v.Len() == 0 {
			return nil
		}
	case reflect.Slice:
		var all []string
		for i := range v.Len() {
			all = append(all, render(v.Index(i).Interface()))
		}
		return all
	}
	return []string{render(v.Interface())}
}
