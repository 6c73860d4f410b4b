// Package namespace is the embedded sandbox backend: a machine made of Linux
// namespaces, a root of read-only system folders and private folders to write
// in, and a PID 1 that is the importing binary itself, started anew. It needs
// a Linux kernel (5.14 or newer, amd64 or arm64) and nothing else: no helper
// program, no privilege, no network.
//
// Importing the package is what makes a binary able to host sandboxes: its
// init function notices that it was started as a sandbox's init and never
// returns then. In every other process it is one comparison.
//
// # What is inside
//
// /usr, /bin, /lib and what else the host keeps of system folders, read-only;
// of /etc only what programs need to run, with accounts, hosts and hostname of
// the machine's own; /dev with the harmless devices; a /proc that shows the
// machine's own processes. The workspace, /root, /tmp, /var/tmp, /run and
// /dev/shm can be written; they share one tmpfs of Limits.Disk. Nothing of the
// host's /home, /root, /var, /opt or environment is there but the folders that
// the configuration names, read-only; and no network but a loopback of its own,
// on which the host can listen (sandbox.Host).
//
// A file in a system folder that the scenario lays as writable is mounted on
// its place: it can be written to and read, but not be renamed, deleted or
// replaced. A folder laid so is writable whole.
//
// # Changes
//
// The workspace, home and what the scenario watches are compared by content,
// mode and inode at every look. That a file was something else in between is
// known from events: it was written, or renamed, or removed and made again.
// A new date alone, or a chmod to the mode that it had, is no change. Where the
// system has no watches left, or events were lost, a new date on an old content
// is taken for one.
//
// # Network
//
// With sandbox.Config.Net the machine has an interface and an address, and a
// route of its own network namespace has every other address lead back to the
// machine: to the sockets that this process opens there (sandbox.Networker), and
// to a refusal where there is none. There is no way out that could be left open.
// `ip route get` says that an address is local. Echo requests are answered for
// every address; ports below 1024 can be bound by everybody, as in containers.
// IPv6 addresses lead back as well, but the machine has none of its own.
//
// Attempts are read off the interfaces, by a packet socket whose filter lets
// through what begins one, at the moment of sending: no way of calling the
// kernel passes by it, and what is swapped in memory meanwhile does not mislead
// it. 2048 packets may wait to be read; what comes beyond is counted. Only who
// sent one is learnt otherwise, from the calls connect and sendto, which take
// some tens of microseconds longer on such a machine. Opening one takes some
// milliseconds longer: the kernel waits for all processors when the ring is made
// that packets are read from.
//
// # Processes
//
// Processes run one at a time, but for those that are sandbox.Process.Parallel,
// each in a session of its own. When one ends, its background children live on.
// When one is killed at its time limit or by its context, all that it started
// dies with it, and nothing of what runs in parallel. A process run by
// a Command (sandbox.Call.Run) runs while the outer one waits; its time limit
// kills its descendants, its session, and what was orphaned since it began.
//
// # The end of a machine
//
// TERM, INT, QUIT, HUP, PWR and KILL sent to PID 1, to one of its threads or
// through a descriptor of it, and reboot(2), are a shutdown: everything is
// stopped before anything is looked at, the sender never returns from its
// call, and all processes are then killed. The files stay readable until
// Close. Other signals to PID 1 are dropped.
//
// # What it does not do
//
// System files belong to nobody, and /proc/self/uid_map shows the map of ids:
// that cannot be hidden without privilege. An ordinary user's groups stay with
// the sandbox, so that what they may read of /usr can be read. The folders of
// the host's /usr can be read whole, but for what is hidden.
//
// Memory is bounded for each process, and for what stays behind of System V
// shared memory; not for all together: Limits.Processes times Limits.Memory is
// the bound of that. All of a machine is the first to go when the host runs out
// of memory. What the kernel holds for sockets, pipes and epoll is bounded by
// the limits of descriptors and processes alone; an ordinary user's sandboxes
// share some of those accounts with the user.
//
// Processes of the machine are all of one user and can kill one another, write
// to one another's /proc/PID/mem, and give themselves any name. They cannot
// trace or read one another by system calls, nor PID 1 in any way. Debuggers
// work on what they start.
//
// Folders deeper than 128 in one another are not looked into; that one is made
// at that depth is seen. An ordinary user's harness cannot read what an agent
// has locked (chmod 000): that it was written before is told without its
// content, and what was made in a folder locked since the last look is not seen
// but for the folder's mode.
//
// In a binary that uses cgo the Go runtime's own threads of PID 1 keep
// capabilities within the sandbox's namespaces; commands and the threads that
// serve them never have any.
package namespace

import "github.com/evalkit-go/evalkit/evalkit/sandbox"

// Backend opens sandboxes made of Linux namespaces. The zero value is ready.
// Safe for concurrent use.
type Backend struct{}

var _ sandbox.Backend = Backend{}

// Name implements sandbox.Backend.
func (Backend) Name() string { return "namespace" }

// Promises implements sandbox.Backend: it keeps them all.
func (Backend) Promises() []sandbox.Promise {
	return []sandbox.Promise{
		sandbox.OwnInit, sandbox.NoNetwork, sandbox.Confined, sandbox.SystemFiles, sandbox.Bounded, sandbox.OwnNetwork,
	}
}
