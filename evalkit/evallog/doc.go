// Package evallog writes, reads and mends the log of a series: one Inspect .eval file, so that `inspect view`, Inspect's
// dataframes and every tool that reads them work on it.
//
// The file is a zip. Every trial is one entry, samples/{scenario}_epoch_{number}.json, written once, at the place where it
// stays, before Append returns. Behind the last entry stands the zip's directory; the next entry overwrites it, and a new
// one is written behind that. So a kill at any byte loses what was in flight and nothing else: Recover finds the entries
// by their own headers.
//
// When the directory is written: with the entry, as long as that costs less than a twentieth of the time since the last
// one; otherwise by a timer, at most a second later. Summaries of the trials (what a viewer lists) follow at most once a
// second, in _journal/summaries/. Close writes summaries.json, reductions.json and header.json; a log without header.json
// is one that is still being written, or was killed.
//
// Nothing is synced to the disk before Close: a killed process loses nothing by that, a machine without power loses the
// last seconds.
//
// A record read back equals the record written, to the byte: text that is not UTF-8 is shown with replacement characters
// where Inspect looks and kept in base64 in the event's metadata; the model's raw answer is embedded as it came where it
// is a JSON object that Inspect can read, and kept as text where it is not. Times are kept to the nanosecond, in UTC.
//
// Kinds of events: a model call is Inspect's "model" event, a tool call "tool", a limit "sample_limit", a problem
// "error"; everything else is an "info" event with the source "evalkit/<kind>", Markdown for a viewer as its data, and
// the event's own JSON in its metadata, under "data".
//
// Logs that Inspect wrote are read too: .eval with samples in one entry or in parts, .json.
package evallog
