package provenance_test

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/internal/provenance"
)

// inPieces gives a payload to a stream in pieces of random sizes.
func inPieces(c *provenance.Corpus, payload []byte, seed uint64) []provenance.Match {
	r := rand.New(rand.NewPCG(seed, 2))
	s := c.Stream()
	for len(payload) > 0 {
		n := min(len(payload), 1+r.IntN(1+r.IntN(100_000)))
		_, _ = s.Write(payload[:n])
		payload = payload[n:]
	}
	return s.Close()
}

func TestAStreamFindsTheSameHoweverItIsCut(t *testing.T) {
	c := known()
	for _, route := range [][]string{{"tar", "gzip", "base64", "wrapped", "mail"}, {"zip", "later"}, {"hexdump"}, {"gzip", "hex", "json"}, {"later", "zstd"}} {
		payload := picture[:70_000]
		for _, s := range route {
			payload = steps[s](payload)
		}
		want := c.Find(payload)
		for seed := range uint64(2) {
			if got := inPieces(c, payload, seed); !reflect.DeepEqual(got, want) || len(want) == 0 {
				t.Fatalf("%v: got %s want %s", route, brief(got), brief(want))
			}
		}
	}
}

func FuzzFind(f *testing.F) {
	for name, s := range steps {
		f.Add(s([]byte(memo)), uint64(len(name)))
		f.Add(s(picture[:3000]), uint64(1))
	}
	f.Add(steps["base64"](steps["gzip"](steps["tar"]([]byte(memo)))), uint64(3))
	c := known()
	f.Fuzz(func(t *testing.T, payload []byte, seed uint64) {
		want := c.Find(payload)
		if got := inPieces(c, payload, seed); !reflect.DeepEqual(got, want) {
			t.Fatalf("in pieces %s, at once %s", brief(got), brief(want))
		}
		for _, m := range want {
			if m.Bytes <= 0 || m.Bytes > m.Of || m.Complete != (m.Bytes == m.Of) || len(m.Snippet) > 200 {
				t.Fatalf("%+v", m)
			}
		}
	})
}
