"""ClusterCoordinator: schedules functions on the workers of a ParameterServerStrategy."""

from __future__ import annotations

import collections
import pickle
import threading
import uuid
from collections.abc import Callable
from typing import Any

from tfjax._src.core import nest
from tfjax._src.core.errors import CancelledError, UnavailableError
from tfjax._src.core.export import export
from tfjax._src.distribute import rpc, shipping
from tfjax._src.distribute.parameter_server import TIMEOUT, ParameterServerStrategy
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function.function import Function


@export("distribute.coordinator.RemoteValue", "distribute.experimental.coordinator.RemoteValue")
class RemoteValue:
    """What a scheduled function will return."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._value: Any = None
        self._error: BaseException | None = None

    def _set(self, value: Any = None, error: BaseException | None = None) -> None:
        self._value, self._error = value, error
        self._ready.set()

    def get(self) -> Any:
        """Waits for the result; tensors stay tensors. Raises what the function raised."""
        self._ready.wait()
        if self._error is not None:
            raise self._error
        return self._value

    def fetch(self) -> Any:
        """Waits for the result, with NumPy values in the places of tensors."""
        return nest.map_structure(
            lambda leaf: leaf.numpy() if isinstance(leaf, Tensor) else leaf, self.get()
        )


@export(
    "distribute.coordinator.PerWorkerValue", "distribute.experimental.coordinator.PerWorkerValues"
)
class PerWorkerValues:
    """A dataset or an iterator that every worker has its own of; an argument of scheduled functions."""

    def __init__(self, dataset: str, iterator: str | None = None) -> None:
        self._dataset, self._iterator = dataset, iterator

    def __iter__(self) -> PerWorkerValues:
        return PerWorkerValues(self._dataset, uuid.uuid4().hex)

    def __next__(self) -> Any:
        raise NotImplementedError(
            "An iterator over a per-worker dataset moves on inside of scheduled functions only."
        )

    def _reference(self) -> Any:
        return ("iterator", self._dataset, self._iterator or self._dataset)


class _Closure:
    """A scheduled call."""

    def __init__(self, function: Any, args: Any, kwargs: Any) -> None:
        self.function, self.args, self.kwargs = function, args, kwargs
        self.result = RemoteValue()


@export(
    "distribute.coordinator.ClusterCoordinator",
    "distribute.experimental.coordinator.ClusterCoordinator",
)
class ClusterCoordinator:
    """Runs functions on the workers of a ParameterServerStrategy, each call on one that is free.

    Functions travel once, by cloudpickle, with the Variables of the strategy as references. A call
    whose worker is lost runs on another one.

    Args:
      strategy: a ParameterServerStrategy. There is one coordinator for each.

    Raises:
      ValueError: for another strategy.
    """

    def __new__(cls, strategy: Any) -> ClusterCoordinator:
        if not isinstance(strategy, ParameterServerStrategy):
            raise ValueError(
                "Only `tf.distribute.experimental.ParameterServerStrategy` is supported to work with `tf.distribute.experimental.coordinator.ClusterCoordinator` currently."
            )
        found = strategy.__dict__.get("_coordinator")
        if found is None:
            found = strategy.__dict__["_coordinator"] = object.__new__(cls)
            found._start(strategy)
        return found

    def _start(self, strategy: ParameterServerStrategy) -> None:
        self._strategy = strategy
        self._queue: collections.deque[_Closure] = collections.deque()
        self._state = threading.Condition()
        self._pending = 0
        self._error: BaseException | None = None
        self._functions: dict[int, tuple[Any, str, bytes]] = {}
        self._datasets: dict[str, bytes] = {}
        self._lost: set[int] = set()
        for number, client in enumerate(strategy.workers):
            threading.Thread(target=self._serve, args=(number, client), daemon=True).start()

    @property
    def strategy(self) -> Any:
        """The strategy."""
        return self._strategy

    # -- public --------------------------------------------------------------------------------
    def schedule(self, fn: Callable[..., Any], args: Any = None, kwargs: Any = None) -> RemoteValue:
        """Queues a call; returns at once.

        Args:
          fn: a tf.function, or a function, which is made one.
          args, kwargs: its arguments; RemoteValues and per-worker iterators may be among them.

        Raises:
          what an earlier call raised.
        """
        if not callable(fn):
            raise TypeError(
                "`tf.distribute.experimental.coordinator.ClusterCoordinator.schedule` only accepts a `tf.function` or a concrete function."
            )
        closure = _Closure(
            fn if isinstance(fn, Function) else self._made(fn),
            tuple(args or ()),
            dict(kwargs or {}),
        )
        with self._state:
            self._raise()
            self._pending += 1
            self._queue.append(closure)
            self._state.notify_all()
        return closure.result

    def join(self) -> None:
        """Waits until every scheduled call is done. Raises the first error among them."""
        with self._state:
            while self._pending and self._error is None:
                self._state.wait()
            self._raise()

    def done(self) -> bool:
        """Whether every scheduled call is done. Raises the first error among them."""
        with self._state:
            self._raise()
            return not self._pending

    def fetch(self, val: Any) -> Any:
        """The results in the places of a nest's RemoteValues."""
        return nest.map_structure(
            lambda leaf: leaf.fetch() if isinstance(leaf, RemoteValue) else leaf, val
        )

    def create_per_worker_dataset(self, dataset_fn: Any) -> PerWorkerValues:
        """A dataset that each worker makes for itself.

        Args:
          dataset_fn: a function (or tf.function) without arguments that returns a dataset, or a dataset.
        """
        identity = uuid.uuid4().hex
        self._datasets[identity] = shipping.dumps(dataset_fn)
        return PerWorkerValues(identity)

    # -- workers -------------------------------------------------------------------------------
    def _made(self, fn: Any) -> Function:
        known = self.__dict__.setdefault("_wrapped", {})
        if id(fn) not in known:
            known[id(fn)] = (fn, Function(fn))
        return known[id(fn)][1]

    def _raise(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _blob(self, function: Function) -> tuple[str, bytes]:
        with self._state:
            found = self._functions.get(id(function))
            if found is None:
                found = self._functions[id(function)] = (
                    function,
                    uuid.uuid4().hex[:12],
                    shipping.dumps(function, _reference),
                )
            return found[1], found[2]

    def _serve(self, number: int, client: rpc.Client) -> None:
        """One worker's thread: takes calls from the queue for ever."""
        sent: set[str] = set()
        while True:
            with self._state:
                while not self._queue:
                    self._state.wait()
                closure = self._queue.popleft()
            try:
                value = self._run(client, closure, sent)
            except UnavailableError as error:
                self._lose(number, closure, error)
                sent.clear()
                self._find_again(number, client)
                continue
            except rpc.RemoteFailure as failure:
                failure.error.add_note(f"On {client.what} at {client.address}:\n{failure.text}")
                self._finish(closure, error=failure.error)
                continue
            except BaseException as error:
                self._finish(closure, error=error)
                continue
            self._finish(closure, value)

    def _run(self, client: rpc.Client, closure: _Closure, sent: set[str]) -> Any:
        identity, data = self._blob(closure.function)
        args = nest.map_structure(
            lambda v: v.get() if isinstance(v, RemoteValue) else v, (closure.args, closure.kwargs)
        )
        payload = shipping.dumps(args, _reference)
        for name in self._datasets:
            if name not in sent and name.encode() in payload + data:
                rpc.answer_of(client.call("dataset", pickle.dumps((name, self._datasets[name]))))
                sent.add(name)
        if identity not in sent:
            rpc.answer_of(client.call("load", pickle.dumps((identity, data))))
            sent.add(identity)
        return rpc.answer_of(client.call("run", pickle.dumps((identity, payload))))

    def _finish(
        self, closure: _Closure, value: Any = None, error: BaseException | None = None
    ) -> None:
        with self._state:
            self._pending -= 1
            closure.result._set(value, error)
            if error is not None:
                self._fail(error)
            self._state.notify_all()

    def _fail(self, error: BaseException) -> None:
        """Keeps the first error for `join`; calls that have not begun are cancelled."""
        self._error = self._error or error
        while self._queue:
            self._pending -= 1
            self._queue.popleft().result._set(
                error=CancelledError(
                    None, None, "The corresponding function is cancelled: another one failed."
                )
            )

    def _lose(self, number: int, closure: _Closure, error: UnavailableError) -> None:
        with self._state:
            self._lost.add(number)
            self._queue.appendleft(closure)
            if len(self._lost) == len(self._strategy.workers):
                self._fail(error)
            self._state.notify_all()

    def _find_again(self, number: int, client: rpc.Client) -> None:
        while True:
            try:
                client.wait(TIMEOUT)
            except UnavailableError:
                continue
            with self._state:
                self._lost.discard(number)
            return


def _reference(obj: Any) -> Any:
    return obj._reference() if isinstance(obj, PerWorkerValues) else None
