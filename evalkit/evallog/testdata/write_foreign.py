"""Writes one log of each kind with Inspect: write_foreign.py FOLDER [--small].

No network: the model is Inspect's own mock, whose answers are prescribed. Each log is named after its kind. With
--small what names a machine, a path or a time that has no bearing is taken out, for the logs that are kept in the
repository.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import zipfile_zstd  # noqa: F401  teaches zipfile method 93

from inspect_ai import Epochs, Task, eval
from inspect_ai.agent import Agent, AgentState, agent, handoff
from inspect_ai.approval import ApprovalPolicy, auto_approver
from inspect_ai.dataset import Sample
from inspect_ai.log import ProvenanceData, edit_score, invalidate_samples, read_eval_log, transcript, write_eval_log
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    ContentImage,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    ModelOutput,
    ModelUsage,
    execute_tools,
    get_model,
)
from inspect_ai.scorer import Score, accuracy, includes, mean, match, scorer
from inspect_ai.solver import basic_agent, generate, solver, use_tools
from inspect_ai.tool import ToolCall, ToolError, tool
from inspect_ai.util import LimitExceededError, sandbox, span, store

MODEL = "mockllm/model"
# Without a usage the mock counts tokens with a vocabulary that it would download.
USAGE = ModelUsage(input_tokens=10, output_tokens=5, total_tokens=15, input_tokens_cache_read=2, reasoning_tokens=1)
# A pixel.
IMAGE = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def call(function, **arguments):
    return ModelOutput.for_tool_call(MODEL, function, arguments)


def calls(*several):
    message = ChatMessageAssistant(content="", source="generate", tool_calls=[
        ToolCall(id=f"call_{i}_{f}", function=f, arguments=a) for i, (f, a) in enumerate(several)])
    return ModelOutput(model=MODEL, choices=[ChatCompletionChoice(message=message, stop_reason="tool_calls")])


def say(text):
    return ModelOutput.from_content(MODEL, text)


def reason(thought, text):
    message = ChatMessageAssistant(content=[ContentReasoning(reasoning=thought), ContentText(text=text)], source="generate")
    return ModelOutput(model=MODEL, choices=[ChatCompletionChoice(message=message, stop_reason="stop")])


def model(*turns, rounds=50, fallback=None):
    def outputs():
        for _ in range(rounds):
            for turn in turns:
                turn = turn.model_copy(deep=True)
                turn.usage = USAGE
                yield turn
    return get_model(MODEL, custom_outputs=outputs(), memoize=False)


@tool
def bash():
    async def execute(cmd: str):
        """Run a command.

        Args:
            cmd: The command.
        """
        if "explode" in cmd:
            raise ToolError("the command exploded")
        return f"ran {len(cmd)} bytes"
    return execute


@tool
def big():
    async def execute():
        """Give a big text."""
        return "word " * (300 if SMALL else 3000)
    return execute


@tool
def delete_account():
    async def execute(name: str):
        """Delete an account.

        Args:
            name: Whose.
        """
        return "deleted"
    return execute


@tool
def picture():
    async def execute():
        """Give a picture."""
        return [ContentText(text="a picture:"), ContentImage(image=IMAGE)]
    return execute


@scorer(metrics=[mean()])
def unscored():
    async def score(state, target):
        return Score(value=float("nan"), explanation="not a number")
    return score


@scorer(metrics=[mean()])
def endless():
    async def score(state, target):
        return Score(value=float("inf"), explanation="without end")
    return score


@scorer(metrics={"*": [mean()]})
def several():
    async def score(state, target):
        return Score(value={"quality": 0.5, "speed": float("nan")}, metadata={"ratio": float("-inf")})
    return score


LONG = "echo " + "a long command, longer than Inspect leaves in an event: " * 4 + "; rm -rf /srv/precious"


def run(kind, task, m, **more):
    options = dict(log_dir=str(OUT / "run"), display="none", max_connections=1, max_samples=1, log_buffer=1,
                   fail_on_error=False, log_level="error")
    options.update(more)
    log = eval(task, model=m, **options)[0]
    source = Path(log.location.removeprefix("file://"))
    target = OUT / (kind + source.suffix)
    if source.suffix == ".json":  # a folder's .json logs are known by the time in their names
        target = OUT / f"2026-01-02T03-04-05_{kind}.json"
    shutil.move(source, target)
    return target


def tools():
    m = model(call("bash", cmd=LONG), call("bash", cmd="explode"), call("nothing_of_the_kind", x=1),
              calls(("bash", {"cmd": "ls"}), ("big", {})), call("bash", wrong=1), say("the answer is 3"))
    data = [Sample(id="one/a", input="what is 1+2", target="3", metadata={"weight": float("nan"), "far": float("inf")}),
            Sample(id="two", input=[ChatMessageSystem(content="be brief"), ChatMessageUser(content="hello")], target="3")]
    data = data[:1] if SMALL else data
    return run("tools", Task(dataset=data, solver=[use_tools(bash(), big(), delete_account()), generate()],
                             scorer=[match(location="any"), unscored(), endless(), several()],
                             epochs=Epochs(3, ["mean", "max"]), name="tools"), m)


def submits():
    m = model(call("bash", cmd="make"), call("submit", answer="42"))
    return run("submits", Task(dataset=[Sample(id=i, input="build it", target="42") for i in range(1, 9 if not SMALL else 7)], name="submits",
                               solver=basic_agent(tools=[bash()]), scorer=includes()), m)


@solver
def breaking():
    tried = {}

    async def solve(state, generate):
        n = tried[state.sample_id] = tried.get(state.sample_id, 0) + 1
        if state.sample_id == "always" or state.sample_id == "once" and n == 1:
            raise ValueError("the task broke")
        return state
    return solve


def errors():
    m = model(call("bash", cmd="ls"), say("done"))
    return run("errors", Task(dataset=[Sample(id=i, input="do it", target="done") for i in ("fine", "once", "always")],
                              solver=[use_tools(bash()), generate(), breaking()], scorer=includes(), name="errors"),
               m, retry_on_error=1)


@solver
def custom_limit():
    async def solve(state, generate):
        if state.sample_id == "custom":
            raise LimitExceededError("custom", value=3, limit=2, message="enough is enough")
        if state.sample_id == "time":
            await asyncio.sleep(600)
        while not state.completed:
            state = await generate(state)
        return state
    return solve


def limits():
    made = []
    for kind, ids, options in (("message", ["message"], {"message_limit": 3}), ("token", ["token"], {"token_limit": 40}),
                               ("time", ["time"], {"time_limit": 1}), ("custom", ["custom"], {})):
        m = model(call("bash", cmd="sleep"), rounds=100)
        made.append(run("limit-" + kind, Task(dataset=[Sample(id=i, input="go on", target="x") for i in ids], name="limit",
                                              solver=[use_tools(bash()), custom_limit()], scorer=includes()), m, **options))
    return made


def content():
    m = model(call("picture"), reason("let me think", "a red pixel"))
    data = [Sample(id="picture", target="red", input=[ChatMessageUser(content=[
        ContentText(text="what is this?"), ContentImage(image=IMAGE)])]),
        Sample(id="text", input="read this: " + "lorem ipsum " * (30 if SMALL else 300), target="red")]
    return run("content", Task(dataset=data, solver=[use_tools(picture()), generate()], scorer=includes(), name="content"), m)


@agent
def helper() -> Agent:
    async def execute(state: AgentState) -> AgentState:
        """Helps."""
        while True:
            state.output = await get_model().generate(state.messages, tools=[bash()])
            state.messages.append(state.output.message)
            if not state.output.message.tool_calls:
                return state
            messages, _ = await execute_tools(state.messages, [bash()])
            state.messages.extend(messages)
    return execute


@solver
def busy():
    async def solve(state, generate):
        async with span("preparing", type="setup"):
            store().set("counter", 1)
            transcript().info({"note": "prepared", "value": float("nan")}, source="test")
            await sandbox().write_file("notes.txt", "hello")
            await sandbox().exec(["cat", "notes.txt"])
        return state
    return solve


def spans():
    m = model(calls(("transfer_to_helper", {}), ("bash", {"cmd": "outer"})), call("bash", cmd="inner"), say("helped"),
              say("all done"))
    return run("spans", Task(dataset=[Sample(id="s", input="get help", target="done")], sandbox="local", name="spans",
                             solver=[busy(), use_tools(handoff(helper()), bash()), generate()], scorer=includes()), m)


def approval():
    m = model(call("delete_account", name="bob"), say("it was refused"))
    policy = [ApprovalPolicy(auto_approver("reject"), "delete_*"), ApprovalPolicy(auto_approver(), "*")]
    return run("approval", Task(dataset=[Sample(id="a", input="delete bob", target="refused")], name="approval",
                                solver=[use_tools(delete_account()), generate()], scorer=includes(), approval=policy), m)


def edited():
    path = run("edited", Task(dataset=[Sample(id=i, input="say it", target="it") for i in ("kept", "invalid")], name="edited",
                              solver=generate(), scorer=includes()), model(say("it")))
    log = read_eval_log(str(path))
    by = ProvenanceData(author="a person", reason="the sample was wrong")
    log = invalidate_samples(log, [s.uuid for s in log.samples if s.id == "invalid"], by)
    write_eval_log(log, str(path))
    return path


def deterministic():
    return run("deterministic", Task(dataset=[Sample(id="d", input="say it", target="it")], name="deterministic", epochs=2,
                                     solver=generate(), scorer=includes(), config=GenerateConfig(temperature=0)), model(say("it")))


def json_log():
    m = model(call("bash", cmd=LONG), say("the answer is 3"))
    return run("json", Task(dataset=[Sample(id=i, input="what is 1+2", target="3") for i in ((1,) if SMALL else (1, 2))], epochs=1 if SMALL else 2, name="json",
                            solver=[use_tools(bash()), generate()], scorer=[match(location="any"), unscored()]), m, log_format="json")


def deflate(source):
    """The same log as older versions of Inspect packed it."""
    target = OUT / "deflate.eval"
    repack(source, target, zipfile.ZIP_DEFLATED, lambda name, data: data)
    return target


def chunked(source, name="chunked"):
    """The layout of samples in parts, with parts small enough that there are several."""
    from inspect_ai.log._recorders.chunked import convert_eval_logs_to_chunked
    folder = OUT / name
    convert_eval_logs_to_chunked(str(source), str(folder), chunk_size=3, attachments_chunk_bytes=400)
    target = OUT / (name + ".eval")
    shutil.move(next(folder.iterdir()), target)
    folder.rmdir()
    return target


@solver
def stopping(how):
    seen = []

    async def solve(state, generate):
        state = await generate(state)
        seen.append(1)
        if len(seen) == 3:
            if how == "cancelled":
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.sleep(60)
            os._exit(9)
        return state
    return solve


def stopped(how):
    """A run of its own process, which is interrupted or dies."""
    if len(sys.argv) > 3 and sys.argv[3] == how:
        eval(Task(dataset=[Sample(id=i, input="go on", target="x") for i in range(1, 6)], solver=stopping(how), name=how,
                  scorer=includes()), model=model(say("x")), log_dir=str(OUT / how), display="none", max_samples=1,
             max_connections=1, log_buffer=1)
        sys.exit()
    subprocess.run([sys.executable, __file__, sys.argv[1], "", how], capture_output=True, timeout=300)
    source = next((OUT / how).glob("*.eval"))
    target = OUT / (how + ".eval")
    shutil.move(source, target)
    shutil.rmtree(OUT / how)
    return target


def repack(source, target, method, change):
    with zipfile.ZipFile(source) as old:
        kept = {}
        whole = "summaries.json" in old.namelist()
        for name in old.namelist():  # the last of a name counts
            if not (SMALL and whole and name.startswith("_journal/summaries/")):
                kept[name] = change(name, old.read(name))
    with zipfile.ZipFile(str(target) + ".new", "w", method) as new:
        for name, data in kept.items():
            info = zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6))
            info.compress_type = method
            new.writestr(info, data)
    os.replace(str(target) + ".new", target)


SPANS = set()


def scrub(value):
    """Takes out what tells of the machine, and the copies of the sample's state."""
    if isinstance(value, dict):
        for key in ("traceback", "traceback_ansi"):
            if key in value:
                value[key] = ""
        for key in ("revision", "task_file", "filename"):
            value.pop(key, None)
        for key in ("message", "error"):
            if str(value.get(key, "")).startswith("CancelledError"):
                value[key] = "CancelledError()"  # it names folders
        if "traceback" in value and "events" in value:
            value["events"] = []
        if value.get("event") == "sample_init":
            value.pop("state", None)
        return {k: scrub(v) for k, v in value.items()}
    if isinstance(value, list):
        return [scrub(v) for v in value if not (isinstance(v, dict) and bulky(v))]
    return value


def bulky(event):
    """Events that make a log large and mean nothing to a reader: copies of the state, spans but for those with a sense."""
    if event.get("event") == "span_begin" and event["type"] in ("scorers", "scorer", "agent", "handoff"):
        SPANS.add(event["id"])
    return event.get("event") == "state" or event.get("event") in ("span_begin", "span_end") and event["id"] not in SPANS


def small(path):
    if path.suffix == ".json":
        path.write_text(json.dumps(scrub(json.loads(path.read_text()))))
        return
    with zipfile.ZipFile(path) as z:
        method = z.infolist()[0].compress_type
    repack(path, path, method, lambda name, data: json.dumps(scrub(json.loads(data))).encode())


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    SMALL = "--small" in sys.argv
    OUT = Path(sys.argv[1])
    OUT.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) > 3:
        stopped(sys.argv[3])
    made = [tools(), submits(), errors(), *limits(), content(), spans(), approval(), edited(), deterministic(), json_log()]
    made += [stopped("cancelled"), stopped("crashed")]
    if SMALL:
        for path in made:
            small(path)
        made += [chunked(OUT / "approval.eval"), chunked(OUT / "content.eval", "long"), deflate(OUT / "spans.eval")]
        for path in set(OUT.iterdir()) - set(made) - {OUT / "run"}:
            path.unlink()
    else:
        made += [deflate(OUT / "tools.eval"), chunked(OUT / "tools.eval"), chunked(OUT / "content.eval", "long")]
    shutil.rmtree(OUT / "run", ignore_errors=True)
    print("\n".join(p.name for p in made))
