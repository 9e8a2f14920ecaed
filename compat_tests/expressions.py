"""Tables of expressions: each is evaluated with TensorFlow and with tfjax, and the results (or the
errors) compared, with the text of composite tensors.

An expression sees `tf`, `np` and the names that a fixture function `values(tf)` gives.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf
from compat_tests.results import Failure, differences, failure, record


def expression_table(
    expressions: str | Sequence[str], values: Callable[[Any], dict[str, Any]], errors: str = "text"
) -> Callable[..., None]:
    """Makes one test of a table of expressions, one a line; `errors` as in `parity`."""
    lines = expressions.strip().splitlines() if isinstance(expressions, str) else expressions
    scopes: dict[bool, dict[str, Any]] = {}

    def outcome(expression: str, real: bool) -> Any:
        tf = real_tf() if real else our_tf()
        if real not in scopes:
            scopes[real] = {"tf": tf, "np": np, **values(tf)}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = eval(expression, scopes[real])  # the tables are ours
                return described(found)
        except Exception as error:
            return failure(error)

    @pytest.mark.parametrize("expression", [line.strip() for line in lines if line.strip()])
    def test(expression: str) -> None:
        ours, theirs = outcome(expression, False), outcome(expression, True)
        if isinstance(theirs, Failure) or isinstance(ours, Failure):
            same = getattr(ours, "kind", 0) == getattr(theirs, "kind", 1)
            same = same and (errors == "class" or ours.text == theirs.text)
            message = None if same else f"tfjax:      {ours}\nTensorFlow: {theirs}"
        else:
            message = differences(ours, theirs)
        if message:
            pytest.fail(message, pytrace=False)

    return test


def described(value: Any) -> Any:
    """A record; ragged tensors with their text, where it has no rounding, and their spec."""
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return (type(value).__name__, [described(v) for v in value])
    if isinstance(value, dict):
        return {k: described(v) for k, v in value.items()}
    if isinstance(value, np.ndarray) and value.dtype == object:
        return ("object", value.shape, [described(v) for v in value.reshape(-1)])
    if type(value).__name__ == "RaggedTensor":
        text = "" if value.dtype.is_floating else repr(value)
        return (record(value), text, repr(value._type_spec))
    return record(value)
