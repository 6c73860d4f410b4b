// Flags imports what a spec imports, but for ginkgokit, and prints how many
// flags that registered.
package main

import (
	"flag"
	"fmt"

	_ "github.com/evalkit-go/evalkit/evalkit"
	_ "github.com/evalkit-go/evalkit/matchers"
)

func main() {
	n := 0
	flag.VisitAll(func(*flag.Flag) { n++ })
	fmt.Println("flags:", n)
}
