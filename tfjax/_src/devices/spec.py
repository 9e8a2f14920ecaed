"""tf.DeviceSpec: a device name, field by field."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.eager.devices import parse

_FIELDS = ("job", "replica", "task", "device_type", "device_index")


@export("DeviceSpec")
class DeviceSpec:
    """A possibly partial device name.

    Args:
      job: the job's name.
      replica: an index.
      task: an index.
      device_type: such as "GPU".
      device_index: an index.

    >>> import tfjax as tf
    >>> tf.DeviceSpec(job="worker", task=1, device_type="GPU", device_index=0).to_string()
    '/job:worker/task:1/device:GPU:0'
    """

    def __init__(
        self,
        job: str | None = None,
        replica: int | None = None,
        task: int | None = None,
        device_type: str | None = None,
        device_index: int | None = None,
    ) -> None:
        self._values = (
            job,
            None if replica is None else int(replica),
            None if task is None else int(task),
            None if device_type is None else str(device_type).upper(),
            None if device_index is None else int(device_index),
        )

    @classmethod
    def from_string(cls, spec: str) -> DeviceSpec:
        """The DeviceSpec of a name. Raises ValueError for a malformed one."""
        return cls(**parse(spec))

    def parse_from_string(self, spec: str) -> DeviceSpec:
        """The same as `from_string`."""
        return type(self).from_string(spec)

    @property
    def job(self) -> str | None:
        """The job's name."""
        return self._values[0]

    @property
    def replica(self) -> int | None:
        """The replica's index."""
        return self._values[1]

    @property
    def task(self) -> int | None:
        """The task's index."""
        return self._values[2]

    @property
    def device_type(self) -> str | None:
        """Such as "GPU"."""
        return self._values[3]

    @property
    def device_index(self) -> int | None:
        """The device's index."""
        return self._values[4]

    def to_string(self) -> str:
        """The name, such as "/job:w/task:0/device:CPU:1"."""
        parts = [
            f"/{f}:{v}"
            for f, v in zip(_FIELDS[:3], self._values[:3], strict=False)
            if v is not None
        ]
        if self.device_type is not None:
            parts.append(
                f"/device:{self.device_type}:{'*' if self.device_index is None else self.device_index}"
            )
        return "".join(parts)

    def make_merged_spec(self, dev: DeviceSpec) -> DeviceSpec:
        """A spec with the fields of `dev` where it has them, and this one's elsewhere."""
        pairs = zip(dev._values, self._values, strict=False)
        return type(self)(*[mine if theirs is None else theirs for theirs, mine in pairs])

    def replace(self, **kwargs: Any) -> DeviceSpec:
        """A spec with some fields changed."""
        return type(self)(**{**dict(zip(_FIELDS, self._values, strict=False)), **kwargs})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeviceSpec) and self._values == other._values

    def __hash__(self) -> int:
        return hash(self._values)

    def __repr__(self) -> str:
        return f"<DeviceSpec({', '.join(f'{f}={v}' for f, v in zip(_FIELDS, self._values, strict=False))})>"
