"""Keras' seeds: `set_random_seed`, SeedGenerator, and the seeds of objects that name none."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable
from tfjax._src.function.module import register_graph_node
from tfjax._src.keras.engine import naming
from tfjax._src.keras.engine.variable import KerasVariable
from tfjax._src.ops.math.arithmetic import add, floormod, multiply
from tfjax._src.ops.random import state as tf_state

_INT32_MAX = 2**31 - 1
_global: list[Any] = []


def make_default_seed() -> int:
    """A seed from Python's generator, as Keras draws one for each object without a seed."""
    return random.randint(1, int(1e9))


@export("keras.utils.set_random_seed")
def set_random_seed(seed: int) -> None:
    """Seeds Python's, NumPy's and TensorFlow's generators.

    >>> import tfjax as tf
    >>> tf.keras.utils.set_random_seed(1)
    """
    if not isinstance(seed, int):
        raise ValueError(f"Expected `seed` argument to be an integer. Received: seed={seed} (of type {type(seed)})")
    random.seed(seed)
    np.random.seed(seed)
    tf_state.set_seed(seed)
    drop_global_generator()


def drop_global_generator() -> None:
    """Forgets the generator that draws without a seed share."""
    _global.clear()


@export("keras.random.SeedGenerator")
class SeedGenerator:
    """A counter that gives a new seed pair at every draw.

    Args:
      seed: the first number of the pairs; drawn from Python's generator if None.
      name: stands in the path of `state`.

    >>> import tfjax as tf
    >>> tf.keras.random.SeedGenerator(3).next().numpy()
    array([3, 0])
    """

    _is_seed_generator = True

    def __init__(self, seed: int | None = None, name: str | None = None, **kwargs: Any) -> None:
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments: {kwargs}")
        if seed is None:
            seed = make_default_seed()
        if not isinstance(seed, int):
            raise ValueError(f"Argument `seed` must be an integer. Received: seed={seed}")
        self.seed = seed
        self.name = name or naming.auto_name("seed_generator")
        with naming.scope(self.name, self):
            self.state = KerasVariable(np.array([seed, 0], np.int64), trainable=False, name="seed_generator_state", autocast=False)

    def _trackable_children(self) -> dict[str, Any]:
        return {"state": self.state}

    def next(self, ordered: bool = True) -> Tensor:
        """The next pair; with `ordered` False the one after it is far away, as Keras has it."""
        pair = self.state.read_value()
        self.state.assign(add(pair, np.array([0, 1], np.int64)) if ordered else _far(pair))
        return pair

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"seed": self.seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """A generator from `get_config`'s result."""
        return cls(**config)


def _far(pair: Tensor) -> Tensor:
    return floormod(multiply(add(pair, np.int64(1)), np.int64(5387)), np.int64(933199))


class _GlobalGenerator:
    """What draws without a seed use. Its state is a Variable, so that a compiled function goes on."""

    def __init__(self) -> None:
        naming.auto_name("seed_generator")  # Keras makes a SeedGenerator, which takes a name
        with frames.init_scope():
            self.state = Variable(np.array([make_default_seed(), 0], np.int64), trainable=False)

    def next(self) -> Tensor:
        """The pair before the step."""
        pair = self.state.read_value()
        self.state.assign(_far(pair))
        return pair


register_graph_node(SeedGenerator)


def draw_seed(seed: Any) -> Any:
    """A seed pair for one draw from an int, a SeedGenerator, or None (the global generator)."""
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if isinstance(seed, int):
        return np.array([seed, 0], np.int64)
    if seed is None:
        if not _global:
            _global.append(_GlobalGenerator())
        return _global[0].next()
    raise ValueError(f"Argument `seed` must be either an integer or an instance of `SeedGenerator`. Received: seed={seed} (of type {type(seed)})")


def to_op_seed(pair: Any) -> Any:
    """A Keras seed pair as the stateless ops take it: reduced to int32's range."""
    from tfjax._src.ops.array.shaping import cast

    if isinstance(pair, np.ndarray):
        return (pair % (_INT32_MAX - 1)).astype(np.int32)
    return cast(floormod(pair, np.int64(_INT32_MAX - 1)), "int32")
