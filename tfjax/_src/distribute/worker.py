"""A worker of ParameterServerStrategy: runs functions on copies of the Variables, sends back changes."""

from __future__ import annotations

import itertools
import pickle
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.distribute import shipping
from tfjax._src.distribute.cluster import ClusterSpec
from tfjax._src.distribute.remote import Part, Store
from tfjax._src.distribute.rpc import Client
from tfjax._src.distribute.strategy import SingleExtended, Strategy
from tfjax._src.eager import frame as frames
from tfjax._src.eager import replicas
from tfjax._src.eager.variable import Variable, _rebuild
from tfjax._src.function.function import Function

_local = threading.local()


class _Loaded:
    """A function that was shipped here, with the Variables it refers to."""

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self.function: Any = None
        self.variables: dict[int, Variable] = {}
        self.numbers = itertools.count()


class Worker:
    """What the coordinator calls.

    Args:
      spec: the cluster.
      index: the number of this worker.
    """

    def __init__(self, spec: ClusterSpec, index: int) -> None:
        self.spec, self.index = spec, index
        self.strategy = WorkerStrategy(self)
        self._loaded: dict[str, _Loaded] = {}
        self._copies: dict[str, Variable] = {}
        self._datasets: dict[str, Any] = {}
        self._iterators: dict[str, Any] = {}
        self._store: Store | None = None
        self._lock = threading.Lock()

    @property
    def store(self) -> Store:
        """The parameter servers."""
        if self._store is None:
            addresses = self.spec.job_tasks("ps")
            self._store = Store(
                [Client(str(a), f"Parameter server {i}") for i, a in enumerate(addresses)]
            )
        return self._store

    # -- called from afar ----------------------------------------------------------------------
    def load(self, request: bytes) -> bytes:
        """Takes in a function under a name."""
        identity, data = pickle.loads(request)
        loaded = _Loaded(identity)
        loaded.function = shipping.loads(data, lambda pid: self._resolve(pid, loaded))
        self._loaded[identity] = loaded
        return pickle.dumps(None)

    def dataset(self, request: bytes) -> bytes:
        """Takes in a dataset, or a function that makes one, under a name."""
        identity, data = pickle.loads(request)
        made = shipping.loads(data, lambda pid: self._resolve(pid, _Loaded(identity)))
        if isinstance(made, Function):
            made = made.python_function
        with replicas.switched(strategy=self.strategy):
            self._datasets[identity] = made() if callable(made) else made
        return pickle.dumps(None)

    def run(self, request: bytes) -> bytes:
        """Runs a function: reads the Variables it refers to, calls it, sends back what changed."""
        identity, data = pickle.loads(request)
        loaded = self._loaded[identity]
        with self._lock:
            args, kwargs = shipping.loads(data, lambda pid: self._resolve(pid, loaded))
            self._read(loaded)
            _local.worker = self.index
            with replicas.switched(strategy=self.strategy, place=lambda v: self._place(v, loaded)):
                result = loaded.function(*args, **kwargs)
            self._send(loaded)
            return shipping.dumps(nest.map_structure(_as_value, result, expand_composites=True))

    # -- inside --------------------------------------------------------------------------------
    def _resolve(self, pid: tuple[Any, ...], loaded: _Loaded) -> Any:
        kind, *rest = pid
        if kind == "strategy":
            return self.strategy
        if kind == "iterator":
            dataset, identity = rest
            if identity not in self._iterators:
                self._iterators[identity] = iter(self._datasets[dataset])
            return self._iterators[identity]
        base, parts, shape, dtype, metadata, state = rest
        key = parts[0].key
        if key not in self._copies:
            copy = _rebuild(base, np.zeros(shape, dtype), metadata, state.get("constraint"))
            copy.__dict__.update(state)
            copy.__dict__["_parts"] = parts
            self._copies[key] = copy
        copy = self._copies[key]
        loaded.variables[id(copy)] = copy
        return copy

    def _read(self, loaded: _Loaded) -> None:
        variables = list(loaded.variables.values())
        for variable, value in zip(
            variables, self.store.read([v.__dict__["_parts"] for v in variables])
        ):
            self._fill(variable, value)

    @staticmethod
    def _fill(variable: Variable, value: np.ndarray) -> None:
        variable.__dict__["_held"] = variable.__dict__["_before"] = value

    def _send(self, loaded: _Loaded) -> None:
        """Sends differences, so that no worker's change undoes another's."""
        added, written = [], []
        for variable in loaded.variables.values():
            before, after = variable.__dict__["_before"], variable.__dict__["_held"]
            if after is before:
                continue
            after = np.asarray(after)
            if np.array_equal(after, before):
                continue
            if after.dtype == bool:
                written.append((variable.__dict__["_parts"], after))
            else:
                added.append((variable.__dict__["_parts"], after - before))
        for method, changes in (("add", added), ("write", written)):
            if changes:
                self.store.change(method, changes)

    def _place(self, variable: Variable, loaded: _Loaded) -> None:
        """Shares a Variable made inside a function with the other workers, which make it as well."""
        value = np.asarray(variable._raw_value)
        if value.dtype == object:
            return
        number = next(loaded.numbers)
        key = f"{loaded.identity}/{number}"
        parts = [Part(key, number % len(self.store.clients), 0, -1)]
        with frames.init_scope():
            self.store.create(parts, value)
            self._fill(variable, self.store.read([parts])[0])
        variable.__dict__["_parts"] = parts
        loaded.variables[id(variable)] = variable


def _as_value(leaf: Any) -> Any:
    return leaf.read_value() if isinstance(leaf, Variable) else leaf


class _WorkerExtended(SingleExtended):
    def __init__(self, container_strategy: Any, worker: Worker) -> None:
        super().__init__(container_strategy)
        self.input_pipelines = (worker.spec.num_tasks("worker"), worker.index)

    @property
    def place(self) -> Any:  # type: ignore[override]
        """As the function that runs has it."""
        return replicas.state.place

    def run(self, fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if frames.current() is None:
            fn = self.strategy.compiled(fn)
        return super().run(fn, args, kwargs)


class WorkerStrategy(Strategy):
    """ParameterServerStrategy as code on a worker sees it: one replica."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(_WorkerExtended(self, worker))


@export("distribute.coordinator.experimental_get_current_worker_index")
def experimental_get_current_worker_index() -> int:
    """The number of the worker that runs this code. Raises RuntimeError elsewhere."""
    index = getattr(_local, "worker", None)
    if index is None:
        raise RuntimeError(
            "Cannot retrieve the worker index. `get_worker_idx` must be called from within a scheduled function."
        )
    return index
