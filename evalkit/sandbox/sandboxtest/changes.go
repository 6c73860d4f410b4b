package sandboxtest

import (
	"fmt"
	"path"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// changeChecks: what a command did to the files is seen, even what it undid.
func changeChecks() []check {
	var list []check
	for name, c := range map[string]struct{ script, want string }{
		"none":              {"cat f keep d/g > /dev/null; ls -R; ./x.sh", ""},
		"edit":              {"echo 2 >> f", "modified f"},
		"same_size":         {"printf 'ONE\\ntwo\\n' > f; touch -r keep f", "modified f"},
		"delete":            {"rm f", "deleted f"},
		"create":            {"mkdir a; echo x > a/b", "created a\ncreated a/b"},
		"mode":              {"chmod 600 f", "mode f"},
		"rename":            {"mv f h", "deleted f\ncreated h"},
		"replaced":          {"rm f; mkdir f", "replaced f"},
		"link_for_file":     {"mv f h; ln -s h f", "replaced f\ncreated h"},
		"undone_edit":       {"cp f ${TMPDIR:-/tmp}/b; echo other > f; cat ${TMPDIR:-/tmp}/b > f; touch -r keep f", "undone f"},
		"undone_rename":     {"mv f h; mv h f", "undone f"},
		"undone_delete":     {"cp f ${TMPDIR:-/tmp}/b; rm f; cp ${TMPDIR:-/tmp}/b f", "undone f"},
		"undone_mode":       {"chmod 000 x.sh; sleep 1; chmod 755 x.sh", "undone x.sh"},
		"through_hard_link": {"ln f d/hard; echo z > d/hard; cat keep > d/hard; rm d/hard", "undone f"},
	} {
		list = append(list, check{name: "changes_" + name, run: func(k *kit) {
			s := k.open(sandbox.Config{Files: []sandbox.File{
				{Path: "f", Body: []byte("one\ntwo\n")}, {Path: "keep", Body: []byte("one\ntwo\n")},
				{Path: "d/g", Body: []byte("g\n")}, {Path: "x.sh", Mode: 0o755, Body: []byte("#!/bin/sh\n")},
			}})
			k.out(s, "{ "+c.script+"; } > ${TMPDIR:-/tmp}/out")
			if got := k.told(s, sandbox.DefaultWorkspace); got != c.want {
				k.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if again := k.told(s, sandbox.DefaultWorkspace); again != "" {
				k.Errorf("told twice: %s", again)
			}
		}})
	}
	return append(list, check{name: "changes_of_the_harness_are_none", run: func(k *kit) {
		s := k.open(sandbox.Config{Files: []sandbox.File{{Path: "f", Body: []byte("1\n")}}})
		k.out(s, "echo 2 > f")
		k.write(s, sandbox.File{Path: "f", Body: []byte("3\n")})
		k.write(s, sandbox.File{Path: "g", Body: []byte("g\n")})
		if got := k.told(s, sandbox.DefaultWorkspace); got != "modified f" {
			k.Errorf("what was done before the harness wrote is %q", got)
		}
		k.out(s, "echo 4 > g")
		if got := k.told(s, sandbox.DefaultWorkspace); got != "modified g" {
			k.Error(got)
		}
	}}, check{name: "snapshot_is_of_the_start", run: func(k *kit) {
		s := k.open(sandbox.Config{Files: []sandbox.File{{Path: "f", Body: []byte("hello\n")}}})
		k.out(s, "echo x > later; echo x > f")
		var f *transcript.FileState
		for _, state := range s.Snapshot().Files {
			switch path.Base(state.Path) {
			case "f":
				f = &state
			case "later":
				k.Error("it shows what came later")
			}
		}
		if f == nil || f.Size != 6 || f.SHA256 == "" {
			k.Errorf("%+v", f)
		}
	}})
}

// told writes what changed below the workspace as "op path".
func (k *kit) told(s sandbox.Sandbox, workspace string) string {
	k.Helper()
	changes, err := s.Changes(within(k))
	if err != nil {
		k.Fatal(err)
	}
	var b strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&b, "%s %s\n", c.Op, strings.TrimPrefix(c.Path, workspace+"/"))
	}
	return strings.TrimSpace(b.String())
}
