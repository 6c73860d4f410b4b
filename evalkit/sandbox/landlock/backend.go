// Package landlock is the sandbox backend for machines that allow no
// namespaces: commands run on the machine itself, as processes of the importing
// binary started anew, under a Landlock ruleset, a filter of system calls,
// resource limits and a supervisor that ends them all. It needs Linux 6.2 or
// newer with Landlock enabled, on amd64 or arm64, and nothing else.
//
// # What is inside
//
// A private folder below os.TempDir holds the workspace, a home and a folder
// for temporary files; they can be written, and nothing else. Of the machine,
// /usr, /bin, /lib and what else belongs to its system can be read and run, and
// of /etc what every machine of its distribution has. A few devices are there.
// Nothing of /proc but what describes the processor, the memory and the kernel.
// As root, every sandbox runs under an id of its own that nobody else has.
//
// # Paths
//
// There is no root of the sandbox's own, so /app does not exist for commands,
// nor are /root and /tmp theirs. Absolute paths below the workspace, /root and
// /tmp name, for the harness, the folders that commands find by $PWD, $HOME and
// $TMPDIR: what a scenario lays at /app/f is ./f to a command that was not told
// another folder, and its changes are told as those of /app/f. A path that
// begins with the private folder, as commands print it, means the same to both.
//
// # What it does not do
//
// No PID 1 of the machine's own, so nothing is a shutdown, and a command that is
// stopped ends what earlier ones left running (sandbox.OwnInit); no
// files, commands or hidden programs in system folders (sandbox.SystemFiles): a
// configuration that asks for them is refused. Disk is not bounded, memory only
// for each process, and for an ordinary user processes only together with all
// that this user runs (sandbox.Bounded). The machine's name is the host's. That
// a file of the host's exists, its size and its date can be found out, not what
// is in it. There are no sockets but connected pairs, no System V or POSIX
// message queues, semaphores or shared memory, no ptrace, no inotify. SIGURG is
// let through, since the Go runtime lives on it. Should somebody outside kill
// the supervisor alone, commands die with it, and as an ordinary user not what
// they had put into the background.
package landlock

import "github.com/evalkit-go/evalkit/evalkit/sandbox"

// Backend opens sandboxes made of Landlock rules. The zero value is ready. Safe
// for concurrent use.
type Backend struct {
	// most is the newest version of Landlock that is used, for tests; 0: any.
	most int
}

var _ sandbox.Backend = Backend{}

// Name implements sandbox.Backend.
func (Backend) Name() string { return "landlock" }

// Promises implements sandbox.Backend.
func (Backend) Promises() []sandbox.Promise {
	return []sandbox.Promise{sandbox.NoNetwork, sandbox.Confined}
}
