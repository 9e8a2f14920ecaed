"""Dataset.rejection_resample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tfjax._src.data.dataset import Dataset, peek_several
from tfjax._src.data.functions import Function
from tfjax._src.data.randomness import RandomDataset
from tfjax._src.eager.convert import to_tensor


def resample(dataset: Dataset, class_func: Any, target: Any, initial: Any, seed: Any) -> Dataset:
    """Pairs (class, element) of the wanted distribution."""
    goal = np.asarray(to_tensor(target).numpy(), np.float64)
    start = None if initial is None else np.asarray(to_tensor(initial).numpy(), np.float64)
    return ResampledDataset(dataset, class_func, goal, start, seed)


class ResampledDataset(Dataset):
    """Accepts each element with the probability that brings its class to its share.

    An estimated distribution starts with one observation of each class. Which elements are left
    out differs from TensorFlow's choice.
    """

    def __init__(self, source: Dataset, class_func: Any, target: np.ndarray, initial: Any, seed: Any) -> None:
        self.source, self.class_func = source, Function(class_func)
        self.target, self.initial = target, initial
        self.random = RandomDataset(seed, True)

    def _elements(self) -> Iterator[Any]:
        return self._run(self.source._elements(), self.class_func.session(), self.random._words())

    def _run(self, source: Iterator[Any], class_of: Any, draw: Any) -> Iterator[Any]:
        counts = np.ones(len(self.target))
        for element in source:
            label = class_of(element)
            number = int(label)
            if self.initial is None:
                counts[number] += 1
            shares = self.initial if self.initial is not None else counts / counts.sum()
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.where(shares > 0, self.target / shares, 0.0)
            if draw() / 2**32 * ratio.max() < ratio[number]:
                yield label if hasattr(label, "dtype") else to_tensor(label), element

    def _spec(self) -> Any:
        label = self.class_func.spec(self.source.element_spec, lambda: peek_several(self.source, 2))
        return label, self.source.element_spec
