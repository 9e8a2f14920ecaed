"""MultiWorkerMirroredStrategy: replicas on several machines, one process each, over `jax.distributed`."""

from __future__ import annotations

import logging
import socket
import time
from typing import Any

import jax

from tfjax._src.core.errors import UnavailableError
from tfjax._src.core.export import export
from tfjax._src.distribute.cluster import ClusterSpec, TFConfigClusterResolver, check_task
from tfjax._src.distribute.extended import MeshExtended
from tfjax._src.distribute.mesh import ReplicaMesh
from tfjax._src.distribute.mirrored import all_devices, extended_for
from tfjax._src.distribute.options import CommunicationOptions
from tfjax._src.distribute.strategy import Strategy

_log = logging.getLogger("tensorflow")
# How long a worker waits for the others at the start, in seconds, unless the options say.
_TIMEOUT = 300.0
_joined: list[Any] = []


class MultiWorkerExtended(MeshExtended):
    """Replicas on the devices of several processes."""

    def __init__(
        self, container_strategy: Any, mesh: ReplicaMesh, names: Any, workers: int, worker: int
    ) -> None:
        super().__init__(container_strategy, mesh, names)
        #: (how many input pipelines there are, the number of this one)
        self.input_pipelines = (workers, worker)


@export(
    "distribute.MultiWorkerMirroredStrategy", "distribute.experimental.MultiWorkerMirroredStrategy"
)
class MultiWorkerMirroredStrategy(Strategy):
    """Synchronous training on several machines, each of which runs the same program.

    The environment variable TF_CONFIG names the workers and which one this process is; see
    `tf.distribute.cluster_resolver.TFConfigClusterResolver`. The first worker (or the job "chief")
    coordinates; JAX connects the processes, with Gloo on CPUs and NCCL on GPUs. Make the strategy
    before anything is computed. Without TF_CONFIG it is a MirroredStrategy.

    Args:
      cluster_resolver: who knows the cluster; TFConfigClusterResolver by default.
      communication_options: `timeout_seconds` limits the wait for the other workers (300 by
        default); the rest has no effect.

    Raises:
      ValueError: TF_CONFIG is no JSON, or does not name this process's task.
      UnavailableError: a worker did not answer in time; names its address.
    """

    def __init__(self, cluster_resolver: Any = None, communication_options: Any = None) -> None:
        options = communication_options or CommunicationOptions()
        if not isinstance(options, CommunicationOptions):
            raise ValueError(
                f"`communication_options` must be a CommunicationOptions. Received: {options!r}"
            )
        self._resolver = cluster_resolver or TFConfigClusterResolver()
        spec = self._resolver.cluster_spec()
        tasks = _tasks(spec)
        names = None
        if len(tasks) > 1:
            kind, number = self._resolver.task_type, self._resolver.task_id
            check_task(spec, kind, number)
            position = tasks.index((kind, number))
            addresses = [spec.task_address(*task) for task in tasks]
            connect(addresses, position, options.timeout_seconds or _TIMEOUT)
            found = _replica_devices()
            names = [
                f"/job:{tasks[d.process_index][0]}/replica:0/task:{tasks[d.process_index][1]}/device:{_kind(d)}:{i}"
                for i, d in _numbered(found)
            ]
            local = [n for n, d in zip(names, found) if d.process_index == position]
            super().__init__(
                MultiWorkerExtended(self, ReplicaMesh(found), local, len(tasks), position)
            )
        else:
            if tasks:
                check_task(spec, self._resolver.task_type, self._resolver.task_id)
            # As TensorFlow: every GPU of the machine, but just one CPU.
            names = all_devices()
            names = names[:1] if "CPU" in names[0] else names
            super().__init__(extended_for(self, names))
        _log.info("Using MultiWorkerMirroredStrategy with devices %s", tuple(names))

    @property
    def cluster_resolver(self) -> Any:
        return self._resolver


def _replica_devices() -> list[Any]:
    """Every accelerator of every process, but just one CPU of each, as in TensorFlow.

    Gloo could not serve more: with several CPU devices in a process XLA runs their collectives in
    threads, and the messages of two collectives get mixed up ("Received data size doesn't match").
    """
    devices = sorted(jax.devices(), key=lambda d: (d.process_index, d.id))
    firsts = {d.process_index: d for d in reversed(devices)}
    return [d for d in devices if d.platform != "cpu" or d is firsts[d.process_index]]


def _kind(device: Any) -> str:
    return {"cpu": "CPU", "tpu": "TPU"}.get(device.platform, "GPU")


def _numbered(devices: list[Any]) -> list[tuple[int, Any]]:
    """Each device with its number on its own machine."""
    counts: dict[int, int] = {}
    found = []
    for device in devices:
        number = counts.get(device.process_index, 0)
        counts[device.process_index] = number + 1
        found.append((number, device))
    return found


def _tasks(spec: ClusterSpec) -> list[tuple[str, int]]:
    """The tasks that train, in the order of their replicas; the chief comes first."""
    for job in spec.jobs:
        if job not in ("chief", "worker", "evaluator"):
            raise ValueError(
                f"Unknown job {job!r} in cluster_spec {spec}: MultiWorkerMirroredStrategy knows 'chief' and 'worker'."
            )
    return [
        (job, i) for job in ("chief", "worker") if job in spec.jobs for i in spec.task_indices(job)
    ]


def set_up_gloo() -> None:
    """Makes processes on CPUs talk through Gloo; before JAX's backend starts."""
    if jax.config.jax_platforms in (None, "", "cpu"):
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        # Gloo pairs messages by their order. Two programs in flight may swap their order in one
        # process ("Received data size doesn't match expected size"), so one runs after the other.
        jax.config.update("jax_cpu_enable_async_dispatch", False)


def connect(addresses: list[str], position: int, timeout: float) -> None:
    """Joins the processes at `addresses` as number `position`; once in a process's life."""
    if _joined:
        if _joined[0] != (addresses, position):
            raise RuntimeError("This process has joined another cluster already.")
        return
    if len(addresses) > 1:
        _meet(addresses, position, timeout)
    set_up_gloo()
    coordinator = addresses[0]
    try:
        jax.distributed.initialize(
            coordinator,
            num_processes=len(addresses),
            process_id=position,
            initialization_timeout=max(1, int(timeout)),
        )
    except RuntimeError as error:
        if "must be called before" in str(error):
            raise RuntimeError(
                "MultiWorkerMirroredStrategy must be created at program startup, before anything is computed."
            ) from error
        raise UnavailableError(
            None, None, f"Connecting to the coordinator at {coordinator} failed: {error}"
        ) from error
    _joined.append((addresses, position))


def _meet(addresses: list[str], position: int, timeout: float) -> None:
    """Waits until every task is there, so that one that is missing can be named.

    Each task but the first listens at its own address; the first one calls on them all and then
    starts JAX's coordination service at its own address, to which JAX itself makes the others connect.
    """
    deadline = time.monotonic() + timeout
    if position == 0:
        for number, address in enumerate(addresses[1:], 1):
            _call_on(address, number, deadline, timeout)
        return
    host, _, port = addresses[position].rpartition(":")
    with socket.create_server(
        (host if host not in ("localhost",) else "127.0.0.1", int(port))
    ) as server:
        server.settimeout(timeout)
        try:
            caller, _ = server.accept()
        except TimeoutError:
            raise UnavailableError(
                None,
                None,
                f"Task 0 at {addresses[0]} did not come within {timeout:g} seconds. Is it running, with the same TF_CONFIG cluster?",
            ) from None
        caller.close()


def _call_on(address: str, number: int, deadline: float, timeout: float) -> None:
    host, _, port = address.rpartition(":")
    while True:
        try:
            socket.create_connection(
                (host, int(port)), timeout=max(0.1, deadline - time.monotonic())
            ).close()
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise UnavailableError(
                    None,
                    None,
                    f"Task {number} at {address} did not answer within {timeout:g} seconds ({error}). Is it running, with the same TF_CONFIG cluster?",
                ) from None
            time.sleep(0.1)
