package ginkgokit_test

import (
	"os/exec"
	"strings"
	"testing"
)

// Importing Ginkgo registers some fifty flags with the program, so that nothing
// but this package does it; Ginkgo's report types register none.
func TestNothingElseImportsGinkgo(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{.DepOnly}}", "github.com/evalkit-go/evalkit/evalkit", "github.com/evalkit-go/evalkit/matchers").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		packages[strings.Fields(line)[0]] = true
	}
	if !packages["github.com/onsi/ginkgo/v2/types"] || !packages["github.com/evalkit-go/evalkit/matchers"] {
		t.Fatalf("the list of packages is not what it should be:\n%s", out)
	}
	for _, forbidden := range []string{"github.com/onsi/ginkgo/v2", "github.com/onsi/ginkgo/v2/internal", "github.com/onsi/ginkgo/v2/internal/global"} {
		if packages[forbidden] {
			t.Errorf("evalkit or matchers import %s", forbidden)
		}
	}
}

// The program in testdata/flags imports both and prints the flags it has.
func TestImportingEvalkitRegistersNoFlags(t *testing.T) {
	out, err := exec.Command("go", "run", "./testdata/flags").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := strings.TrimSpace(string(out)); got != "flags: 0" {
		t.Errorf("the program says %q, want no flag", got)
	}
}
