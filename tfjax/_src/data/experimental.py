"""tf.data.experimental: older names of Dataset methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.data.dataset import Dataset
from tfjax._src.eager.tensor import Tensor


@export("data.experimental.cardinality")
def cardinality(dataset: Dataset) -> Tensor:
    """The number of elements; -1 for infinite, -2 for unknown."""
    return Tensor(np.array(dataset._size(), np.int64))


@export("data.experimental.unbatch")
def unbatch() -> Callable[[Dataset], Dataset]:
    """For `Dataset.apply`: cuts elements into rows."""
    return lambda dataset: dataset.unbatch()


@export("data.experimental.get_single_element")
def get_single_element(dataset: Dataset, name: Any = None) -> Any:
    """The only element of a dataset."""
    return dataset.get_single_element()


@export("data.experimental.shuffle_and_repeat")
def shuffle_and_repeat(buffer_size: int, count: int | None = None, seed: int | None = None) -> Callable[[Dataset], Dataset]:
    """For `Dataset.apply`: shuffles, then repeats."""
    return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)
