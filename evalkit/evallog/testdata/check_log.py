"""Reads a log as Inspect does, in every way that it has, and fails on the first thing that is not as it should be.

check_log.py LOG EXPECT, where EXPECT is JSON: {"samples": n, "status": "success", "messages": n of the first sample,
"answer": its last message's text, "events": n, "world": a score's name, "value": its value}.
"""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import inspect_ai
import jsonschema
from inspect_ai.analysis import events_df, messages_df, samples_df
from inspect_ai.log import read_eval_log, read_eval_log_sample, read_eval_log_sample_summaries

path, expect = sys.argv[1], json.loads(sys.argv[2])


def same(what, got, want):
    if got != want:
        sys.exit(f"{what}: got {got!r}, want {want!r}")


log = read_eval_log(path, resolve_attachments="full")
same("status", log.status, expect["status"])
same("samples", len(log.samples), expect["samples"])
same("epochs", sorted(s.epoch for s in log.samples), list(range(1, expect["samples"] + 1)))
first = min(log.samples, key=lambda s: s.epoch)
same("messages", len(first.messages), expect["messages"])
same("last message", first.messages[-1].text, expect["answer"])
same("events", len(first.events), expect["events"])
same("score", first.scores[expect["world"]].value, expect["value"])
calls = [e for e in first.events if e.event == "model"]
for i, call in enumerate(calls):
    same("input of call %d" % i, [m.id for m in call.input], [m.id for m in first.messages[: len(call.input)]])
    if not call.input or not call.call.response["id"]:
        sys.exit("a model call without its input or its answer")
same("last output", first.output.completion, expect["answer"])
if not any(e.event == "tool" and e.result == "ok" for e in first.events):
    sys.exit("no tool call gave ok")

header = read_eval_log(path, header_only=True)
same("header", header.status, expect["status"])
same("task", header.eval.task, "shutdown/quiz")
if expect["status"] == "success":
    same("completed", header.results.completed_samples, expect["samples"])
    names = [s.name for s in header.results.scores]
    if expect["world"] not in names:
        sys.exit(f"no result for {expect['world']} in {names}")
    same("tokens", header.stats.model_usage["openai/o3"].total_tokens > 0, True)
summaries = read_eval_log_sample_summaries(path)
same("summaries", len(summaries), expect["samples"])
one = read_eval_log_sample(path, id=summaries[0].id, epoch=summaries[0].epoch)
same("one sample", one.uuid, summaries[0].uuid)

same("samples_df", len(samples_df(path)), expect["samples"])
if len(messages_df(path)) < expect["messages"] or len(events_df(path)) < expect["events"]:
    sys.exit("data frames are too short")

inspect_bin = Path(sys.executable).parent / "inspect"
dump = subprocess.run([inspect_bin, "log", "dump", path], capture_output=True, text=True)
same("inspect log dump", dump.returncode, 0)
same("dumped samples", len(json.loads(dump.stdout)["samples"]), expect["samples"])

# The viewer validates nothing and needs all that its schema requires.
schema = json.loads((Path(inspect_ai.__file__).parent / "_view" / "inspect-openapi.json").read_text())


def check(name, value, where):
    s = {"$ref": f"#/components/schemas/{name}", "components": schema["components"]}
    err = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(s).iter_errors(value))
    if err is None:
        return
    own = [e for e in err.context if "was expected" not in e.message]  # not the other events' names
    for e in [err, *own]:
        print(list(e.absolute_path), e.message[:200])
    sys.exit(f"{where} does not fit {name}")


def check_sample(value, where):
    """Events are checked one by one, against the schema of their own kind, for messages that one can read."""
    kinds = {"model": "ModelEvent", "tool": "ToolEvent", "info": "InfoEvent", "sample_limit": "SampleLimitEvent", "error": "ErrorEvent"}
    for e in value["events"]:
        check(kinds[e["event"]], e, where + " " + e["uuid"])
    check("EvalSample", value, where)


# zipfile knows no zstd here, so the entries come through Inspect's own reader, as they stand.
from inspect_ai._util.asyncfiles import AsyncFilesystem
from inspect_ai._util.async_zip import AsyncZipReader
import anyio


async def members():
    async with AsyncFilesystem() as fs:
        reader = AsyncZipReader(fs, path)
        with zipfile.ZipFile(path) as z:
            same("no data descriptors", [i.filename for i in z.infolist() if i.flag_bits & 8], [])
            names = [i.filename for i in z.infolist()]
        out = {}
        for name in names:
            async with await reader.open_member(name) as m:
                out[name] = json.loads(b"".join([chunk async for chunk in m]))
        return out


for name, value in anyio.run(members).items():
    if name.startswith("samples/"):
        check_sample(value, name)
    elif name == "summaries.json" or "/summaries/" in name:
        for s in value:
            check("EvalSampleSummary", s, name)
    elif name == "header.json":
        check("EvalLog", value, name)
    elif name == "reductions.json":
        for s in value:
            check("EvalSampleReductions", s, name)
    elif name == "_journal/start.json":
        check("EvalSpec", value["eval"], name)
        check("EvalPlan", value["plan"], name)
tail = Path(path).read_bytes()[-22:]
same("end record in the last 22 bytes", tail[:4], b"PK\x05\x06")
print("ok")
