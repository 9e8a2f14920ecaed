"""Differences that stay, each with its reason."""

from __future__ import annotations

import re
from typing import Any

from compat_tests.comparisons.mutations import Call
from compat_tests.results import Failure

#: Cases that end TensorFlow's own process: (pattern of the case, what happens).
CRASHES: tuple[tuple[str, str], ...] = ()

#: (pattern of the case with its tier, reason).
EXEMPT: tuple[tuple[str, str], ...] = ()

NO_KERNEL = re.compile(
    r"Could not find device for node|No OpKernel was registered|No registered '|not implemented: .* kernel"
)


def reason(call: Call, mode: str, ours: Any, theirs: Any) -> str:
    """Why the libraries may differ here, or ""."""
    if isinstance(theirs, Failure) and NO_KERNEL.search(theirs.text):
        refusals = ("NotFoundError", "InvalidArgumentError", "UnimplementedError", "TypeError", "ValueError")
        if not isinstance(ours, Failure) or ours.kind in refusals:
            return "TensorFlow has no CPU kernel for the dtype; tfjax computes it, or refuses it"
    return next((why for pattern, why in EXEMPT if re.search(pattern, f"{call} {mode}")), "")


def crashes(call: Call) -> bool:
    """Whether TensorFlow itself would not survive the case."""
    return any(re.search(pattern, str(call)) for pattern, _ in CRASHES)
