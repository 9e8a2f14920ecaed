"""Runs comparisons in child processes: a crash or a hang is one result, not the end."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: Seconds until the first answer, which waits for the imports, and until each further one.
START, PATIENCE = 180.0, 40.0


@dataclass
class Comparison:
    """One result: `result` is "equal", "exempt", "differs", "crashes", "hangs", or "theirs" where
    TensorFlow's side did not survive."""

    case: str
    tier: str
    what: str
    result: str
    text: str = ""
    error: bool = False
    same_text: bool = True

    @property
    def name(self) -> str:
        """The public name."""
        return self.case.partition("(")[0]

    @property
    def kind(self) -> tuple[str, str]:
        """What a list of known differences says of it."""
        return (f"{self.what} ({self.tier})", self.name)


class Child:
    """A worker process and its answers."""

    def __init__(self) -> None:
        environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0", CUDA_VISIBLE_DEVICES="-1")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "compat_tests.comparisons.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
        )  # fmt: skip
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.buffer = b""
        self.fresh = True

    def ask(self, question: Any) -> None:
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()

    def answer(self) -> list[Any] | None:
        """The next line; None if the process died; ["hangs"] if none came in time."""
        while b"\n" not in self.buffer:
            if not self.selector.select(START if self.fresh else PATIENCE):
                return ["hangs"]
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            if not data:
                return None
            self.buffer += data
        self.fresh = False
        line, _, self.buffer = self.buffer.partition(b"\n")
        return json.loads(line)

    def end(self) -> None:
        self.selector.close()
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Runner:
    """Hands work to a child and starts another one when it breaks."""

    def __init__(self) -> None:
        self.child: Child | None = None

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()

    def _drop(self) -> None:
        if self.child is not None:
            self.child.end()
        self.child = None

    def run(self, what: Any) -> Iterator[Comparison]:
        """The comparisons of an op (a list [name, tiers]) or of a sample (a list [seed, count])."""
        first, current, judged = 0, None, False
        while True:
            if self.child is None:
                self.child = Child()
                self.child.fresh = True
                self.child.ask([what, first])
            elif current is None and not first:
                self.child.ask([what, 0])
                first = 1
            answer = self.child.answer()
            if answer is None or answer == ["hangs"]:
                self._drop()
                if current is None:
                    raise RuntimeError(f"the worker broke before its first comparison of {what}")
                ending = ("hangs" if answer else "crashes") if judged else "theirs"
                text = "no answer" if answer else "the process died"
                yield Comparison(current[2], current[3], current[4], ending, text)
                first, current = current[1] + 1, None
            elif answer[0] == "runs":
                current, judged, first = answer, False, max(first, 1)
            elif answer[0] == "judged":
                judged = True
            elif answer[0] == "ended":
                yield Comparison(current[2], current[3], current[4], **answer[2])
            else:
                return
