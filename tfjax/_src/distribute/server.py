"""tf.distribute.Server: a process's part in a cluster, as memory for Variables or as a worker."""

from __future__ import annotations

import pickle
import threading
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core.errors import NotFoundError
from tfjax._src.core.export import export
from tfjax._src.distribute import rpc
from tfjax._src.distribute.cluster import ClusterSpec
from tfjax._src.io.cluster_protos import ClusterDef
from tfjax._src.distribute.worker import Worker


class Memory:
    """Variables' values by key; changes are atomic."""

    def __init__(self) -> None:
        self._values: dict[str, np.ndarray] = {}
        self._lock = threading.Lock()

    def create(self, values: dict[str, np.ndarray]) -> None:
        """Keeps values under new keys; keys that are there stay as they are."""
        with self._lock:
            for key, value in values.items():
                self._values.setdefault(key, np.array(value))

    def _known(self, key: str) -> np.ndarray:
        if key not in self._values:
            raise NotFoundError(
                None, None, f"This server holds no variable {key!r}. Was it started again?"
            )
        return self._values[key]

    def read(self, keys: list[str]) -> dict[str, np.ndarray]:
        """The values under keys."""
        with self._lock:
            return {key: self._known(key) for key in keys}

    def write(self, values: dict[str, np.ndarray]) -> None:
        """Replaces values."""
        with self._lock:
            for key, value in values.items():
                self._known(key)
                self._values[key] = np.array(value)

    def add(self, deltas: dict[str, np.ndarray]) -> None:
        """Adds to values."""
        with self._lock:
            for key, delta in deltas.items():
                self._values[key] = self._known(key) + delta


def _answering(function: Callable[..., Any]) -> Callable[[bytes], bytes]:
    """A handler that takes pickled arguments and gives a pickled result or failure."""

    def handle(request: bytes) -> bytes:
        try:
            return pickle.dumps(function(*pickle.loads(request)), protocol=5)
        except BaseException as error:
            return failure_bytes(error)

    return handle


def failure_bytes(error: BaseException) -> bytes:
    """An error as an answer; one that cannot be pickled becomes a RuntimeError."""
    text = "".join(traceback.format_exception(error))
    try:
        data = pickle.dumps(rpc.RemoteFailure(error, text), protocol=5)
        pickle.loads(data)
        return data
    except Exception:
        return pickle.dumps(
            rpc.RemoteFailure(RuntimeError(f"{type(error).__name__}: {error}"), text), protocol=5
        )


@export("distribute.Server")
class Server:
    """Makes this process a task of a cluster, for ParameterServerStrategy.

    A "ps" task lends its memory to Variables, a "worker" runs what the coordinator schedules. Call
    `join()` to stay until the process is ended.

    Args:
      server_or_cluster_def: a ClusterSpec, a ClusterDef or a dict.
      job_name, task_index: which task this is; may be left out where there is only one.
      protocol: "grpc".
      config: no effect.
      start: whether to start at once.

    Raises:
      ValueError: the task is not in the cluster, or another protocol is asked for.
    """

    def __init__(
        self,
        server_or_cluster_def: Any,
        job_name: str | None = None,
        task_index: int | None = None,
        protocol: str | None = None,
        config: Any = None,
        start: bool = True,
    ) -> None:
        if not isinstance(server_or_cluster_def, (ClusterSpec, ClusterDef, dict)):
            raise TypeError(
                "Invalid `server_or_cluster_def` passed: it must be a ClusterSpec, a ClusterDef or a dict."
            )
        if protocol not in (None, "grpc"):
            raise ValueError(f"`protocol` must be 'grpc'. Received: {protocol!r}")
        spec = ClusterSpec(server_or_cluster_def)
        if job_name is None:
            if len(spec.jobs) != 1:
                raise ValueError("Must specify an explicit job_name.")
            job_name = spec.jobs[0]
        if task_index is None:
            if len(spec.task_indices(job_name)) != 1:
                raise ValueError("Must specify an explicit task_index.")
            task_index = spec.task_indices(job_name)[0]
        self.server_def = {
            "cluster": spec.as_dict(),
            "job_name": job_name,
            "task_index": task_index,
        }
        self._address = spec.task_address(job_name, task_index)
        self._memory = Memory()
        self._worker = Worker(spec, task_index) if job_name == "worker" else None
        self._server: Any = None
        if start:
            self.start()

    @staticmethod
    def create_local_server(config: Any = None, start: bool = True) -> Server:
        """A server of its own on a free port; `config` has no effect."""
        return Server({"local": ["localhost:0"]}, protocol="grpc", start=start)

    @property
    def target(self) -> str:
        """`grpc://host:port`."""
        return f"grpc://{self._address}"

    def start(self) -> None:
        """Starts to answer; nothing happens if it does already."""
        if self._server is not None:
            return
        memory = self._memory
        handlers = {
            name: _answering(getattr(memory, name)) for name in ("create", "read", "write", "add")
        }
        if self._worker is not None:
            for name in ("load", "dataset", "run"):
                handlers[name] = self._guarded(getattr(self._worker, name))
        self._server, port = rpc.serve(self._address, handlers)
        self._address = f"{self._address.rpartition(':')[0]}:{port}"

    @staticmethod
    def _guarded(function: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        def handle(request: bytes) -> bytes:
            try:
                return function(request)
            except BaseException as error:
                return failure_bytes(error)

        return handle

    def join(self) -> None:
        """Stays until the process is ended."""
        threading.Event().wait()
