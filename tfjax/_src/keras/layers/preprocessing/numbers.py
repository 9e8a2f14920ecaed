"""Discretization and Normalization: layers that learn from numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.args import Name, Real, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.keras.layers.preprocessing.encoding import batches, encode, host_array, of_values, refuse_sparse
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.ops.array.shaping import cast, reshape
from tfjax._src.ops.math.arithmetic import maximum
from tfjax._src.ops.math.elementwise import sqrt

_OUTPUTS = ("int", "one_hot", "multi_hot", "count")


@op("_internal.bucketize", raw="Bucketize", differentiable=False)
def _bucketize(x: Real, boundaries: Static, name: Name = None):
    """How many of the boundaries each element reaches."""
    xp = namespace(x)
    return xp.searchsorted(xp.asarray(np.asarray(boundaries, np.float32)), x, side="right").astype(np.int32)


def _summary(values: np.ndarray, epsilon: float) -> np.ndarray:
    """[2, n]: about 1 / epsilon of the sorted values, and how many each stands for."""
    values = np.sort(values.reshape(-1).astype(np.float32))
    step = values.size * epsilon
    kept = values[int(max(step, 1)) - 1 :: int(max(step, 1))]
    return np.stack([kept, np.ones_like(kept) * max(step, 1)])


def _compressed(summary: np.ndarray, epsilon: float) -> np.ndarray:
    """A summary with points at every `epsilon` of the weight."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    reached = summary[1].cumsum()
    points = np.interp(shares, reached / reached[-1], summary[0])
    weights = np.interp(shares, reached / reached[-1], reached)
    return np.stack([points, weights - np.concatenate([[0.0], weights[:-1]])]).astype(np.float32)


def _merged(a: np.ndarray, b: np.ndarray, epsilon: float) -> np.ndarray:
    both = np.concatenate([a, b], axis=1)
    return _compressed(np.take(both, np.argsort(both[0]), axis=1), epsilon)


@export("keras.layers.Discretization", "keras.layers.experimental.preprocessing.Discretization")
class Discretization(ConfiguredLayer):
    """Turns numbers into the index of the interval that they lie in.

    Args:
      bin_boundaries: the interior boundaries, ascending.
      num_bins: instead of boundaries: `adapt` finds them.
      epsilon: error of the quantiles that `adapt` finds.
      output_mode: "int", "one_hot", "multi_hot" or "count".
      sparse: must be False.

    >>> import tfjax as tf
    >>> tf.keras.layers.Discretization([0.0, 1.0])(tf.constant([-1.0, 0.5, 3.0])).numpy()
    array([0, 1, 2], dtype=int32)
    """

    def __init__(
        self, bin_boundaries: Any = None, num_bins: Any = None, epsilon: float = 0.01, output_mode: str = "int",
        sparse: bool = False, dtype: Any = None, name: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if num_bins is not None and num_bins < 0:
            raise ValueError(f"`num_bins` must be greater than or equal to 0. Received: `num_bins={num_bins}`")
        if num_bins is not None and bin_boundaries is not None:
            raise ValueError(f"Both `num_bins` and `bin_boundaries` should not be set. Received: `num_bins={num_bins}` and `bin_boundaries={bin_boundaries}`")
        if num_bins is None and bin_boundaries is None:
            raise ValueError("You need to set either `num_bins` or `bin_boundaries`.")
        if output_mode not in _OUTPUTS:
            raise ValueError(f"Invalid value for argument `output_mode`. Expected one of {_OUTPUTS}. Received: output_mode={output_mode}")
        refuse_sparse(self, sparse)
        self._given = bin_boundaries
        self.bin_boundaries = None if bin_boundaries is None else [float(b) for b in bin_boundaries]
        self.num_bins, self.epsilon, self.output_mode, self.sparse = num_bins, epsilon, output_mode, sparse
        self.summary = np.zeros((2, 0), np.float32)
        self.autocast = False

    def adapt(self, data: Any, steps: Any = None) -> None:
        """Finds boundaries between bins of equally many of the values.

        Args:
          data: an array, tensor or dataset of batches.
          steps: how many batches of a dataset to see; all by default.
        """
        if self._given is not None:
            raise ValueError("Cannot adapt a Discretization layer that has been initialized with `bin_boundaries`, use `num_bins` instead.")
        self.reset_state()
        for batch in batches(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def reset_state(self) -> None:
        """Forgets what `adapt` has seen."""
        self.summary = np.zeros((2, 0), np.float32)

    def update_state(self, data: Any) -> None:
        """Takes in one batch."""
        self.summary = _merged(self.summary, _summary(host_array(data), self.epsilon), self.epsilon)

    def finalize_state(self) -> None:
        """Makes the boundaries."""
        if self._given is None:
            self.bin_boundaries = _compressed(self.summary, 1.0 / self.num_bins)[0, :-1].tolist()

    def call(self, inputs: Any) -> Any:
        if self.bin_boundaries is None:
            raise ValueError("You need to either pass the `bin_boundaries` argument at construction time or call `adapt(dataset)` before you can start using the `Discretization` layer.")
        edges = tuple(self.bin_boundaries)
        found = of_values(lambda x: _bucketize(cast(x, "float32"), edges), inputs)
        if self.output_mode == "int":
            return found
        return encode(found, self.output_mode, len(self.bin_boundaries) + 1, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        names = ("bin_boundaries", "num_bins", "epsilon", "output_mode", "sparse", "name", "dtype")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        config = dict(config)
        if config.get("bin_boundaries") is not None and config.get("num_bins") is not None:
            boundaries = config.pop("bin_boundaries")
            layer = cls(**config)
            layer.bin_boundaries = boundaries
            return layer
        return cls(**config)


@export("keras.layers.Normalization", "keras.layers.experimental.preprocessing.Normalization")
class Normalization(ConfiguredLayer):
    """(inputs - mean) / sqrt(variance), with mean and variance of training data.

    Args:
      axis: axes with means of their own; None for one mean.
      mean, variance: if known; else call `adapt`.
      invert: inputs * sqrt(variance) + mean instead.

    >>> import tfjax as tf
    >>> layer = tf.keras.layers.Normalization(axis=None)
    >>> layer.adapt([1.0, 3.0])
    >>> layer(tf.constant([1.0, 5.0])).numpy()
    array([-1.,  3.], dtype=float32)
    """

    def __init__(self, axis: Any = -1, mean: Any = None, variance: Any = None, invert: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if (mean is None) != (variance is None):
            raise ValueError(f"When setting values directly, both `mean` and `variance` must be set. Received: mean={mean} and variance={variance}")
        if mean is not None and np.shape(mean) != np.shape(variance):
            raise ValueError(f"When setting values directly, `mean` and `variance` must have the same shape. Received: mean shape {np.shape(mean)} and variance shape {np.shape(variance)}")
        self.axis = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        self.input_mean, self.input_variance, self.invert = mean, variance, invert
        self.supports_masking = True
        self._known: tuple[Any, Any] | None = None

    def build(self, input_shape: Any) -> None:
        rank = len(input_shape)
        if any(not -rank <= a < rank for a in self.axis):
            raise ValueError(f"All `axis` values must be in the range [-ndim, ndim). Received inputs with ndim={rank}, while axis={self.axis}")
        self._keep = tuple(sorted(a % rank for a in self.axis))
        for a in self._keep:
            if input_shape[a] is None:
                raise ValueError(f"All `axis` values to be kept must have a known shape. Received axis={self.axis}, inputs.shape={tuple(input_shape)}, with unknown axis at index {a}")
        sizes = tuple(input_shape[a] for a in self._keep)
        self._rank = rank
        self._wide = [n if i in self._keep else 1 for i, n in enumerate(input_shape)] if self._keep else []
        if self.input_mean is None:
            self.adapt_mean = self.add_weight(name="mean", shape=sizes, initializer="zeros", trainable=False)
            self.adapt_variance = self.add_weight(name="variance", shape=sizes, initializer="ones", trainable=False)
            self.count = self.add_weight(name="count", shape=(), dtype="int64", initializer="zeros", trainable=False)
        else:
            known = [np.broadcast_to(np.asarray(v, np.float32), sizes) for v in (self.input_mean, self.input_variance)]
            self._known = (to_tensor(known[0]), to_tensor(known[1]))

    @property
    def mean(self) -> Any:
        """The mean, with axes of size 1 for those it is taken over."""
        return self._statistic(0)

    @property
    def variance(self) -> Any:
        """The variance, with axes of size 1 for those it is taken over."""
        return self._statistic(1)

    def _statistic(self, which: int) -> Any:
        if not self.built:
            return None
        value = self._known[which] if self._known else to_tensor((self.adapt_mean, self.adapt_variance)[which])
        return reshape(value, self._wide)

    def adapt(self, data: Any) -> None:
        """Takes mean and variance from data.

        Args:
          data: an array, tensor or dataset of batches.
        """
        if self.input_mean is not None:
            raise ValueError("Cannot `adapt` a Normalization layer that is initialized with static `mean` and `variance`, you passed mean {} and variance {}.".format(self.input_mean, self.input_variance))
        total, mean, square = 0, 0.0, 0.0
        for batch in batches(data):
            values = host_array(batch).astype(np.float64)
            if not self.built:
                self.build(values.shape if values is not batch else np.shape(batch))
            axes = tuple(i for i in range(values.ndim) if i not in self._keep)
            count = int(np.prod([values.shape[a] for a in axes], dtype=np.int64))
            share = count / (total + count)
            mean = mean * (1 - share) + values.mean(axis=axes) * share
            square = square * (1 - share) + (values**2).mean(axis=axes) * share
            total += count
        self.adapt_mean.assign(np.asarray(mean, np.float32))
        self.adapt_variance.assign(np.maximum(np.asarray(square - mean**2, np.float64), 0.0).astype(np.float32))

    def call(self, inputs: Any) -> Any:
        x = cast(to_tensor(inputs), self.compute_dtype)
        mean, deviation = cast(self.mean, x.dtype), cast(sqrt(self.variance), x.dtype)
        deviation = maximum(deviation, to_tensor(1e-7, deviation.dtype))
        return x * deviation + mean if self.invert else (x - mean) / deviation

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        config = super(ConfiguredLayer, self).get_config()
        known = [None if v is None else np.asarray(v).tolist() for v in (self.input_mean, self.input_variance)]
        return {**config, "axis": list(self.axis), "invert": self.invert, "mean": known[0], "variance": known[1]}
