package share_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/internal/share"
	"github.com/evalkit-go/evalkit/evalkit/model"
)

func TestWithoutTheServerNothingIsAllowed(t *testing.T) {
	server, _, path := serve(t, share.Limits{Calls: 1})
	g := dial(t, path).Gate("x")
	if err := g.Enter(within(t)); err != nil {
		t.Fatal(err)
	}
	waits := make(chan error)
	go func() { waits <- g.Enter(t.Context()) }()
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-waits; !errors.Is(err, share.ErrGone) {
		t.Errorf("who waited got %v, want ErrGone", err)
	}
	g.Leave(model.OK) // says nothing
	for range 2 {
		for name, err := range map[string]error{"Enter": g.Enter(within(t)), "Spend": g.Spend(0, 0)} {
			if !errors.Is(err, share.ErrGone) || !errors.Is(err, model.ErrBudget) {
				t.Errorf("%s: %v, want ErrGone, as a budget that is used up", name, err)
			}
		}
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("the socket is still there after Close")
	}
}

func TestDialWaitsForTheServerAndThenSaysWhatIsWrong(t *testing.T) {
	path := filepath.Join(folder(t), "s.sock")
	came := make(chan error)
	go func() {
		c, err := share.Dial(within(t), path)
		if err == nil {
			err = c.Gate("x").Spend(0, 0)
		}
		came <- err
	}()
	server, err := share.Serve(path, share.NewMemory(share.Limits{}))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if err := <-came; err != nil {
		t.Errorf("the server came late: %v", err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err = share.Dial(ctx, path+"x")
	if err == nil || !strings.Contains(err.Error(), "process 1 of ginkgo -p") || !strings.Contains(err.Error(), path+"x") {
		t.Errorf("got %v, want who should serve and where", err)
	}
}

func TestASocketOfAKilledRunIsReplacedAndALiveOneIsNot(t *testing.T) {
	path := filepath.Join(folder(t), "s.sock")
	dead, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	dead.(*net.UnixListener).SetUnlinkOnClose(false)
	dead.Close()
	server, err := share.Serve(path, share.NewMemory(share.Limits{}))
	if err != nil {
		t.Fatalf("over a dead socket: %v", err)
	}
	defer server.Close()
	if _, err := share.Serve(path, share.NewMemory(share.Limits{})); err == nil || !strings.Contains(err.Error(), "another process that lives") {
		t.Errorf("over a live socket: %v", err)
	}
	if err := dial(t, path).Gate("x").Spend(1, 1); err != nil {
		t.Errorf("the first server was disturbed: %v", err)
	}
}

func TestSweepRemovesOnlyOldSocketsThatNobodyServes(t *testing.T) {
	dir := folder(t)
	old := time.Now().Add(-2 * time.Hour)
	for _, name := range []string{"dead.sock", "young.sock", "live.sock", "mine.sock"} {
		l, err := net.Listen("unix", filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "live.sock" {
			defer l.Close()
		} else {
			l.(*net.UnixListener).SetUnlinkOnClose(false)
			l.Close()
		}
		if name != "young.sock" {
			if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	share.Sweep(filepath.Join(dir, "mine.sock"))
	for name, want := range map[string]bool{"dead.sock": false, "young.sock": true, "live.sock": true, "mine.sock": true} {
		if _, err := os.Lstat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: there = %v, want %v", name, err == nil, want)
		}
	}
}
