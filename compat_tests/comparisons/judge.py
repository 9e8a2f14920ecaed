"""Runs one case under both libraries and says how they differ."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

from compat_tests.comparisons.exempt import reason
from compat_tests.comparisons.kinds import Drawn, Made
from compat_tests.comparisons.mutations import Call
from compat_tests.harness import Body, disagreement, outcomes
from compat_tests.results import Failure

#: What an error of tfjax must not speak of.
OURS = re.compile(r"\b(jax|jnp|lax|XLA|Tracer|ShapedArray|numpy\.core|_UFunc\w*|ufunc)\b", re.IGNORECASE)


@dataclass
class Verdict:
    """How one comparison ended: "equal", "exempt" (`text` has the reason) or "differs"."""

    result: str
    text: str = ""
    error: bool = False
    same_text: bool = True


def body(call: Call) -> Body:
    """The harness' case for a call: its tensors are drawn, all else is made inside."""
    drawn: dict[str, Drawn] = {}

    def collect(value: Any, key: str) -> None:
        if isinstance(value, list):
            for i, item in enumerate(value):
                collect(item, f"{key}.{i}")
        elif isinstance(value, Drawn) and value.form == "tensor":
            drawn[key] = value

    for key, value in call.slots():
        collect(value, str(key))

    def run(tf: Any, *tensors: Any) -> Any:
        given = dict(zip(drawn, tensors, strict=True))

        def made(value: Any, key: str) -> Any:
            if key in given:
                return given[key]
            if isinstance(value, list):
                return [made(item, f"{key}.{i}") for i, item in enumerate(value)]
            return value.made(tf, key) if isinstance(value, (Drawn, Made)) else value

        function = functools.reduce(getattr, call.name.split("."), tf)
        args = [made(v, str(i)) for i, v in enumerate(call.args)]
        return function(*args, **{k: made(v, k) for k, v in call.kwargs})

    return Body(run, list(drawn.values()), list(drawn))


def judge(call: Call, mode: str, case: Body | None = None) -> Verdict:
    """Compares values, dtypes, static shapes and the class of errors."""
    case = case or body(call)
    message = disagreement(case, "", mode, None, "class")
    ours, theirs = outcomes(case, "", mode)
    refused = isinstance(theirs, Failure)
    if message is None and isinstance(ours, Failure) and OURS.search(ours.text) and not OURS.search(theirs.text):
        message = f"tfjax speaks of its parts: {ours}"
    if message is None:
        return Verdict("equal", error=refused, same_text=not refused or ours.text == theirs.text)
    excuse = reason(call, mode, ours, theirs)
    if excuse:
        return Verdict("exempt", excuse, refused)
    return Verdict("differs", re.sub(r"\s+", " ", message)[:400], refused)
