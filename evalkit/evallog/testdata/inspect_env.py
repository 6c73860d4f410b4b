"""Makes an environment with Inspect in it, for as long as somebody holds its standard input: inspect_env.py FOLDER [--keep].

It says "ready", or what went wrong. When its standard input ends, which it does however the other process ends, the
folder is removed, unless it is to be kept.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

folder, keep = Path(sys.argv[1]), "--keep" in sys.argv
python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
steps = [
    [sys.executable, "-m", "venv", "--clear", folder],
    [python, "-m", "pip", "install", "-q", "--no-compile", "--disable-pip-version-check", "inspect-ai", "pandas", "pyarrow", "jsonschema"],
]
lock, over, running = threading.Lock(), False, None


def remove():
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)


def stop(process):
    """With its children: one that is left would go on writing."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def until_over():
    global over
    sys.stdin.buffer.read()
    with lock:
        over = True
        if running is not None and running.poll() is None:
            stop(running)
    remove()
    os._exit(0)


def make():
    """Returns once all is there, or the end has come."""
    global running
    for step in steps:
        with lock:
            if over:
                return
            running = subprocess.Popen(step, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                       start_new_session=True)
        said, _ = running.communicate()
        with lock:
            if over:
                return
        if running.returncode != 0:
            print(said, flush=True)
            remove()
            os._exit(1)
    (folder / "ready").touch()
    print("ready", flush=True)


signal.signal(signal.SIGINT, signal.SIG_IGN)  # who interrupts the tests ends the standard input
over_at_last = threading.Thread(target=until_over)
over_at_last.start()
make()
over_at_last.join()
