package matchers

import "strings"

// wrapper is a program that runs another, whose words follow its own.
type wrapper struct {
	optionSpec
	// operands is the number of its own words before the other program.
	operands int
	// more: it adds arguments that the script does not show.
	more bool
	// assigns: words such as NAME=value stand before the other program.
	assigns bool
	// shell: without another program it runs a shell on its input.
	shell bool
}

const limits = "c::d::e::f::i::l::m::n::q::r::s::t::u::v::x::y::"

// wrappers are programs that run another, with their options as their manuals
// have them: GNU coreutils and findutils, util-linux, procps, sudo, OpenBSD's
// doas, strace, numactl and fakeroot.
var wrappers = map[string]wrapper{
	"sudo": {optionSpec: optionSpec{"AbBEeHiKklNnPSsVvC:D:g:h:p:R:r:T:t:U:u:", "askpass background bell preserve-env:: edit set-home login remove-timestamp reset-timestamp list no-update non-interactive preserve-groups stdin shell version validate help" +
		" close-from: chdir: group: host: prompt: chroot: role: type: command-timeout: other-user: user:"}, assigns: true, shell: true},
	"doas":    {optionSpec: optionSpec{"LnsC:a:u:", ""}, assigns: true, shell: true},
	"pkexec":  {optionSpec: optionSpec{"", "user: disable-internal-agent keep-cwd version help"}, shell: true},
	"env":     {optionSpec: optionSpec{"i0vu:C:S:a:P:", "ignore-environment null unset: chdir: split-string: argv0: debug list-signal-handling default-signal:: ignore-signal:: block-signal:: help version"}, assigns: true},
	"nohup":   {optionSpec: optionSpec{"", "help version"}},
	"setsid":  {optionSpec: optionSpec{"cfwhV", "ctty fork wait help version"}},
	"command": {optionSpec: optionSpec{"pvV", ""}},
	"builtin": {},
	"exec":    {optionSpec: optionSpec{"cla:", ""}},
	"time":    {optionSpec: optionSpec{"apqvVhf:o:", "append format: output: portability quiet verbose version help"}},
	"nice":    {optionSpec: optionSpec{"n:0123456789", "adjustment: help version"}},
	"ionice":  {optionSpec: optionSpec{"c:n:p:P:tu:hV", "class: classdata: pid: pgid: uid: ignore help version"}},
	"timeout": {optionSpec: optionSpec{"k:s:vfp", "kill-after: signal: verbose foreground preserve-status help version"}, operands: 1},
	"stdbuf":  {optionSpec: optionSpec{"i:o:e:", "input: output: error: help version"}},
	"chroot":  {optionSpec: optionSpec{"u:g:G:n", "groups: userspec: skip-chdir help version"}, operands: 1, shell: true},
	"taskset": {optionSpec: optionSpec{"apchV", "all-tasks pid cpu-list help version"}, operands: 1},
	"chrt": {optionSpec: optionSpec{"bdfiorRT:P:D:ampvhV", "batch deadline fifo idle other rr reset-on-fork sched-runtime: sched-period: sched-deadline: all-tasks max pid verbose help version"},
		operands: 1},
	"prlimit": {optionSpec: optionSpec{limits + "p:o:hV", "pid: output: noheadings raw verbose help version core:: data:: nice:: fsize:: sigpending:: memlock:: rss:: nofile:: msgqueue:: rtprio:: stack:: cpu:: nproc:: as:: locks:: rttime::"}},
	"setpriv": {optionSpec: optionSpec{"dhV", "dump nnp no-new-privs ambient-caps: inh-caps: bounding-set: ruid: euid: rgid: egid: reuid: regid: clear-groups keep-groups init-groups groups: list-caps securebits:" +
		" pdeathsig: ptracer: selinux-label: apparmor-profile: landlock-access: landlock-rule: seccomp-filter: reset-env help version"}},
	"unshare": {optionSpec: optionSpec{"muinpUCTfrchVR:w:S:G:", "mount:: uts:: ipc:: net:: pid:: user:: cgroup:: time:: fork map-user: map-group: map-root-user map-current-user map-auto map-users: map-groups: kill-child:: mount-proc::" +
		" mount-binfmt:: propagation: setgroups: keep-caps root: wd: setuid: setgid: monotonic: boottime: load-interp: help version"}, shell: true},
	"nsenter": {optionSpec: optionSpec{"ahVFeZct:m::u::i::n::p::C::U::T::S:G:r::w::W:N:", "all target: mount:: uts:: ipc:: net:: pid:: cgroup:: user:: time:: setuid: setgid: preserve-credentials root:: wd:: wdns:" +
		" net-socket: env no-fork join-cgroup keep-caps user-parent follow-context help version"}, shell: true},
	"choom":    {optionSpec: optionSpec{"n:p:hV", "adjust: pid: help version"}},
	"numactl":  {optionSpec: optionSpec{"i:w:p:P:m:N:C:lsHabtVo:L:S:f:T:h", "interleave: weighted-interleave: preferred: preferred-many: membind: cpunodebind: physcpubind: localalloc show hardware all balancing strict offset: length: shm: file: version help"}},
	"fakeroot": {optionSpec: optionSpec{"l:f:s:i:ub:hv", "lib: faked: unknown-is-real fd-base: help version"}, shell: true},
	"strace":   {optionSpec: optionSpec{"cCdfFhiknNqrtTvVwxyYzZDe:o:s:u:E:a:O:S:P:b:I:p:X:U:", "follow-forks output-separately output: summary summary-only trace: decode-fds:: help version"}},
	"busybox":  {},
	"toybox":   {},
	"xargs": {optionSpec: optionSpec{"0a:d:E:e::I:i::J:L:l::n:P:ps:R:rtxo", "null arg-file: delimiter: eof:: replace:: max-lines:: max-args: interactive open-tty max-procs: process-slot-var: no-run-if-empty max-chars: show-limits verbose exit help version"},
		more: true},
}

// runners run other programs too, but their options are not followed: what they
// run is among their words, or in what they read. So are shells of another
// grammar than bash's.
var runners = strings.Fields("systemd-run runcon setarch linux32 linux64 start-stop-daemon bwrap firejail proot chpst setuidgid gosu su-exec tini dumb-init" +
	" eatmydata catchsegv unbuffer rlwrap xvfb-run dbus-run-session torsocks proxychains proxychains4 faketime cgexec ltrace valgrind perf gdb lldb rr tmux screen entr watchexec" +
	" ssh docker podman kubectl nix-shell nix npx bunx uv uvx poetry pipenv pipx conda mamba hatch bundle make ninja at batch crontab expect tcsh csh fish nu pwsh powershell xonsh elvish" +
	" caffeinate winpty wine sem annotate-output cpulimit hyperfine retry chronic run-parts dotenv vim vi nvim view ex ed emacs")

// run takes a simple command up, and the ones that it runs in turn.
func (s *shellScript) run(c shellCommand) {
	c.maybe = c.maybe || s.maybe
	for depth := 0; len(c.words) > 0; depth++ {
		if s.spend(1); s.budget.words < 0 {
			return // read says so
		}
		s.commands = append(s.commands, c)
		program := string(c.words[0].base())
		w, ok := wrappers[program]
		if !ok {
			s.special(program, c)
			return
		}
		if depth > maxWrappers {
			s.doubt("too many programs that run another: %s", c.text)
			return
		}
		if c, ok = s.strip(program, w, c); !ok {
			return
		}
		c.more = c.more || w.more && program != "xargs"
	}
}

// strip takes a wrapper's own words away. Not ok if what it runs does not follow
// them: it has been taken up, or there is nothing.
func (s *shellScript) strip(program string, w wrapper, c shellCommand) (rest shellCommand, ok bool) {
	given, words, strange := w.read(c.words[1:], w.assigns)
	if strange {
		s.among("an option of "+program+" that is not known: "+c.text, words, true)
		return c, false
	}
	words = words[min(w.operands, len(words)):]
	switch {
	case program == "command" && len(valuesOf(given, "v", "V")) > 0:
		return c, false
	case program == "env" && len(valuesOf(given, "S", "split-string")) > 0:
		split := append(valuesOf(given, "S", "split-string"), words...)
		s.nested(joinWords(split), c, nil)
		return c, false
	case program == "xargs":
		words, c.more = replaced(given, words)
	}
	for len(words) > 0 && w.assigns && isAssignment(string(words[0])) {
		words = words[1:] // behind a "--"
	}
	if len(words) == 0 && w.shell {
		s.reads(c)
	}
	if len(words) == 0 && c.more && program != "xargs" {
		s.doubt("what it runs is known only when it runs: %s", c.text)
	}
	c.words = words
	return c, len(words) > 0
}

// replaced is the command that xargs runs: with -I, what it reads stands in the
// place of a word, otherwise behind the last.
func replaced(given []shellOption, words []shellWord) ([]shellWord, bool) {
	marks := valuesOf(given, "I", "i", "replace", "J")
	if len(marks) == 0 {
		return words, true
	}
	mark := string(marks[len(marks)-1])
	if mark == "" {
		mark = "{}"
	}
	return filledIn(words, mark), false
}

// filledIn puts unknown in the places of a mark.
func filledIn(words []shellWord, mark string) []shellWord { return filledWith(words, mark, unknown) }

func filledWith(words []shellWord, mark, text string) []shellWord {
	filled := make([]shellWord, len(words))
	for i, w := range words {
		filled[i] = shellWord(strings.ReplaceAll(string(w), mark, text))
	}
	return filled
}
