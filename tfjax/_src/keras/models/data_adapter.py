"""Inputs of fit, evaluate and predict: arrays, datasets, generators."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.data.dataset import Dataset
from tfjax._src.distribute.inputs import DistributedDataset
from tfjax._src.distribute.values import PerReplica
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable
from tfjax._src.keras.utils.py_dataset import Epochs, PyDataset
from tfjax._src.ops.random import philox, state
from tfjax._src.ops.sparse.arrange import to_dense
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor


@export("keras.utils.unpack_x_y_sample_weight")
def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """(x, y, sample_weight) from what a dataset yields; missing ones are None.

    >>> import tfjax as tf
    >>> tf.keras.utils.unpack_x_y_sample_weight((1, 2))
    (1, 2, None)
    """
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if len(data) > 3:
        raise ValueError(f"Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`, found: {data}")
    return (*data, *(None,) * (3 - len(data)))


@export("keras.utils.pack_x_y_sample_weight")
def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """The tuple that `unpack_x_y_sample_weight` takes apart."""
    if y is None:
        return x if not isinstance(x, (tuple, list)) else (x,)
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def as_array(leaf: Any) -> Any:
    """A NumPy or JAX array from an array, tensor, DataFrame or list."""
    if isinstance(leaf, Tensor):
        return leaf._value
    if isinstance(leaf, Variable):
        return leaf.current_array()
    if isinstance(leaf, PerReplica):
        return leaf
    if isinstance(leaf, SparseTensor):
        return to_dense(leaf)._value  # the compiled step takes dense batches
    if isinstance(leaf, (np.ndarray, jax.Array)):
        array = leaf
    elif hasattr(leaf, "to_numpy"):
        array = leaf.to_numpy()
    else:
        array = np.asarray(leaf)
    if array.dtype == object and array.size and not isinstance(array.reshape(-1)[0], (str, bytes)):
        array = array.astype(np.float32)
    if array.dtype == np.float64:
        array = array.astype(np.float32)
    return array


def _is_arrays(x: Any) -> bool:
    leaves = nest.flatten(x)
    return bool(leaves) and all(
        isinstance(leaf, (np.ndarray, jax.Array, Tensor, Variable, SparseTensor, int, float)) or hasattr(leaf, "to_numpy")
        for leaf in leaves
    )


def holds_strings(batch: Any) -> bool:
    """True if a nest has strings: they stay on the host, so a step with them is not compiled."""
    kinds = [getattr(getattr(leaf, "dtype", None), "kind", None) or getattr(getattr(leaf, "dtype", None), "name", "") for leaf in nest.flatten(batch)]
    return any(kind in ("O", "S", "U", "string") for kind in kinds)


class Arrays:
    """Data in memory, cut into batches.

    Attributes:
      data: nest (x, y, sample_weight) of arrays with a common first axis.
      size: its length.
    """

    def __init__(self, x: Any, y: Any, sample_weight: Any, batch_size: int | None, shuffle: Any, class_weight: Any = None) -> None:
        def convert(value: Any) -> Any:
            if value is None:
                return None
            if isinstance(value, list) and value and not any(hasattr(v, "shape") for v in nest.flatten(value)):
                return as_array(np.asarray(value))
            return nest.map_structure(lambda leaf: None if leaf is None else as_array(leaf), value)

        x, y, sample_weight = convert(x), convert(y), convert(sample_weight)
        if class_weight is not None:
            if sample_weight is not None:
                raise ValueError("You cannot `class_weight` and `sample_weight` at the same time.")
            sample_weight = _class_weights(y, class_weight)
        self.data = (x, y, sample_weight)
        sizes = {leaf.shape[0] for leaf in nest.flatten(self.data) if leaf is not None and leaf.ndim}
        if len(sizes) > 1:
            listing = ", ".join(str(s) for s in sorted(sizes))
            raise ValueError(f"Data cardinality is ambiguous. Make sure all arrays contain the same number of samples.'x' and 'y' sizes: {listing}")
        self.size = sizes.pop() if sizes else 0
        self.batch_size = batch_size or 32
        self.shuffle = shuffle

    @property
    def num_batches(self) -> int:
        """How many batches an epoch has."""
        return math.ceil(self.size / self.batch_size)

    def order(self) -> np.ndarray:
        """The order of an epoch; Keras' permutation for the global seed."""
        if not self.shuffle:
            return np.arange(self.size)
        seed = state.global_seed()
        if seed is None:
            return np.random.default_rng().permutation(self.size)
        pair = (seed % (2**31 - 1), 0)
        stream = philox.stream_state(*((0, 2**31 - 1) if pair == (0, 0) else pair))
        if self.shuffle == "batch":
            batches = philox.shuffle_order(stream, self.num_batches)
            return np.concatenate([np.arange(self.size)[b * self.batch_size : (b + 1) * self.batch_size] for b in batches])
        return philox.shuffle_order(stream, self.size)

    def batches(self, order: np.ndarray | None = None) -> Iterator[Any]:
        """(x, y, sample_weight) of each batch."""
        order = self.order() if order is None else order
        for start in range(0, self.size, self.batch_size):
            index = order[start : start + self.batch_size]
            yield nest.map_structure(lambda a: None if a is None else a[index], self.data)


def _class_weights(y: Any, class_weight: dict[int, float]) -> np.ndarray:
    """A weight for each sample from its class."""
    if y is None or nest.is_nested(y):
        raise ValueError("`class_weight` is only supported for Models with a single output.")
    labels = np.asarray(y)
    if labels.ndim > 1:
        labels = labels.argmax(-1) if labels.shape[-1] > 1 else labels[..., 0]
    labels = np.round(labels).astype(np.int64)
    table = np.ones(int(max(labels.max(initial=0), max(class_weight)) + 1), np.float32)
    for key, weight in class_weight.items():
        table[int(key)] = weight
    return table[labels]


class Stream:
    """Batches from a dataset, generator or sequence.

    Attributes:
      num_batches: per epoch, or None where unknown.
    """

    def __init__(self, make: Callable[[], Iterator[Any]], num_batches: int | None, class_weight: Any = None, finite: bool = True, reopened: bool = False) -> None:
        self._make, self._reopened = make, reopened
        self.num_batches = num_batches
        self.class_weight = class_weight
        self.finite = finite
        self.from_dataset = False

    def batches(self) -> Iterator[Any]:
        """(x, y, sample_weight) of each batch, as arrays."""
        for item in self._make():
            x, y, weight = unpack_x_y_sample_weight(item)
            x, y, weight = nest.map_structure(lambda leaf: None if leaf is None else as_array(leaf), (x, y, weight))
            if self.class_weight is not None and y is not None:
                weight = _class_weights(y, self.class_weight)
            yield x, y, weight
        if self._reopened:
            # Keras opens a dataset of known size once more after each epoch, which draws the seeds
            # of a shuffle.
            self._make()


def adapt(x: Any, y: Any = None, sample_weight: Any = None, batch_size: int | None = None, steps: int | None = None, shuffle: Any = False, class_weight: Any = None) -> Arrays | Stream:
    """The data source behind the arguments of `fit`.

    Raises:
      ValueError: labels given beside a dataset, unknown kinds of data.
    """
    if _is_arrays(x) or isinstance(x, (list, tuple, dict)):
        if isinstance(x, (list, tuple)) and x and not _is_arrays(x):
            x = np.asarray(x)
        return Arrays(x, y, sample_weight, batch_size, shuffle, class_weight)
    if x is None:
        raise ValueError("Unrecognized data type: x=None (of type <class 'NoneType'>)")
    kind = _kind(x)
    if kind is None:
        raise ValueError(f"Unrecognized data type: x={x} (of type {type(x)})")
    for name, value, text in (("y", y, "targets"), ("sample_weights", sample_weight, "sample weights")):
        if value is not None:
            raise ValueError(f"When providing `x` as a {kind}, `{name}` should not be passed. Instead, the {text} should be included as part of the {kind}.")
    if kind == "tf.data.Dataset":
        count = int(x.cardinality()) if isinstance(x, Dataset) else int(x.cardinality)
        found = Stream(lambda: iter(x), count if count >= 0 else None, class_weight, finite=count != -1, reopened=count >= 0 and steps is None)
        found.from_dataset = True
        return found
    if kind == "PyDataset":
        epochs = Epochs(x, bool(shuffle))
        return Stream(epochs, epochs.count, class_weight, finite=epochs.count is not None)
    if hasattr(x, "__next__"):
        return Stream(_Generator(x), None, class_weight, finite=False)
    return Stream(lambda: iter(x), len(x) if hasattr(x, "__len__") else None, class_weight)


class _Generator:
    """A generator, which goes on where the last epoch stopped.

    Keras looks at two batches first, and gives these again in every epoch.
    """

    def __init__(self, generator: Any) -> None:
        self.generator = generator
        self.first = list(itertools.islice(generator, 2))

    def __call__(self) -> Iterator[Any]:
        yield from self.first
        yield from self.generator


def _kind(x: Any) -> str | None:
    """What messages call a source of batches; None if it is none."""
    if isinstance(x, (Dataset, DistributedDataset)):
        return "tf.data.Dataset"
    if isinstance(x, PyDataset):
        return "PyDataset"
    if hasattr(x, "__next__") or hasattr(x, "__iter__"):
        return "generator"
    return None


def split(arrays: Any, fraction: float) -> tuple[Any, Any]:
    """(training, validation) parts of a nest of arrays; the validation part is the end."""
    if not 0 < fraction < 1:
        raise ValueError(f"`validation_split` must be between 0 and 1, received: {fraction}")
    leaves = [leaf for leaf in nest.flatten(arrays) if leaf is not None]
    if not _is_arrays(leaves):
        found = [type(leaf) for leaf in leaves if not _is_arrays([leaf])]
        raise ValueError(f"Argument `validation_split` is only supported for tensors or NumPy arrays.Found incompatible type in the input: {found}")
    size = len(as_array(leaves[0]))
    at = int(math.floor(size * (1.0 - fraction)))
    if at in (0, size):
        raise ValueError(f"Training data contains {size} samples, which is not sufficient to split it into a validation and training set as specified by `validation_split={fraction}`.")

    def part(which: slice) -> Any:
        return nest.map_structure(lambda leaf: None if leaf is None else as_array(leaf)[which], arrays)

    return part(slice(0, at)), part(slice(at, None))
