"""Writes a log anew in every way that Inspect has: rewrite_log.py LOG FOLDER. Prints the files that it wrote."""

import subprocess
import sys
from pathlib import Path

from inspect_ai.log import read_eval_log, write_eval_log
from inspect_ai.log._recorders.chunked import convert_eval_logs_to_chunked

source, folder = Path(sys.argv[1]), Path(sys.argv[2])
inspect_bin = Path(sys.executable).parent / "inspect"


def convert(source, kind, *more):
    to = folder / f"{len(list(folder.iterdir()))}-{kind}"
    subprocess.run([inspect_bin, "log", "convert", source, "--to", kind, "--output-dir", to, *more], check=True, capture_output=True)
    return next(to.iterdir())


made = [convert(source, "json"), convert(source, "eval"), convert(source, "json", "--resolve-attachments", "full")]
made += [convert(made[0], "eval"), convert(made[2], "eval", "--stream", "10")]
for resolve in (False, "core", "full"):
    for kind in ("eval", "json"):
        path = folder / f"written-{resolve}.{kind}"
        write_eval_log(read_eval_log(str(source), resolve_attachments=resolve), str(path), format=kind)
        made.append(path)
chunked = folder / "chunked"
convert_eval_logs_to_chunked(str(source), str(chunked), chunk_size=3, attachments_chunk_bytes=400)
made.append(next(chunked.iterdir()))
print("\n".join(map(str, made)))
