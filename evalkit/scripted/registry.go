package scripted

import (
	"fmt"
	"regexp"
	"slices"
	"sync"
)

// The registry is the one global of this package, so that a suite's policies
// are at hand wherever the suite is imported.
var (
	registryMu sync.RWMutex
	registry   = map[string]Policy{}
)

var policyName = regexp.MustCompile(`^[a-z0-9._-]+$`)

// Register makes a policy known to every server that is given no policies of
// its own. It panics on a malformed or duplicate name and on a policy without
// Reply, as database/sql does: both are mistakes of the program. Call it from
// init.
func Register(p Policy) {
	if err := p.check(); err != nil {
		panic("scripted.Register: " + err.Error())
	}
	registryMu.Lock()
	defer registryMu.Unlock()
	if _, dup := registry[p.Name]; dup {
		panic(fmt.Sprintf("scripted.Register: policy %q is registered twice; give one of them another name", p.Name))
	}
	registry[p.Name] = p
}

// Lookup finds a registered policy by its name, without "scripted/".
func Lookup(name string) (Policy, bool) {
	registryMu.RLock()
	defer registryMu.RUnlock()
	p, ok := registry[name]
	return p, ok
}

// Names lists the registered policies in order.
func Names() []string {
	registryMu.RLock()
	defer registryMu.RUnlock()
	return sortedNames(registry)
}

func sortedNames(policies map[string]Policy) []string {
	names := make([]string, 0, len(policies))
	for name := range policies {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (p Policy) check() error {
	if !policyName.MatchString(p.Name) {
		return fmt.Errorf("policy name %q is malformed; use a-z, 0-9, '.', '_' and '-'", p.Name)
	}
	if p.Reply == nil {
		return fmt.Errorf("policy %q has no Reply", p.Name)
	}
	return nil
}
