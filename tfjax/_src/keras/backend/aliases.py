"""Functions of `keras.backend` that are operations of `keras.ops` under the same or another name."""

from __future__ import annotations

from tfjax._src.keras.ops.arrays import ones_like, reshape, stack, tile, transpose, zeros_like
from tfjax._src.keras.ops.core import cast, stop_gradient
from tfjax._src.keras.ops.elementwise import (
    absolute, cos, equal, exp, greater, greater_equal, less, less_equal, log, maximum, minimum, not_equal, power, sign, sin, sqrt, square,
)
from tfjax._src.keras.ops.nn import hard_sigmoid, sigmoid, softmax, softplus, softsign
from tfjax._src.keras.ops.elementwise import tanh
from tfjax._src.keras.ops.reductions import all_, any_, clip, max_, mean, min_, prod, round_, std, sum_, var

EXPORTS = {
    "keras.backend.abs": "absolute", "keras.backend.all": "all_", "keras.backend.any": "any_", "keras.backend.cast": "cast",
    "keras.backend.clip": "clip", "keras.backend.cos": "cos", "keras.backend.equal": "equal", "keras.backend.exp": "exp",
    "keras.backend.greater": "greater", "keras.backend.greater_equal": "greater_equal", "keras.backend.less": "less",
    "keras.backend.less_equal": "less_equal", "keras.backend.log": "log", "keras.backend.max": "max_", "keras.backend.maximum": "maximum",
    "keras.backend.mean": "mean", "keras.backend.min": "min_", "keras.backend.minimum": "minimum", "keras.backend.not_equal": "not_equal",
    "keras.backend.pow": "power", "keras.backend.prod": "prod", "keras.backend.round": "round_", "keras.backend.sign": "sign",
    "keras.backend.sin": "sin", "keras.backend.sqrt": "sqrt", "keras.backend.square": "square", "keras.backend.std": "std",
    "keras.backend.stop_gradient": "stop_gradient", "keras.backend.sum": "sum_", "keras.backend.var": "var",
    "keras.backend.ones_like": "ones_like", "keras.backend.zeros_like": "zeros_like", "keras.backend.reshape": "reshape",
    "keras.backend.stack": "stack", "keras.backend.tile": "tile", "keras.backend.transpose": "transpose",
    "keras.backend.hard_sigmoid": "hard_sigmoid", "keras.backend.sigmoid": "sigmoid", "keras.backend.softmax": "softmax",
    "keras.backend.softplus": "softplus", "keras.backend.softsign": "softsign", "keras.backend.tanh": "tanh",
}

__all__ = list(EXPORTS.values())
