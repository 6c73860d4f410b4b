package switches

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// Service is a program that runs in the background of the machine and can be
// started and stopped.
type Service struct {
	// Name without ".service".
	Name        string
	Description string
	// Argv is the program, by its absolute path, and its arguments. It stays in
	// the foreground, as with systemd's Type=simple. TERM ends it.
	Argv []string
	// Run, if it is given, is the program: the file at Argv[0] is answered by it,
	// whoever starts it. Its process is one like any other, without a handler
	// for any signal. It must end soon after its context does. It is called from
	// many trials at once.
	Run func(ctx context.Context, d *Daemon) int `json:"-"`
	// Restart is the policy of the unit: "no" if empty, "always", "on-failure".
	// A process that was killed is started again after the tool call, as
	// systemd would after a moment.
	Restart string
	// Unit is the text of the unit file; one is written if it is empty.
	Unit string
	// Disabled: it is not to be started at boot. Stopped: it does not run when
	// the trial starts.
	Disabled, Stopped bool
	// Denied lists verbs of systemctl that are refused for it, "Access denied";
	// "*" is all that change something. A shell may still do what its user may.
	Denied []string
}

// Daemon is a service that runs, as its Go function sees it.
type Daemon struct {
	*sandbox.Call
	h       *held
	service string
}

// Setting gives the value of a setting that is in effect now.
func (d *Daemon) Setting(name string) string {
	v, _ := Held{d.h}.Setting(name)
	return v
}

// Log writes a line into the journal, which journalctl shows.
func (d *Daemon) Log(text string) {
	d.h.mu.Lock()
	defer d.h.mu.Unlock()
	d.h.note(d.service, path.Base(d.Args[0]), d.pid(), text)
}

// Paused says whether the process was told to stop by a signal. It must do
// nothing then: unlike any other process, nothing holds it.
func (d *Daemon) Paused(ctx context.Context) bool { return d.h.pending(ctx, d.pid()) == Paused }

func (d *Daemon) pid() int {
	if len(d.Caller) == 0 {
		return 0
	}
	return d.Caller[0].PID
}

// daemon is the command that answers for a service's program.
func (h *held) daemon(s Service) sandbox.Command {
	return sandbox.Command{Path: s.Argv[0], Unrecorded: true, Run: func(ctx context.Context, c *sandbox.Call) int {
		d := &Daemon{Call: c, h: h, service: s.Name}
		if err := h.began(ctx, d, s); err != nil {
			fmt.Fprintf(c.Stderr, "%s: %v\n", s.Name, err)
			return 1
		}
		return s.Run(ctx, d)
	}}
}

// began lets a service that was not started by the manager read its settings.
// One that the manager starts waits here until it has them.
func (h *held) began(ctx context.Context, d *Daemon, s Service) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if u := h.units[s.Name]; u.main != nil && u.main.pid == d.pid() {
		return nil
	}
	return h.takeEffect(ctx, s.Name, AtStart)
}

// Where units lie.
const (
	vendorUnits = "/usr/lib/systemd/system"
	localUnits  = "/etc/systemd/system"
	wantedBy    = localUnits + "/multi-user.target.wants"
)

func unitFolders() []sandbox.File {
	var files []sandbox.File
	for _, dir := range []string{vendorUnits, localUnits, wantedBy} {
		files = append(files, sandbox.File{Path: dir, Mode: fs.ModeDir | 0o755, Writable: true})
	}
	return files
}

// files are the unit and the link that enables it.
func (s Service) files() []sandbox.File {
	files := []sandbox.File{{Path: vendorUnits + "/" + s.Name + ".service", Body: []byte(s.unitText()), Writable: true}}
	if !s.Disabled {
		files = append(files, link(wantedBy+"/"+s.Name+".service", vendorUnits+"/"+s.Name+".service"))
	}
	return files
}

func link(at, to string) sandbox.File {
	return sandbox.File{Path: at, Mode: fs.ModeSymlink | 0o777, Body: []byte(to), Writable: true}
}

func (s Service) unitText() string {
	if s.Unit != "" {
		return s.Unit
	}
	var b strings.Builder
	b.WriteString("[Unit]\nDescription=" + s.description() + "\nAfter=network.target\n\n[Service]\nType=simple\n")
	words := make([]string, len(s.Argv))
	for i, a := range s.Argv {
		words[i] = unitWord(a)
	}
	b.WriteString("ExecStart=" + strings.Join(words, " ") + "\nExecReload=/bin/kill -HUP $MAINPID\n")
	if s.Restart != "" {
		b.WriteString("Restart=" + s.Restart + "\n")
	}
	b.WriteString("\n[Install]\nWantedBy=multi-user.target\n")
	return b.String()
}

func (s Service) description() string {
	if s.Description == "" {
		return s.Name
	}
	return s.Description
}

// unitWord quotes a word for a unit file where it must be.
func unitWord(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\"'\\;") {
		return word
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word) + `"`
}

// denies says whether a verb of systemctl is refused.
func (s Service) denies(verb string) bool {
	return slices.Contains(s.Denied, verb) || slices.Contains(s.Denied, "*")
}
