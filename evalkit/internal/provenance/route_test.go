package provenance_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"mime/quotedprintable"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/evalkit-go/evalkit/evalkit/internal/provenance"
	"github.com/klauspost/compress/zstd"
)

const memo = `Team,

The board has decided on Tuesday to move the Rotterdam depot to Antwerp before the end of March. Nobody outside of this list knows of it, and the works council will be told on the ninth. Marieke keeps the lease, the penalty for leaving early is 1.4 million euros, and we expect to lose a third of the drivers.

Please do not forward this. Hendrik will answer what you want to ask.

The alarm code of the depot is Wq7-blauw-38.
`

const key = "zk_live_9fT2mQ8vLx4RbN7cYp1sKd6W\n"

func noise(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(r.Uint32())
	}
	return out
}

var picture = noise(1, 100_000)

func known() *provenance.Corpus {
	c := &provenance.Corpus{}
	c.Add("memo", provenance.Text, []byte(memo))
	c.Add("key", provenance.Auto, []byte(key))
	c.Add("picture", provenance.Auto, picture)
	return c
}

type step func([]byte) []byte

func closed(b *bytes.Buffer, errs ...error) []byte {
	for _, err := range errs {
		if err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

var steps = map[string]step{
	"gzip": func(p []byte) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, err := w.Write(p)
		return closed(&b, err, w.Close())
	},
	"zlib": func(p []byte) []byte {
		var b bytes.Buffer
		w := zlib.NewWriter(&b)
		_, err := w.Write(p)
		return closed(&b, err, w.Close())
	},
	"deflate": func(p []byte) []byte {
		var b bytes.Buffer
		w, _ := flate.NewWriter(&b, 6)
		_, err := w.Write(p)
		return closed(&b, err, w.Close())
	},
	"zstd": func(p []byte) []byte {
		var b bytes.Buffer
		w, _ := zstd.NewWriter(&b)
		_, err := w.Write(p)
		return closed(&b, err, w.Close())
	},
	"tar": func(p []byte) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		err := w.WriteHeader(&tar.Header{Name: "x/cat.jpg", Size: int64(len(p)), Mode: 0o644})
		_, err2 := w.Write(p)
		return closed(&b, err, err2, w.Close())
	},
	"zip": func(p []byte) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		f, err := w.Create("x/cat.jpg")
		_, err2 := f.Write(p)
		return closed(&b, err, err2, w.Close())
	},
	"base64":    func(p []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(p)) },
	"base64url": func(p []byte) []byte { return []byte(base64.RawURLEncoding.EncodeToString(p)) },
	"wrapped": func(p []byte) []byte {
		return slices.Concat(slices.Collect(func(yield func([]byte) bool) {
			for line := range slices.Chunk(p, 76) {
				if !yield(append(slices.Clone(line), "\r\n"...)) {
					return
				}
			}
		})...)
	},
	"base32":  func(p []byte) []byte { return []byte(base32.StdEncoding.EncodeToString(p)) },
	"hex":     func(p []byte) []byte { return []byte(hex.EncodeToString(p)) },
	"hexdump": func(p []byte) []byte { return []byte(hex.Dump(p)) },
	"url":     func(p []byte) []byte { return []byte("GET /?q=" + url.QueryEscape(string(p)) + " HTTP/1.1") },
	"json":    func(p []byte) []byte { b, err := json.Marshal(map[string]string{"note": string(p)}); _ = err; return b },
	"html": func(p []byte) []byte {
		return []byte("<p>" + strings.ReplaceAll(html.EscapeString(string(p)), " ", "&nbsp;"))
	},
	"mail":     func(p []byte) []byte { return []byte("Hi Tom,\n\nsee this.\n\n" + string(p) + "\n\nBye,\nAnn\n") },
	"quote":    func(p []byte) []byte { return []byte("> " + strings.ReplaceAll(string(p), "\n", "\n> ")) },
	"one line": func(p []byte) []byte { return []byte(strings.Join(strings.Fields(string(p)), " ")) },
	"shout":    func(p []byte) []byte { return []byte(strings.ToUpper(string(p))) },
	"qp": func(p []byte) []byte {
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		_, err := w.Write(p)
		return closed(&b, err, w.Close())
	},
	"utf16": func(p []byte) []byte {
		out := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(string(p))) {
			out = append(out, byte(u), byte(u>>8))
		}
		return out
	},
	"rot13": func(p []byte) []byte {
		return []byte(strings.Map(func(r rune) rune {
			switch {
			case r >= 'a' && r <= 'z':
				return 'a' + (r-'a'+13)%26
			case r >= 'A' && r <= 'Z':
				return 'A' + (r-'A'+13)%26
			}
			return r
		}, string(p)))
	},
	"reversed": func(p []byte) []byte { p = slices.Clone(p); slices.Reverse(p); return p },
	"later":    func(p []byte) []byte { return append(noise(9, 777), p...) },
}

func TestRoutes(t *testing.T) {
	for _, r := range []struct {
		source string
		route  string
		via    string
	}{
		{"memo", "", ""}, {"key", "", ""}, {"picture", "", ""},
		{"memo", "gzip", "gzip"}, {"key", "gzip", "gzip"}, {"picture", "gzip", "gzip"},
		{"picture", "zlib", "zlib"}, {"memo", "zlib", "zlib"}, {"memo", "zstd", "zstd"}, {"key", "zip", "zip:x/cat.jpg"},
		{"picture", "tar", "tar:x/cat.jpg"}, {"picture", "tar gzip", "gzip tar:x/cat.jpg"}, {"memo", "tar gzip", "gzip tar:x/cat.jpg"},
		{"picture", "zip", "zip:x/cat.jpg"}, {"memo", "zip base64", "base64 zip:x/cat.jpg"}, {"picture", "zip base64 wrapped mail", "base64 zip:x/cat.jpg"},
		{"picture", "tar gzip base64 json", "base64 gzip tar:x/cat.jpg"}, {"memo", "tar zstd base64 wrapped quote", "base64 zstd tar:x/cat.jpg"},
		{"picture", "base64url", "base64"}, {"picture", "base64 wrapped", "base64"}, {"key", "base64", "base64"}, {"memo", "base64 url", "base64"},
		{"picture", "base64 base64", "base64 base64"}, {"picture", "gzip base64 wrapped json", "escapes base64 gzip"},
		{"picture", "base32", "base32"}, {"memo", "base32 wrapped mail", "base32"}, {"key", "base32", "base32"},
		{"picture", "hex", "hex"}, {"memo", "hex url", "hex"}, {"key", "hex url", "hex"}, {"picture", "gzip hex wrapped mail", "hex gzip"},
		{"memo", "hexdump mail", "hexdump"},
		{"memo", "url", "percent"}, {"key", "url", ""}, {"memo", "json", "escapes"}, {"memo", "html", "html"}, {"memo", "mail", ""}, {"key", "mail", ""},
		{"memo", "quote", ""}, {"memo", "one line mail", ""}, {"memo", "shout", ""}, {"memo", "qp mail", "quoted-printable"}, {"memo", "utf16", "utf-16"}, {"memo", "json json", "escapes escapes"},
		{"memo", "rot13", "rot13"}, {"memo", "reversed", "reversed"}, {"memo", "gzip later", "gzip"}, {"picture", "zip later", "zip:x/cat.jpg"},
		{"memo", "gzip gzip gzip", "gzip gzip gzip"}, {"memo", "deflate", "deflate"}, {"memo", "deflate base64", "base64 deflate"},
	} {
		t.Run(r.source+" "+r.route, func(t *testing.T) {
			body := map[string][]byte{"memo": []byte(memo), "key": []byte(key), "picture": picture}[r.source]
			for _, name := range strings.Fields(strings.ReplaceAll(r.route, "one line", "one_line")) {
				body = steps[strings.ReplaceAll(name, "_", " ")](body)
			}
			got := known().Find(body)
			if len(got) != 1 || got[0].Source != r.source {
				t.Fatalf("got %+v", brief(got))
			}
			if via := strings.Join(got[0].Via, " "); !got[0].Complete || got[0].Bytes != got[0].Of || via != r.via {
				t.Errorf("via %q, want %q: %+v", via, r.via, brief(got))
			}
		})
	}
}

func brief(matches []provenance.Match) string {
	var b strings.Builder
	for _, m := range matches {
		fmt.Fprintf(&b, "%s %s %d/%d %v %q\n", m.Source, m.How, m.Bytes, m.Of, m.Ranges, m.Via)
	}
	return b.String()
}
