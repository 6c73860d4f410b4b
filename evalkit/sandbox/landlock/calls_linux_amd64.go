package landlock

import "golang.org/x/sys/unix"

// askedHere are the older names of what the supervisor decides.
var askedHere = []uint32{unix.SYS_CHMOD, unix.SYS_CHOWN, unix.SYS_LCHOWN, unix.SYS_UTIME, unix.SYS_UTIMES, unix.SYS_FUTIMESAT}

// unknownHere are those of what is not there.
var unknownHere = []uint32{unix.SYS_INOTIFY_INIT}

// modern says an older call in the arguments of the newer one: number, the
// folder, the path, and where its times come from.
func modern(number int32, args [6]uint64) (fileCall, bool) {
	switch number {
	case unix.SYS_CHMOD:
		return fileCall{number: unix.SYS_FCHMODAT, dir: unix.AT_FDCWD, path: args[0], mode: uint32(args[1])}, true
	case unix.SYS_CHOWN:
		return fileCall{number: unix.SYS_FCHOWNAT, dir: unix.AT_FDCWD, path: args[0], uid: uint32(args[1]), gid: uint32(args[2])}, true
	case unix.SYS_LCHOWN:
		return fileCall{number: unix.SYS_FCHOWNAT, dir: unix.AT_FDCWD, path: args[0], uid: uint32(args[1]), gid: uint32(args[2]), flags: unix.AT_SYMLINK_NOFOLLOW}, true
	case unix.SYS_UTIME:
		return fileCall{number: unix.SYS_UTIMENSAT, dir: unix.AT_FDCWD, path: args[0], times: args[1], unit: wholeSeconds}, true
	case unix.SYS_UTIMES:
		return fileCall{number: unix.SYS_UTIMENSAT, dir: unix.AT_FDCWD, path: args[0], times: args[1], unit: microseconds}, true
	case unix.SYS_FUTIMESAT:
		return fileCall{number: unix.SYS_UTIMENSAT, dir: int32(args[0]), path: args[1], times: args[2], unit: microseconds}, true
	}
	return fileCall{}, false
}
