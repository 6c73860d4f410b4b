//go:build linux && (amd64 || arm64)

package namespace

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func init() {
	for _, kinds := range []string{"dummy", "ifb", "veth", "none", "unknown"} {
		senders["a network on "+kinds] = func(string) error { return layOn(kinds) }
	}
}

// layOn lays a network in this process's own namespace and dials on it.
func layOn(kind string) error {
	if err := loopbackUp(); err != nil {
		return err
	}
	p, err := planWithNetwork()
	if err != nil {
		return err
	}
	n, err := readNetwork(p.networkList())
	if err != nil {
		return err
	}
	kinds, shown := []string{"unknown", kind}, n.name
	if kind == "none" || kind == "unknown" {
		kinds, shown = kinds[:1], "lo"
	}
	if err := n.lay(kinds); err != nil {
		return err
	}
	link, err := net.InterfaceByName(n.name)
	if shown == "lo" {
		link, err = net.InterfaceByName("lo")
	} else if err != nil {
		return unix.EOPNOTSUPP // the kernel has no such kind, and the loopback bears it
	}
	if err != nil {
		return err
	}
	addresses, err := link.Addrs()
	if err != nil || !strings.Contains(fmt.Sprint(addresses), ownAddress+"/24") || link.Flags&net.FlagUp == 0 {
		return fmt.Errorf("%v bears %v, %v", link, addresses, err)
	}
	for _, at := range []string{"8.8.8.8:4000", "10.20.0.200:4000", "10.20.0.1:4000", "192.168.3.4:4000"} {
		l, err := net.Listen("tcp", at)
		if err != nil {
			return err
		}
		c, err := net.Dial("tcp", at)
		if err != nil {
			return err
		}
		if from := c.LocalAddr().(*net.TCPAddr).IP.String(); from != ownAddress {
			return errors.New(at + " dialled from " + from)
		}
		c.Close()
		l.Close()
	}
	return nil
}

// Whatever kind of interface the kernel has, or none, all addresses lead here.
func TestNetworkOnEveryKind(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{"dummy": "done ENOTSUP", "ifb": "done ENOTSUP", "veth": "done ENOTSUP", "none": "done", "unknown": "done"} {
		cmd := exec.Command("/proc/self/exe", attemptWord, "a network on "+kind, "")
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNET,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		}
		out, err := cmd.CombinedOutput()
		got := strings.TrimSpace(string(out))
		t.Logf("%s: %s", kind, got)
		if err != nil || !strings.Contains(" "+want+" ", " "+got+" ") {
			t.Errorf("%s: %s, %v", kind, got, err)
		}
	}
}

func planWithNetwork() (*plan, error) {
	c, _ := withNetwork()
	return planFor(c)
}
