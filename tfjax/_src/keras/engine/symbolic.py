"""Symbolic tensors of functional models: what a layer gives for an `Input`."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.dtypes import FROM_NUMPY
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import dispatch
from tfjax._src.eager import frame as frames
from tfjax._src.eager import tape as tape_module
from tfjax._src.eager.sizes import standing_in
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function import capture
from tfjax._src.keras.engine import naming

# Unknown sizes are tried with both; a size of the result that differs is unknown too.
_PROBES = (991, 997)


@export("keras.KerasTensor")
class KerasTensor:
    """A placeholder with shape and dtype that remembers which operation made it.

    Args:
      shape: sizes; None where unknown.
      dtype: float32 by default.
      sparse, ragged: shown in its repr; what is fed may be a SparseTensor or RaggedTensor.
      name: shown in its repr.

    >>> import tfjax as tf
    >>> tf.keras.Input((3,)).shape
    (None, 3)
    """

    _tfjax_is_tensor = True

    def __init__(
        self, shape: Any, dtype: Any = "float32", sparse: bool = False, ragged: bool = False,
        record_history: bool = True, name: str | None = None,
    ) -> None:
        if sparse and ragged:
            raise ValueError("KerasTensor cannot have `sparse=True` and `ragged=True` at the same time.")
        self.sparse, self.ragged = bool(sparse), bool(ragged)
        self.shape = tuple(TensorShape(shape).as_list())
        self._dtype = dtypes.as_dtype(dtype)
        self.name = name or naming.auto_name("keras_tensor")
        self._keras_history: Any = None

    @property
    def dtype(self) -> str:
        """The dtype's name, as Keras 3 has it."""
        return self._dtype.name

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    rank = ndim

    def get_shape(self) -> TensorShape:
        """The shape as a TensorShape."""
        return TensorShape(self.shape)

    def __len__(self) -> int:
        raise TypeError("Cannot take the length of a symbolic tensor.")

    def __bool__(self) -> bool:
        raise TypeError("A symbolic KerasTensor cannot be used as a boolean.")

    def __iter__(self) -> Any:
        if not self.shape or self.shape[0] is None:
            raise TypeError("Iterating over a symbolic KerasTensor is not supported.")
        return (self[i] for i in range(self.shape[0]))

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise ValueError(
            "A KerasTensor is symbolic: it's a placeholder for a shape and a dtype. It doesn't "
            "have any actual numerical value. You cannot convert it to a NumPy array."
        )

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, sparse={self.sparse}, ragged={self.ragged}, name={self.name}>"


def install_operators(table: dict[str, Callable[..., Any]]) -> None:
    """Gives KerasTensor the operators of tensors."""
    for name, function in table.items():
        setattr(KerasTensor, name, function)


class KerasHistory(NamedTuple):
    """Which output of which call a symbolic tensor is."""

    operation: Any
    node_index: int
    tensor_index: int

    @property
    def node(self) -> Any:
        """The call."""
        return self.operation._inbound_nodes[self.node_index]


class Node:
    """One call of an operation on symbolic tensors.

    Attributes:
      operation: the layer (or `OpCall`) called.
      args, kwargs: its arguments.
      inputs: the KerasTensors among them.
      outputs: the KerasTensors it gave.
    """

    def __init__(self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], outputs: Any) -> None:
        self.operation = operation
        self.args, self.kwargs = args, kwargs
        self.inputs = [t for t in nest.flatten((args, kwargs)) if isinstance(t, KerasTensor)]
        self.outputs = nest.flatten(outputs)
        self.index = len(operation._inbound_nodes)
        operation._inbound_nodes.append(self)
        for position, tensor in enumerate(self.outputs):
            if isinstance(tensor, KerasTensor):
                tensor._keras_history = KerasHistory(operation, self.index, position)

    @property
    def parents(self) -> list[Node]:
        """The nodes that made the inputs."""
        return [t._keras_history.node for t in self.inputs if t._keras_history is not None]


class OpCall:
    """A function applied to symbolic tensors, as a node of a functional model.

    Args:
      function: of the tensors among its arguments.
      name: shown in summaries; made unique.
      module: where Keras has the operation, or None for TensorFlow's functions, which Keras' files
        cannot describe.
      config: the arguments that are no tensors.
    """

    def __init__(
        self, function: Callable[..., Any], name: str, module: str | None = None, config: dict[str, Any] | None = None, kind: str | None = None,
    ) -> None:
        self.function = function
        self.kind = kind or "".join(part.title() for part in name.split("_"))
        self.name = naming.auto_name(name)
        self.module, self.config = module, config or {}
        self._inbound_nodes: list[Node] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not any_symbolic((args, kwargs)):
            return self.function(*args, **kwargs)
        outputs = output_spec(self.function, args, kwargs)
        Node(self, args, kwargs, outputs)
        return outputs


def any_symbolic(value: Any) -> bool:
    """True if a nest contains a KerasTensor."""
    return any(isinstance(leaf, KerasTensor) for leaf in nest.flatten(value))


class _Probing(threading.local):
    depth = 0


_probing = _Probing()


def probing() -> bool:
    """True while shapes are found: values do not matter then."""
    return _probing.depth > 0


def open_shape(shape: Any) -> tuple[Any, ...]:
    """A shape as `build` gets it: None for the sizes that are not known."""
    return tuple(None if size in standing_in.sizes else size for size in shape)


def output_spec(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """What `function` gives for symbolic arguments: a nest of fresh KerasTensors."""
    _probing.depth += 1
    try:
        return _output_spec(function, args, kwargs)
    finally:
        _probing.depth -= 1


def _output_spec(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    shapes = [k.shape for k in nest.flatten((args, kwargs)) if isinstance(k, KerasTensor)]
    unknown = any(None in shape for shape in shapes)
    if not unknown:
        first, structure = _abstract(function, args, kwargs, 0)
        second = first
        return _specs(first, second, structure)
    outer, standing_in.sizes = standing_in.sizes, _PROBES
    try:
        with contextlib.redirect_stdout(_OpenSizes(sys.stdout)), _open_sizes_in_errors():
            first, structure = _abstract(function, args, kwargs, _PROBES[0])
        with contextlib.redirect_stdout(io.StringIO()):
            second = _abstract(function, args, kwargs, _PROBES[1])[0]
    finally:
        standing_in.sizes = outer
    return _specs(first, second, structure)


def _specs(first: Any, second: Any, structure: Any) -> Any:
    """KerasTensors from the results for two sizes: what differs is open."""
    tensors = []
    for a, b in zip(first, second):
        shape = [m if m == n else None for m, n in zip(a.shape, b.shape)]
        tensors.append(KerasTensor(shape, FROM_NUMPY[np.dtype(a.dtype)]))
    return structure.rebuild(tensors)


def _with_open_sizes(text: str) -> str:
    """A text with the size that stands for unknown ones as None."""
    return re.sub(rf"\b{_PROBES[0]}\b", "None", text)


@contextlib.contextmanager
def _open_sizes_in_errors() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.args = tuple(_with_open_sizes(a) if isinstance(a, str) else a for a in error.args)
        if isinstance(getattr(error, "_message", None), str):
            error._message = _with_open_sizes(error._message)  # type: ignore[attr-defined]
        raise


class _OpenSizes(io.TextIOBase):
    """Passes on what a program prints, with the size that stands for unknown ones as None."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def write(self, text: str) -> int:
        self._target.write(_with_open_sizes(text))
        return len(text)

    def flush(self) -> None:
        self._target.flush()


def _abstract(function: Callable[..., Any], args: Any, kwargs: Any, probe: int) -> tuple[Sequence[Any], Any]:
    leaves = nest.flatten((args, kwargs))
    places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, KerasTensor)]
    if any(leaves[i]._dtype is dtypes.string for i in places):
        return _abstract_strings(function, args, kwargs, leaves, places, probe)
    avals = [
        jax.ShapeDtypeStruct([probe if d is None else d for d in leaves[i].shape], leaves[i]._dtype.np)
        for i in places
    ]

    def run(*tensors: Tensor) -> Any:
        full = list(leaves)
        for i, tensor in zip(places, tensors):
            full[i] = tensor
        call_args, call_kwargs = nest.pack_sequence_as((args, kwargs), full)
        return function(*call_args, **call_kwargs)

    traced = capture.trace(run, avals, frames.Frame(kind="spec"))
    return traced.out_avals[: traced.structure.count], traced.structure


def _abstract_strings(function: Any, args: Any, kwargs: Any, leaves: list[Any], places: list[int], probe: int) -> Any:
    """Strings have no abstract values: the function runs on empty strings."""
    full = list(leaves)
    for i in places:
        shape = [probe if d is None else d for d in leaves[i].shape]
        dtype = leaves[i]._dtype
        value = np.full(shape, b"", object) if dtype is dtypes.string else np.zeros(shape, dtype.np)
        full[i] = Tensor(value)
    call_args, call_kwargs = nest.pack_sequence_as((args, kwargs), full)
    with tape_module.suspended():
        result = function(*call_args, **call_kwargs)
    arrays: list[Any] = []

    def slot(leaf: Any) -> Any:
        if not isinstance(leaf, Tensor):
            return leaf
        arrays.append(leaf._value)
        return capture.Slot(len(arrays) - 1)

    template = nest.map_structure(slot, result)
    return arrays, capture.Structure(template, len(arrays))


def _dispatch(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Applies a TensorFlow op to symbolic tensors."""
    return OpCall(function, getattr(function, "__name__", "op"))(*args, **kwargs)


dispatch.register(KerasTensor, _dispatch)
