package provenance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/internal/provenance"
)

// mails are sixty different texts of two kilobytes.
func mails() [][]byte {
	var out [][]byte
	for i := range 60 {
		var b strings.Builder
		for w := 0; b.Len() < 2000; w++ {
			fmt.Fprintf(&b, "word%x ", (w*w*31+i*7919)%5000)
		}
		out = append(out, []byte(b.String()))
	}
	return out
}

func mailbox(mails [][]byte) *provenance.Corpus {
	c := &provenance.Corpus{}
	for i, m := range mails {
		c.Add(fmt.Sprint("mail ", i), provenance.Text, m)
	}
	return c
}

func BenchmarkBuild(b *testing.B) {
	all := mails()
	for b.Loop() {
		mailbox(all).Find(nil)
	}
}

func BenchmarkCloneAndAdd(b *testing.B) {
	all := mails()
	c := mailbox(all)
	for b.Loop() {
		d := c.Clone()
		d.Add("new", provenance.Text, []byte(memo))
		d.Find(nil)
	}
}

func BenchmarkFind(b *testing.B) {
	all := mails()
	c := mailbox(all)
	c.Add("picture", provenance.Binary, picture)
	big := strings.Repeat(string(all[3])+memo, (1<<20)/2500)
	for name, payload := range map[string][]byte{"mail of 2 kB": all[7], "text of 1 MB": []byte(big), "random 1 MB": noise(6, 1<<20), "base64 of 133 kB": steps["base64"](picture)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(payload)))
			for b.Loop() {
				c.Find(payload)
			}
		})
	}
}

func BenchmarkStreamGiB(b *testing.B) {
	c := mailbox(mails())
	c.AddSized("weights", picture, 30<<30, "d")
	for name, piece := range map[string][]byte{"zeros": make([]byte, 1<<20), "random": noise(8, 1<<20)} {
		for _, headed := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/headed=%v", name, headed), func(b *testing.B) {
				b.SetBytes(1 << 30)
				for b.Loop() {
					s := c.Stream()
					if headed {
						_, _ = s.Write(picture)
					}
					for range 1 << 10 {
						_, _ = s.Write(piece)
					}
					s.Close()
				}
			})
		}
	}
}
