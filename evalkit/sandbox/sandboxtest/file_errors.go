package sandboxtest

import (
	"io/fs"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// fileErrorChecks: what cannot be read or written is an error that names it.
func fileErrorChecks() []check {
	list := []check{
		reading("read_file_not_found", "", "nowhere", 0, fs.ErrNotExist, "nowhere"),
		reading("read_file_not_allowed", "echo x > secret; chmod -r secret", "secret", 0, fs.ErrPermission, "secret"),
		reading("read_file_is_directory", "", "/etc", 0, nil, "directory"),
		reading("read_file_nonsense_name", "", "https://example.com/x", 0, fs.ErrNotExist, "example.com"),
		reading("read_file_limit", "head -c 2048 /dev/zero > two-k", "two-k", 1024, sandbox.ErrTooLarge, "two-k"),
		reading("read_file_below_a_file", "echo x > f", "f/x", 0, nil, "f/x"),
		reading("read_file_fifo", "mkfifo fifo", "fifo", 0, nil, "fifo"),
		reading("read_file_device", "", "/dev/zero", 0, nil, "/dev/zero"),
		reading("read_file_loop", "ln -s loop loop", "loop", 0, nil, "loop"),
		writing("write_text_file_is_directory", "mkdir d", "d", "x", nil, "directory"),
		writing("write_text_file_without_permissions", "echo x > fixed; chmod -w fixed", "fixed", "x", fs.ErrPermission, "fixed"),
		writing("write_binary_file_is_directory", "mkdir d", "d", "\xc3\x28", nil, "directory"),
		writing("write_binary_file_without_permissions", "echo x > fixed; chmod -w fixed", "fixed", "\xc3\x28", fs.ErrPermission, "fixed"),
		writing("write_file_below_a_file", "echo x > f", "f/x", "x", nil, "f"),
		writing("write_file_fifo", "mkfifo fifo", "fifo", "x", nil, "fifo"),
		writing("write_file_out_of_the_workspace", "", "../../x", "x", nil, "../x"),
		writing("write_file_system", "", "/usr/bin/newtool", "x", nil, "/usr/bin/newtool"),
	}
	return append(list,
		check{name: "missing_folder", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			_, err := s.List(within(k), "gone")
			k.fails(err, fs.ErrNotExist, "gone")
			_, err = s.Stat(within(k), "gone/f")
			k.fails(err, fs.ErrNotExist, "gone/f")
			_, err = s.ReadFile(within(k), "gone/f", 0)
			k.fails(err, fs.ErrNotExist, "gone/f")
			k.fails(s.Remove(within(k), "gone"), fs.ErrNotExist, "gone")
		}},
		check{name: "exactly_the_read_limit", run: func(k *kit) {
			s := k.open(sandbox.Config{Files: []sandbox.File{{Path: "f", Body: make([]byte, 1024)}}})
			if b, err := s.ReadFile(within(k), "f", 1024); err != nil || len(b) != 1024 {
				k.Errorf("%d bytes, %v", len(b), err)
			}
		}},
	)
}

func reading(name, before, path string, max int64, is error, says string) check {
	return check{name: name, run: func(k *kit) {
		s := k.open(sandbox.Config{})
		k.out(s, before)
		b, err := s.ReadFile(within(k), path, max)
		if len(b) > 0 {
			k.Errorf("read %.100q beside the error", b)
		}
		k.fails(err, is, says)
	}}
}

// writing wants a write refused, and nothing changed by it.
func writing(name, before, path, body string, is error, says string) check {
	return check{name: name, run: func(k *kit) {
		s := k.open(sandbox.Config{})
		k.out(s, before)
		k.fails(s.WriteFile(within(k), sandbox.File{Path: path, Body: []byte(body)}), is, says)
		if before != "" {
			if got := k.out(s, "for f in *; do [ ! -f $f ] || { chmod +r $f; cat $f; }; done"); got != "" && got != "x" {
				k.Errorf("it was changed to %q", got)
			}
		}
	}}
}
