"""Writes two logs with Inspect: write_logs.py FOLDER. No network: the model is Inspect's own mock."""

from inspect_ai import Task, eval, task
from inspect_ai.dataset import Sample
from inspect_ai.model import get_model, ModelOutput, ModelUsage, ChatMessageSystem, ChatMessageUser
from inspect_ai.scorer import match, Score, scorer, accuracy, Target
from inspect_ai.solver import generate, use_tools, solver, basic_agent
from inspect_ai.tool import tool
import sys, math

@tool
def add():
    async def execute(x: int, y: int):
        """Add two numbers.

        Args:
            x: first
            y: second
        """
        if x == 13: raise ToolError("bad luck")
        return str(x+y)*1
    return execute

@tool
def big():
    async def execute():
        """Give a big text."""
        return "word " * 3000
    return execute

from inspect_ai.tool import ToolError

@solver
def boom():
    async def solve(state, generate):
        if state.sample_id == "err": raise ValueError("task broke")
        return state
    return solve

@scorer(metrics=[accuracy()])
def nan():
    async def score(state, target):
        return Score(value=float("nan"), explanation="unscored")
    return score

# Without a usage the mock counts tokens with a vocabulary that it would download.
usage = ModelUsage(input_tokens=10, output_tokens=5, total_tokens=15)


def outs():
    for _ in range(100):
        for out in (
            ModelOutput.for_tool_call("mockllm/model", "add", {"x": 1, "y": 2}),
            ModelOutput.for_tool_call("mockllm/model", "big", {}),
            ModelOutput.for_tool_call("mockllm/model", "add", {"x": 13, "y": 2}),
            ModelOutput.from_content("mockllm/model", "the answer is 3"),
        ):
            out.usage = usage
            yield out


t = Task(dataset=[Sample(id="one/a", input="what is 1+2", target="3"), Sample(id="err", input="x", target="y"),
   Sample(id="two", input=[ChatMessageSystem(content="sys"), ChatMessageUser(content="hello")], target="3")],
   solver=[boom(), use_tools(add(), big()), generate()], scorer=[match(), nan()], epochs=2)
logs = eval(t, model=get_model("mockllm/model", custom_outputs=outs()), log_dir=sys.argv[1], fail_on_error=False, display="none", max_connections=1, max_samples=1)
print(logs[0].location, logs[0].status)
t = Task(dataset=[Sample(id="lim", input="what is 1+2", target="3")], solver=[use_tools(add(), big()), generate()], scorer=match(), message_limit=3)
logs = eval(t, model=get_model("mockllm/model", custom_outputs=outs()), log_dir=sys.argv[1], display="none")
print(logs[0].location, logs[0].status)
