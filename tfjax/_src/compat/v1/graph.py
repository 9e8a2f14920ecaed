"""tf.Graph: what the ops of a TensorFlow 1 program are recorded in, one node per kernel.

While a graph is the default one, a `GraphFrame` is the current frame. A kernel that meets a `Symbol`
among its values is recorded instead of run (`Kernel.run` asks the symbol's graph); what depends on
no symbol is computed at once, as TensorFlow's constant folding does later.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfjax._src.compat.v1 import blocks, calls, collections, inference
from tfjax._src.compat.v1.graph_members import GraphMembers
from tfjax._src.compat.v1.inference import Spec
from tfjax._src.compat.v1.operations import Operation, Symbol, as_operation, get_default_session, state
from tfjax._src.core import dtypes, names
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.graph_names import NAMES
from tfjax._src.eager.kernel import execute
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.function import creators
from tfjax._src.ops.random import state as random_state

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

    def stream(self, key: Any, size: int) -> Any:
        """The stream state of a random op, which moves on at each run."""
        position = random_state.new_position(key)
        op = self.graph.add("RandomStream", lambda: [Tensor(random_state.advance(position, size))], [])
        return self.graph.outputs(op, [Spec((6,), np.dtype(np.uint32))])[0]._value

    def call(self, function: Callable[..., Any], args: Any, kwargs: Any, **how: Any) -> Any:
        """A call of a function that needs values, as a node."""
        return calls.call(self.graph, function, args, kwargs, **how)

    def constant(self, tensor: Tensor, name: str | None) -> Tensor:
        """`tf.constant`: a node whose value is known."""
        if isinstance(tensor._value, Symbol):
            return tensor
        value = np.asarray(tensor._value)
        op = self.graph.add("Const", lambda: [tensor], [], name)
        small = value.dtype.kind in "iub" and value.size <= 4096
        found = self.graph.outputs(op, [Spec(value.shape, value.dtype, (value, value) if small else None)])[0]
        found._value.constant = value
        return found

    def optional(self, tensor: Tensor, shape: Any, name: str | None) -> Tensor:
        """A placeholder with a default value."""
        dims = TensorShape(shape)
        op = self.graph.add("PlaceholderWithDefault", lambda value: [value], [tensor], name)
        spec = Spec(None if dims.rank is None else tuple(dims.as_list()), tensor._value.dtype)
        return self.graph.outputs(op, [spec])[0]

    def attempt(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """A function of recorded ops; where it needs values, or sizes that are open, the whole call becomes a node."""
        count = len(self.graph.operations)
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if not isinstance(error, ConcreteValueError) and not calls.has_open_shape(args, kwargs):
                raise
            del self.graph.operations[count:]
            try:
                return self.call(function, args, kwargs)
            except Exception:
                raise error from None

    def tensors(self, values: Sequence[Any]) -> tuple[Tensor, ...]:
        """The tensors that have these values."""
        return self.graph.tensors(values)

    def branches(self, predicate: Tensor, functions: Sequence[Callable[[], Any]]) -> Any:
        """A choice between functions, as a node."""
        return blocks.branches(self.graph, predicate, functions)

    def loop(self, *args: Any, **kwargs: Any) -> list[Tensor]:
        """A loop, as a node."""
        return blocks.loop(self.graph, *args, **kwargs)

    def trial(self, function: Callable[..., Any], avals: Sequence[Any]) -> None:
        """Calls a function with tensors of these shapes for what it returns; nothing of it is run."""
        blocks.build(self.graph, function, [Spec(tuple(a.shape), a.dtype) for a in avals])

    def name(self, raw: str, given: str | None, outputs: Sequence[Tensor]) -> None:
        """Names the operation behind an op's outputs."""
        symbol = outputs[0]._value if outputs else None
        if isinstance(symbol, Symbol) and symbol.op._name is None:
            symbol.op._name = self.graph.scoped(given or NAMES.get(raw, raw))

    def next_op_seed(self) -> int:
        return len(self.graph.operations)


@export("Graph")
class Graph(GraphMembers):
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
        super().__init__()
        self.operations: list[Operation] = []
        self.controls: list[Operation] = []
        self.name_counts: dict[str, int] = {}
        self.store = collections._Store()
        self.variables: list[Any] = []
        self.by_name: dict[str, Any] = {}
        self.block: Any = None
        self.owner: Any = None  # the session whose values its Variables have
        self._frame = GraphFrame(self)
        self._reads: dict[Any, Any] = {}

    # -- building --------------------------------------------------------------------------------
    def add(self, kind: str, compute: Callable[..., Any], inputs: Sequence[Tensor], name: str | None = None) -> Operation:
        """A new node; `compute` gives its outputs from the values of its inputs when it runs."""
        op = Operation(self, self.scoped(name or kind), kind, compute, inputs)
        self.operations.append(op)
        return op

    def add_beside(self, variable: Any, label: str, kind: str, compute: Callable[..., Any], inputs: Sequence[Tensor]) -> Operation:
        """A new node with a name below a Variable's."""
        op = self.add(kind, compute, inputs, "/")
        op._name = self.unique(f"{variable._shared_name}/{label}")
        return op

    def scoped(self, name: str) -> str:
        """A name in the name scope in force, with a number behind it if the graph has it; `name/` is left as it is."""
        if name.endswith("/"):
            return name[:-1]
        return self.unique(names.current_scope() + name)

    def unique(self, name: str) -> str:
        """`name`, with a number behind it if the graph has it."""
        key = name.lower()
        number = self.name_counts.get(key, 0)
        self.name_counts[key] = number + 1
        if not number:
            return name
        while f"{key}_{number}" in self.name_counts:
            number += 1
        self.name_counts[key], self.name_counts[f"{key}_{number}"] = number + 1, 1
        return f"{name}_{number}"

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """`name` in the scope in force, made unique."""
        before = dict(self.name_counts)
        found = self.scoped(name)
        if not mark_as_used:
            self.name_counts = before
        return found

    def outputs(self, op: Operation, specs: Sequence[Spec]) -> list[Tensor]:
        """Gives an operation its output tensors."""
        for i, spec in enumerate(specs):
            op.outputs.append(Tensor(Symbol(op, i, spec)))
        if any(s.dtype == object for s in specs):
            op._host = True
        return op.outputs

    def call(self, kind: str, compute: Callable[..., Any], inputs: Sequence[Tensor], specs: Any) -> list[Tensor]:
        """The outputs, by (shape, dtype), of a new node that runs `compute`."""
        found = inference.abstract(lambda values: [t._value for t in compute(*map(Tensor, values))], [t._value for t in inputs])
        known = [Spec(shape, dtype, f.known) for (shape, dtype), f in zip(specs, found, strict=True)]
        return self.outputs(self.add(kind, compute, inputs), known)

    @staticmethod
    def tensors(values: Sequence[Any]) -> tuple[Tensor, ...]:
        """The tensors that have these values."""
        return tuple([v.tensor if isinstance(v, Symbol) else Tensor(v) for v in values])

    def record(self, kernel: Any, values: Sequence[Any]) -> tuple[Any, ...]:
        """The symbols of a new node that runs `kernel`."""
        specs, host = inference.of_kernel(kernel, values)
        op = Operation(self, None, kernel.name, functools.partial(_execute, kernel), self.tensors(values))
        self.operations.append(op)
        op._host = host
        return tuple([t._value for t in self.outputs(op, specs)])

    def read(self, variable: Any) -> Tensor:
        """A Variable's value; one for all reads under the same control inputs."""
        key = (id(variable), *[op._position for op in self.controls])
        if key not in self._reads:
            op = self.add_beside(variable, "read", "ReadVariableOp", lambda: [variable._dense_var_to_tensor()], [])
            op._reads = (variable,)
            self._reads[key] = self.outputs(op, [_held(variable)])[0]
        return self._reads[key]

    def assign(self, variable: Any, how: str, value: Tensor) -> Tensor:
        """Records an assignment; gives the Variable's value after it."""
        def compute(new: Tensor) -> list[Tensor]:
            getattr(variable, how)(new)
            return [variable._dense_var_to_tensor()]

        op = self.add_beside(variable, "Assign", "Assign" + how[len("assign_") :].capitalize(), compute, [value])
        op._writes, op._effect = (variable,), True
        op._reads = () if how == "assign" else (variable,)
        return self.outputs(op, [_held(variable)])[0]

    def group(self, ops: Sequence[Any], name: str | None = None) -> Operation:
        """An operation that waits for others."""
        with self.control_dependencies([o for o in ops if o is not None]):
            op = self.add("NoOp", lambda: [], [], name)
        op._neutral = True
        return op

    def writes(self, first: int) -> list[Operation]:
        """The assignments among the operations from number `first` on."""
        return [op for op in self.operations[first:] if op._writes]

    def make_variable(self, make: Callable[..., Any], **kwargs: Any) -> Any:
        """Creates a Variable of this graph; its value is set by its initializer in a session."""
        initial, dtype = kwargs.pop("initial_value"), kwargs.pop("dtype", None)
        initial = initial() if callable(initial) and not hasattr(initial, "_dense_var_to_tensor") else initial
        value = to_tensor(initial, None if dtype is None else dtypes.as_dtype(dtype))
        scope = names.current_scope()
        handle = self.add("VarHandleOp", lambda: [], [], kwargs.get("name") or "Variable")
        handle._neutral = True
        kwargs["name"] = handle.name[len(scope) :]
        zeros = np.zeros(tuple(value.shape), value._value.dtype)
        variable = make(initial_value=zeros, **kwargs)
        variable._graph_op = handle
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
        given = [] if control_inputs is None else [as_operation(c) for c in control_inputs if c is not None]
        self.controls = [] if control_inputs is None else outer + given
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
        about = "does not exist in the graph."
        for op in self.operations:
            if op.name == op_name and int(index) < len(op.outputs):
                return op.outputs[int(index)]
            if op.name == op_name:
                about = f"exists but only has {len(op.outputs)} outputs."
        raise KeyError(f"The name {name!r} refers to a Tensor which does not exist. The operation, {op_name!r}, {about}")

    def get_collection(self, name: Any, scope: str | None = None) -> list[Any]:
        """A copy of a collection."""
        with self.as_default():
            return collections.get_collection(name, scope)

    def add_to_collection(self, name: Any, value: Any) -> None:
        """Appends to a collection."""
        self.store.collections.setdefault(name, []).append(value)


def _held(variable: Any) -> Spec:
    held = variable.__dict__["_held"]
    return Spec(held.shape, held.dtype)


def _execute(kernel: Any, *inputs: Tensor) -> Sequence[Tensor]:
    return execute(kernel, inputs)


# -- the default graph ---------------------------------------------------------------------------
def active() -> Any:
    """The graph that ops are recorded in, or None under eager execution."""
    frame = frames.current()
    return frame.graph if isinstance(frame, GraphFrame) else None


def _enter(graph: Graph) -> Callable[[], None]:
    """Makes a graph the default; the result undoes it."""
    store = collections.store
    before = frames._state.frame, frames._state.maker, store.__dict__, names._state.unique
    frames._state.frame = graph._frame
    frames._state.maker = functools.partial(creators._ask, (graph.make_variable,))
    store.__dict__ = graph.store.__dict__
    names._state.unique = graph.unique

    def undo() -> None:
        frames._state.frame, frames._state.maker, store.__dict__, names._state.unique = before

    return undo


def start_root_graph() -> None:
    """Makes a new graph the default one of this thread, unless there is one."""
    if frames.current() is None:
        state.leave_root = _enter(Graph())


def leave_root_graph() -> bool:
    """Undoes `start_root_graph`; False if there is nothing to undo."""
    leave, state.leave_root = state.leave_root, None
    if leave is None:
        return False
    leave()
    return True
