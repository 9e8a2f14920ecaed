"""tf.compat.v1.Session: runs the part of a graph that the fetches need, as a compiled function."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tfjax._src.compat.v1 import graph as graphs
from tfjax._src.compat.v1.graph import Graph, Operation, Symbol
from tfjax._src.core import errors, nest
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable
from tfjax._src.function.function import function


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
        self._programs: dict[Any, Any] = {}
        self._scopes: list[Any] = []
        self._closed = False

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """The values of `fetches`.

        Args:
          fetches: a nest of tensors, operations (which give None), Variables and names.
          feed_dict: values by tensor or name.
          options, run_metadata: no effect.
        """
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        with self.graph.as_default():
            leaves = [self._fetch(leaf) for leaf in nest.flatten(fetches)]
            feeds = {self._fed(k): v for k, v in (feed_dict or {}).items()}
        values = {s: _checked(s, v) for s, v in feeds.items()}
        wanted = [leaf for leaf in leaves if isinstance(leaf, Symbol) and leaf not in values]
        targets = [leaf for leaf in leaves if isinstance(leaf, Operation)]
        with frames.enter(None), _plain_variables():
            self._take_over()
            found = iter(self._compute(wanted, targets, values))
        results: list[Any] = []
        for leaf in leaves:
            if isinstance(leaf, Operation):
                results.append(None)
            elif isinstance(leaf, Symbol):
                results.append(values[leaf].numpy() if leaf in values else next(found).numpy())
            else:
                results.append(leaf.numpy())
        return nest.pack_sequence_as(fetches, results)

    def _compute(self, wanted: list[Symbol], targets: list[Operation], values: dict[Symbol, Tensor]) -> Sequence[Tensor]:
        order = _needed([*[s.op for s in wanted], *targets], {s for s in values})
        self._check_initialized(order)
        feeds = list(values)
        key = (*wanted, None, *targets, None, *feeds)
        if key not in self._programs:

            def program(*fed: Tensor) -> list[Tensor]:
                known = dict(zip(feeds, fed, strict=True))
                for op in order:
                    results = op._compute(*[known.get(t._value, t) if isinstance(t._value, Symbol) else t for t in op.inputs])
                    for output, result in zip(op.outputs, results, strict=True):
                        known.setdefault(output._value, result)
                return [known[s] for s in wanted]

            self._programs[key] = function(program, autograph=False)
        results = self._programs[key](*values.values())
        self._initialized |= {id(op._writes) for op in order if op._writes is not None}
        return results

    def _check_initialized(self, order: list[Operation]) -> None:
        ready = set(self._initialized)
        for op in order:
            if op._reads is not None and id(op._reads) not in ready:
                name = op._reads._shared_name
                raise errors.FailedPreconditionError(
                    None, None, f"Graph execution error:\n\nAttempting to use uninitialized value {name}"
                )
            if op._writes is not None:
                ready.add(id(op._writes))

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

    def _fetch(self, leaf: Any) -> Any:
        if isinstance(leaf, str):
            try:
                found = self.graph.get_tensor_by_name(leaf) if ":" in leaf else self.graph.get_operation_by_name(leaf)
            except KeyError as error:
                raise ValueError(f"Argument `fetch` = {leaf} cannot be interpreted as a Tensor. ({error})") from None
            leaf = found
        if isinstance(leaf, Operation):
            return leaf
        if isinstance(leaf, (Tensor, Variable)):
            tensor = to_tensor(leaf)
            return tensor._value if isinstance(tensor._value, Symbol) else tensor
        raise TypeError(
            f"Argument `fetch` = {leaf} has invalid type \"{type(leaf).__name__}\" must be a string or Tensor. "
            f"(Can not convert a {type(leaf).__name__} into a Tensor or Operation.)"
        )

    def _fed(self, key: Any) -> Symbol:
        tensor = self.graph.get_tensor_by_name(key) if isinstance(key, str) else key
        if not isinstance(tensor, Tensor) or not isinstance(tensor._value, Symbol):
            raise TypeError(f"Cannot interpret feed_dict key as Tensor: {key!r} is not a tensor of a graph.")
        return tensor._value

    # -- scopes ----------------------------------------------------------------------------------
    @contextlib.contextmanager
    def as_default(self) -> Iterator[Session]:
        """A context in which `eval` and `run` of tensors and operations use this session."""
        graphs._state.sessions.append(self)
        try:
            yield self
        finally:
            graphs._state.sessions.remove(self)

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
        graphs._state.sessions.append(self)

    def close(self) -> None:
        """Ends the session."""
        super().close()
        if self in graphs._state.sessions:
            graphs._state.sessions.remove(self)


@contextlib.contextmanager
def _plain_variables() -> Iterator[None]:
    """Variables made while a graph runs are no nodes of it."""
    before, frames._state.maker = frames._state.maker, None
    try:
        yield
    finally:
        frames._state.maker = before


def _checked(symbol: Symbol, value: Any) -> Tensor:
    """A fed value as a Tensor of the symbol's dtype."""
    tensor = Tensor(symbol)
    array = np.asarray(value.host_value() if isinstance(value, Tensor) else value)
    if array.dtype.kind in "US":
        array = array.astype(object)
    if not tensor.shape.is_compatible_with(array.shape):
        name = f"{symbol.op.name}:{symbol.index}"
        raise ValueError(f"Cannot feed value of shape {array.shape} for Tensor {name}, which has shape {tensor.shape}")
    with frames.enter(None):
        return to_tensor(array.astype(symbol.dtype), tensor.dtype)


def _needed(ends: Sequence[Operation], fed: set[Symbol]) -> list[Operation]:
    """The operations behind `ends`, in the order in which they were made; nothing behind what is fed."""
    found: dict[int, Operation] = {}
    stack = list(ends)
    while stack:
        op = stack.pop()
        if op._position in found:
            continue
        found[op._position] = op
        inputs = [t._value for t in op.inputs if isinstance(t._value, Symbol)]
        stack += [s.op for s in inputs if s not in fed] + op.control_inputs
    return [found[i] for i in sorted(found)]
