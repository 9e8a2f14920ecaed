"""Clusters: which tasks there are, at which addresses, and which one this process is."""

from __future__ import annotations

import json
import os
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.io.cluster_protos import ClusterDef, JobDef, JobDeviceFilters
from tfjax._src.io.cluster_protos import ClusterDeviceFilters as ClusterDeviceFiltersProto


@export("train.ClusterSpec")
class ClusterSpec:
    """The tasks of a cluster: job names and the addresses of their tasks.

    Args:
      cluster: a dict from job name to a list of addresses (or a dict from task number to address),
        a ClusterDef or another ClusterSpec.

    >>> import tfjax as tf
    >>> tf.train.ClusterSpec({"worker": ["a:1", "b:1"]}).num_tasks("worker")
    2
    """

    def __init__(self, cluster: Any) -> None:
        if isinstance(cluster, ClusterDef):
            cluster = {job.name: dict(job.tasks) for job in cluster.job}
        if isinstance(cluster, ClusterSpec):
            cluster = cluster._tasks
        if not isinstance(cluster, dict):
            raise TypeError(
                "`cluster` must be a dictionary mapping one or more job names to lists of network addresses, or a "
                "`ClusterDef` protocol buffer"
            )
        self._tasks: dict[str, dict[int, str]] = {}
        for job, tasks in cluster.items():
            if isinstance(tasks, (list, tuple)):
                tasks = dict(enumerate(tasks))
            if not isinstance(tasks, dict):
                raise TypeError(
                    f"The tasks for job {job!r} must be a list or a dictionary from integers to strings."
                )
            for address in tasks.values():
                if not isinstance(address, str):
                    raise TypeError(f"Task address {address!r} must be bytes or unicode")
            self._tasks[job] = {int(i): a for i, a in tasks.items()}

    @property
    def jobs(self) -> list[str]:
        """The jobs' names."""
        return list(self._tasks)

    def as_dict(self) -> dict[str, Any]:
        """Job names to lists of addresses (dicts where task numbers have gaps)."""
        found: dict[str, Any] = {}
        for job, tasks in self._tasks.items():
            dense = sorted(tasks) == list(range(len(tasks)))
            found[job] = [tasks[i] for i in sorted(tasks)] if dense else dict(tasks)
        return found

    def as_cluster_def(self) -> Any:
        """The same as a ClusterDef."""
        return ClusterDef(job=[JobDef(name=job, tasks=tasks) for job, tasks in sorted(self._tasks.items())])

    def _job(self, job_name: str) -> dict[int, str]:
        if job_name not in self._tasks:
            raise ValueError(f"No such job in cluster: {job_name!r}")
        return self._tasks[job_name]

    def num_tasks(self, job_name: str) -> int:
        """How many tasks a job has. Raises ValueError for an unknown job."""
        return len(self._job(job_name))

    def task_indices(self, job_name: str) -> list[int]:
        """The numbers of a job's tasks."""
        return sorted(self._job(job_name))

    def task_address(self, job_name: str, task_index: int) -> str:
        """The address of a task. Raises ValueError for an unknown one."""
        tasks = self._job(job_name)
        if task_index not in tasks:
            raise ValueError(f"No task with index {task_index!r} in job {job_name!r}")
        return tasks[task_index]

    def job_tasks(self, job_name: str) -> list[str | None]:
        """The addresses of a job's tasks by number, None in gaps."""
        tasks = self._job(job_name)
        return [tasks.get(i) for i in range(max(tasks) + 1)] if tasks else []

    def __bool__(self) -> bool:
        return bool(self._tasks)

    __nonzero__ = __bool__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClusterSpec) and self._tasks == other._tasks

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        jobs = ", ".join(f"{job!r}: {tasks!r}" for job, tasks in sorted(self.as_dict().items()))
        return f"ClusterSpec({{{jobs}}})"


@export("config.experimental.ClusterDeviceFilters")
class ClusterDeviceFilters:
    """Which devices of a cluster each task may see.

    >>> import tfjax as tf
    >>> filters = tf.config.experimental.ClusterDeviceFilters()
    >>> filters.set_device_filters("worker", 0, ["/job:ps"])
    """

    def __init__(self) -> None:
        self._filters: dict[str, dict[int, list[str]]] = {}

    def set_device_filters(self, job_name: str, task_index: int, device_filters: Any) -> None:
        """Sets the device names that a task may see."""
        self._filters.setdefault(job_name, {})[task_index] = list(device_filters)

    def _as_cluster_device_filters(self) -> Any:
        jobs = []
        for job, tasks in self._filters.items():
            found = JobDeviceFilters(name=job)
            for task, names in tasks.items():
                found.tasks[task].device_filters.extend(names)
            jobs.append(found)
        return ClusterDeviceFiltersProto(jobs=jobs)


@export("distribute.cluster_resolver.ClusterResolver")
class ClusterResolver:
    """Knows the cluster, and which task of it this process is."""

    task_type: Any = None
    task_id: Any = None
    rpc_layer: Any = None
    environment = ""

    def cluster_spec(self) -> ClusterSpec:
        """The cluster."""
        raise NotImplementedError("A ClusterResolver subclass must implement `cluster_spec`.")

    def master(self, task_type: Any = None, task_id: Any = None, rpc_layer: Any = None) -> str:
        """The address of a task, "" where there is none."""
        if task_type is None or task_id is None:
            return ""
        layer = rpc_layer or self.rpc_layer
        address = self.cluster_spec().task_address(task_type, task_id)
        return f"{layer}://{address}" if layer else address

    def num_accelerators(
        self, task_type: Any = None, task_id: Any = None, config_proto: Any = None
    ) -> dict[str, int]:
        """How many accelerators of each type this machine has."""
        from tfjax._src.eager import devices

        counts = {kind: len(devices.list_physical_devices(kind)) for kind in ("GPU", "TPU")}
        return {kind: count for kind, count in counts.items() if count}


@export("distribute.cluster_resolver.SimpleClusterResolver")
class SimpleClusterResolver(ClusterResolver):
    """A cluster given by hand.

    Args:
      cluster_spec: a ClusterSpec.
      master: the address of the master.
      task_type, task_id: which task this process is.
      environment: kept.
      num_accelerators: by type; counted by default.
      rpc_layer: "grpc" or None.
    """

    def __init__(
        self,
        cluster_spec: Any,
        master: str = "",
        task_type: Any = None,
        task_id: Any = None,
        environment: str = "",
        num_accelerators: Any = None,
        rpc_layer: Any = None,
    ) -> None:
        if not isinstance(cluster_spec, ClusterSpec):
            raise TypeError("cluster_spec must be a `tf.train.ClusterSpec`.")
        if not isinstance(master, str):
            raise TypeError("master must be a string.")
        self._spec, self._master, self._accelerators = cluster_spec, master, num_accelerators
        self.task_type, self.task_id, self.environment, self.rpc_layer = (
            task_type,
            task_id,
            environment,
            rpc_layer,
        )

    def cluster_spec(self) -> ClusterSpec:
        return self._spec

    def master(self, task_type: Any = None, task_id: Any = None, rpc_layer: Any = None) -> str:
        if task_type is None or task_id is None:
            return self._master
        return super().master(task_type, task_id, rpc_layer)

    def num_accelerators(
        self, task_type: Any = None, task_id: Any = None, config_proto: Any = None
    ) -> dict[str, int]:
        return self._accelerators if self._accelerators is not None else super().num_accelerators()


@export("distribute.cluster_resolver.TFConfigClusterResolver")
class TFConfigClusterResolver(ClusterResolver):
    """The cluster that the environment variable TF_CONFIG describes.

    TF_CONFIG is JSON: `{"cluster": {"worker": ["host:port", …]}, "task": {"type": "worker", "index": 0}}`.

    Args:
      task_type, task_id: instead of TF_CONFIG's.
      rpc_layer: "grpc" or None.
      environment: kept.
    """

    def __init__(
        self,
        task_type: Any = None,
        task_id: Any = None,
        rpc_layer: Any = None,
        environment: Any = None,
    ) -> None:
        self._type, self._id, self._layer = task_type, task_id, rpc_layer
        self.environment = environment

    @staticmethod
    def _config() -> dict[str, Any]:
        text = os.environ.get("TF_CONFIG", "{}")
        try:
            config = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(
                f"The environment variable TF_CONFIG is not valid JSON ({error}). Received: {text!r}"
            ) from None
        if not isinstance(config, dict):
            raise ValueError(
                f"The environment variable TF_CONFIG must be a JSON object. Received: {text!r}"
            )
        return config

    @property
    def task_type(self) -> Any:  # type: ignore[override]
        """This process's job."""
        task = self._config().get("task", {})
        return (
            self._type
            if self._type is not None
            else (str(task["type"]) if "type" in task else None)
        )

    @task_type.setter
    def task_type(self, value: Any) -> None:
        self._type = value

    @property
    def task_id(self) -> Any:  # type: ignore[override]
        """This process's number in its job."""
        task = self._config().get("task", {})
        return (
            self._id if self._id is not None else (int(task["index"]) if "index" in task else None)
        )

    @task_id.setter
    def task_id(self, value: Any) -> None:
        self._id = value

    @property
    def rpc_layer(self) -> Any:  # type: ignore[override]
        """ "grpc", unless something else was given."""
        return self._layer if self._layer is not None else self._config().get("rpc_layer")

    @rpc_layer.setter
    def rpc_layer(self, value: Any) -> None:
        self._layer = value

    def cluster_spec(self) -> ClusterSpec:
        return ClusterSpec(self._config().get("cluster", {}))

    def master(self, task_type: Any = None, task_id: Any = None, rpc_layer: Any = None) -> str:
        spec = self.cluster_spec()
        if not spec or (len(spec.jobs) == 1 and len(spec.job_tasks(spec.jobs[0])) == 1):
            return ""
        return super().master(
            self.task_type if task_type is None else task_type,
            self.task_id if task_id is None else task_id,
            rpc_layer,
        )


def check_task(spec: ClusterSpec, task_type: Any, task_id: Any) -> None:
    """Raises ValueError unless the task is one of the cluster."""
    if task_type is None or task_id is None:
        raise ValueError(
            "`task_type` and `task_id` must be specified in the cluster resolver (TF_CONFIG: "
            f'"task": {{"type": …, "index": …}}). Received: task_type={task_type}, task_id={task_id}'
        )
    if task_type not in spec.jobs:
        raise ValueError(f"`task_type` {task_type!r} not found in cluster_spec {spec}")
    if task_id not in spec.task_indices(task_type):
        raise ValueError(
            f"`task_id` {task_id} is not one of the tasks {spec.task_indices(task_type)} of job {task_type!r} in cluster_spec {spec}"
        )
