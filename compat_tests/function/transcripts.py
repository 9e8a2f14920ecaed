"""A test body that prints runs under both libraries, and what it printed has to be the same.

    @transcript
    def test_traces_once(tf):
        ...
        print(f(tf.constant(1)))

Addresses and the numbers of functions are left out; `show(f)` prints the result of `f()` or its
error's class and first line.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import io
import re
from collections.abc import Callable
from typing import Any

from compat_tests.harness import our_tf, real_tf

_CHANGING = [
    (re.compile(r"0x[0-9A-Fa-f]+"), "<address>"),
    (re.compile(r"(__inference_\w+?)_\d+"), r"\1"),
    (re.compile(r"^  \d{9,}: ", re.MULTILINE), "  <id>: "),
]


def printed(body: Callable[[Any], None], tf: Any) -> list[str]:
    """The lines that `body(tf)` prints."""
    tf.debugging.enable_traceback_filtering()  # whatever an earlier test has left
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        body(tf)
    text = out.getvalue()
    for pattern, word in _CHANGING:
        text = pattern.sub(word, text)
    return text.splitlines()


def transcript(body: Callable[[Any], None]) -> Callable[[], None]:
    """Makes a test of a body that prints."""

    @functools.wraps(body)
    def test() -> None:
        theirs, ours = printed(body, real_tf()), printed(body, our_tf())
        assert theirs, "the case prints nothing"
        changes = difflib.unified_diff(theirs, ours, "TensorFlow", "tfjax", lineterm="")
        assert ours == theirs, "\n".join(changes)

    del test.__wrapped__  # pytest would ask for `tf` as a fixture
    return test


def show(function: Callable[[], Any], lines: int = 1) -> None:
    """Prints what `function()` returns, or the class of its error and the first lines of its text."""
    try:
        print(function())
    except Exception as error:
        text = "\n".join(str(error).splitlines()[:lines])
        print(type(error).__name__, "|", text)
