"""PyDataset (Sequence): batches by number, computed by a user's Python code."""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Iterator
from typing import Any

from tfjax._src.core.export import export


@export("keras.utils.PyDataset", "keras.utils.Sequence")
class PyDataset:
    """Base class of datasets that give batch number i.

    Subclasses define `__getitem__(i)`, one batch as `fit` takes it, and `num_batches` or
    `__len__`. With `shuffle=True`, `fit` asks for the batches in another order in every epoch.

    Args:
      workers, use_multiprocessing, max_queue_size: hints without effect on the batches; they are
        computed one after another.

    >>> import tfjax as tf
    >>> class Squares(tf.keras.utils.PyDataset):
    ...     def __len__(self):
    ...         return 2
    ...     def __getitem__(self, index):
    ...         return [[float(index)]], [[float(index) ** 2]]
    >>> Squares().num_batches
    2
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        self._workers, self._use_multiprocessing, self._max_queue_size = workers, use_multiprocessing, max_queue_size

    def _setting(self, name: str, default: Any) -> Any:
        if name not in self.__dict__:
            warnings.warn(
                "Your `PyDataset` class should call `super().__init__(**kwargs)` in its constructor. `**kwargs` can include "
                "`workers`, `use_multiprocessing`, `max_queue_size`. Do not pass these arguments to `fit()`, as they will be ignored.",
                stacklevel=3,
            )
        return self.__dict__.setdefault(name, default)

    @property
    def workers(self) -> int:
        """The hint given."""
        return self._setting("_workers", 1)

    @property
    def use_multiprocessing(self) -> bool:
        """The hint given."""
        return self._setting("_use_multiprocessing", False)

    @property
    def max_queue_size(self) -> int:
        """The hint given."""
        return self._setting("_max_queue_size", 10)

    @property
    def num_batches(self) -> int | None:
        """How many batches there are: `len(self)` unless overridden; None for no end."""
        return len(self)  # type: ignore[arg-type]

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError("A PyDataset subclass must implement `__getitem__(index)`.")

    def on_epoch_begin(self) -> None:
        """Called before each epoch."""

    def on_epoch_end(self) -> None:
        """Called after each epoch."""


class Epochs:
    """A PyDataset as the trainer reads it.

    As Keras does, it asks for one or two batches first, to see their kind.
    """

    def __init__(self, dataset: Any, shuffle: bool) -> None:
        self.dataset, self.shuffle = dataset, shuffle
        dataset.workers  # noqa: B018 (warns where the constructor of PyDataset was not called)
        try:
            count = dataset.num_batches
        except (TypeError, NotImplementedError):
            raise NotImplementedError("You need to implement the `num_batches` property or the `__len__` method of your PyDataset.") from None
        self.count = None if count is None or math.isinf(count) else int(count)
        for i in range(2 if self.count is None else min(self.count, 2)):
            dataset[i]
        dataset.on_epoch_end()

    def __call__(self) -> Iterator[Any]:
        self.dataset.on_epoch_begin()
        if self.count is None:
            i = 0
            while True:
                yield self.dataset[i]
                i += 1
        order = list(range(self.count))
        if self.shuffle:
            random.shuffle(order)
        for i in order:
            yield self.dataset[i]
        self.dataset.on_epoch_end()
