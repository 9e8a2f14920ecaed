"""ParameterServerStrategy: Variables in the memory of servers, functions on workers."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.distribute import remote
from tfjax._src.distribute.cluster import TFConfigClusterResolver
from tfjax._src.distribute.remote import Store
from tfjax._src.distribute.rpc import Client
from tfjax._src.distribute.strategy import SingleExtended, Strategy

# How long the coordinator waits for the other tasks, in seconds.
TIMEOUT = 60.0


class _Extended(SingleExtended):
    def place(self, variable: Any) -> None:
        """Moves a new Variable to the servers."""
        remote.place(variable, self.strategy)


@export("distribute.ParameterServerStrategy", "distribute.experimental.ParameterServerStrategy")
class ParameterServerStrategy(Strategy):
    """Asynchronous training: workers read Variables from servers and send back changes.

    For the coordinator, the process that makes the strategy; the others run `tf.distribute.Server`.
    Functions are scheduled on the workers by a `tf.distribute.coordinator.ClusterCoordinator`.

    Args:
      cluster_resolver: knows the jobs "worker" and "ps"; TFConfigClusterResolver by default.
      variable_partitioner: cuts large Variables into shards on several servers.

    Raises:
      ValueError: the cluster has no "worker" or no "ps".
      UnavailableError: a task does not answer; names its address.
    """

    def __init__(self, cluster_resolver: Any = None, variable_partitioner: Any = None) -> None:
        self._resolver = cluster_resolver or TFConfigClusterResolver()
        spec = self._resolver.cluster_spec()
        for job in ("worker", "ps"):
            if job not in spec.jobs or not spec.num_tasks(job):
                raise ValueError(
                    f"The cluster of a ParameterServerStrategy needs at least one {job!r} task. Received: {spec}"
                )
        clients = {
            job: [
                Client(str(address), f"Task {i} of job {job!r}")
                for i, address in enumerate(spec.job_tasks(job))
            ]
            for job in ("ps", "worker")
        }
        for client in [*clients["ps"], *clients["worker"]]:
            client.wait(TIMEOUT)
        self.workers = clients["worker"]
        self.store = Store(clients["ps"], variable_partitioner)
        # Keys of this program's Variables, apart from those of earlier ones.
        self.identity, self.numbers = uuid.uuid4().hex[:12], itertools.count()
        super().__init__(_Extended(self))

    @property
    def cluster_resolver(self) -> Any:
        return self._resolver
