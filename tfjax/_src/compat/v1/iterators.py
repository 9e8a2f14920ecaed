"""Iterators of datasets in graphs: each Session.run that needs a tensor of theirs takes one element."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfjax._src.compat.v1 import graph as graphs
from tfjax._src.compat.v1.inference import Spec
from tfjax._src.compat.v1.operations import Operation
from tfjax._src.core import errors, nest
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec
from tfjax._src.data.dataset import Dataset as BaseDataset
from tfjax._src.eager.tensor import Tensor


class GraphIterator:
    """An iterator whose `get_next` gives tensors of a graph."""

    def __init__(self, dataset: Any, started: bool) -> None:
        self._dataset, self._iterator = dataset, None
        self._graph = graphs.active()
        self._one_shot = started
        self.element_spec = dataset.element_spec
        if any(not isinstance(s, TensorSpec) for s in nest.flatten(self.element_spec)):
            raise NotImplementedError("Iterators in graphs give dense tensors only.")

    @property
    def initializer(self) -> Operation:
        """The operation that starts the iterator.

        Raises:
          ValueError: for a one-shot iterator, which starts on its own.
        """
        if self._one_shot:
            raise ValueError("The iterator does not have an initializer. This means it was likely created using `tf.data.Dataset.make_one_shot_iterator()`.")
        if "_start" not in self.__dict__:
            self._start = self._graph.add("MakeIterator", self._begin, [])
            self._start._host = self._start._effect = True
        return self._start

    def _begin(self) -> Sequence[Tensor]:
        self._iterator = iter(self._dataset)
        return []

    def get_next(self, name: str | None = None) -> Any:
        """The next element, taken anew in each run; OutOfRangeError at the end."""
        specs = []
        for spec in nest.flatten(self.element_spec):
            shape = None if spec.shape.rank is None else tuple(spec.shape.as_list())
            specs.append(Spec(shape, spec.dtype.np))
        op = self._graph.add("IteratorGetNext", self._next, [], name)
        op._host = op._effect = True
        return nest.pack_sequence_as(self.element_spec, self._graph.outputs(op, specs))

    def _next(self) -> list[Tensor]:
        if self._iterator is None:
            if not self._one_shot:
                raise errors.FailedPreconditionError(
                    None, None, "GetNext() failed because the iterator has not been initialized. Ensure that you have run the "
                    "initializer operation for this iterator before getting the next element.",
                )
            self._begin()
        try:
            return list(nest.flatten(next(self._iterator)))  # type: ignore[call-overload]
        except StopIteration:
            raise errors.OutOfRangeError(None, None, "End of sequence") from None

    @property
    def output_types(self) -> Any:
        """The dtypes of the elements."""
        return nest.map_structure(lambda spec: spec.dtype, self.element_spec)

    @property
    def output_shapes(self) -> Any:
        """The static shapes of the elements."""
        return nest.map_structure(lambda spec: spec.shape, self.element_spec)


@export("compat.v1.data.make_one_shot_iterator")
def make_one_shot_iterator(dataset: Any) -> Any:
    """An iterator whose method `get_next` gives the elements, once.

    >>> import tfjax as tf
    >>> tf.compat.v1.data.make_one_shot_iterator(tf.data.Dataset.range(3)).get_next().numpy()
    np.int64(0)
    """
    return iter(dataset) if graphs.active() is None else GraphIterator(dataset, True)


@export("compat.v1.data.make_initializable_iterator")
def make_initializable_iterator(dataset: Any, shared_name: Any = None) -> Any:
    """An iterator of a graph that its `initializer` starts, anew at each run of that; `shared_name` has no effect.

    Raises:
      RuntimeError: under eager execution.
    """
    if graphs.active() is None:
        raise RuntimeError(
            "`tf.compat.v1.data.make_initializable_iterator()` is not supported when eager execution is enabled. Use "
            "`for element in dataset` instead."
        )
    return GraphIterator(dataset, False)


class _DatasetV1Type(type(BaseDataset)):
    """Every dataset counts as an instance: there is one kind of them."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, BaseDataset)


@export("compat.v1.data.Dataset")
class Dataset(BaseDataset, metaclass=_DatasetV1Type):
    """`tf.data.Dataset`, whose methods also make iterators."""

    def __init__(self) -> None:
        super().__init__()


# Datasets are of one kind, so those of v2 have the methods as well once tf.compat.v1 is loaded.
BaseDataset.make_one_shot_iterator = make_one_shot_iterator  # type: ignore[attr-defined]
BaseDataset.make_initializable_iterator = make_initializable_iterator  # type: ignore[attr-defined]
