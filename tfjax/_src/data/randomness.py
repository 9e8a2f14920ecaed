"""Random order and random numbers in pipelines, TensorFlow's for the same seeds."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.specs import TensorSpec
from tfjax._src.data.dataset import INFINITE_CARDINALITY, Dataset, opening
from tfjax._src.data.transforms import SameDataset
from tfjax._src.eager import statics
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.random import philox, state


class Words:
    """A Philox stream read word by word, drawn in bulk."""

    def __init__(self, seed: int, seed2: int) -> None:
        self.pair = (seed, seed2)
        self.block = 0
        self.buffer: Iterator[int] = iter(())

    def __call__(self) -> int:
        word = next(self.buffer, None)
        if word is None:
            count = 64 if self.block == 0 else 4096
            words = philox.words(philox.stream_state(*self.pair, self.block), 4 * count)
            self.block += count
            self.buffer = iter(words.tolist())
            word = next(self.buffer)
        return word


def _pair(seed: Any) -> tuple[int, int]:
    pair = state.op_seeds(statics.integer(seed))
    if pair is None:
        pair = tuple(np.frombuffer(os.urandom(8), np.uint32).tolist())
    return pair  # type: ignore[return-value]


class RandomDataset(Dataset):
    """Random 32-bit numbers."""

    def __init__(self, seed: Any, again: bool) -> None:
        self.pair = _pair(seed)
        self.seeds = Words(*self.pair) if again else None

    def _words(self) -> Words:
        """The stream of a new iteration."""
        return Words(*(self.pair if self.seeds is None or opening.peeking else (self.seeds(), self.seeds())))

    def _elements(self) -> Iterator[Any]:
        draw = self._words()
        return (Tensor(np.array(draw(), np.int64)) for _ in itertools.count())

    def _size(self) -> int:
        return INFINITE_CARDINALITY

    def _spec(self) -> Any:
        return TensorSpec((), dtypes.int64)


class ShuffleDataset(SameDataset):
    """Elements drawn at random from a buffer."""

    by_number = True

    def __init__(self, source: Dataset, buffer_size: int, seed: Any, again: bool) -> None:
        super().__init__(source)
        self.buffer_size = buffer_size
        self.pair = _pair(seed)
        self.seeds = Words(*self.pair) if again else None

    def _choose(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        if opening.peeking:
            return make()
        pair = self.pair if self.seeds is None else (self.seeds(), self.seeds())
        return self._run(make(), Words(*pair))

    def _run(self, iterator: Iterator[Any], draw: Words) -> Iterator[Any]:
        size = self.buffer_size
        buffer = list(itertools.islice(iterator, size))
        if len(buffer) < size:
            size = max(len(buffer), 1)
        start, filled = 0, len(buffer)
        for arriving in iterator:
            chosen = (start + draw() % filled) % size
            yield buffer[chosen]
            buffer[chosen] = buffer[start]
            buffer[start] = arriving
            start = (start + 1) % size
        # The input is at its end: the buffer empties from the front.
        while filled:
            chosen = (start + draw() % filled) % size
            yield buffer[chosen]
            buffer[chosen] = buffer[start]
            start, filled = (start + 1) % size, filled - 1
