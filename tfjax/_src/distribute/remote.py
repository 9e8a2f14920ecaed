"""Variables whose values lie in the memory of parameter servers."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from tfjax._src.distribute.rpc import Client
from tfjax._src.eager import frame as frames
from tfjax._src.eager import tape as tapes
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable

_classes: dict[type, type] = {}


class Part(NamedTuple):
    """A piece of a Variable: the key on a server, the server's number, and the rows."""

    key: str
    server: int
    start: int
    stop: int


class Store:
    """The servers' memory as one.

    Args:
      clients: the servers, by number.
      partitioner: cuts large Variables, or None.
    """

    def __init__(self, clients: Sequence[Client], partitioner: Any = None) -> None:
        self.clients, self.partitioner = list(clients), partitioner
        self._turn = itertools.count()

    def parts_of(self, key: str, value: np.ndarray) -> list[Part]:
        """Where a new Variable's pieces go: servers take turns."""
        if self.partitioner is None or not value.ndim:
            return [Part(key, next(self._turn) % len(self.clients), 0, -1)]
        counts = self.partitioner(value.shape, value.dtype)
        if sum(c > 1 for c in counts) > 1 or any(c > 1 for c in counts[1:]):
            raise ValueError(
                f"A variable_partitioner may cut the first axis only. It returned {counts} for shape {value.shape}."
            )
        if counts[0] == 1:
            return [Part(key, next(self._turn) % len(self.clients), 0, -1)]
        edges = np.linspace(0, value.shape[0], counts[0] + 1).astype(int)
        return [
            Part(f"{key}/part_{i}", next(self._turn) % len(self.clients), int(a), int(b))
            for i, (a, b) in enumerate(zip(edges, edges[1:]))
        ]

    def create(self, parts: Sequence[Part], value: np.ndarray) -> None:
        """Puts a Variable's first value on the servers, unless it is there already."""
        for part in parts:
            self.clients[part.server].ask("create", {part.key: _piece(value, part)})

    def read(self, variables: Sequence[Sequence[Part]]) -> list[np.ndarray]:
        """The values of several Variables, with one call to each server."""
        wanted: dict[int, list[str]] = {}
        for parts in variables:
            for part in parts:
                wanted.setdefault(part.server, []).append(part.key)
        found: dict[str, np.ndarray] = {}
        for server, keys in wanted.items():
            found.update(self.clients[server].ask("read", keys))
        return [
            found[parts[0].key]
            if len(parts) == 1
            else np.concatenate([found[p.key] for p in parts])
            for parts in variables
        ]

    def change(self, method: str, changes: Sequence[tuple[Sequence[Part], np.ndarray]]) -> None:
        """Writes ("write") values, or adds ("add") to them, with one call to each server."""
        batches: dict[int, dict[str, np.ndarray]] = {}
        for parts, value in changes:
            for part in parts:
                batches.setdefault(part.server, {})[part.key] = _piece(value, part)
        for server, batch in batches.items():
            self.clients[server].ask(method, batch)


def _piece(value: np.ndarray, part: Part) -> np.ndarray:
    return value if part.stop < 0 else value[part.start : part.stop]


class RemoteVariable(Variable):
    """A Variable of a coordinator: each read and write goes to the servers."""

    __slots__ = ()

    @property
    def distribute_strategy(self) -> Any:
        """The strategy in whose scope the Variable was made."""
        return self.__dict__["_strategy"]

    @property
    def _raw_value(self) -> Any:  # type: ignore[override]
        return jnp.asarray(self._remote())

    @_raw_value.setter
    def _raw_value(self, value: Any) -> None:
        self.__dict__["_strategy"].store.change(
            "write", [(self.__dict__["_parts"], np.asarray(value))]
        )

    def _remote(self) -> np.ndarray:
        return self.__dict__["_strategy"].store.read([self.__dict__["_parts"]])[0]

    def current_array(self) -> Any:
        frame = frames._state.frame
        return self._remote() if frame is None else frame.read(self)

    def _dense_var_to_tensor(
        self, dtype: Any = None, name: Any = None, as_ref: bool = False
    ) -> Tensor:
        tensor = Tensor(self.current_array())
        if tapes.tapes.stack and self.trainable:
            tapes.watch_read(self, tensor)
        return self._autocast(tensor) if hasattr(self, "_autocast") else tensor

    def store(self, array: Any) -> None:
        frame = frames._state.frame
        if frame is not None:
            frame.write(self, array)
        else:
            self._raw_value = array

    set_array = store

    def _update(self, which: str, value: Any, read_value: bool) -> Any:
        if frames._state.frame is not None:
            return super()._update(which, value, read_value)
        delta = (
            np.asarray(value, self.dtype.np)
            if not isinstance(value, (Tensor, Variable))
            else np.asarray(value)
        )
        if tuple(delta.shape) != tuple(self.shape.as_list()):
            raise ValueError(
                f"Cannot assign value to variable ' {self.name}': Shape mismatch.The variable shape "
                f"{tuple(self.shape)}, and the assigned value shape {delta.shape} are incompatible."
            )
        self.__dict__["_strategy"].store.change(
            "add", [(self.__dict__["_parts"], delta if which == "add" else -delta)]
        )
        return self if read_value else None


def place(variable: Variable, strategy: Any) -> None:
    """Moves a new Variable's value to the servers."""
    value = np.asarray(variable._raw_value)
    if value.dtype == object:
        return
    key = f"{strategy.identity}/{next(strategy.numbers)}/{variable._var_metadata['tf_name']}"
    parts = strategy.store.parts_of(key, value)
    strategy.store.create(parts, value)
    # Shape and dtype stay here, in an array that takes no memory.
    variable.__dict__["_held"] = np.broadcast_to(np.zeros((), value.dtype), value.shape)
    variable.__dict__["_strategy"], variable.__dict__["_parts"] = strategy, parts
    base = type(variable)
    if base not in _classes:
        _classes[base] = type(
            base.__name__, (RemoteVariable, base), {"__slots__": (), "_base": base}
        )
    variable.__class__ = _classes[base]
