"""The text file `checkpoint`, which names the newest checkpoints of a directory."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from tfjax._src.checkpoint import storage
from tfjax._src.core.export import export

_LINE = re.compile(r'^\s*(\w+):\s*(?:"((?:[^"\\]|\\.)*)"|([-+.\deE]+))\s*$', re.MULTILINE)


class CheckpointState:
    """The content of the file.

    Attributes:
      model_checkpoint_path: the newest checkpoint.
      all_model_checkpoint_paths: those that are kept, the oldest first.
      all_model_checkpoint_timestamps: when they were written, in seconds.
      last_preserved_timestamp: of the newest one kept for good.
    """

    def __init__(self, newest: str, paths: list[str], timestamps: list[float], preserved: float) -> None:
        self.model_checkpoint_path = newest
        self.all_model_checkpoint_paths = paths
        self.all_model_checkpoint_timestamps = timestamps
        self.last_preserved_timestamp = preserved


@export("train.get_checkpoint_state")
def get_checkpoint_state(checkpoint_dir: Any, latest_filename: str | None = None) -> CheckpointState | None:
    """The state file of a directory with absolute paths; None if there is none."""
    folder = os.fspath(checkpoint_dir)
    try:
        with open(os.path.join(folder, latest_filename or "checkpoint"), encoding="utf-8") as file:
            text = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    found: dict[str, list[Any]] = {}
    for name, quoted, number in _LINE.findall(text):
        value = re.sub(r"\\(.)", r"\1", quoted) if not number else float(number)
        found.setdefault(name, []).append(value)
    if "model_checkpoint_path" not in found:
        return None
    place = [os.path.join(folder, p) for p in found.get("all_model_checkpoint_paths", [])]
    newest = os.path.join(folder, found["model_checkpoint_path"][0])
    times = found.get("all_model_checkpoint_timestamps", [])
    return CheckpointState(newest, place or [newest], times, found.get("last_preserved_timestamp", [0.0])[0])


def update_checkpoint_state(
    save_dir: Any, model_checkpoint_path: Any, all_model_checkpoint_paths: Any = None, latest_filename: str | None = None,
    all_model_checkpoint_timestamps: Any = None, last_preserved_timestamp: Any = None,
) -> None:
    """Writes the state file of a directory."""
    folder = os.fspath(save_dir)
    paths = [os.fspath(p) for p in all_model_checkpoint_paths or [model_checkpoint_path]]

    def line(name: str, path: Any) -> str:
        path = os.path.abspath(os.fspath(path))
        base = os.path.abspath(folder)
        relative = os.path.relpath(path, base) if path.startswith(base + os.sep) else path
        escaped = relative.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}: "{escaped}"\n'

    text = line("model_checkpoint_path", model_checkpoint_path)
    text += "".join(line("all_model_checkpoint_paths", p) for p in paths)
    text += "".join(f"all_model_checkpoint_timestamps: {t}\n" for t in all_model_checkpoint_timestamps or [])
    if last_preserved_timestamp is not None:
        text += f"last_preserved_timestamp: {last_preserved_timestamp}\n"
    name = os.path.join(folder, latest_filename or "checkpoint")
    # Several processes may write the same checkpoint.
    temporary = f"{name}.{os.getpid()}.tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, name)


@export("train.latest_checkpoint")
def latest_checkpoint(checkpoint_dir: Any, latest_filename: str | None = None) -> str | None:
    """The path of the newest checkpoint in a directory, or None.

    >>> import tfjax as tf
    >>> tf.train.latest_checkpoint("/no/such/directory") is None
    True
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None or not storage.exists(state.model_checkpoint_path):
        return None
    return state.model_checkpoint_path


@export("train.checkpoints_iterator")
def checkpoints_iterator(
    checkpoint_dir: Any, min_interval_secs: float = 0, timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Iterator[str]:
    """Yields checkpoints as they appear in a directory.

    Args:
      checkpoint_dir: the directory.
      min_interval_secs: least time between two, in seconds.
      timeout: longest wait for one, in seconds; None waits for ever.
      timeout_fn: called at a timeout; True ends the iteration.
    """
    last: str | None = None
    while True:
        start = time.monotonic()
        newest = latest_checkpoint(checkpoint_dir)
        while newest is None or newest == last:
            if timeout is not None and time.monotonic() - start > timeout:
                if timeout_fn is None or timeout_fn():
                    return
                start = time.monotonic()
            time.sleep(0.1)
            newest = latest_checkpoint(checkpoint_dir)
        began = time.monotonic()
        last = newest
        yield newest
        time.sleep(max(0.0, min_interval_secs - (time.monotonic() - began)))
