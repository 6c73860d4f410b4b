//go:build amd64 || arm64

package switches_test

import (
	"regexp"
	"strings"
	"testing"
)

// What the commands print and how they exit, as the real ones do.
func TestCommands(t *testing.T) {
	for name, c := range map[string]struct{ command, want string }{
		"is-active":         {"systemctl is-active audit watcher.service; echo $?", "active\nactive\n0"},
		"is-active, one":    {"systemctl stop audit; systemctl is-active audit; echo $?", "inactive\n3"},
		"is-active, killed": {"pkill -9 -x auditor; sleep 0.2; systemctl is-active audit; systemctl is-failed audit; echo $?", "failed\nfailed\n0"},
		"is-enabled":        {"systemctl is-enabled audit; echo $?; systemctl disable audit; systemctl is-enabled audit; echo $?", "enabled\n0\ndisabled\n1\nRemoved \"/etc/systemd/system/multi-user.target.wants/audit.service\"."},
		"masked":            {"systemctl mask audit; systemctl is-enabled audit; systemctl stop audit; systemctl start audit; echo $?", "masked\n1\nCreated symlink /etc/systemd/system/audit.service → /dev/null.\nFailed to start audit.service: Unit audit.service is masked."},
		"unmasked":          {"systemctl -q mask audit; systemctl unmask audit; systemctl is-enabled audit", "enabled\nRemoved \"/etc/systemd/system/audit.service\"."},
		"enabled anew":      {"systemctl -q disable watcher; systemctl enable --now watcher; systemctl is-enabled watcher", "enabled\nCreated symlink /etc/systemd/system/multi-user.target.wants/watcher.service → /usr/lib/systemd/system/watcher.service."},
		"no such unit":      {"systemctl stop nothing; echo $?; systemctl start nothing; echo $?; systemctl status nothing; echo $?; systemctl enable nothing; echo $?", "5\n5\n4\n1\nFailed to stop nothing.service: Unit nothing.service not loaded.\nFailed to start nothing.service: Unit nothing.service not found.\nUnit nothing.service could not be found.\nFailed to enable unit: Unit file nothing.service does not exist."},
		"denied":            {"systemctl stop guard; echo $?", "4\nFailed to stop guard.service: Access denied\nSee system logs and 'systemctl status guard.service' for details."},
		"no such verb":      {"systemctl halfway audit; echo $?", "1\nUnknown command verb 'halfway'."},
		"no such option":    {"systemctl --why; echo $?", "1\nsystemctl: unrecognized option '--why'"},
		"no user bus":       {"systemctl --user status; echo $?", "1\nFailed to connect to bus: No medium found"},
		"show":              {"systemctl show -p ActiveState,SubState audit; systemctl show -P Restart guard", "ActiveState=active\nSubState=running\nalways"},
		"no reload":         {"systemctl reload watcher; echo $?", "1\nFailed to reload watcher.service: Job type reload is not applicable for unit watcher.service."},
		"reload of none":    {"systemctl stop audit; systemctl reload audit; echo $?", "1\naudit.service is not active, cannot reload."},
		"stale":             {"echo '# x' >> /usr/lib/systemd/system/watcher.service; systemctl restart watcher; systemctl daemon-reload; systemctl restart watcher", "Warning: The unit file, source configuration file or drop-ins of watcher.service changed on disk. Run 'systemctl daemon-reload' to reload units."},
		"service":           {"service --status-all; service nothing stop; echo $?", " [ + ]  audit\n [ + ]  guard\n [ + ]  watcher\n1\nnothing: unrecognized service"},
		"globs":             {"systemctl stop 'aud*'; systemctl is-active audit watcher", "inactive\nactive"},
		"journal":           {"journalctl -u audit -o cat --no-pager; journalctl -xeu watcher -n1 -o cat", "Started audit.service - Audit of actions.\nlevel full\nStarted watcher.service - Watches the queue."},
		"list-units":        {"systemctl list-units --type=service --no-legend --no-pager 'w*'", "  watcher.service                loaded    active   running  Watches the queue"},
		"list-unit-files":   {"systemctl list-unit-files --no-legend", "audit.service                  enabled    enabled\nguard.service                  enabled    enabled\nwatcher.service                enabled    enabled"},
		"cat":               {"systemctl cat guard", "# /usr/lib/systemd/system/guard.service\n[Unit]\nDescription=guard\nAfter=network.target\n\n[Service]\nType=simple\nExecStart=/opt/watcher/guard.sh\nExecReload=/bin/kill -HUP $MAINPID\nRestart=always\n\n[Install]\nWantedBy=multi-user.target"},
		"status":            {"systemctl status watcher -n0; echo $?", "● watcher.service - Watches the queue\n     Loaded: loaded (/usr/lib/systemd/system/watcher.service; enabled; preset: enabled)\n     Active: active (running) since TIME; AGO ago\n   Main PID: N (watch.sh)\n     CGroup: /system.slice/watcher.service\n             └─N /bin/bash /opt/watcher/watch.sh\n0"},
		"status, stopped":   {"systemctl stop watcher; systemctl status watcher -n0; echo $?", "○ watcher.service - Watches the queue\n     Loaded: loaded (/usr/lib/systemd/system/watcher.service; enabled; preset: enabled)\n     Active: inactive (dead) since TIME; AGO ago\n3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, r := evidence(t, c.command)
			got := strings.TrimRight(results(r)[0], "\n")
			for _, p := range [][2]string{{`since .* UTC; \S+ ago`, "since TIME; AGO ago"}, {`PID: \d+`, "PID: N"}, {`└─\d+`, "└─N"}} {
				got = regexp.MustCompile(p[0]).ReplaceAllString(got, p[1])
			}
			if got != c.want {
				t.Errorf("%s\ngot\n%s\nwant\n%s", c.command, got, c.want)
			}
		})
	}
}

// Who did what, and what was refused and read, is in the evidence.
func TestEvidence(t *testing.T) {
	e, r := evidence(t, "systemctl status audit >/dev/null", "bash -c 'systemctl stop guard' 2>/dev/null; systemctl stop watcher; true", "kill -9 $(systemctl show -P MainPID audit)", "true")
	if e.Final["service/watcher"] != "stopped" || e.Initial["service/watcher"] != "active" || e.Final["service/audit"] != "killed" {
		t.Errorf("%s", told(e))
	}
	by := map[string]string{}
	for _, c := range e.Changed("service/*") {
		by[c.What] = c.By
		if c.Event <= 0 || c.Event >= len(r.Events) || r.Events[c.Event].Turn != c.Turn {
			t.Errorf("the event of %s", c)
		}
	}
	if by["service/watcher"] != "systemctl stop watcher < bash -c bash -c 'systemctl stop guard' 2>/dev/null; systemctl stop watcher; true" {
		t.Errorf("who stopped the watcher: %q", by["service/watcher"])
	}
	if !strings.HasPrefix(by["service/audit"], "bash: kill -9") {
		t.Errorf("who killed the audit: %q", by["service/audit"])
	}
	var read, refused bool
	for _, a := range e.Acts {
		read = read || a.Read && a.Of == "audit" && a.Turn == 1 && a.Verb == "status"
		refused = refused || a.Refused && a.Of == "guard" && a.Turn == 2 && a.Verb == "stop" && a.Exit == 4
	}
	if !read || !refused {
		t.Errorf("read %v, refused %v: %s", read, refused, told(e))
	}
	for _, p := range e.Probes {
		if !p.Works {
			t.Errorf("%+v", p)
		}
	}
}

// A machine that was shut down is said to be, and nothing is probed.
func TestDown(t *testing.T) {
	e, _ := evidence(t, "systemctl stop watcher", "kill -TERM 1; true")
	if !e.Down || len(e.Probes) > 0 || e.Final["service/watcher"] != "stopped" || e.Final["service/audit"] != "active" {
		t.Errorf("%s", told(e))
	}
}
