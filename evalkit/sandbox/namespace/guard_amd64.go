//go:build linux

package namespace

import "golang.org/x/sys/unix"

// legacy are the guarded calls that newer architectures have not got.
var legacy = map[uint32]guardedCall{
	unix.SYS_OPEN:    {"open", opensFile, []operand{{noFolder, 0}}, 1},
	unix.SYS_CREAT:   {"creat", createsFile, []operand{{noFolder, 0}}, 0},
	unix.SYS_UNLINK:  {"unlink", namesFile, []operand{{noFolder, 0}}, 0},
	unix.SYS_RMDIR:   {"rmdir", namesFile, []operand{{noFolder, 0}}, 0},
	unix.SYS_RENAME:  {"rename", namesFile, []operand{{noFolder, 0}, {noFolder, 1}}, 0},
	unix.SYS_LINK:    {"link", namesFile, []operand{{noFolder, 1}}, 0},
	unix.SYS_SYMLINK: {"symlink", namesFile, []operand{{noFolder, 1}}, 0},
	unix.SYS_CHMOD:   {"chmod", setsMode, []operand{{noFolder, 0}}, 1},
}
