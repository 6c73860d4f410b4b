package evallog

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// browser is a headless Chromium that is driven by the DevTools protocol over a pipe: messages of JSON, each ended by a
// NUL byte (descriptors 3 and 4 of the process).
type browser struct {
	t       *testing.T
	to      *os.File
	from    *bufio.Reader
	session string
	last    atomic.Int64
}

// patience bounds the wait for anything of the browser; what is slow is the machine.
const patience = time.Minute

// openBrowser starts a browser with one page. It ends with the test.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	bin := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			bin = p
			break
		}
	}
	if bin == "" {
		missing(t, "there is no chromium in PATH")
	}
	ours, theirs := pipe(t)
	answers, writes := pipe(t)
	cmd := exec.Command(bin, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--hide-scrollbars", "--window-size=1400,1000", "--remote-debugging-pipe",
		"--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{ours, writes}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = ours.Close(), writes.Close()
	b := &browser{t: t, to: theirs, from: bufio.NewReader(answers)}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = b.to.Close() // it ends when nobody drives it
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
	})
	_ = answers.SetReadDeadline(time.Now().Add(10 * time.Minute))
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	b.call("Page.enable", nil, nil)
	return b
}

// resize makes the page so large that what it lays out lazily is there.
func (b *browser) resize(width, height int) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
}

func pipe(t *testing.T) (r, w *os.File) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}

// call asks for one thing and waits for the answer; events in between are dropped.
func (b *browser) call(method string, params map[string]any, result any) {
	b.t.Helper()
	id := b.last.Add(1)
	msg := map[string]any{"id": id, "method": method, "params": params}
	if params == nil {
		msg["params"] = map[string]any{}
	}
	if b.session != "" {
		msg["sessionId"] = b.session
	}
	data, err := json.Marshal(msg)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.to.Write(append(data, 0)); err != nil {
		b.t.Fatal(method, err)
	}
	for {
		line, err := b.from.ReadBytes(0)
		if err != nil {
			b.t.Fatalf("%s: the browser has ended: %v", method, err)
		}
		var answer struct {
			ID     int64
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal(line[:len(line)-1], &answer); err != nil {
			b.t.Fatal(method, err)
		}
		if answer.ID != id {
			continue
		}
		if answer.Error != nil {
			b.t.Fatal(method, answer.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(answer.Result, result); err != nil {
				b.t.Fatal(method, err)
			}
		}
		return
	}
}

// eval gives the value of an expression in the page.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	var answer struct {
		Result struct{ Value any }
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &answer)
	return fmt.Sprint(answer.Result.Value)
}

// text is what a person reads on the page.
func (b *browser) text() string { return b.eval("document.body ? document.body.innerText : ''") }

// show opens an address and waits until the page shows all of the texts. White space counts as one blank.
func (b *browser) show(url string, texts ...string) string {
	b.t.Helper()
	b.call("Page.navigate", map[string]any{"url": url}, nil)
	return b.wait(texts...)
}

func (b *browser) wait(texts ...string) string {
	b.t.Helper()
	end := time.Now().Add(patience)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		shown := strings.Join(strings.Fields(b.text()), " ")
		lacks := ""
		for _, want := range texts {
			if !strings.Contains(shown, want) {
				lacks = want
			}
		}
		if lacks == "" {
			return shown
		}
		if time.Now().After(end) {
			b.shoot("failed")
			b.t.Fatalf("the page at %s does not show %q:\n%s", b.eval("location.href"), lacks, shown)
		}
	}
}

// shoot keeps a picture of the page among the test's artefacts: with go test -artifacts, or in EVALKIT_ARTIFACTS.
func (b *browser) shoot(name string) {
	b.t.Helper()
	var answer struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"format": "png"}, &answer)
	data, err := base64.StdEncoding.DecodeString(answer.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	dir := os.Getenv("EVALKIT_ARTIFACTS")
	if dir == "" {
		dir = b.t.ArtifactDir()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	path := filepath.Join(dir, name+".png")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		b.t.Fatal(err)
	}
	b.t.Logf("%s (%d bytes)", path, len(data))
}
