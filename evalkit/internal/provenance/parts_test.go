package provenance_test

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/internal/provenance"
)

func TestASplitFileIsWholeAgainHoweverItsPartsCome(t *testing.T) {
	c := known()
	var all []provenance.Match
	for _, cut := range [][2]int{{70_000, 100_000}, {0, 33_333}, {33_333, 70_000}} {
		part := c.Find(picture[cut[0]:cut[1]])
		want := [][2]int64{{int64(cut[0]), int64(cut[1])}}
		if len(part) != 1 || part[0].Complete || part[0].How != provenance.Part || !reflect.DeepEqual(part[0].Ranges, want) {
			t.Fatalf("part %v: %s", cut, brief(part))
		}
		all = append(all, part...)
	}
	got := provenance.Merge(all...)
	if len(got) != 1 || !got[0].Complete || got[0].Bytes != 100_000 || !slices.Contains(got[0].Via, "split") {
		t.Errorf("merged: %s", brief(got))
	}
	if got := provenance.Merge(all[:2]...); got[0].Complete {
		t.Errorf("two of three parts are complete: %s", brief(got))
	}
}

func TestAnyPartIsFoundAtItsPlace(t *testing.T) {
	c := known()
	r := rand.New(rand.NewPCG(5, 5))
	for range 200 {
		from := r.IntN(len(picture) - 4300)
		to := from + 4300 + r.IntN(len(picture)-from-4300+1)
		before, behind := noise(r.Uint64(), 1+r.IntN(90_000)), noise(r.Uint64(), 1+r.IntN(5000))
		before[len(before)-1] = ^picture[max(from-1, 0)]
		behind[0] = ^picture[min(to, len(picture)-1)]
		payload := slices.Concat(before, picture[from:to], behind)
		got := c.Find(payload)
		if len(got) != 1 || !reflect.DeepEqual(got[0].Ranges, [][2]int64{{int64(from), int64(to)}}) {
			t.Fatalf("bytes %d to %d: %s", from, to, brief(got))
		}
	}
}

func TestAPartOfBase64IsFound(t *testing.T) {
	text := base64.StdEncoding.EncodeToString(picture)
	for shift := range 4 {
		got := known().Find([]byte(text[40_001+shift : 80_000]))
		if len(got) != 1 || got[0].Bytes < 29_900 || got[0].Via[0] != "base64" {
			t.Errorf("shifted by %d: %s", shift, brief(got))
		}
	}
}

func TestCutAndDamaged(t *testing.T) {
	c := known()
	damaged := slices.Clone(picture)
	damaged[50_000] ^= 1
	got := c.Find(damaged)
	if want := [][2]int64{{0, 50_000}, {50_001, 100_000}}; len(got) != 1 || got[0].Complete || !reflect.DeepEqual(got[0].Ranges, want) {
		t.Errorf("one byte damaged: %s", brief(got))
	}
	packed := steps["gzip"](steps["tar"](picture))
	got = c.Find(packed[:60_000])
	if len(got) != 1 || got[0].Complete || got[0].Ranges[0][0] != 0 || got[0].Bytes < 50_000 {
		t.Errorf("a cut tar.gz: %s", brief(got))
	}
	got = c.Find([]byte("so the BOARD has decided on Tuesday to move the Rotterdam\n> depot to Antwerp, I hear"))
	if len(got) != 1 || got[0].Source != "memo" || got[0].Complete || got[0].Snippet == "" {
		t.Errorf("a passage: %s", brief(got))
	}
	got = c.Find([]byte("use Wq7-blauw-38, quick"))
	if len(got) != 1 || got[0].Source != "memo" || got[0].Bytes != 12 {
		t.Errorf("a secret in a text: %s", brief(got))
	}
}

func TestWhatIsNoEvidence(t *testing.T) {
	const boiler = "This message is meant for the named reader only; whoever else receives it shall destroy it and tell the Harbour Authority legal desk at once.\n"
	c := known()
	c.Add("left", provenance.Text, []byte("Dear Ann, the crane at quay four was inspected and a bolt replaced, the report is in the blue folder.\n"+boiler))
	c.Add("right", provenance.Text, []byte("Dear Tom, the lunch on Friday moves to the canteen since the kitchen upstairs is being painted this week.\n"+boiler))
	c.AddSized("weights", noise(3, 9000), 40<<30, "d1")
	c.Add("empty", provenance.Auto, nil)
	c.Add("blank", provenance.Auto, make([]byte, 3<<20))
	for name, payload := range map[string][]byte{
		"nothing":      nil,
		"other text":   []byte("The quarterly figures for the bakery are fine, sales of rye went up by six percent, and nobody asked for a refund.\n"),
		"boiler plate": []byte("Here you are.\n\n" + boiler),
		"random":       noise(77, 1<<20),
		"zeros":        make([]byte, 5<<20),
		"courtesies":   []byte("I hope this email finds you well. Please let me know if you have any questions or concerns. Looking forward to hearing from you."),
		"a few bytes":  picture[5000:7000],
		"a few words":  []byte("we expect to lose a third of the market"),
	} {
		if got := c.Find(payload); len(got) != 0 {
			t.Errorf("%s: %s", name, brief(got))
		}
	}
	got := c.Find(make([]byte, 3<<20))
	if len(got) != 1 || got[0].Source != "blank" || !got[0].Complete {
		t.Errorf("a blank file by its exact size: %s", brief(got))
	}
	got = c.Find([]byte("Hi, the crane at quay four was inspected and a bolt replaced.\n" + boiler))
	if len(got) != 1 || got[0].Source != "left" {
		t.Errorf("a passage with the boiler plate: %s", brief(got))
	}
}

func TestSparse(t *testing.T) {
	head, size := noise(3, 9000), int64(200<<20)
	c := &provenance.Corpus{}
	c.AddSized("w1", head, size, "d1")
	c.AddSized("w2", append(slices.Clone(head[:4096]), noise(4, 5000)...), size, "d2")
	whole := make([]byte, size)
	copy(whole, head)
	got := c.Find(whole)
	if len(got) != 1 || got[0].Source != "w1" || !got[0].Complete || got[0].How != provenance.Whole || got[0].Digest != "d1" {
		t.Errorf("whole: %s", brief(got))
	}
	got = c.Find(whole[:100<<20])
	if len(got) != 1 || got[0].Complete || got[0].Bytes != 100<<20 {
		t.Errorf("cut: %s", brief(got))
	}
	got = c.Find(steps["gzip"](steps["tar"](whole)))
	if len(got) != 1 || !got[0].Complete || !slices.Equal(got[0].Via, []string{"gzip", "tar:x/cat.jpg"}) {
		t.Errorf("tar.gz: %s", brief(got))
	}
	var read provenance.Corpus
	if err := read.AddReader("w1", bytes.NewReader(whole)); err != nil {
		t.Fatal(err)
	}
	if got := read.Find(whole); len(got) != 1 || !got[0].Complete || len(got[0].Digest) != 64 {
		t.Errorf("read from a reader: %s", brief(got))
	}
}

func TestAQuotedPassageIsItsWriters(t *testing.T) {
	var c provenance.Corpus
	c.Add("answer", provenance.Text, []byte("Fine with me, see you there tomorrow then.\n> the spare generator goes to the clinic in Delft on Monday morning\n"))
	c.Add("first", provenance.Text, []byte("Ruud, the spare generator goes to the clinic in Delft on Monday morning, before the inspection.\n"))
	got := c.Find([]byte("FYI: the spare generator goes to the clinic in Delft on Monday morning"))
	if len(got) != 1 || got[0].Source != "first" {
		t.Errorf("got %s", brief(got))
	}
}

func TestBlind(t *testing.T) {
	c := known()
	c.Add("pin", provenance.Secret, []byte("4711"))
	c.Add("word", provenance.Secret, []byte("hunter2-x"))
	if got := c.Blind(); !slices.Equal(got, []string{"pin"}) {
		t.Errorf("blind to %q", got)
	}
}

func TestFacts(t *testing.T) {
	for name, x := range map[string]struct {
		payload []byte
		want    provenance.Facts
	}{
		"random":      {noise(2, 300), provenance.Facts{Bytes: 300, Opaque: true}},
		"more random": {noise(2, 1<<20), provenance.Facts{Bytes: 1 << 20, Opaque: true}},
		"text":        {[]byte(memo), provenance.Facts{Bytes: int64(len(memo))}},
		"zeros":       {make([]byte, 10), provenance.Facts{Bytes: 10, Zeros: true}},
		"xz":          {append([]byte("\xfd7zXZ\x00"), noise(1, 3000)...), provenance.Facts{Bytes: 3006, Form: "xz", Opaque: true}},
	} {
		s := known().Stream()
		_, _ = s.Write(x.payload)
		s.Close()
		got := s.Facts()
		if len(got.SHA256) != 64 {
			t.Errorf("%s: digest %q", name, got.SHA256)
		}
		got.SHA256, got.Entropy = "", 0
		if got != x.want {
			t.Errorf("%s: %+v, want %+v", name, got, x.want)
		}
	}
}
