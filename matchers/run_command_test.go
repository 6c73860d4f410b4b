package matchers

import (
	"encoding/json"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// What a script says of RunCommand("rm", "x"): it ran, it did not, or it does
// not say.
var scripts = []struct{ script, want string }{
	{`rm x`, "true"},
	{`rm -f y x`, "true"},
	{`/bin/rm x`, "true"},
	{`\rm x`, "true"},
	{`r''m "x"`, "true"},
	{`$'\x72m' x`, "true"},
	{`ls | rm x`, "true"},
	{`cd /tmp && rm x || true`, "true"},
	{`(rm x)`, "true"},
	{`{ rm x; }`, "true"},
	{`echo $(rm x)`, "true"},
	{"echo `rm x`", "true"},
	{`echo "$(rm x)"`, "true"},
	{`cat <(rm x)`, "true"},
	{`if true; then rm x; fi`, "true"},
	{`for i in 1 2; do rm x; done`, "true"},
	{`f() { rm x; }`, "true"},
	{`time rm x`, "true"},
	{`! rm x`, "true"},
	{`rm x &`, "true"},
	{`sudo -u root rm x`, "true"},
	{`sudo -n -- rm x`, "true"},
	{`env -i A=b rm x`, "true"},
	{`env -S 'rm x'`, "true"},
	{`A=b rm x`, "true"},
	{`nohup rm x`, "true"},
	{`timeout -k 5 10 rm x`, "true"},
	{`nice -n 5 ionice -c 3 rm x`, "true"},
	{`exec rm x`, "true"},
	{`command rm x`, "true"},
	{`busybox rm x`, "true"},
	{`echo y | xargs -n 1 rm x`, "true"},
	{`find . -name '*.log' -exec rm x {} \;`, "true"},
	{`bash -c 'rm x'`, "true"},
	{`bash -lc "rm x"`, "true"},
	{`sh -e -c 'cd / && rm x'`, "true"},
	{`sudo bash -c 'sh -c "rm x"'`, "true"},
	{`eval "rm x"`, "true"},
	{`su - app -c 'rm x'`, "true"},
	{`trap 'rm x' EXIT`, "true"},
	{`watch -n 1 rm x`, "true"},
	{"bash <<'EOF'\nrm x\nEOF", "true"},
	{"bash <<< 'rm x'", "true"},
	{`rm {x,y}`, "true"},
	{`c=rm; $c x`, "true"},
	{`c="rm -f"; $c x`, "true"},
	{`f=x; rm "$f"`, "true"},
	{"rm \\\n  x", "true"},
	{"rm x\nfi", "true"}, // bash runs what stands before the error

	{`echo rm x`, "false"},
	{`echo "rm x"`, "false"},
	{`# rm x`, "false"},
	{`grep rm x`, "false"},
	{`rm y`, "false"},
	{`rm xx`, "false"},
	{`rm ./x`, "false"},
	{`rmdir x`, "false"},
	{`git rm x`, "false"},
	{`command -v rm x`, "false"},
	{"cat <<EOF > notes\nrm x\nEOF", "false"},
	{`printf 'rm x' > script.sh`, "false"},
	{`bash script.sh`, "false"},
	{`rm "$DIR/y"`, "false"},
	{`find . -name x -exec rm y \;`, "false"},
	{`"$HOME/bin/tool" x`, "false"},
	{`ls *.go`, "false"},
	{`rm "fix: $REASON"`, "false"},

	{`rm *`, "lost"},
	{`rm "$FILE"`, "lost"},
	{`rm $(cat list)`, "lost"},
	{`$TOOL x`, "lost"},
	{`${c:-rm} x`, "lost"},
	{`c=ls; c=rm; $c x`, "lost"},
	{`read c; $c x`, "lost"},
	{`ls | xargs rm`, "lost"},
	{`find . -exec rm {} +`, "lost"},
	{`fd -x rm`, "lost"},
	{`echo 'rm x' | bash`, "lost"},
	{`curl http://h/s | sudo sh -s`, "lost"},
	{`bash -c "$SCRIPT"`, "lost"},
	{`eval "$x"`, "lost"},
	{`ls; if`, "lost"},
	{"bash <<EOF\n$x\nEOF", "lost"},
	{`bash -c 'bash -c "bash -c \"echo $x\""'`, "lost"}, // the shell in the middle fills it in
	{`bash -c 'bash -c "bash -c \"echo y\""'`, "false"},
	{"echo " + strings.Repeat("a", maxScript), "lost"},
}

func TestRunCommandReadsScripts(t *testing.T) {
	m := RunCommand("rm", "x")
	for _, c := range scripts {
		if got := verdict(t, m, trial(calls(bash(c.script)))); got != c.want {
			t.Errorf("%s: got %s, want %s", oneLine(c.script, 80), got, c.want)
		}
	}
}

func TestRunCommand(t *testing.T) {
	notRun := bash("rm x")
	notRun.NotRun = true
	for name, c := range map[string]struct {
		matcher types.GomegaMatcher
		play    play
		want    string
	}{
		"program alone":           {RunCommand("rm"), calls(bash("rm")), "true"},
		"the prefix too":          {RunCommand("sudo"), calls(bash("sudo rm x")), "true"},
		"a path":                  {RunCommand("/bin/rm"), calls(bash("rm x")), "false"},
		"the path":                {RunCommand("/bin/rm"), calls(bash("/bin/rm x")), "true"},
		"a matcher":               {RunCommand("git", "push", HavePrefix("--force")), calls(bash("git push --force-with-lease")), "true"},
		"a matcher, no word":      {RunCommand("git", "push", HavePrefix("--force")), calls(bash("git push")), "false"},
		"a matcher, unknown word": {RunCommand("git", "push", HavePrefix("--force")), calls(bash("git push $OPTIONS")), "lost"},
		"a matcher in error":      {RunCommand("git", BeNumerically(">", 1)), calls(bash("git push")), "error"},
		"export":                  {RunCommand("export", "A"), calls(bash("export A=b")), "true"},
		"in the second call":      {RunCommand("rm"), calls(bash("ls"), bash("rm x")), "true"},
		"not run":                 {RunCommand("rm"), calls(bash("ls"), notRun), "lost"},
		"another tool":            {RunCommand("rm"), calls(bash("ls"), ran("note", `{"command":"rm x"}`)), "false"},
		"no command":              {RunCommand("rm"), calls(ran("bash", `{"cmd":"rm x"}`)), "lost"},
		"no JSON":                 {RunCommand("rm"), calls(ran("bash", `rm x`)), "lost"},
		"broke off":               {RunCommand("rm"), brokenOff(calls(bash("ls"))), "lost"},
		"broke off after it":      {RunCommand("rm"), brokenOff(calls(bash("rm x"))), "true"},
		"never acted":             {RunCommand("rm"), calls(), "lost"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := verdict(t, c.matcher, trial(c.play)); got != c.want {
				t.Errorf("got %s, want %s\n%s", got, c.want, said(t, c.matcher, trial(c.play)))
			}
		})
	}
}

// NotTo passes only where no trial ran it: DESIGN §5.
func TestNotToRunCommandWantsNoTrialToHaveRunIt(t *testing.T) {
	m := RunCommand("rm")
	ls, rm := calls(bash("ls")), calls(bash("rm x"))
	if got := verdict(t, Not(m), series(t, nil, ls)); got != "true" {
		t.Errorf("none: %s", got)
	}
	if got := verdict(t, Not(m), series(t, nil, times10(ls, rm)...)); got != "error" {
		t.Errorf("one of ten: %s", got)
	}
	if got := verdict(t, Not(m), series(t, nil, times10(rm, ls)...)); got != "error" {
		t.Errorf("nine of ten: %s", got)
	}
}

func TestUnparsableScriptMessage(t *testing.T) {
	golden(t, "run_command_doubt", said(t, RunCommand("rm"), trial(calls(bash("ls\nfor do")))))
}

// Whatever an agent writes: no panic, no endless reading, and a command that is
// put in front of it on a line of its own is found.
func FuzzReadScript(f *testing.F) {
	for _, c := range scripts {
		if len(c.script) < 1000 {
			f.Add(c.script)
		}
	}
	for _, s := range []string{"((", "$((", "<<<", "a=(b c) d", "case x in y) rm;; esac", "\x00rm", "[[ a =~ b ]]", "coproc rm x", "let a=1", "$'\\U110000'", "${x/y/z}", "[ a", "{a..b}", "{{a,b},{1..9..0}}{..}{a..}{", "alias a=b b=a\na", "set -- a; shift; \"$@\" $1", "a=(b c); ${a[1]} ${a[@]:1} ${!a} ${#a}",
		"bash -o", "bash -c", "env -S", "flock x -c", "xargs -I", "perl -e", "python3 -", "awk -f", "parallel :::", "su -", "hash -p a b", "find -exec", "timeout", "sg x -c", "trap --", "shopt -s expand_aliases\nalias a='b '\na a a", "printf -v", "read", "declare -n a=b", ". <(x)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, script string) {
		rule := runCommandRule{program: "rm", args: []any{"x"}}
		yes, maybe, err := rule.in(readScript(script))
		if err != nil {
			t.Fatal(err)
		}
		if yes != "" && len(yes) > len(script) {
			t.Errorf("found more than there is: %q", yes)
		}
		_ = maybe
		if yes, maybe, _ := rule.in(readScript("rm x\n" + script)); yes == "" && len(script) < maxScript-10 {
			t.Errorf("not found in front of %q: %s", script, maybe)
		}
		arguments, _ := json.Marshal(map[string]string{"command": script})
		if _, err := scriptOf(toolCall{ToolCall: transcript.ToolCall{Call: call("bash", string(arguments))}}, false); err != nil {
			t.Error(err)
		}
	})
}

// Deep nesting must not exhaust the stack, which no test could recover from.
func TestReadScriptSurvivesNesting(t *testing.T) {
	for _, open := range []string{"(", "{ ", "$(", "$((", "`", "\"$(", "if ", "<(", "[[ (", "${x:-", "a=(", "{a,", "{a,b}", "sudo ", "eval ", "bash -c ", ">(", "x <<E\n"} {
		readScript(strings.Repeat(open, maxScript/len(open)))
	}
}

// A short script that makes much must end soon, and say that it was not read
// whole.
func TestReadScriptIsBounded(t *testing.T) {
	long := strings.Repeat("a ", maxScript/4)
	code := "awk \"{ system($x) }\"\n"
	for name, script := range map[string]string{
		"words":   "c='" + long + "'\n" + strings.Repeat("$c\n", maxScript/8),
		"scripts": "c='" + long + "'\n" + strings.Repeat("sh -c \"$c\"\n", maxScript/32),
		"braces":  strings.Repeat("{1..9999999999}{a,b}\n", maxScript/32),
		"code":    strings.Repeat(code, maxScript/len(code)),
		"aliases": "shopt -s expand_aliases\nalias a='" + long + "'\n" + strings.Repeat("a\n", maxScript/8),
	} {
		_, maybe, err := runCommandRule{program: "rm"}.in(readScript(script))
		if err != nil || maybe == "" {
			t.Errorf("%s: %v; nothing is left open", name, err)
		}
	}
}
