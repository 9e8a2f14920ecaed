"""tf.compat.v1.Session: runs the part of a graph that the fetches need, as a compiled function."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from tfjax._src.compat.v1 import graph as graphs
from tfjax._src.compat.v1 import plans
from tfjax._src.compat.v1.graph import Graph
from tfjax._src.compat.v1.operations import Operation, Symbol, state
from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable
from tfjax._src.ops.sparse.indexed_slices import IndexedSlices
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor


@export("compat.v1.Session")
class Session:
    """Runs a graph and holds the values of its Variables.

    Args:
      target: no effect: graphs run in this process.
      graph: the default one if not given.
      config: no effect.

    Raises:
      RuntimeError: there is no graph, or it has no operations.
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        found = graph if graph is not None else graphs.active()
        if found is None:
            raise RuntimeError("The Session graph is empty. Add operations to the graph before calling run().")
        self.graph = found
        self._initialized: set[int] = set()
        self._values: dict[int, Any] = {}
        self._plans: dict[Any, _Request] = {}
        self._taken: tuple[Any, int] = (None, 0)
        self._scopes: list[Any] = []
        self._closed = False

    @property
    def graph_def(self) -> Any:
        """The graph's `as_graph_def()`."""
        return self.graph.as_graph_def()

    @property
    def sess_str(self) -> str:
        """An empty text: there is no server."""
        return ""

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """The values of `fetches`.

        Args:
          fetches: a nest of tensors, operations (which give None), Variables and names.
          feed_dict: values by tensor or name.
          options, run_metadata: no effect.
        """
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        key = _key(fetches, feed_dict)
        request = None if key is None else self._plans.get(key)
        if request is None:
            request = _Request(self.graph, fetches, feed_dict)
            if key is not None:
                self._plans[key] = request
        return self._answer(request, request.fed(feed_dict))

    def _answer(self, request: _Request, values: list[Tensor]) -> Any:
        plan, frame = request.plan, frames._state
        before = frame.frame, frame.maker
        # Outside of the graph: what runs is no node of it, nor are Variables that it makes.
        frame.frame = frame.maker = None
        try:
            if self._taken != (self.graph.owner, len(self.graph.variables)):
                self._take_over()
            if not plan.checked:
                plans.check_initialized(plan, self._initialized)
            found = plan.run(values)
            if not plan.checked:
                self._initialized |= {id(v) for op in plan.order for v in op._writes}
                plan.checked = True
            return request.packed(values, found)
        finally:
            frame.frame, frame.maker = before

    def make_callable(self, fetches: Any, feed_list: Any = None, accept_options: bool = False) -> Any:
        """A function that runs `fetches` with values for `feed_list` in order.

        With `accept_options` it also takes `options` and `run_metadata`, which have no effect.
        """
        keys = list(feed_list or [])

        def call(*values: Any) -> Any:
            return self.run(fetches, dict(zip(keys, values, strict=True)))

        def call_with_options(*values: Any, options: Any = None, run_metadata: Any = None) -> Any:
            return call(*values)

        return call_with_options if accept_options else call

    def load(self, pairs: Sequence[tuple[Any, Any]]) -> None:
        """Gives Variables values, by which they are initialised."""
        with frames.enter(None):
            self._take_over()
            for variable, value in pairs:
                variable.assign(value)
                self._initialized.add(id(variable))

    def list_devices(self) -> list[Any]:
        """The names of the devices there are."""
        from tfjax._src.devices import physical

        return physical.list_physical_devices()

    def _take_over(self) -> None:
        """Gives the graph's Variables the values that they have in this session."""
        for variable in self.graph.variables:
            owner = variable.__dict__.get("_session")
            if owner is not self:
                if owner is not None:
                    owner._values[id(variable)] = variable._raw_value
                if id(variable) in self._values:
                    variable.set_array(self._values.pop(id(variable)))
                variable.__dict__["_session"] = self
        self.graph.owner = self
        self._taken = (self, len(self.graph.variables))

    # -- scopes ----------------------------------------------------------------------------------
    @contextlib.contextmanager
    def as_default(self) -> Iterator[Session]:
        """A context in which `eval` and `run` of tensors and operations use this session."""
        state.sessions.append(self)
        try:
            yield self
        finally:
            state.sessions.remove(self)

    def __enter__(self) -> Session:
        scope = contextlib.ExitStack()
        scope.enter_context(self.graph.as_default())
        scope.enter_context(self.as_default())
        self._scopes.append(scope)
        return self

    def __exit__(self, *exc: Any) -> None:
        self._scopes.pop().close()
        self.close()

    def close(self) -> None:
        """Ends the session."""
        self._closed = True


@export("compat.v1.InteractiveSession")
class InteractiveSession(Session):
    """A session that is the default one from the start until it is closed."""

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        super().__init__(target, graph, config)
        state.sessions.append(self)

    def close(self) -> None:
        """Ends the session."""
        super().close()
        if self in state.sessions:
            state.sessions.remove(self)


def _key(fetches: Any, feed_dict: Any) -> Any:
    """What a request is known by; None for one that is made anew each time."""
    fed = tuple([k if isinstance(k, str) else id(k) for k in feed_dict]) if feed_dict else ()
    kind = type(fetches)
    if kind is list or kind is tuple:
        if all([type(f) in _PLAIN for f in fetches]):
            return kind, tuple([id(f) for f in fetches]), fed
        return None
    if kind is str:
        return kind, fetches, fed
    return (kind, id(fetches), fed) if kind in _PLAIN else None


class _Request:
    """One set of fetches and feeds: the plan that answers it, and how its values are put together."""

    def __init__(self, graph: Graph, fetches: Any, feed_dict: Any) -> None:
        self.graph = graph
        self.held = (fetches, list(feed_dict or ()))  # as long as they live their ids are theirs
        self.structure = fetches
        with graph.as_default():
            self.leaves = [self._fetch(leaf) for leaf in nest.flatten(fetches)]
            parts = [self._fed(key) for key in feed_dict or ()]
        self.parts = parts
        feeds = [s for part in parts for s in part]
        self.feeds = feeds
        flat = [leaf for group in self.leaves for leaf in group[0]]
        wanted = [s for s in flat if isinstance(s, Symbol) and s not in set(feeds)]
        wanted = list(dict.fromkeys(wanted))
        targets = [op for op in flat if isinstance(op, Operation)]
        self.plan = plans.Plan(wanted, targets, feeds)
        places = {s: ("found", i) for i, s in enumerate(wanted)} | {s: ("fed", i) for i, s in enumerate(feeds)}
        self.places = [[places.get(v) if isinstance(v, Symbol) else None for v in group[0]] for group in self.leaves]
        self.flat = not nest.is_nested(fetches)

    def fed(self, feed_dict: Any) -> list[Tensor]:
        """The values given, in the plan's order."""
        if not feed_dict:
            return []
        values: list[Tensor] = []
        for part, value in zip(self.parts, feed_dict.values(), strict=True):
            if len(part) == 1:
                values.append(checked(part[0], value))
            else:
                components = nest.flatten(value, expand_composites=True)
                values += [checked(s, v) for s, v in zip(part, components, strict=True)]
        return values

    def packed(self, values: Sequence[Tensor], found: Sequence[Tensor]) -> Any:
        """The values asked for, in the structure of the fetches."""
        results = []
        for (leaves, build), places in zip(self.leaves, self.places, strict=True):
            parts = []
            for leaf, place in zip(leaves, places, strict=True):
                if place is not None:
                    parts.append((found if place[0] == "found" else values)[place[1]].numpy())
                else:
                    parts.append(None if isinstance(leaf, Operation) else leaf.numpy())
            results.append(parts[0] if build is None else build(*parts))
        if self.flat:
            return results[0]
        return nest.pack_sequence_as(self.structure, results)

    def _fetch(self, leaf: Any) -> tuple[list[Any], Any]:
        """(symbols, tensors and operations of a fetch, what makes the result of several)."""
        if isinstance(leaf, str):
            try:
                leaf = self.graph.get_tensor_by_name(leaf) if ":" in leaf else self.graph.get_operation_by_name(leaf)
            except KeyError as error:
                raise ValueError(f"Argument `fetch` = {leaf} cannot be interpreted as a Tensor. ({error})") from None
        if self.graph._unfetchable and (leaf.op if isinstance(leaf, Tensor) else leaf) in self.graph._unfetchable:
            raise ValueError(f"Operation {leaf!r} has been marked as not fetchable.")
        if isinstance(leaf, Operation):
            return [leaf], None
        if isinstance(leaf, SparseTensor):
            return [_value(t) for t in (leaf.indices, leaf.values, leaf.dense_shape)], SparseTensorValue
        if isinstance(leaf, IndexedSlices):
            return [_value(leaf.values), _value(leaf.indices)], lambda values, indices: IndexedSlicesValue(values, indices, None)
        if isinstance(leaf, Tensor) or hasattr(leaf, "_dense_var_to_tensor"):
            return [_value(to_tensor(leaf))], None
        raise TypeError(
            f"Argument `fetch` = {leaf} has invalid type \"{type(leaf).__name__}\" must be a string or Tensor. "
            f"(Can not convert a {type(leaf).__name__} into a Tensor or Operation.)"
        )

    def _fed(self, key: Any) -> list[Symbol]:
        """The symbols that a key of `feed_dict` stands for."""
        found: list[Symbol] = []
        for part in nest.flatten(self.graph.get_tensor_by_name(key) if isinstance(key, str) else key, expand_composites=True):
            tensor = to_tensor(part) if isinstance(part, Variable) else part
            if not isinstance(tensor, Tensor) or not isinstance(tensor._value, Symbol):
                raise TypeError(f"Cannot interpret feed_dict key as Tensor: {key!r} is not a tensor of a graph.")
            if tensor._value.graph is not self.graph:
                raise TypeError(f"Cannot interpret feed_dict key as Tensor: Tensor {tensor!r} is not an element of this graph.")
            if tensor._value in self.graph._unfeedable:
                raise ValueError(f"Tensor {tensor.name} may not be fed.")
            found.append(tensor._value)
        return found


_PLAIN = {Tensor, Operation, Variable}


def _value(tensor: Tensor) -> Any:
    return tensor._value if isinstance(tensor._value, Symbol) else tensor


@export("compat.v1.SparseTensorValue")
class SparseTensorValue(NamedTuple):
    """What a session gives for a SparseTensor, and takes for one."""

    indices: Any
    values: Any
    dense_shape: Any


class IndexedSlicesValue(NamedTuple):
    """What a session gives for IndexedSlices."""

    values: Any
    indices: Any
    dense_shape: Any


def checked(symbol: Symbol, value: Any) -> Tensor:
    """A fed value as a Tensor of the symbol's dtype."""
    if type(value) is np.ndarray and value.dtype == symbol.dtype and value.shape == symbol.shape:
        return Tensor(value)
    if isinstance(value, Tensor) and value.is_symbolic:
        raise TypeError(
            "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python scalars, strings, lists, "
            "numpy ndarrays, or TensorHandles."
        )
    array = np.asarray(value.host_value() if isinstance(value, Tensor) else value)
    if array.dtype.kind in "US":
        array = array.astype(object)
    if array.dtype != symbol.dtype:
        if isinstance(value, int) and not isinstance(value, bool) and symbol.dtype.kind in "iu" and symbol.dtype.type(value) != value:
            raise TypeError(f"Type of feed value {value} with type {type(value)} is not compatible with Tensor type {symbol.dtype}.")
        array = array.astype(symbol.dtype)
    shape = symbol.shape
    if shape is not None and (len(shape) != array.ndim or any([d is not None and d != n for d, n in zip(shape, array.shape)])):
        name = f"{symbol.op.name}:{symbol.index}"
        raise ValueError(f"Cannot feed value of shape {array.shape} for Tensor {name}, which has shape {Tensor(symbol).shape}")
    if array.dtype == object:
        with frames.enter(None):
            return to_tensor(array, Tensor(symbol).dtype)
    return Tensor(array)
