package sandboxtest

import (
	"bytes"
	"io/fs"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// processChecks: a process gets what it was given and says how it ended.
func processChecks() []check {
	var list []check
	for _, c := range []struct {
		name           string
		p              sandbox.Process
		stdout, stderr string
		exit           int
	}{
		{"exec_output", sandbox.Process{Argv: []string{"printf", "%s\\n", "foo bar"}}, "foo bar\n", "", 0},
		{"exec_stderr", sandbox.Process{Argv: shell("echo boof; echo no >&2")}, "boof\n", "no\n", 0},
		{"exec_output_utf", sandbox.Process{Argv: shell(`printf '\323\221'`)}, "ӑ", "", 0},
		{"exec_stderr_utf", sandbox.Process{Argv: shell(`printf '\323\221' >&2`)}, "", "ӑ", 0},
		{"exec_output_binary", sandbox.Process{Argv: shell(`printf '\303(\0'`)}, "\xc3(\x00", "", 0},
		{"exec_returncode", sandbox.Process{Argv: shell("exit 70")}, "", "", 70},
		{"exec_env_vars", sandbox.Process{Argv: shell(`echo "$ONE,$TWO"`), Env: map[string]string{"ONE": "a b", "TWO": "$ONE 'x'\n"}}, "a b,$ONE 'x'\n\n", "", 0},
		{"exec_input_text", sandbox.Process{Argv: []string{"cat"}, Stdin: strings.NewReader("echo this\n")}, "echo this\n", "", 0},
		{"exec_input_empty", sandbox.Process{Argv: []string{"cat"}, Stdin: strings.NewReader("")}, "", "", 0},
		{"exec_input_none", sandbox.Process{Argv: []string{"cat"}}, "", "", 0},
		{"exec_input_shell_special", sandbox.Process{Argv: []string{"cat"}, Stdin: strings.NewReader("$HOME `id` \"a\" 'b' \\ \n;&|")}, "$HOME `id` \"a\" 'b' \\ \n;&|", "", 0},
		{"exec_input_not_read", sandbox.Process{Argv: []string{"true"}, Stdin: bytes.NewReader(make([]byte, 1<<20))}, "", "", 0},
		{"exec_arguments_as_they_are", sandbox.Process{Argv: []string{"printf", "%s|", "$HOME", "`id`", `"\`, "a\nb", "*", "\xc3\x28", ""}}, "$HOME|`id`|\"\\|a\nb|*|\xc3\x28||", "", 0},
		{"exec_not_a_login_shell", sandbox.Process{Argv: shell(`echo "$0"`)}, "sh\n", "", 0},
	} {
		list = append(list, check{name: c.name, run: func(k *kit) {
			k.want(k.open(sandbox.Config{}), c.p, c.stdout, c.stderr, c.exit)
		}})
	}
	return append(list, moreProcessChecks()...)
}

// moreProcessChecks are those that take more than one run, or another look.
func moreProcessChecks() []check {
	return []check{
		{name: "exec_input_binary", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			k.want(s, sandbox.Process{Argv: shell("cat > f"), Stdin: strings.NewReader("\x00\xc3\x28\xff\n")}, "", "", 0)
			if b := k.read(s, "f"); string(b) != "\x00\xc3\x28\xff\n" {
				k.Errorf("%q", b)
			}
		}},
		{name: "exec_input_large", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			r := k.run(s, sandbox.Process{Argv: []string{"wc", "-c"}, Stdin: bytes.NewReader(make([]byte, 50<<20))})
			if strings.TrimSpace(string(r.Stdout)) != "52428800" {
				k.Errorf("%q %q", r.Stdout, r.Stderr)
			}
		}},
		{name: "exec_large_command", run: func(k *kit) {
			argv := []string{"printf", "%s"}
			for i := range 16 {
				argv = append(argv, strings.Repeat(string(rune('a'+i)), 64<<10))
			}
			k.want(k.open(sandbox.Config{}), sandbox.Process{Argv: argv, Output: 4 << 20}, strings.Join(argv[2:], ""), "", 0)
		}},
		{name: "exec_permission_error", run: func(k *kit) {
			s := k.open(sandbox.Config{Files: []sandbox.File{{Path: "plain", Body: []byte("x")}}})
			for _, name := range []string{"/etc/passwd", "./plain"} {
				_, err := s.Run(within(k), sandbox.Process{Argv: []string{name}})
				k.fails(err, fs.ErrPermission, name)
			}
		}},
		{name: "exec_no_such_program", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			for _, name := range []string{"nosuch-tool", "./nosuch"} {
				_, err := s.Run(within(k), sandbox.Process{Argv: []string{name}})
				k.fails(err, fs.ErrNotExist, name)
			}
			_, err := s.Run(within(k), sandbox.Process{})
			k.fails(err, nil, "Argv")
		}},
		{name: "script_is_not_parsed_as_a_whole", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			r := k.sh(s, "echo one >> f\necho two\nif")
			if string(r.Stdout) != "two\n" || r.Exit != 2 || len(r.Stderr) == 0 || string(k.read(s, "f")) != "one\n" {
				k.Errorf("exit %d, %q, %q: what comes before a syntax error runs", r.Exit, r.Stdout, r.Stderr)
			}
		}},
		{name: "exec_state_is_kept", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			k.out(s, "echo 7 > n; cd ${TMPDIR:-/tmp}; X=1; echo 8 > m")
			if got := k.out(s, `cat n ${TMPDIR:-/tmp}/m; echo "[$X]"`); got != "7\n8\n[]" {
				k.Error(got)
			}
		}},
		{name: "exec_own_process_group", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			r := k.run(s, sandbox.Process{Argv: shell("trap '' TERM; kill -TERM 0; echo alive")})
			if string(r.Stdout) != "alive\n" || k.out(s, "echo up") != "up" {
				k.Errorf("%+v", r)
			}
		}},
	}
}

// folderChecks: where a process runs.
func folderChecks() []check {
	return []check{
		{name: "cwd_unspecified", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			k.write(s, sandbox.File{Path: "here.txt", Body: []byte("x")})
			k.want(s, sandbox.Process{Argv: []string{"ls"}}, "here.txt\n", "", 0)
		}},
		{name: "cwd_custom", run: func(k *kit) {
			r := k.run(k.open(sandbox.Config{}), sandbox.Process{Argv: shell("ls -d env; pwd"), Dir: "/usr/bin"})
			if string(r.Stdout) != "env\n/usr/bin\n" {
				k.Errorf("%q %q", r.Stdout, r.Stderr)
			}
		}},
		{name: "cwd_relative", run: func(k *kit) {
			s := k.open(sandbox.Config{Files: []sandbox.File{{Path: "sub/there.txt"}}})
			k.want(s, sandbox.Process{Argv: []string{"ls"}, Dir: "sub"}, "there.txt\n", "", 0)
		}},
		{name: "cwd_absolute", run: func(k *kit) {
			s := k.open(sandbox.Config{Files: []sandbox.File{{Path: "/tmp/cwd/there.txt"}}})
			k.want(s, sandbox.Process{Argv: []string{"ls"}, Dir: "/tmp/cwd"}, "there.txt\n", "", 0)
		}},
		{name: "cwd_does_not_exist", run: func(k *kit) {
			s := k.open(sandbox.Config{Files: []sandbox.File{{Path: "plain"}}})
			for _, dir := range []string{"gone", "/tmp/gone", "plain"} {
				_, err := s.Run(within(k), sandbox.Process{Argv: []string{"touch", "ran"}, Dir: dir})
				k.fails(err, nil, dir)
			}
			if got := k.out(s, "ls"); got != "plain" {
				k.Errorf("it ran elsewhere: %s", got)
			}
		}},
		{name: "cwd_removed_while_in_it", run: func(k *kit) {
			s := k.open(sandbox.Config{Files: []sandbox.File{{Path: "d/f"}}})
			k.sh(s, "cd d; rm -r ../d; echo x > f")
			_, err := s.Run(within(k), sandbox.Process{Argv: []string{"true"}, Dir: "d"})
			k.fails(err, fs.ErrNotExist, "d")
		}},
	}
}
