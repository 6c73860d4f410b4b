package evalkit

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/internal/spelling"
)

// misspeltAt is how many letters may differ between a variable and the one
// that was meant.
const misspeltAt = 2

// Misspelt says which variables of the environment look like one of
// Environment's and are none: what they were to say would not be done, and
// nobody would be told. Variables of EVALKIT_ that are like no other are let be.
func Misspelt() error { return misspelt(os.Environ()) }

func misspelt(environ []string) error {
	var names []string
	for _, v := range Environment() {
		names = append(names, v.Name)
	}
	var errs []error
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if value == "" || !strings.HasPrefix(name, "EVALKIT_") {
			continue
		}
		if nearest, d := spelling.Nearest(name, names); d > 0 && d <= misspeltAt {
			errs = append(errs, fmt.Errorf("%s is set, and nothing reads it; %s was meant, or take it away", name, nearest))
		}
	}
	return errors.Join(errs...)
}
