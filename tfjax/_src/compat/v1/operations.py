"""Nodes of a TensorFlow 1 graph, and the values that stand for their outputs."""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

from tfjax._src.compat.v1.graph_members import OperationMembers
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import ConcreteValueError, Tensor, Unknown


class Symbol(Unknown):
    """The value of a graph's tensor: output `index` of an operation."""

    __slots__ = ("op", "index", "graph", "known", "sure", "sizes", "constant")

    def __init__(self, op: Operation, index: int, spec: Any) -> None:
        super().__init__(spec.shape, spec.dtype)
        self.op, self.index, self.graph = op, index, op.graph
        self.constant: Any = None  # the value, of a tf.constant
        self.known, self.sure, self.sizes = spec.known, spec.sure, spec.sizes
        if spec.shape is not None and None not in spec.shape:
            self.size = math.prod(spec.shape)

    @property
    def tensor(self) -> Tensor:
        """The one tensor that has this value, by which gradients know it."""
        return self.op.outputs[self.index]

    def astype(self, *unused: Any) -> Any:
        """Raises ConcreteValueError, as any use of the value does."""
        name = f"{self.op.name}:{self.index}"
        raise ConcreteValueError(f"The value of tensor {name} is needed while its graph is built; only Session.run knows it.")

    reshape = __getitem__ = __iter__ = __array__ = astype


@export("Operation", "compat.v1.Operation")
class Operation(OperationMembers):
    """A node of a graph.

    Attributes:
      graph: the graph that it belongs to.
      type: the raw op's name.
      inputs, outputs: tensors.
      control_inputs: operations that run before this one.
      device: the name of the device that `tf.Graph.device` asked for; no effect.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._begin(*args, **kwargs)

    def _begin(
        self, graph: Any, name: str | None, kind: str, compute: Callable[..., Sequence[Tensor]], inputs: Sequence[Tensor]
    ) -> None:
        self.graph, self.type = graph, kind
        self._begin_members()
        self._name = name
        self._compute, self.inputs = compute, tuple(inputs)
        self.outputs: list[Tensor] = []
        self.control_inputs: list[Operation] = list(graph.controls)
        # The Variables that it reads and writes.
        self._reads: tuple[Any, ...] = ()
        self._writes: tuple[Any, ...] = ()
        self._position = len(graph.operations)
        # Whether it has an effect beyond its outputs, whether values must be known where it runs,
        # and whether it computes nothing at all.
        self._effect = self._host = self._neutral = False
        # The branch or loop's body that it belongs to, and the operation whose gradient it is.
        self._block = graph.block
        self._gradient_of: Operation | None = None

    @property
    def name(self) -> str:
        """The name, unique in the graph."""
        if self._name is None:
            self._name = self.graph.unique(self.type)
        return self._name

    @property
    def op_def(self) -> Any:
        """None: operations are no protocol buffers."""
        return None

    def values(self) -> tuple[Tensor, ...]:
        """The outputs."""
        return tuple(self.outputs)

    def symbols(self) -> list[Symbol]:
        """The values that it takes and that only a run knows."""
        return [t._value for t in self.inputs if isinstance(t._value, Symbol)]

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Runs the operation in a session, the default one if none is given."""
        session = session or get_default_session()
        if session is None:
            raise ValueError(
                "Cannot execute operation using `run()`: No default session is registered. Use `with "
                "sess.as_default():` or pass an explicit session to `run(session=sess)`"
            )
        session.run(self, feed_dict)

    def __repr__(self) -> str:
        return f"<tf.Operation '{self.name}' type={self.type}>"

    def __str__(self) -> str:
        inputs = "".join(f'input: "{t.name.removesuffix(":0")}"\n' for t in self.inputs if isinstance(t._value, Symbol))
        return f'name: "{self.name}"\nop: "{self.type}"\n{inputs}'


def as_operation(value: Any) -> Operation:
    """The operation behind an operation, a tensor or a Variable's value."""
    if isinstance(value, Operation):
        return value
    initializer = getattr(value, "__dict__", {}).get("_graph_initializer")
    symbol = to_tensor(value)._value
    if isinstance(symbol, Symbol):
        return symbol.op
    from tfjax._src.compat.v1 import graph

    return (initializer.graph if initializer else graph.active()).group([])


class _State(threading.local):
    def __init__(self) -> None:
        # How to leave the graph that `disable_eager_execution` has made the default.
        self.leave_root: Callable[[], None] | None = None
        self.sessions: list[Any] = []


state = _State()


def get_default_session() -> Any:
    """The innermost session that is the default one of this thread, or None."""
    return state.sessions[-1] if state.sessions else None


# -- what tensors of graphs have -----------------------------------------------------------------
def _install(name: str, of_symbol: Callable[[Any], Any]) -> None:
    """Makes a member of Tensor one that graphs' tensors have as well."""
    usual = Tensor.__dict__[name]
    if isinstance(usual, property):
        get = usual.fget
        found = property(lambda t: of_symbol(t._value) if isinstance(t._value, Symbol) else get(t))  # type: ignore[misc]
        setattr(Tensor, name, found)
        return

    @functools.wraps(usual)
    def member(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        if isinstance(self._value, Symbol):
            return of_symbol(self)(*args, **kwargs)
        return usual(self, *args, **kwargs)

    setattr(Tensor, name, member)


_usual_value = Tensor.host_value


def _static_value(tensor: Tensor) -> Any:
    return _usual_value(tensor) if tensor._value.constant is None else tensor._value.constant


def _set_shape(tensor: Tensor, shape: Any) -> None:
    value = tensor._value
    merged = tensor.shape.merge_with(shape)
    if value.sizes is not None and merged.rank is not None:
        value.sizes = tuple([tuple([n if d is None else d for d, n in zip(merged, sizes)]) for sizes in value.sizes])
    value.shape = None if merged.rank is None else tuple(merged.as_list())
    if value.shape is not None and None not in value.shape:
        value.size = math.prod(value.shape)


_install("op", lambda symbol: symbol.op)
_install("graph", lambda symbol: symbol.graph)
_install("name", lambda symbol: f"{symbol.op.name}:{symbol.index}")
_install("host_value", lambda tensor: functools.partial(_static_value, tensor))
_install("eval", lambda tensor: functools.partial(tensor._value.graph.evaluate, tensor))
_install("set_shape", lambda tensor: functools.partial(_set_shape, tensor))
_install("consumers", lambda tensor: lambda: [op for op in tensor.graph.operations for t in op.inputs if t._value is tensor._value])
_install("device", lambda symbol: symbol.op.device)
_install("value_index", lambda symbol: symbol.index)
_install("__hash__", lambda tensor: lambda: id(tensor._value))
