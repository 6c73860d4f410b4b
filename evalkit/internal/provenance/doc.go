// Package provenance says what something that was sent came from: which of the
// known files and texts, wholly or in part, also when it was renamed, split,
// compressed or encoded on the way. A [Corpus] holds what is known;
// [Corpus.Find] looks at a payload, [Corpus.Stream] at one of many GiB as it
// comes; [Merge] joins what several payloads showed.
//
// # What counts
//
// Nothing is reported that was not compared with the source itself: bytes with
// bytes, words with words. What can be wrong is only the conclusion that who
// sent them had them from there. So a find counts
//
//   - if the whole source stands in the payload (one block of 64 bytes in it
//     that is not blank; smaller ones: below);
//   - of a binary file from 4 KiB on, or half of it where that is less. Unrelated
//     files share less: an sRGB profile is some 3 KiB, JPEG's standard tables are
//     420 bytes. Blank blocks (zeros, hardly any other byte) do not count, so
//     that zeros alone are never a sparse file, but for a source that is nothing
//     but zeros, of 1 MiB and more, and exactly of that size. Behind data that
//     were found, zeros count as its bytes;
//   - of a text from 8 words in a row on, of 40 bytes and more, without regard to
//     case, spacing, line wraps, quote marks and punctuation; or from 256 bytes on
//     as they stand. By chance, 64 random bytes agree with a given place once in
//     2^512; words are no random bytes, people do repeat each other's turns of
//     phrase, so that what stands in more than one source, or among the courtesies
//     and licences known here, counts for none;
//   - a secret: a whole source of [Secret] from 8 bytes on, of another kind from
//     24 to 512; a token in a text of 16 bytes and more in which letters and
//     digits touch three times, or of 8 with three of lower, upper, digit and
//     mark that change at every other byte, or with letters and digits where the
//     text calls it a password, key, code or the like. It is found within longer
//     words too. Eight random ones of 62 characters come by chance at one place
//     in 2^47.
//
// A passage that several sources have is evidence of none of them, unless it is
// four fifths of a source and at most three have it (a copy with changes), or
// one of them wrote it and the others quote it (">", "Original Message"): then it
// is his. Sources of equal content are all reported. [Corpus.Blind] names those
// that would not be recognised.
//
// # What is looked into
//
// Layer by layer, up to seven deep: gzip, zlib, zstd, bzip2, tar (sparse too),
// zip, git packs, wherever in a payload they begin (tar and zlib: at its
// beginning), also when cut; small ones of raw deflate; base64 in both alphabets,
// base32, hexadecimal, wrapped, quoted, in the midst of other text, cut anywhere;
// percent-encoding, quoted-printable, escapes of JSON and C, HTML, UTF-16, dumps
// of xxd, hexdump -C and od -tx1, uuencode; ROT13 and reversed text up to 256 KiB.
// Text is looked at in blocks of 4 MiB. Of what is unpacked no more is looked at
// than the size of all sources, 128 MiB, and twelve times the payload: past that,
// or past 20,000 layers and archive entries, [Facts].Partial says so.
//
// # What is not found
//
// Encryption cannot be looked into, XOR with a key neither: [Facts] says that
// something is opaque, how large it is, and its form where it names itself. xz,
// 7z, rar, lz4 are named and not unpacked: no library for them is in this module.
// The later parts of a compressed file that was split show nothing by themselves;
// given in order to one stream they do. Paraphrase, summary and translation are
// not found, nor a secret that was spelt out, nor less than the least sizes above.
package provenance

// The substance from which a part of a source is evidence, if that is less than
// half of the source's.
const (
	minBinary = 4 << 10
	minText   = 256
)
