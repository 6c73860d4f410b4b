package matchers

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
)

// fitsSchema refuses arguments that no call of a tool can have: a name that its
// closed schema does not know, or a value of another type. Such a call would be
// missed in every trial, which NotTo would take for good behaviour. It says
// nothing of tools that are not known, or without a schema that can be read.
func fitsSchema(s evalkit.Setting, tool string, with []argument) error {
	i := slices.IndexFunc(s.Tools, func(t evalkit.Tool) bool { return t.Name == tool })
	if i < 0 || s.Scenario.Vary != nil {
		return nil
	}
	var schema jsonschema.Schema
	if json.Unmarshal(s.Tools[i].Parameters, &schema) != nil || schema.Properties == nil {
		return nil
	}
	var errs []error
	for _, a := range with {
		if a.all {
			continue
		}
		property := schema.Properties[a.field]
		switch {
		case property == nil && closed(&schema):
			errs = append(errs, fmt.Errorf("tool %s has no argument %q; %s", tool, a.field, argumentsOf(&schema)))
		case property != nil:
			if err := a.wants.possible(property); err != nil {
				errs = append(errs, fmt.Errorf("argument %q of tool %s can never be %s: %w", a.field, tool, a.wants, err))
			}
		}
	}
	return errors.Join(errs...)
}

// closed says whether a schema allows no argument but those that it lists.
func closed(s *jsonschema.Schema) bool {
	b, err := json.Marshal(s.AdditionalProperties)
	return err == nil && string(b) == "false" && len(s.PatternProperties) == 0
}

func argumentsOf(s *jsonschema.Schema) string {
	if len(s.Properties) == 0 {
		return "it takes none"
	}
	return "there are: " + strings.Join(slices.Sorted(maps.Keys(s.Properties)), ", ")
}

// possible says why a value can be no argument of a schema. A matcher may be
// satisfied by anything.
func (w wanted) possible(s *jsonschema.Schema) error {
	if _, ok := w.value.(types.GomegaMatcher); ok {
		return nil
	}
	data, err := json.Marshal(w.value)
	if err != nil {
		return nil // said where it is compared
	}
	var plain any
	if json.Unmarshal(data, &plain) != nil {
		return nil
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		return nil
	}
	return resolved.Validate(plain)
}
