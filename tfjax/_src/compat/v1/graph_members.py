"""What a tf.Graph offers beside building and running: collections, names, devices, permissions."""

from __future__ import annotations

import contextlib
import inspect
import sys
import traceback
from collections.abc import Iterator
from typing import Any

from tfjax._src.compat.v1 import collections
from tfjax._src.core import names
from tfjax._src.devices.spec import DeviceSpec
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function.graph_view import GraphDef, NodeDef
from tfjax._src.ops.random import state as random_state

#: The version of graphs that TensorFlow 2.21 writes.
_PRODUCER = 2474


class Versions:
    """Which versions of TensorFlow a graph is for."""

    def __init__(self) -> None:
        self.producer, self.min_consumer = _PRODUCER, 0

    def __repr__(self) -> str:
        return f"producer: {self.producer}\n"


class GraphMembers:
    """Base class of Graph."""

    operations: list[Any]
    name_counts: dict[str, int]
    store: collections._Store

    def __init__(self) -> None:
        self._finalized = False
        self._unfeedable: set[Any] = set()
        self._unfetchable: set[Any] = set()
        self._devices: list[str] = []
        self._colocated: list[str] = []

    # -- collections -----------------------------------------------------------------------------
    @property
    def collections(self) -> list[Any]:
        """The names of the collections."""
        return list(self.store.collections)

    def get_all_collection_keys(self) -> list[str]:
        """The names of the collections that are strings."""
        return [key for key in self.store.collections if isinstance(key, str)]

    def get_collection_ref(self, name: Any) -> list[Any]:
        """A collection itself, made if it is not there."""
        return self.store.collections.setdefault(name, [])

    def add_to_collections(self, names: Any, value: Any) -> None:
        """Appends to several collections, or to one given by its name."""
        for name in dict.fromkeys([names] if isinstance(names, str) else names):
            self.get_collection_ref(name).append(value)

    def clear_collection(self, name: Any) -> None:
        """Removes a collection."""
        self.store.collections.pop(name, None)

    # -- names -----------------------------------------------------------------------------------
    def get_name_scope(self) -> str:
        """The name scope in force, without a slash at its end."""
        return names.current_scope().rstrip("/")

    def as_graph_element(self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True) -> Any:
        """The tensor or operation that an object stands for, or that has this name.

        Raises:
          TypeError: for what is neither.
          ValueError: for a name of what is not allowed.
          KeyError: for a name that the graph does not have.
        """
        kinds = " or ".join(["Tensor"] * allow_tensor + ["Operation"] * allow_operation)
        if isinstance(obj, str):
            return self._named(obj, allow_tensor, allow_operation, kinds)
        if hasattr(obj, "_dense_var_to_tensor"):
            obj = self.read(obj)  # type: ignore[attr-defined]
        is_tensor = isinstance(obj, Tensor)
        if is_tensor and allow_tensor or not is_tensor and allow_operation and obj in self.operations:
            return obj
        shown = "SymbolicTensor" if is_tensor else type(obj).__name__
        raise TypeError(f"Can not convert a {shown} into a {kinds}.")

    def _named(self, name: str, allow_tensor: bool, allow_operation: bool, kinds: str) -> Any:
        if ":" in name:
            if not allow_tensor:
                raise ValueError(f"Name {name!r} appears to refer to a Tensor, not a {kinds}.")
            return self.get_tensor_by_name(name)  # type: ignore[attr-defined]
        if not allow_operation:
            raise ValueError(
                f"The name {name!r} refers to an Operation, not a {kinds}. Tensor names must be of the form "
                '"<op_name>:<output_index>".'
            )
        return self.get_operation_by_name(name)  # type: ignore[attr-defined]

    def create_op(
        self, op_type: str, inputs: Any, dtypes: Any = None, input_types: Any = None, name: str | None = None,
        attrs: Any = None, op_def: Any = None, compute_shapes: bool = True, compute_device: bool = True,
    ) -> Any:
        """The operation that `tf.raw_ops` makes of tensors in order; attributes by name in `attrs`.

        The other arguments have no effect: shapes and dtypes follow from the inputs.

        Raises:
          ValueError: tf.raw_ops has no such op.
        """
        from tfjax._src.compat.raw import table

        raw = table.find(op_type)
        if raw is None:
            raise ValueError(f"Op type not registered '{op_type}'.")
        places = inspect.signature(raw).parameters
        with self.as_default():  # type: ignore[attr-defined]
            result = raw(**dict(zip(places, inputs)), **(attrs or {}))
        first = result[0] if isinstance(result, (list, tuple)) else result
        return first.op

    # -- scopes ----------------------------------------------------------------------------------
    @contextlib.contextmanager
    def device(self, device_name_or_function: Any) -> Iterator[None]:
        """A context whose operations carry the name of a device; sessions place them as they see fit."""
        name = device_name_or_function
        shown = DeviceSpec.from_string(name).to_string() if isinstance(name, str) else ""
        self._devices.append(shown)
        try:
            yield
        finally:
            self._devices.pop()

    @contextlib.contextmanager
    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Iterator[None]:
        """A context whose operations name `op` in their colocation groups; no other effect."""
        before = self._colocated
        node = self.as_graph_element(op)
        node = node.op if isinstance(node, Tensor) else node
        self._colocated = [*([] if ignore_existing else before), f"loc:@{node.name}"]
        try:
            yield
        finally:
            self._colocated = before

    @contextlib.contextmanager
    def container(self, container_name: str) -> Iterator[str]:
        """A context; Variables and tables are objects here and need no container."""
        yield container_name

    def switch_to_thread_local(self) -> None:
        """No effect: scopes are the thread's own from the start."""

    # -- permissions -----------------------------------------------------------------------------
    @property
    def finalized(self) -> bool:
        """Whether no more operations can be added."""
        return self._finalized

    def finalize(self) -> None:
        """Lets no more operations be added."""
        self._finalized = True

    def prevent_feeding(self, tensor: Any) -> None:
        """Lets `tensor` be in no feed_dict."""
        self._unfeedable.add(tensor._value)

    def is_feedable(self, tensor: Any) -> bool:
        """Whether `tensor` may be in a feed_dict."""
        return tensor._value not in self._unfeedable

    def prevent_fetching(self, op: Any) -> None:
        """Lets no fetch name an operation or its outputs."""
        self._unfetchable.add(op)

    def is_fetchable(self, tensor_or_op: Any) -> bool:
        """Whether a fetch may name a tensor or operation."""
        op = tensor_or_op.op if isinstance(tensor_or_op, Tensor) else tensor_or_op
        return op not in self._unfetchable

    # -- facts -----------------------------------------------------------------------------------
    @property
    def seed(self) -> int | None:
        """The global seed."""
        return random_state.global_seed()

    @property
    def version(self) -> int:
        """How many operations there are."""
        return len(self.operations)

    @property
    def graph_def_versions(self) -> Versions:
        """The versions that `as_graph_def` states."""
        return Versions()

    def num_operations(self) -> int:
        """How many operations there are."""
        return len(self.operations)

    def as_graph_def(
        self, from_version: int | None = None, add_shapes: bool = False, use_pybind11_proto: bool = False
    ) -> GraphDef:
        """The operations as nodes: names, types and inputs, without attributes.

        Args:
          from_version: leaves out that many of the first operations.
          add_shapes, use_pybind11_proto: no effect.
        """
        return GraphDef([op.node_def for op in self.operations[from_version or 0 :]])


class OperationMembers:
    """Base class of Operation: what is read off a node."""

    graph: Any
    type: str
    inputs: tuple[Tensor, ...]
    control_inputs: list[Any]

    def _begin_members(self) -> None:
        if self.graph.finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")
        self.device: str = next(filter(None, reversed(self.graph._devices)), "")
        self._groups: list[str] = self.graph._colocated
        self._made: list[tuple[Any, int]] = []
        frame = sys._getframe(2)
        while frame is not None:
            self._made.append((frame.f_code, frame.f_lineno))
            frame = frame.f_back  # type: ignore[assignment]

    @property
    def traceback(self) -> traceback.StackSummary:
        """Where in the program it was made, the innermost call last."""
        rows = [(code.co_filename, line, code.co_name, None) for code, line in reversed(self._made)]
        return traceback.StackSummary.from_list(rows)

    def colocation_groups(self) -> list[bytes]:
        """The groups of operations that are to be on one device: by default the operation's own."""
        return [group.encode() for group in self._groups or [f"loc:@{self.name}"]]  # type: ignore[attr-defined]

    @property
    def node_def(self) -> NodeDef:
        """Name, type and inputs."""
        found = []
        for tensor in self.inputs:
            value = tensor._value
            known = hasattr(value, "op")
            found.append(value.op.name + (f":{value.index}" if value.index else "") if known else "Const")
        return NodeDef(self.name, self.type, found + [f"^{op.name}" for op in self.control_inputs])  # type: ignore[attr-defined]
