"""tf.Graph: what the ops of a TensorFlow 1 program are recorded in, one node per kernel.

While a graph is the default one, a `GraphFrame` is the current frame. A kernel that meets a `Symbol`
among its values is recorded instead of run (`Kernel.run` asks the symbol's graph); what depends on
no symbol is computed at once, as TensorFlow's constant folding does later.
"""

from __future__ import annotations

import contextlib
import functools
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import numpy as np

from tfjax._src.compat.v1 import collections
from tfjax._src.core import dtypes, names
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.kernel import execute
from tfjax._src.eager.tensor import ConcreteValueError, Tensor, Unknown
from tfjax._src.function import creators
from tfjax._src.ops.random import state as random_state

# Unknown sizes are tried with both; a size of the result that differs is unknown too.
_PROBES = (991, 997)


class Symbol(Unknown):
    """The value of a graph's tensor: output `index` of an operation."""

    __slots__ = ("op", "index", "graph")

    def __init__(self, op: Operation, index: int, shape: Any, dtype: Any) -> None:
        super().__init__(shape, dtype)
        self.op, self.index, self.graph = op, index, op.graph
        if shape is not None and None not in shape:
            self.size = math.prod(shape)

    def astype(self, *unused: Any) -> Any:
        """Raises ConcreteValueError, as any use of the value does."""
        name = f"{self.op.name}:{self.index}"
        raise ConcreteValueError(f"The value of tensor {name} is needed while its graph is built; only Session.run knows it.")

    reshape = __getitem__ = __iter__ = __array__ = astype


class Operation:
    """A node of a graph.

    Attributes:
      graph: the graph that it belongs to.
      name: unique in the graph.
      type: the raw op's name.
      inputs, outputs: tensors.
      control_inputs: operations that run before this one.
    """

    def __init__(
        self, graph: Graph, name: str, kind: str, compute: Callable[..., Sequence[Tensor]], inputs: Sequence[Tensor]
    ) -> None:
        self.graph, self.name, self.type = graph, name, kind
        self._compute, self.inputs = compute, tuple(inputs)
        self.outputs: list[Tensor] = []
        self.control_inputs = list(graph.controls)
        # The Variable that it reads or writes.
        self._reads: Any = None
        self._writes: Any = None
        self._position = len(graph.operations)

    def needed(self) -> list[Operation]:
        """The operations that this one waits for."""
        found = [t._value.op for t in self.inputs if isinstance(t._value, Symbol)]
        return found + self.control_inputs

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


class GraphFrame(frames.Frame):
    """The frame of a default graph: reads and writes of Variables become nodes."""

    records = True

    def __init__(self, graph: Graph) -> None:
        super().__init__(kind="graph")
        self.graph = graph
        self.name_counts = graph.name_counts

    def read(self, variable: Any) -> Any:
        return self.graph.read(variable)._value

    def tensor(self, variable: Any) -> Tensor:
        """The Variable's value: the same object at each read, by which gradients know it."""
        return self.graph.read(variable)

    def write(self, variable: Any, value: Any) -> None:
        self.graph.assign(variable, "assign", Tensor(value))

    def update(self, variable: Any, how: str, value: Tensor) -> Tensor:
        """Records an assignment; gives the Variable's value after it."""
        return self.graph.assign(variable, how, value)

    def stream(self, key: Any, blocks: int) -> Any:
        """The stream state of a random op, which moves on at each run."""
        position = random_state.new_position(key)
        op = self.graph.add("RandomStream", lambda: [Tensor(random_state.advance(position, blocks))], [])
        return self.graph.outputs(op, [((6,), np.uint32)])[0]._value

    def next_op_seed(self) -> int:
        return len(self.graph.operations)


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


# What only tensors of graphs have; an eager tensor raises as before.
_install("op", lambda symbol: symbol.op)
_install("graph", lambda symbol: symbol.graph)
_install("eval", lambda tensor: functools.partial(tensor._value.graph.evaluate, tensor))
_install("__hash__", lambda tensor: lambda: id(tensor._value))


@export("Graph")
class Graph:
    """Operations that a `tf.compat.v1.Session` runs.

    >>> import tfjax as tf
    >>> v1 = tf.compat.v1
    >>> with tf.Graph().as_default(), v1.Session() as session:
    ...     x = v1.placeholder(tf.float32, [None], name="x")
    ...     session.run(x * 2.0, {x: [1.0, 2.0]})
    array([2., 4.], dtype=float32)
    """

    # As of a tf.function's trace.
    building_function = False

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.controls: list[Operation] = []
        self.name_counts: dict[str, int] = {}
        self.store = collections._Store()
        self.variables: list[Any] = []
        self.by_name: dict[str, Any] = {}
        self._frame = GraphFrame(self)
        self._reads: dict[Any, Any] = {}

    # -- building --------------------------------------------------------------------------------
    def add(self, kind: str, compute: Callable[..., Any], inputs: Sequence[Tensor], name: str | None = None) -> Operation:
        """A new node; `compute` gives its outputs from the values of its inputs when it runs."""
        op = Operation(self, self.unique(names.current_scope() + (name or kind)), kind, compute, inputs)
        self.operations.append(op)
        return op

    def unique(self, name: str) -> str:
        """`name`, with a number behind it if the graph has it."""
        number = self.name_counts.get(name.lower(), 0)
        self.name_counts[name.lower()] = number + 1
        return f"{name}_{number}" if number else name

    def outputs(self, op: Operation, specs: Sequence[tuple[Any, Any]]) -> list[Tensor]:
        """Gives an operation its output tensors, by (shape, dtype)."""
        for i, (shape, dtype) in enumerate(specs):
            tensor = Tensor(Symbol(op, i, shape, dtype))
            tensor._graph_name = f"{op.name}:{i}"  # type: ignore[attr-defined]
            op.outputs.append(tensor)
        return op.outputs

    def call(self, kind: str, compute: Callable[..., Any], inputs: Sequence[Tensor], specs: Any) -> list[Tensor]:
        """The outputs, by (shape, dtype), of a new node that runs `compute`."""
        return self.outputs(self.add(kind, compute, inputs), specs)

    def record(self, kernel: Any, values: Sequence[Any]) -> tuple[Any, ...]:
        """The symbols of a new node that runs `kernel`."""
        specs = _infer(kernel, values)
        op = self.add(kernel.name, functools.partial(_execute, kernel), [Tensor(v) for v in values])
        return tuple([t._value for t in self.outputs(op, specs)])

    def read(self, variable: Any) -> Tensor:
        """A Variable's value; one for all reads under the same control inputs."""
        key = (id(variable), *[op._position for op in self.controls])
        if key not in self._reads:
            op = self.add("ReadVariableOp", lambda: [variable._dense_var_to_tensor()], [], f"{variable._shared_name}/read")
            op._reads = variable
            held = variable.__dict__["_held"]
            self._reads[key] = self.outputs(op, [(held.shape, held.dtype)])[0]
        return self._reads[key]

    def assign(self, variable: Any, how: str, value: Tensor) -> Tensor:
        """Records an assignment; gives the Variable's value after it."""
        def compute(new: Tensor) -> list[Tensor]:
            getattr(variable, how)(new)
            return [variable._dense_var_to_tensor()]

        op = self.add("Assign" + how[len("assign_") :].capitalize(), compute, [value], f"{variable._shared_name}/Assign")
        op._writes = variable
        op._reads = None if how == "assign" else variable
        held = variable.__dict__["_held"]
        return self.outputs(op, [(held.shape, held.dtype)])[0]

    def group(self, ops: Sequence[Any], name: str | None = None) -> Operation:
        """An operation that waits for others."""
        with self.control_dependencies(ops):
            return self.add("NoOp", lambda: [], [], name)

    def writes(self, first: int) -> list[Operation]:
        """The assignments among the operations from number `first` on."""
        return [op for op in self.operations[first:] if op._writes is not None]

    def make_variable(self, make: Callable[..., Any], **kwargs: Any) -> Any:
        """Creates a Variable of this graph; its value is set by its initializer in a session."""
        initial, dtype = kwargs.pop("initial_value"), kwargs.pop("dtype", None)
        initial = initial() if callable(initial) and not hasattr(initial, "_dense_var_to_tensor") else initial
        value = to_tensor(initial, None if dtype is None else dtypes.as_dtype(dtype))
        scope = names.current_scope()
        kwargs["name"] = self.unique(scope + (kwargs.get("name") or "Variable"))[len(scope) :]
        zeros = np.zeros(tuple(value.shape), value._value.dtype)
        variable = make(initial_value=zeros, **kwargs)
        self.variables.append(variable)
        variable._graph_initializer = self.assign(variable, "assign", value)._value.op
        self.set_collections(variable, [collections.GraphKeys.GLOBAL_VARIABLES])
        return variable

    def set_collections(self, variable: Any, keys: Sequence[Any]) -> None:
        """Puts a new Variable into collections, and nowhere else."""
        for held in self.store.collections.values():
            held[:] = [other for other in held if other is not variable]
        trainable = collections.GraphKeys.TRAINABLE_VARIABLES
        for key in dict.fromkeys([*keys, trainable] if variable.trainable else keys):
            self.store.collections.setdefault(key, []).append(variable)

    # -- scopes ----------------------------------------------------------------------------------
    @contextlib.contextmanager
    def as_default(self) -> Iterator[Graph]:
        """A context in which ops are recorded in this graph."""
        undo = _enter(self)
        try:
            yield self
        finally:
            undo()

    @contextlib.contextmanager
    def control_dependencies(self, control_inputs: Any) -> Iterator[None]:
        """A context whose operations run after those given; None forgets the ones in force."""
        outer = self.controls
        self.controls = [] if control_inputs is None else outer + [as_operation(c) for c in control_inputs]
        try:
            yield
        finally:
            self.controls = outer

    def evaluate(self, tensor: Tensor, feed_dict: Any = None, session: Any = None) -> Any:
        """The value of a tensor in a session, the default one if none is given."""
        session = session or get_default_session()
        if session is None:
            raise ValueError(
                "Cannot evaluate tensor using `eval()`: No default session is registered. Use `with sess.as_default()` "
                "or pass an explicit session to `eval(session=sess)`"
            )
        return session.run(tensor, feed_dict)

    def name_scope(self, name: str) -> Any:
        """`tf.name_scope(name)`."""
        return names.name_scope(name)

    # -- looking up ------------------------------------------------------------------------------
    def get_operations(self) -> list[Operation]:
        """All operations, in the order in which they were made."""
        return list(self.operations)

    def get_operation_by_name(self, name: str) -> Operation:
        """The operation of this name; KeyError if there is none."""
        for op in self.operations:
            if op.name == name:
                return op
        raise KeyError(f"The name {name!r} refers to an Operation not in the graph.")

    def get_tensor_by_name(self, name: str) -> Tensor:
        """The tensor "operation:output"; KeyError if there is none."""
        op_name, _, index = name.partition(":")
        if not index.isdigit():
            raise ValueError(
                f"The name {name!r} looks like an (invalid) Operation name, not a Tensor. Tensor names must be of the "
                'form "<op_name>:<output_index>".'
            )
        for op in self.operations:
            if op.name == op_name and int(index) < len(op.outputs):
                return op.outputs[int(index)]
        raise KeyError(
            f"The name {name!r} refers to a Tensor which does not exist. The operation, {op_name!r}, does not exist "
            "in the graph."
        )

    def get_collection(self, name: Any, scope: str | None = None) -> list[Any]:
        """A copy of a collection."""
        with self.as_default():
            return collections.get_collection(name, scope)

    def add_to_collection(self, name: Any, value: Any) -> None:
        """Appends to a collection."""
        self.store.collections.setdefault(name, []).append(value)


def as_operation(value: Any) -> Operation:
    """The operation behind an operation, a tensor or a Variable's value."""
    if isinstance(value, Operation):
        return value
    symbol = to_tensor(value)._value
    if not isinstance(symbol, Symbol):
        return active().add("Const", lambda: [], [])
    return symbol.op


def _execute(kernel: Any, *inputs: Tensor) -> Sequence[Tensor]:
    return execute(kernel, inputs)


def _infer(kernel: Any, values: Sequence[Any]) -> list[tuple[Any, Any]]:
    """(shape, dtype) of a kernel's outputs."""
    shapes = [v.shape for v in values if isinstance(v, Unknown)]
    if any(shape is None for shape in shapes):
        found = _abstract(kernel, values, 1)
        return [(None, a.dtype) for a in found]
    first = _abstract(kernel, values, _PROBES[0])
    if not any(None in shape for shape in shapes):
        return [(a.shape, a.dtype) for a in first]
    second = _abstract(kernel, values, _PROBES[1])
    return [(tuple([m if m == n else None for m, n in zip(a.shape, b.shape)]), a.dtype) for a, b in zip(first, second)]


def _abstract(kernel: Any, values: Sequence[Any], probe: int) -> Any:
    def aval(value: Any) -> Any:
        if not isinstance(value, Unknown):
            return value
        return jax.ShapeDtypeStruct([probe if d is None else d for d in value.shape or ()], value.dtype)

    avals = [aval(v) for v in values]
    places = [i for i, v in enumerate(avals) if isinstance(v, jax.ShapeDtypeStruct)]

    def run(*given: Any) -> Any:
        full = list(avals)
        for i, value in zip(places, given):
            full[i] = value
        return kernel.replay(*full)

    with frames.enter(None):
        return jax.eval_shape(run, *[avals[i] for i in places])


# -- the default graph ---------------------------------------------------------------------------
class _State(threading.local):
    def __init__(self) -> None:
        # How to leave the graph that `disable_eager_execution` has made the default.
        self.leave_root: Callable[[], None] | None = None
        self.sessions: list[Any] = []


_state = _State()


def active() -> Any:
    """The graph that ops are recorded in, or None under eager execution."""
    frame = frames.current()
    return frame.graph if isinstance(frame, GraphFrame) else None


def _enter(graph: Graph) -> Callable[[], None]:
    """Makes a graph the default; the result undoes it."""
    store = collections.store
    before = frames._state.frame, frames._state.maker, store.__dict__
    frames._state.frame = graph._frame
    frames._state.maker = functools.partial(creators._ask, (graph.make_variable,))
    store.__dict__ = graph.store.__dict__

    def undo() -> None:
        frames._state.frame, frames._state.maker, store.__dict__ = before

    return undo


def get_default_session() -> Any:
    """The innermost session that is the default one of this thread, or None."""
    return _state.sessions[-1] if _state.sessions else None


def start_root_graph() -> None:
    """Makes a new graph the default one of this thread, unless there is one."""
    if frames.current() is None:
        _state.leave_root = _enter(Graph())


def leave_root_graph() -> bool:
    """Undoes `start_root_graph`; False if there is nothing to undo."""
    leave, _state.leave_root = _state.leave_root, None
    if leave is None:
        return False
    leave()
    return True
