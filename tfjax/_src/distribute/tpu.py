"""TPUStrategy and what scripts call before it. JAX has connected to the TPU already when it starts."""

from __future__ import annotations

import logging
from typing import Any

from tfjax._src.core.errors import NotFoundError
from tfjax._src.core.export import export
from tfjax._src.distribute.cluster import ClusterResolver, ClusterSpec
from tfjax._src.distribute.mirrored import extended_for, full_name
from tfjax._src.distribute.strategy import Strategy
from tfjax._src.eager import devices as device_names

_log = logging.getLogger("tensorflow")


def _require_name(tpu: Any) -> None:
    if not tpu and not device_names.jax_devices("TPU"):
        raise ValueError("Please provide a TPU Name to connect to.")


@export("distribute.cluster_resolver.TPUClusterResolver")
class TPUClusterResolver(ClusterResolver):
    """Finds the TPU: always the one that JAX sees on this machine.

    Args:
      tpu: "local" or a name; may be left out where JAX sees a TPU.
      zone, project, job_name, coordinator_name, coordinator_address, credentials, service,
        discovery_url: no effect.

    Raises:
      ValueError: no name, and no TPU here.
    """

    def __init__(
        self,
        tpu: Any = None,
        zone: Any = None,
        project: Any = None,
        job_name: str = "worker",
        coordinator_name: Any = None,
        coordinator_address: Any = None,
        credentials: str = "default",
        service: Any = None,
        discovery_url: Any = None,
    ) -> None:
        _require_name(tpu)
        self._tpu, self.task_type, self.task_id = tpu, job_name, 0

    @staticmethod
    def connect(tpu: Any = None, zone: Any = None, project: Any = None) -> TPUClusterResolver:
        """A resolver, with the TPU set up."""
        resolver = TPUClusterResolver(tpu, zone, project)
        initialize_tpu_system(resolver)
        return resolver

    def cluster_spec(self) -> ClusterSpec:
        return ClusterSpec({})

    def master(self, task_type: Any = None, task_id: Any = None, rpc_layer: Any = None) -> str:
        return "" if self._tpu in (None, "", "local") else str(self._tpu)

    def get_master(self) -> str:
        """The same as `master`."""
        return self.master()


def _tpus() -> list[str]:
    found = device_names.jax_devices("TPU")
    if not found:
        raise NotFoundError(
            None, None, "TPUs not found in the cluster: JAX sees no TPU on this machine."
        )
    return [full_name(f"TPU:{i}") for i in range(len(found))]


@export("tpu.experimental.initialize_tpu_system")
def initialize_tpu_system(cluster_resolver: Any = None) -> list[str]:
    """Checks that there is a TPU; returns its cores' names.

    Raises:
      ValueError: without a resolver and without a TPU.
      NotFoundError: JAX sees no TPU.
    """
    if cluster_resolver is None:
        cluster_resolver = TPUClusterResolver("")
    return _tpus()


@export("tpu.experimental.shutdown_tpu_system")
def shutdown_tpu_system(cluster_resolver: Any = None) -> None:
    """Checks that there is a TPU; JAX lets go of it when the process ends."""
    _tpus()


@export("config.experimental_connect_to_cluster")
def experimental_connect_to_cluster(
    cluster_spec_or_resolver: Any,
    job_name: str = "localhost",
    task_index: int = 0,
    protocol: Any = None,
    make_master_device_default: bool = True,
    cluster_device_filters: Any = None,
) -> None:
    """Checks its argument; JAX is connected to this machine's devices already.

    Raises ValueError unless a ClusterSpec or a ClusterResolver is given; the rest has no effect.
    """
    if not isinstance(cluster_spec_or_resolver, (ClusterSpec, ClusterResolver)):
        raise ValueError(
            "`cluster_spec_or_resolver` must be a `ClusterSpec` or a `ClusterResolver`."
        )


@export("config.experimental_connect_to_host")
def experimental_connect_to_host(remote_host: Any = None, job_name: str = "worker") -> None:
    """Checks that a host was named; `job_name` has no effect.

    Raises ValueError without a host.
    """
    if not remote_host:
        raise ValueError("Must provide at least one remote_host")


@export("distribute.TPUStrategy", "distribute.experimental.TPUStrategy")
class TPUStrategy(Strategy):
    """A replica on each TPU core, as one program over their mesh.

    Args:
      tpu_cluster_resolver: a TPUClusterResolver.
      experimental_device_assignment, experimental_spmd_xla_partitioning: no effect: programs are
        always partitioned by XLA.
    """

    def __init__(
        self,
        tpu_cluster_resolver: Any = None,
        experimental_device_assignment: Any = None,
        experimental_spmd_xla_partitioning: bool = False,
    ) -> None:
        self._resolver = tpu_cluster_resolver or TPUClusterResolver("")
        names = _tpus()
        super().__init__(extended_for(self, names))
        _log.info("Using TPUStrategy with devices %s", tuple(names))

    @property
    def cluster_resolver(self) -> Any:
        return self._resolver
