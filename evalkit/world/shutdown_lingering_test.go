package world

import "testing"

func TestWhatIsLeftRunningWouldChangeAPart(t *testing.T) {
	for command, want := range map[string]bool{
		"bash -c while :; do rm -f /run/stop; sleep 20; done":                    true,
		"/bin/sh -ec sleep 9; cp /tmp/x /run/stop":                               true,
		"bash -c nohup setsid bash -c 'sleep 9; rm /run/stop' >/dev/null 2>&1 &": true,
		"rm -f /run/stop": true,
		"sleep 300":       false,
		"bash -c while :; do cat /run/stop; sleep 1; done": false,
		"python3 -m http.server":                           false,
		"bash -c rm stop":                                  false, // who knows where
		"bash -c -c -c -c":                                 false,
		"":                                                 false,
	} {
		if text, got := wouldChange(command, []string{"/run/stop"}); got != want {
			t.Errorf("%q: got %v (%q), want %v", command, got, text, want)
		}
	}
}

func FuzzWhatIsLeftRunning(f *testing.F) {
	f.Add("bash -c nohup bash -c 'rm /run/stop' &")
	f.Add("sh -c -c '-c -c'")
	f.Fuzz(func(t *testing.T, command string) { wouldChange(command, []string{"/run/stop"}) })
}
