package matchers

import (
	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Modify succeeds if each of the files was changed by the agent; for a folder
// or a glob, if one of its files was. Paths and changes are as for NotModify,
// and a file must have been there at the start.
//
//	Expect(trials).To(Modify("CHANGELOG.md"))
//
// Where a file was not changed and the trial broke off, or the agent never
// acted, the trial is lost.
func Modify(paths ...string) types.GomegaMatcher {
	return newPlain("Modify", modifyRule{watchedFiles{paths}})
}

type modifyRule struct{ watchedFiles }

func (m modifyRule) String() string { return "Modify" + m.watchedFiles.String() }
func (modifyRule) did() string      { return "modified it" }

func (m modifyRule) find(t evalkit.Trial, r *transcript.Record) (finding, error) {
	found, err := m.changes(t, r)
	if err != nil {
		return finding{}, err
	}
	var all []change
	for i, changes := range found {
		if len(changes) > 0 {
			all = append(all, changes...)
			continue
		}
		if err := (absence{}).evidence(t, r); err != nil {
			return finding{}, err
		}
		return finding{what: "did not modify " + m.paths[i]}, nil
	}
	what, because := told(all)
	return finding{good: true, what: what, because: because}, nil
}
