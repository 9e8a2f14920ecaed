"""CentralStorageStrategy: by its name; Variables are mirrored here, too."""

from __future__ import annotations

from collections.abc import Sequence

from tfjax._src.core.export import export
from tfjax._src.distribute.mirrored import all_devices, extended_for, full_name
from tfjax._src.distribute.strategy import Strategy


@export("distribute.experimental.CentralStorageStrategy")
class CentralStorageStrategy(Strategy):
    """A replica on each device of one machine, with Variables that have one value.

    Where that value lies makes no difference to a program: it is mirrored, as by MirroredStrategy.

    Args:
      compute_devices: the replicas' devices; all accelerators by default.
      parameter_device: no effect.
    """

    def __init__(
        self, compute_devices: Sequence[str] | None = None, parameter_device: str | None = None
    ) -> None:
        names = [full_name(d) for d in compute_devices] if compute_devices else all_devices()
        super().__init__(extended_for(self, names))
