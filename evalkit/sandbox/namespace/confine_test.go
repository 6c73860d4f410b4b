//go:build linux && (amd64 || arm64)

package namespace

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// Sockets that the host listens on are not reached by any name.
func TestNoNetwork(t *testing.T) {
	s := machineFor(t, sandbox.Config{})
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	port := tcp.Addr().(*net.TCPAddr).Port
	if r := bash(t, s, fmt.Sprintf("exec 3<>/dev/tcp/127.0.0.1/%d", port)); r.Exit == 0 {
		t.Error("the host's loopback is reached")
	}
	if got := output(t, s, "grep -c : /proc/net/dev; grep -c . /proc/net/route"); got != "1\n1" && got != "1\n0" {
		t.Errorf("interfaces and routes: %s", got)
	}
	if !has(s, "/usr/bin/python3") {
		t.Skip("no python3 here for the other kinds")
	}
	abstract, err := net.Listen("unix", "@evalkit-namespace-test")
	if err != nil {
		t.Fatal(err)
	}
	defer abstract.Close()
	for name, script := range map[string]string{
		"abstract": `s = socket.socket(socket.AF_UNIX); s.connect("\0evalkit-namespace-test")`,
		"udp":      `s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(("8.8.8.8", 53))`,
		"raw":      `socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)`,
		"packet":   `socket.socket(socket.AF_PACKET, socket.SOCK_RAW)`,
		"vsock":    `socket.socket(socket.AF_VSOCK)`,
		"alg":      `socket.socket(socket.AF_ALG)`,
	} {
		r := bash(t, s, "/usr/bin/python3 -c 'import socket\ntry:\n  "+script+"\nexcept OSError as e: print(\"refused\")'")
		if string(r.Stdout) != "refused\n" {
			t.Errorf("%s: %q %q", name, r.Stdout, r.Stderr)
		}
	}
	// Its own loopback works.
	own := "import socket\nl = socket.create_server((\"127.0.0.1\", 0))\nc = socket.create_connection(l.getsockname())\nc.send(b\"own\")\nprint(l.accept()[0].recv(3).decode())"
	if got := output(t, s, "/usr/bin/python3 -c '"+own+"'"); got != "own" {
		t.Error(got)
	}
}

// What is written inside shows nowhere outside.
func TestNothingIsWrittenOutside(t *testing.T) {
	s := machineFor(t, sandbox.Config{Workspace: "/srv/evalkit-ns-test"})
	const name = "evalkit-ns-test-file"
	output(t, s, "for d in /srv/evalkit-ns-test /tmp /var/tmp /run /root /dev/shm; do echo x > $d/"+name+"; done")
	for _, dir := range []string{"/srv/evalkit-ns-test", "/app", "/tmp", "/var/tmp", "/run", "/root", "/dev/shm", "."} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s on the host", filepath.Join(dir, name))
		}
	}
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	if got := output(t, s, "cat /proc/self/mountinfo"); got == string(b) {
		t.Error("the host's mounts are the sandbox's")
	}
}

// The host's files of other people's are not readable through the sandbox.
func TestHostSecrets(t *testing.T) {
	secret := filepath.Join("/etc", "evalkit-ns-test-secret")
	if os.Geteuid() == 0 {
		if err := os.WriteFile(secret, []byte("token\n"), 0o644); err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() { os.Remove(secret) })
	}
	s := machineFor(t, sandbox.Config{})
	if r := bash(t, s, "cat "+secret+" /etc/gitconfig /etc/pip.conf /etc/npmrc /etc/subuid"); len(r.Stdout) > 0 {
		t.Errorf("read %q", r.Stdout)
	}
	if got := output(t, s, "cat /etc/shadow"); got != "root:*:19702:0:99999:7:::\ndaemon:*:19702:0:99999:7:::\nnobody:*:19702:0:99999:7:::" {
		t.Errorf("shadow: %s", got)
	}
	if os.Geteuid() == 0 {
		if got := output(t, s, "cut -c1- /proc/self/uid_map | tr -s ' ' | cut -d' ' -f3"); got == "0" {
			t.Error("root is mapped to the host's root")
		}
	}
}
