"""tf.random.Algorithm, the names of the generators."""

from __future__ import annotations

import enum
from typing import Any

from tfjax._src.core import errors
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.tensor import Tensor


@export("random.Algorithm", "random.experimental.Algorithm")
class Algorithm(enum.Enum):
    """Random number generators: numbers come from Philox, which "auto-select" means as well.

    >>> import tfjax as tf
    >>> tf.random.Algorithm.PHILOX
    <Algorithm.PHILOX: 1>
    """

    PHILOX = 1
    THREEFRY = 2
    AUTO_SELECT = 3


_NAMES = {"philox": Algorithm.PHILOX, "threefry": Algorithm.THREEFRY, "auto_select": Algorithm.AUTO_SELECT}


def as_algorithm(alg: Any) -> Algorithm:
    """An Algorithm from itself, its number or its name."""
    if isinstance(alg, Algorithm):
        return alg
    if isinstance(alg, Tensor):
        alg = statics.value(alg)
    if isinstance(alg, int):
        return Algorithm(alg)
    if isinstance(alg, str) and alg in _NAMES:
        return _NAMES[alg]
    if isinstance(alg, str):
        raise ValueError(
            f"Argument `alg` got unsupported value {alg}. Supported values are philox for the Philox algorithm, "
            "threefry for the ThreeFry algorithm, and auto_select for auto-selection."
        )
    raise TypeError(f"Can't convert argument `alg` (of value {alg} and type {type(alg)}) to int.")


def require_philox(alg: Any, op_name: str) -> None:
    """Raises for an algorithm that TensorFlow does not have on CPUs either."""
    if as_algorithm(alg) is Algorithm.THREEFRY:
        raise errors.InvalidArgumentError(
            None, None,
            "counter must be a vector with length at least 2; got shape: [1]. (Note that batched counters are not "
            f"supported yet.) [Op:{op_name}] name: ",
        )
