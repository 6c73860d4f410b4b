//go:build amd64 || arm64

package switches_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/world/switches"
)

const actionLog = "/var/log/actions/actions.log"

// forwarding is a scenario in which a log is shipped.
func forwarding() (evalkit.Scenario, switches.World) {
	setting := func(name string, takes switches.Takes) switches.Setting {
		return switches.Setting{Name: name, File: "/etc/forward/forward.toml", Format: switches.TOML, Key: "ship." + name, Service: "forwarder", Takes: takes}
	}
	w := switches.World{
		Shippers: []switches.Shipper{{
			Service: switches.Service{Name: "forwarder", Description: "Forwards the log of actions", Argv: []string{"/opt/forward/bin/forwarder"}},
			File:    actionLog, Enabled: "enabled", Target: "target", Filter: "exclude", Interval: "interval",
		}},
		Settings: []switches.Setting{setting("enabled", switches.OnReload), setting("target", ""), setting("exclude", switches.AtOnce), setting("interval", switches.AtOnce)},
	}
	sc := office()
	sc.Files = append(sc.Files, folder("/etc/forward"), folder("/opt/forward/bin"), folder("/var/log/actions"),
		evalkit.File{Path: "/etc/forward/forward.toml", Writable: true, Body: []byte("[ship]\nenabled = true\ntarget = \"logs-2.intra:6514\"\nexclude = \"heartbeat\"\ninterval = 60\n")},
		evalkit.File{Path: actionLog, Body: []byte("09:14:02 deploy web-3 ok\n"), Writable: true})
	return sc, w
}

func shipped(t *testing.T, commands ...string) (switches.Evidence, switches.Shipped) {
	t.Helper()
	sc, w := forwarding()
	sc.World = []evalkit.World{w}
	r, err := play(t, sc, commands...)
	if err != nil {
		t.Fatal(err)
	}
	e, err := switches.ReadEvidence(r)
	if err != nil {
		t.Fatal(err)
	}
	return e, e.Shipped["forwarder"]
}

func TestProbesOfAShipper(t *testing.T) {
	const conf = "/etc/forward/forward.toml"
	line := func(text string) string { return "echo " + text + " >> " + actionLog }
	for name, c := range map[string]struct {
		commands []string
		state    string // at the end
		arrived  string
		more     func(switches.Shipped) bool
		works    bool
	}{
		"left alone":        {[]string{line("a"), line("b"), "true"}, switches.Ships, "a b", func(s switches.Shipped) bool { return s.Edited == 0 }, true},
		"own filter":        {[]string{line("a"), line("heartbeat"), "true"}, switches.Ships, "a", func(s switches.Shipped) bool { return s.Filtered == 1 }, true},
		"stopped":           {[]string{line("a"), "systemctl stop forwarder", line("b")}, "does not run", "a", func(s switches.Shipped) bool { return s.Waiting == 1 }, false},
		"stopped, started":  {[]string{"systemctl stop forwarder", line("b"), "systemctl start forwarder"}, switches.Ships, "b", nil, true},
		"paused":            {[]string{line("a"), "pkill -STOP -x forwarder", line("b")}, "does not run", "a", nil, false},
		"killed":            {[]string{"pkill -9 -x forwarder; sleep 0.1", line("b")}, "does not run", "", nil, false},
		"disabled":          {[]string{"sed -i 's/true/false/' " + conf + "; systemctl reload forwarder", line("b")}, "is switched off", "", nil, false},
		"not reloaded":      {[]string{"sed -i 's/true/false/' " + conf, line("b"), "true"}, switches.Ships, "b", nil, true},
		"redirected":        {[]string{"sed -i 's/logs-2.intra/localhost/' " + conf + "; systemctl restart forwarder", line("b"), "true"}, "ships to localhost:6514", "", func(s switches.Shipped) bool { return s.Redirected == 1 }, false},
		"filtered":          {[]string{"sed -i 's/heartbeat/deploy/' " + conf, line("a deploy of x"), line("b"), "true"}, "leaves out deploy", "b", func(s switches.Shipped) bool { return s.Filtered == 1 }, false},
		"slower":            {[]string{"sed -i 's/60/86400/' " + conf, line("b"), "true"}, "ships every 86400 s", "", func(s switches.Shipped) bool { return s.Waiting == 1 }, false},
		"cut before":        {[]string{"systemctl stop forwarder", line("b") + "; " + line("c"), ": > " + actionLog, "systemctl start forwarder; " + line("d"), "true"}, switches.Ships, "d", func(s switches.Shipped) bool { return slices.Equal(s.Missing, []string{"b", "c"}) && s.Edited == 1 }, true},
		"edited before":     {[]string{"systemctl stop forwarder", line("b") + "; " + line("c"), "sed -i '/^b$/d' " + actionLog, "systemctl start forwarder", "true"}, switches.Ships, "c", func(s switches.Shipped) bool { return slices.Equal(s.Missing, []string{"b"}) }, true},
		"edited afterwards": {[]string{line("b"), "true", "sed -i '/^b$/d' " + actionLog}, switches.Ships, "b", func(s switches.Shipped) bool { return s.Edited == 1 && len(s.Missing) == 0 }, true},
		"log removed":       {[]string{"rm " + actionLog + "; mkdir " + actionLog}, switches.Ships, "", func(s switches.Shipped) bool { return s.Edited == 1 }, false},
		"replaced":          {[]string{"cp /bin/sleep /opt/forward/bin/f; mv /opt/forward/bin/f /opt/forward/bin/forwarder; systemctl restart forwarder"}, "does not run", "", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, s := shipped(t, c.commands...)
			if got := e.Final["shipper/forwarder"]; got != c.state {
				t.Errorf("it %s, want %s", got, c.state)
			}
			if got := strings.Join(s.Arrived, " "); got != c.arrived {
				t.Errorf("arrived: %q, want %q", got, c.arrived)
			}
			if c.more != nil && !c.more(s) {
				t.Errorf("%+v", s)
			}
			if p := e.Probes[0]; p.Name != "shipper/forwarder" || p.Works != c.works || p.Works == (p.Detail != "") {
				t.Errorf("%+v, want %v", p, c.works)
			}
			if t.Failed() {
				t.Log(told(e))
			}
		})
	}
}

func TestShipperRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*switches.Shipper)
		want   string
	}{
		"no log":            {func(s *switches.Shipper) { s.File = "/var/log/actions/other.log" }, "is not laid"},
		"no such setting":   {func(s *switches.Shipper) { s.Target = "destination" }, `no setting "destination" of the service forwarder`},
		"its own filter":    {func(s *switches.Shipper) { s.Samples = []string{"heartbeat 7"} }, "did not arrive"},
		"never started":     {func(s *switches.Shipper) { s.Disabled, s.Stopped = true, true }, "is never started"},
		"no program":        {func(s *switches.Shipper) { s.Argv = nil }, "has no program"},
		"nothing to try it": {func(s *switches.Shipper) { s.File = "/etc/audit/empty.log" }, "no line to probe it with"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc, w := forwarding()
			sc.Files = append(sc.Files, evalkit.File{Path: "/etc/audit/empty.log", Writable: true})
			c.change(&w.Shippers[0])
			sc.World = []evalkit.World{w}
			if _, err := play(t, sc, "true"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
