"""tf.compat.v1.assert_*: checks that take the data to show."""

from __future__ import annotations

from typing import Any

from tfjax._src.compat.v1.renamed import renamed
from tfjax._src.function import assertions

EXPORTS = {
    "compat.v1.assert_equal": "assert_equal",
    "compat.v1.debugging.assert_equal": "assert_equal",
    "compat.v1.assert_none_equal": "assert_none_equal",
    "compat.v1.debugging.assert_none_equal": "assert_none_equal",
    "compat.v1.assert_less": "assert_less",
    "compat.v1.debugging.assert_less": "assert_less",
    "compat.v1.assert_less_equal": "assert_less_equal",
    "compat.v1.debugging.assert_less_equal": "assert_less_equal",
    "compat.v1.assert_greater": "assert_greater",
    "compat.v1.debugging.assert_greater": "assert_greater",
    "compat.v1.assert_greater_equal": "assert_greater_equal",
    "compat.v1.debugging.assert_greater_equal": "assert_greater_equal",
    "compat.v1.assert_near": "assert_near",
    "compat.v1.debugging.assert_near": "assert_near",
    "compat.v1.assert_positive": "assert_positive",
    "compat.v1.debugging.assert_positive": "assert_positive",
    "compat.v1.assert_negative": "assert_negative",
    "compat.v1.debugging.assert_negative": "assert_negative",
    "compat.v1.assert_non_negative": "assert_non_negative",
    "compat.v1.debugging.assert_non_negative": "assert_non_negative",
    "compat.v1.assert_non_positive": "assert_non_positive",
    "compat.v1.debugging.assert_non_positive": "assert_non_positive",
    "compat.v1.assert_rank": "assert_rank",
    "compat.v1.debugging.assert_rank": "assert_rank",
    "compat.v1.assert_rank_at_least": "assert_rank_at_least",
    "compat.v1.debugging.assert_rank_at_least": "assert_rank_at_least",
    "compat.v1.assert_rank_in": "assert_rank_in",
    "compat.v1.debugging.assert_rank_in": "assert_rank_in",
    "compat.v1.assert_scalar": "assert_scalar",
    "compat.v1.debugging.assert_scalar": "assert_scalar",
    "compat.v1.assert_integer": "assert_integer",
    "compat.v1.assert_type": "assert_type",
}

_TWO = "x, y, data=None, summarize=None, message=None, name=None"
_ONE = "x, data=None, summarize=None, message=None, name=None"
# The data of a check that fails are shown by its message; they add nothing to it here.
_DATA: tuple[Any, str] = ({}, "data")

assert_equal = renamed(assertions.assert_equal, _TWO, *_DATA)
assert_none_equal = renamed(assertions.assert_none_equal, _TWO, *_DATA)
assert_less = renamed(assertions.assert_less, _TWO, *_DATA)
assert_less_equal = renamed(assertions.assert_less_equal, _TWO, *_DATA)
assert_greater = renamed(assertions.assert_greater, _TWO, *_DATA)
assert_greater_equal = renamed(assertions.assert_greater_equal, _TWO, *_DATA)
assert_near = renamed(
    assertions.assert_near, "x, y, rtol=None, atol=None, data=None, summarize=None, message=None, name=None", *_DATA
)
assert_positive = renamed(assertions.assert_positive, _ONE, *_DATA)
assert_negative = renamed(assertions.assert_negative, _ONE, *_DATA)
assert_non_negative = renamed(assertions.assert_non_negative, _ONE, *_DATA)
assert_non_positive = renamed(assertions.assert_non_positive, _ONE, *_DATA)
assert_rank = renamed(
    assertions.assert_rank, "x, rank, data=None, summarize=None, message=None, name=None", {}, "data summarize"
)
assert_rank_at_least = renamed(
    assertions.assert_rank_at_least, "x, rank, data=None, summarize=None, message=None, name=None", {}, "data summarize"
)
assert_rank_in = renamed(
    assertions.assert_rank_in, "x, ranks, data=None, summarize=None, message=None, name=None", {}, "data summarize"
)
assert_scalar = renamed(assertions.assert_scalar, "tensor, name=None, message=None")
assert_integer = renamed(assertions.assert_integer, "x, message=None, name=None")
assert_type = renamed(assertions.assert_type, "tensor, tf_type, message=None, name=None")
