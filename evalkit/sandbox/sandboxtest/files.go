package sandboxtest

import (
	"bytes"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// fileChecks: what is written is what is read, by the harness and by commands.
func fileChecks() []check {
	big := func() []byte { return bytes.Repeat([]byte("0123456789abcde\n"), 50<<16) } // 50 MiB
	var list []check
	for _, c := range []struct {
		name, path string
		body       func() []byte
	}{
		{"read_and_write_file_text", "great.txt", text("great #content\n")},
		{"read_and_write_file_binary", "b.bin", text("\xc3\x28")},
		{"read_and_write_large_file_binary", "large", big},
		{"write_file_text_utf", "utf.txt", text("tiny ĀĀĀ π 水\n")},
		{"read_and_write_file_including_directory_absolute", "/deep/er/f", text("x")},
		{"read_and_write_file_including_directory_relative", "deep/er/f", text("y")},
		{"read_file_zero_length", "empty", text("")},
		{"write_text_file_zero_length", "zero.txt", text("")},
		{"write_text_file_space", "to-[ ä]& file.txt", text("with spaces\n")},
		{"write_binary_file_zero_length", "zero.bin", text("")},
		{"write_binary_file_space", "bin file \x01", text("\xc3\x28\x00\xff")},
		{"write_file_name_of_escapes", "a\nb\x1b[31m\\'\"$HOME", text("x\n")},
	} {
		list = append(list, check{name: c.name, run: func(k *kit) { roundTrip(k, c.path, c.body()) }})
	}
	for name, bodies := range map[string][2]string{
		"write_text_file_exists":   {"first and longer\n", "second\n"},
		"write_binary_file_exists": {"\x00\x01\x02\xff", "\xc3"},
	} {
		list = append(list, check{name: name, run: func(k *kit) {
			s := k.open(sandbox.Config{})
			k.write(s, sandbox.File{Path: "f", Body: []byte(bodies[0])})
			k.write(s, sandbox.File{Path: "f", Body: []byte(bodies[1])})
			if b := k.read(s, "f"); string(b) != bodies[1] {
				k.Errorf("read %q, want %q", b, bodies[1])
			}
		}})
	}
	return append(list,
		check{name: "laid_files_are_there", run: laidFiles},
		check{name: "written_by_a_command", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			k.out(s, "mkdir d; printf 'a\\0b' > d/f")
			if b := k.read(s, "d/f"); string(b) != "a\x00b" {
				k.Errorf("%q", b)
			}
		}},
		check{name: "removed", run: func(k *kit) {
			s := k.open(sandbox.Config{Files: []sandbox.File{{Path: "d/f", Body: []byte("x")}}})
			if err := s.Remove(within(k), "d"); err != nil {
				k.Fatal(err)
			}
			if got := k.out(s, "ls"); got != "" {
				k.Errorf("left: %s", got)
			}
		}},
		check{name: "list_and_stat", run: listAndStat},
	)
}

func text(s string) func() []byte { return func() []byte { return []byte(s) } }

func roundTrip(k *kit, path string, body []byte) {
	s := k.open(sandbox.Config{})
	if path[0] == '/' { // below the workspace, as commands name it
		path = k.out(s, "pwd") + path
	}
	k.write(s, sandbox.File{Path: path, Body: body})
	if b := k.read(s, path); !bytes.Equal(b, body) {
		k.Errorf("read %d bytes %.100q, want %d", len(b), b, len(body))
	}
	k.want(s, sandbox.Process{Argv: []string{"cat", "--", path}, Output: 64 << 20}, string(body), "", 0)
}

func laidFiles(k *kit) {
	s := k.open(sandbox.Config{Files: []sandbox.File{
		{Path: "run.sh", Mode: 0o755, Body: []byte("#!/bin/sh\necho ran\n")},
		{Path: "sub/plain", Body: []byte("p\n")},
		{Path: "locked", Mode: 0o400, Body: []byte("l\n")},
	}})
	if got := k.out(s, "./run.sh; cat sub/plain locked"); got != "ran\np\nl" {
		k.Error(got)
	}
	if r := k.sh(s, "echo x > locked"); r.Exit == 0 {
		k.Error("a file's mode does not bind")
	}
	changes, err := s.Changes(within(k))
	if err != nil || len(changes) > 0 {
		k.Errorf("what was laid is no change: %v, %v", changes, err)
	}
}

func listAndStat(k *kit) {
	s := k.open(sandbox.Config{Files: []sandbox.File{{Path: "d/b", Body: []byte("hello\n")}}})
	k.out(s, "mkdir d/a; ln -s b d/l; ln -s nowhere d/z")
	list, err := s.List(within(k), "d")
	if err != nil || len(list) != 4 {
		k.Fatalf("%+v, %v", list, err)
	}
	const sum = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
	if b := list[1]; b.SHA256 != sum || b.Size != 6 || b.Mode != "-rw-r--r--" {
		k.Errorf("%+v", b)
	}
	if list[0].Mode[0] != 'd' || list[2].Target != "b" || list[3].Target != "nowhere" {
		k.Errorf("%+v", list)
	}
	for _, f := range list {
		if one, err := s.Stat(within(k), f.Path); err != nil || one != f {
			k.Errorf("stat %+v, list %+v, %v", one, f, err)
		}
	}
}
