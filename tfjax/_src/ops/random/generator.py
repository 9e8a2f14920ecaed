"""tf.random.Generator: a stream of random numbers with a state of its own."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from tfjax._src.core import dtypes, errors
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager import statics
from tfjax._src.eager.args import IntOther, Name
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import op
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable
from tfjax._src.ops.array.creation import zeros_like
from tfjax._src.ops.array.join import stack
from tfjax._src.ops.random import draws, philox, rejection
from tfjax._src.ops.random.algorithm import Algorithm, as_algorithm

_LENGTH = {Algorithm.PHILOX: 3, Algorithm.THREEFRY: 2}
# Blocks of the stream that every number reserves.
_RESERVED = 256


@op("_internal.generator_stream", raw="RngReadAndSkip", differentiable=False)
def _stream(state: IntOther, name: Name = None):
    return philox.generator_state(state)


@op("_internal.generator_skip", raw="RngReadAndSkip", differentiable=False)
def _skip(state: IntOther, delta: IntOther, name: Name = None):
    return philox.advance(state, delta)


def _concrete(alg: Any) -> Algorithm:
    chosen = Algorithm.PHILOX if alg is None else as_algorithm(alg)
    return Algorithm.PHILOX if chosen is Algorithm.AUTO_SELECT else chosen


def _int64(number: int) -> int:
    number &= 2**64 - 1
    return number - 2**64 if number >= 2**63 else number


@export("random.create_rng_state", "random.experimental.create_rng_state")
def create_rng_state(seed: Any, alg: Any) -> Any:
    """The state of a generator, int64 [3] for Philox, made of a seed.

    Args:
      seed: an integer, cut into 64-bit parts, or the parts themselves.
      alg: a `tf.random.Algorithm`, its name or number.

    >>> import tfjax as tf
    >>> tf.random.create_rng_state(5, "philox").numpy()
    array([5, 0, 0])
    """
    length = _LENGTH[_concrete(alg)]
    if isinstance(seed, (int, np.integer)):
        return to_tensor([_int64(int(seed) >> 64 * i) for i in range(length)], dtypes.int64)
    parts = list(np.asarray(statics.value(seed)).reshape(-1))
    parts = [0] * (length - len(parts)) + [int(p) for p in parts][:length]
    return to_tensor([_int64(p) for p in parts], dtypes.int64)


@export("random.Generator", "random.experimental.Generator")
class Generator:
    """A random number generator whose state is a Variable.

    Make one with `from_seed`, `from_state`, `from_key_counter` or `from_non_deterministic_state`.
    Its numbers are TensorFlow's for the same state.

    Args:
      copy_from: a generator to start like.
      state: the state, int64 [3], if `copy_from` is not given.
      alg: the algorithm: "philox" (or "auto_select", which means it).

    >>> import tfjax as tf
    >>> g = tf.random.Generator.from_seed(1)
    >>> g.normal([2]).numpy()
    array([ 0.43842274, -0.53439844], dtype=float32)
    """

    def __init__(self, copy_from: Generator | None = None, state: Any = None, alg: Any = None) -> None:
        if copy_from is not None:
            if state is not None or alg is not None:
                raise AssertionError
            start: Any = copy_from.state.read_value()
            self._alg = copy_from._alg
        else:
            if state is None or alg is None:
                raise AssertionError
            self._alg = _concrete(alg)
            start = _checked_state(state, self._alg)
        with frames.init_scope():
            self._state_var = Variable(start, dtype=dtypes.int64, trainable=False, name="StateVar")

    # -- ways to make one ----------------------------------------------------------------------
    @classmethod
    def from_state(cls, state: Any, alg: Any) -> Generator:
        """A generator with this state, int64 [3]: counter (low, high) and key."""
        return cls(state=state, alg=alg)

    @classmethod
    def from_seed(cls, seed: Any, alg: Any = None) -> Generator:
        """A generator with the state that `create_rng_state` makes of a seed."""
        chosen = _concrete(alg)
        return cls(state=create_rng_state(seed, chosen), alg=chosen)

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> Generator:
        """A generator with a state from the operating system's entropy."""
        chosen = _concrete(alg)
        state = np.frombuffer(os.urandom(8 * _LENGTH[chosen]), np.int64).copy()
        return cls(state=state, alg=chosen)

    @classmethod
    def from_key_counter(cls, key: Any, counter: Any, alg: Any) -> Generator:
        """A generator with a key, an integer, and a counter, [2] integers."""
        chosen = _concrete(alg)
        return cls(state=_key_counter(key, counter, chosen), alg=chosen)

    # -- state ---------------------------------------------------------------------------------
    @property
    def state(self) -> Variable:
        """The Variable that holds the state."""
        return self._state_var

    @property
    def algorithm(self) -> int:
        """The algorithm's number."""
        return self._alg.value

    @property
    def key(self) -> Any:
        """The key, a scalar; not changed by draws."""
        return self._state_var.read_value()[_LENGTH[self._alg] - 1]

    def reset(self, state: Any) -> None:
        """Sets the state."""
        self._state_var.assign(_checked_state(state, self._alg))

    def reset_from_seed(self, seed: Any) -> None:
        """Sets the state that `from_seed` would start with."""
        self._state_var.assign(create_rng_state(seed, self._alg))

    def reset_from_key_counter(self, key: Any, counter: Any) -> None:
        """Sets key and counter."""
        self._state_var.assign(_key_counter(key, counter, self._alg))

    def skip(self, delta: Any) -> Any:
        """Goes on as if `delta` numbers had been drawn; returns the state from before."""
        before = self._state_var.read_value()
        self._advance(delta)
        return before

    def _advance(self, count: Any) -> None:
        if self._alg is Algorithm.THREEFRY:
            raise errors.UnimplementedError(
                None, None, "Non-XLA devices don't support the ThreeFry algorithm. [Op:RngReadAndSkip] name: "
            )
        now = self._state_var.read_value()
        self._state_var.assign(_skip(now, to_tensor(count, dtypes.int64) if isinstance(count, int) else count))

    def _reserve(self, shape: Any, count: int | None = None) -> tuple[Tensor, tuple[int, ...]]:
        """The stream for one draw of a shape, which the state then passes."""
        dims = statics.shape(shape)
        before = self._state_var.read_value()
        self._advance(math.prod(dims) if count is None else count)
        return _stream(before), dims

    def _trackable_children(self) -> dict[str, Any]:
        return {"_state_var": self._state_var}

    # -- draws ---------------------------------------------------------------------------------
    def normal(self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = dtypes.float32, name: str | None = None) -> Any:
        """Normal random numbers."""
        stream, dims = self._reserve(shape)
        return draws.normal(stream, mean, stddev, dims, dtypes.as_dtype(dtype))

    def truncated_normal(self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = dtypes.float32, name: str | None = None) -> Any:
        """Normal random numbers within two standard deviations of the mean."""
        stream, dims = self._reserve(shape)
        return draws.truncated_normal(stream, mean, stddev, dims, dtypes.as_dtype(dtype))

    def uniform(self, shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = dtypes.float32, name: str | None = None) -> Any:
        """Uniform random numbers in [minval, maxval); [0, 1) by default for floats.

        For integers both bounds must be given, or both be None: then the dtype's whole range.
        """
        kind = dtypes.as_dtype(dtype)
        if not kind.is_integer:
            stream, dims = self._reserve(shape)
            return draws.uniform(stream, minval, 1 if maxval is None else maxval, dims, kind)
        if (minval is None) != (maxval is None):
            raise ValueError(
                f"For integer dtype {kind}, minval and maxval must be both `None` or both non-`None`; "
                f"got minval={minval} and maxval={maxval}"
            )
        if minval is None:
            return self.uniform_full_int(shape, kind)
        stream, dims = self._reserve(shape)
        return draws.integers(stream, to_tensor(minval, kind), to_tensor(maxval, kind), dims, kind)

    def uniform_full_int(self, shape: Any, dtype: Any = dtypes.uint64, name: str | None = None) -> Any:
        """Integers from the whole range of int32, int64, uint32 or uint64."""
        stream, dims = self._reserve(shape)
        return draws.full_integers(stream, dims, dtypes.as_dtype(dtype))

    def binomial(self, shape: Any, counts: Any, probs: Any, dtype: Any = dtypes.int32, name: str | None = None) -> Any:
        """Numbers of successes in `counts` trials of probability `probs`.

        Args:
          shape: the result's shape; ends with the broadcast shape of `counts` and `probs`.
          counts, probs: floats.
          dtype: of the result.
        """
        counts, probs = to_tensor(counts, None, dtypes.float32), to_tensor(probs, None, dtypes.float32)
        dims = statics.shape(shape)
        each = math.prod(np.broadcast_shapes(tuple(counts.shape), tuple(probs.shape)))
        # As many numbers as TensorFlow sets aside for `each` parameters.
        reserved = each * 200 * (math.prod(dims) // max(each, 1) + 3) // 4
        stream, dims = self._reserve(dims, reserved)
        return rejection.binomial(stream, counts, probs, dims, dtypes.as_dtype(dtype))

    # -- more generators -----------------------------------------------------------------------
    def make_seeds(self, count: int = 1) -> Any:
        """Seeds [2, count] for stateless draws: random int64 numbers over zeros."""
        keys = self.uniform_full_int([count], dtypes.int64)
        return stack([keys, zeros_like(keys)])

    def split(self, count: int = 1) -> list[Generator]:
        """`count` independent generators."""
        keys = self.uniform_full_int([count], dtypes.int64)
        return [Generator.from_key_counter(keys[i], [0, 0], self._alg) for i in range(count)]


def _checked_state(state: Any, alg: Algorithm) -> Any:
    if isinstance(state, Variable):
        state = state.read_value()
    tensor = to_tensor(state, dtypes.int64) if not isinstance(state, Tensor) else state
    if tuple(tensor.shape) != (_LENGTH[alg],):
        raise ValueError(f"Shapes {tensor.shape} and {[_LENGTH[alg]]} are incompatible")
    return tensor


def _key_counter(key: Any, counter: Any, alg: Algorithm) -> Any:
    parts = to_tensor(counter, dtypes.int64) if not isinstance(counter, Tensor) else counter
    wanted = _LENGTH[alg] - 1
    if tuple(parts.shape) != (wanted,):
        raise ValueError(f"Shapes {parts.shape} and {[wanted]} are incompatible")
    key = to_tensor(key, dtypes.int64) if not isinstance(key, Tensor) else key
    return stack([*[parts[i] for i in range(wanted)], key])


_global: list[Generator] = []


@export("random.get_global_generator", "random.experimental.get_global_generator")
def get_global_generator() -> Generator:
    """The generator of the process, made at the first call.

    >>> import tfjax as tf
    >>> tf.random.get_global_generator().normal([2]).shape
    TensorShape([2])
    """
    if not _global:
        with frames.init_scope():
            _global.append(Generator.from_non_deterministic_state())
    return _global[0]


@export("random.set_global_generator", "random.experimental.set_global_generator")
def set_global_generator(generator: Generator) -> None:
    """Replaces the generator of the process; traced functions keep the one they saw.

    >>> import tfjax as tf
    >>> tf.random.set_global_generator(tf.random.Generator.from_seed(1))
    """
    _global[:] = [generator]
