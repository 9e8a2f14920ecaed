"""Datasets made of several datasets."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.data import threads
from tfjax._src.data.dataset import INFINITE_CARDINALITY, UNKNOWN_CARDINALITY, Dataset, opening, peek
from tfjax._src.data.functions import Function, spec_of
from tfjax._src.data.randomness import RandomDataset
from tfjax._src.eager.convert import to_tensor

# Elements that a thread reads ahead of each dataset of a parallel interleave.
_AHEAD = 16


class ZipDataset(Dataset):
    """Several datasets side by side."""

    def __init__(self, datasets: Any) -> None:
        self.datasets = datasets
        for dataset in self._sources():
            if not isinstance(dataset, Dataset):
                raise TypeError(
                    "Invalid input to `zip`. Inputs are expected to be (nested) structures of `tf.data.Dataset` objects but "
                    f"encountered object of type {type(dataset)}."
                )

    def _sources(self) -> list[Dataset]:
        return nest.flatten(self.datasets)

    def _elements(self) -> Iterator[Any]:
        iterators = [d._elements() for d in self._sources()]
        if type(self.datasets) is tuple and all(isinstance(d, Dataset) for d in self.datasets):
            return zip(*iterators)
        return (_pack(self.datasets, iter(parts)) for parts in zip(*iterators))

    def _size(self) -> int:
        sizes = [d._size() for d in self._sources()]
        finite = [s for s in sizes if s >= 0]
        if UNKNOWN_CARDINALITY in sizes:
            return UNKNOWN_CARDINALITY
        return min(finite) if finite else INFINITE_CARDINALITY

    def _spec(self) -> Any:
        return _pack(self.datasets, iter([d.element_spec for d in self._sources()]))


def _pack(structure: Any, parts: Iterator[Any]) -> Any:
    """`parts` (nests themselves) in the structure of the datasets."""
    if isinstance(structure, Dataset):
        return next(parts)
    if isinstance(structure, dict):
        found = {k: _pack(structure[k], parts) for k in sorted(structure)}
        return {k: found[k] for k in structure}
    packed = [_pack(s, parts) for s in structure]
    return type(structure)(*packed) if hasattr(structure, "_fields") else tuple(packed)


class ConcatenateDataset(Dataset):
    """One dataset after another."""

    def __init__(self, first: Dataset, second: Dataset) -> None:
        self.first, self.second = first, second

    def _sources(self) -> list[Dataset]:
        return [self.first, self.second]

    def _elements(self) -> Iterator[Any]:
        return itertools.chain(self.first._elements(), _opened_late(self.second))

    def _size(self) -> int:
        sizes = (self.first._size(), self.second._size())
        if INFINITE_CARDINALITY in sizes:
            return INFINITE_CARDINALITY
        return UNKNOWN_CARDINALITY if UNKNOWN_CARDINALITY in sizes else sum(sizes)

    def _spec(self) -> Any:
        def merge(a: Any, b: Any) -> Any:
            if getattr(a, "dtype", None) != getattr(b, "dtype", None):
                raise TypeError(f"Incompatible dataset elements: {self.first.element_spec} vs. {self.second.element_spec}")
            return a.most_specific_compatible_type(b)

        return nest.map_structure(merge, self.first.element_spec, self.second.element_spec)


def _opened_late(dataset: Dataset) -> Iterator[Any]:
    yield from dataset._elements()


class InterleaveDataset(Dataset):
    """The elements of the datasets that a function gives, several in turn."""

    ahead = 0

    def __init__(self, source: Dataset, function: Callable[..., Any], cycle: int, block: int) -> None:
        if cycle <= 0:
            raise InvalidArgumentError(None, None, "cycle_length must be > 0")
        self.source, self.function, self.cycle, self.block = source, Function(function, lambda: source.element_spec), cycle, block

    def _elements(self) -> Iterator[Any]:
        return self._run(self.source._elements(), self.function.session())

    def _open(self, outer: Iterator[Any], call: Callable[..., Any]) -> Any:
        for element in outer:
            inner = call(element)
            if not isinstance(inner, Dataset):
                raise TypeError(f"`map_func` must return a `Dataset` object. Got {type(inner)}.")
            elements = inner._elements()
            return threads.read_ahead(elements, self.ahead) if self.ahead and not opening.peeking else elements
        return None

    def _run(self, outer: Iterator[Any], call: Callable[..., Any]) -> Iterator[Any]:
        if self.cycle == 1:
            while (elements := self._open(outer, call)) is not None:
                yield from elements
            return
        slots: list[Any] = [None] * self.cycle
        position, idle = 0, 0
        # A slot whose dataset ended is filled again only when its turn comes.
        while idle < self.cycle:
            if slots[position] is None:
                slots[position] = self._open(outer, call)
            if slots[position] is None:
                idle += 1
            else:
                idle = 0
                for _ in range(self.block):
                    element = next(slots[position], self)
                    if element is self:
                        slots[position] = None
                        break
                    yield element
            position = (position + 1) % self.cycle

    def _spec(self) -> Any:
        try:
            return self.function.session()(peek(self.source)).element_spec
        except InvalidArgumentError:
            return spec_of(peek(self))


class FlatMapDataset(InterleaveDataset):
    """The elements of the datasets that a function gives, one dataset after another."""


class ParallelInterleaveDataset(InterleaveDataset):
    """An interleave whose datasets are read ahead in threads."""

    ahead = _AHEAD


class DirectedInterleaveDataset(Dataset):
    """The next element of the dataset that each number of another dataset names."""

    def __init__(self, datasets: list[Dataset], choices: Dataset, stop: bool) -> None:
        self.datasets, self.choices, self.stop = datasets, choices, stop

    def _sources(self) -> list[Dataset]:
        return [*self.datasets, self.choices]

    def _elements(self) -> Iterator[Any]:
        choices = self.choices._elements()
        return self._run(choices, [d._elements() for d in self.datasets])

    def _run(self, choices: Iterator[Any], iterators: list[Any]) -> Iterator[Any]:
        alive = len(iterators)
        for choice in choices:
            number = int(choice)
            if not 0 <= number < len(iterators):
                raise InvalidArgumentError(None, None, f"Selector index out of range: {number} >= {len(iterators)} [Op:IteratorGetNext] name: ")
            if iterators[number] is None:
                continue
            element = next(iterators[number], self)
            if element is not self:
                yield element
                continue
            if self.stop:
                return
            iterators[number] = None
            alive -= 1
            if not alive:
                return

    def _size(self) -> int:
        sizes = [d._size() for d in self.datasets]
        if self.stop or UNKNOWN_CARDINALITY in sizes or not isinstance(self.choices, _Sampler):
            return UNKNOWN_CARDINALITY
        return INFINITE_CARDINALITY if INFINITE_CARDINALITY in sizes else UNKNOWN_CARDINALITY

    def _spec(self) -> Any:
        spec = self.datasets[0].element_spec
        for other in self.datasets[1:]:
            spec = nest.map_structure(lambda a, b: a.most_specific_compatible_type(b), spec, other.element_spec)
        return spec


def choose(datasets: Any, choices: Dataset, stop: bool) -> Dataset:
    """`choose_from_datasets` with its arguments checked."""
    datasets = list(datasets)
    if not datasets:
        raise ValueError("Invalid `datasets`. `datasets` should not be empty.")
    if not isinstance(choices, Dataset):
        raise TypeError(f"Invalid `choice_dataset`. `choice_dataset` should be a `tf.data.Dataset` but is {type(choices)}.")
    spec = choices.element_spec
    if getattr(spec, "dtype", None) is not dtypes.int64 or spec.shape.rank != 0:
        raise TypeError(f"Invalid `choice_dataset`. Elements of `choice_dataset` must be scalar `tf.int64` tensors but are {spec}.")
    return DirectedInterleaveDataset(datasets, choices, stop)


class _Sampler(Dataset):
    """Dataset numbers drawn with given log probabilities; `logits` may be a dataset of them."""

    def __init__(self, logits: Any, seeds: RandomDataset) -> None:
        self.logits, self.seeds = logits, seeds

    def _elements(self) -> Iterator[Any]:
        from tfjax._src.ops.random.stateless import stateless_categorical

        words = self.seeds._words()
        moving = self.logits._elements() if isinstance(self.logits, Dataset) else itertools.repeat(self.logits)
        return (
            stateless_categorical(row, 1, to_tensor([words(), words()], dtypes.int64))[0, 0] for row in moving
        )


def sample(datasets: Any, weights: Any, seed: Any, stop: bool, again: bool | None) -> Dataset:
    """`sample_from_datasets`."""
    datasets = list(datasets)
    if not datasets:
        raise ValueError("Invalid `datasets`. `datasets` should not be empty.")
    if isinstance(weights, Dataset):
        logits: Any = weights.map(lambda w: np.log(np.asarray(w))[None])
    else:
        if weights is None:
            logits = np.ones((1, len(datasets)), np.float64)
        else:
            values = np.asarray(to_tensor(weights).numpy())
            if values.shape != (len(datasets),):
                raise ValueError(f"Invalid `weights`. The shape of `weights` should be compatible with `[len(datasets)]` but is {values.shape}.")
            if np.count_nonzero(values) == 1 and len(datasets) > 1 and values.max() == values.sum():
                return datasets[int(values.argmax())]
            with np.errstate(divide="ignore"):
                logits = np.log(values.astype(np.float64))[None]
        if len(datasets) == 1:
            return datasets[0]
    return DirectedInterleaveDataset(datasets, _Sampler(logits, RandomDataset(seed, bool(again))), stop)
