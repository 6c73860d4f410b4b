"""Reads logs in every way that Inspect has and compares what it finds with what evalkit's own reader found.

check_logs.py EXPECT, where EXPECT is a file of JSON: {"dir": folder, "convert": folder, "logs": [{"path", "status",
"task", "model", "total", "tokens", "cost", "samples": [{"id", "epoch", "uuid", "tokens", "messages", "error", "limit",
"scores": {world: outcome}}]}]}. A warning is a failure.
"""

import asyncio
import json
import math
import subprocess
import sys
import warnings
from pathlib import Path

warnings.simplefilter("error")
warnings.filterwarnings("ignore", category=ResourceWarning)
warnings.filterwarnings("ignore", category=DeprecationWarning)

import pandas as pd
from inspect_ai.analysis import evals_df, events_df, messages_df, samples_df
from inspect_ai.log import (
    list_eval_logs,
    read_eval_log,
    read_eval_log_sample,
    read_eval_log_sample_summaries,
    read_eval_log_samples,
)

expect = json.loads(Path(sys.argv[1]).read_text())
inspect_bin = Path(sys.executable).parent / "inspect"


def same(what, got, want):
    if isinstance(want, float) and isinstance(got, (int, float)) and math.isclose(got, want, abs_tol=1e-9):
        return
    if got != want:
        sys.exit(f"{what}: got {got!r}, want {want!r}")


def usage(sample):
    return sum(u.total_tokens for u in sample.model_usage.values())


def check_sample(where, sample, want):
    same(where + " id", sample.id, want["id"])
    same(where + " epoch", sample.epoch, want["epoch"])
    same(where + " uuid", sample.uuid, want["uuid"])
    same(where + " tokens", usage(sample), want["tokens"])
    same(where + " scores", {k: s.value for k, s in (sample.scores or {}).items()}, want["scores"])


def check_log(log):
    """One log, whole, by its header, by summaries, and sample by sample."""
    path = log["path"]
    whole = read_eval_log(path, resolve_attachments="full")
    header = read_eval_log(path, header_only=True)
    for part in (whole, header):
        same(path + " status", part.status, log["status"])
        same(path + " task", part.eval.task, log["task"])
        same(path + " model", part.eval.model, log["model"])
    samples = sorted(whole.samples or [], key=lambda s: s.epoch)
    same(path + " samples", len(samples), log["total"])
    if log["status"] != "started":
        same(path + " results", header.results.total_samples, log["total"])
        same(path + " usage", sum(u.total_tokens for u in header.stats.model_usage.values()), log["tokens"])
    # Inspect's frame of messages holds what models were told and what they answered, not what came after.
    log["told"] = sum(
        max([len(e.input) + bool(e.output.choices) for e in s.events if e.event == "model"], default=0) for s in samples)
    summaries = {s.epoch: s for s in read_eval_log_sample_summaries(path)}
    same(path + " summaries", len(summaries), log["total"])
    for sample, want in zip(samples, log["samples"]):
        where = f"{path} trial {want['epoch']}"
        check_sample(where, sample, want)
        same(where + " messages", len(sample.messages), want["messages"])
        same(where + " error", bool(sample.error), bool(want["error"]))
        same(where + " limit", sample.limit.type if sample.limit else "", want["limit"])
        summary = summaries[sample.epoch]
        check_sample(where + " summary", summary, want)
        same(where + " summary's error", summary.error or "", want["error"])
        same(where + " summary's limit", summary.limit or "", want["limit"])
        same(where + " summary's messages", summary.message_count, want["messages"])
    for want in log["samples"][:3]:
        check_sample(path, read_eval_log_sample(path, id=want["id"], epoch=want["epoch"]), want)
        check_sample(path, read_eval_log_sample(path, uuid=want["uuid"]), want)
    if log["status"] == "success":
        same(path + " streamed", sorted(s.epoch for s in read_eval_log_samples(path)), [s["epoch"] for s in log["samples"]])


def frames(logs):
    """The data frames, over all logs at once."""
    paths = [log["path"] for log in logs]
    evals = evals_df(paths)
    same("evals_df", len(evals), len(logs))
    for log, (_, row) in zip(sorted(logs, key=lambda x: x["log"]), evals.assign(name=evals.log.map(lambda p: p.split("/")[-1])).sort_values("name").iterrows()):
        where = log["path"] + " in evals_df:"
        same(where + " task", row.task_name, log["task"].split("/")[-1])  # Inspect takes what is before a slash for a package
        same(where + " model", row.model, log["model"])
        same(where + " status", row.status, log["status"])
        if log["status"] != "started":
            same(where + " samples", row.total_samples, log["total"])
        for name, metric in log["headline"].items():
            same(where + " " + name, row["score_headline_" + name], metric)
    samples = samples_df(paths)
    wanted = {(log["log"], s["epoch"]): s for log in logs for s in log["samples"]}
    same("samples_df", len(samples), len(wanted))
    names = dict(zip(evals.eval_id, evals.log))
    for _, row in samples.iterrows():
        name = row.log.split("/")[-1] if "log" in samples.columns else names[row.eval_id].split("/")[-1]
        want = wanted[(name, row.epoch)]
        where = f"{name} trial {row.epoch} in samples_df:"
        same(where + " id", row.id, want["id"])
        same(where + " tokens", row.total_tokens if pd.notna(row.total_tokens) else 0, want["tokens"])
        same(where + " limit", "" if pd.isna(row.limit) else row.limit, want["limit"])
        same(where + " error", "" if pd.isna(row.error) else row.error, want["error"])
        for world, outcome in want["scores"].items():
            same(where + " score", row["score_" + world], outcome)
    for log in logs[:6]:
        path = log["path"]
        messages, events = messages_df(path), events_df(path)
        same(path + " messages_df", len(messages), log["told"])
        same(path + " events_df", len(events), sum(s["events"] for s in log["samples"]))
        if log["total"] and (set(messages.role) - {"system", "user", "assistant", "tool"} or set(events.event) - {"info", "model", "tool", "sample_limit", "error"}):
            sys.exit(f"{path}: {set(messages.role)}, {set(events.event)}")


def run(*args):
    p = subprocess.run([str(inspect_bin), *map(str, args)], capture_output=True, text=True)
    if p.returncode != 0 or "Traceback" in p.stderr or "warning" in p.stderr.lower():
        sys.exit(f"inspect {' '.join(map(str, args))}: {p.returncode}\n{p.stderr[-2000:]}")
    return p.stdout


def commands(logs):
    """inspect log list, dump, headers, schema and convert, there and back."""
    listed = json.loads(run("log", "list", "--json", "--log-dir", expect["dir"]))
    same("inspect log list", sorted(Path(x["name"]).name for x in listed), sorted(log["log"] for log in logs))
    same("list_eval_logs", len(list_eval_logs(expect["dir"])), len(logs))
    json.loads(run("log", "schema"))
    headers = json.loads(run("log", "headers", *[log["path"] for log in expect["few"]]))
    same("inspect log headers", [h["eval"]["task"] for h in headers], [log["task"] for log in expect["few"]])
    for log in expect["few"]:
        path = log["path"]
        dump = json.loads(run("log", "dump", path))
        same(path + " dumped", len(dump.get("samples") or []), log["total"])
        same(path + " dumped header", json.loads(run("log", "dump", "--header-only", path))["status"], log["status"])
        if log["status"] == "started":
            continue  # inspect converts finished logs only
        run("log", "convert", path, "--to", "json", "--output-dir", Path(expect["convert"]) / "json")
        there = Path(expect["convert"]) / "json" / Path(log["log"]).with_suffix(".json").name
        run("log", "convert", there, "--to", "eval", "--output-dir", Path(expect["convert"]) / "eval")


for log in expect["logs"]:
    check_log(log)
frames(expect["logs"])
commands(expect["logs"])
print("ok")
