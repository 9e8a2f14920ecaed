"""tensorflow.python.eager.context, and the graph that operations are said to go into."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import jax

from tfjax._src.core import names
from tfjax._src.core.export import export
from tfjax._src.devices.spec import DeviceSpec
from tfjax._src.eager import devices
from tfjax._src.eager import frame as frames
from tfjax._src.eager import tier
from tfjax._src.function.function import executing_eagerly
from tfjax._src.ops.random import state as random_state

EXPORTS = {"python.eager.context.executing_eagerly": "executing_eagerly"}


@export("python.eager.context.Context")
class Context:
    """What holds for the code that runs now: eager or traced, device, name scope."""

    def executing_eagerly(self) -> bool:
        """False while a tf.function is traced."""
        return executing_eagerly()

    @property
    def scope_name(self) -> str:
        """The name scope, with a slash at its end, or ""."""
        return names.current_scope() if executing_eagerly() else ""

    @property
    def device_name(self) -> str:
        """The device of the innermost `tf.device` scope, or ""."""
        frame = frames.current()
        if frame is not None:
            return frame.device
        return "" if tier.state.placing is None and tier.state.forced is None else devices.name_of(
            tier.state.placing or jax.local_devices()[0]
        )

    @property
    def device_spec(self) -> DeviceSpec:
        """`device_name` taken apart."""
        return DeviceSpec.from_string(self.device_name)

    def num_gpus(self) -> int:
        """The number of GPUs of this process."""
        return len(devices.jax_devices("GPU"))


_CONTEXT = Context()


@export("python.eager.context.context")
def context() -> Context:
    """The context of this process."""
    return _CONTEXT


@export("python.eager.context.eager_mode", "__internal__.eager_context.eager_mode")
@contextlib.contextmanager
def eager_mode() -> Iterator[None]:
    """A context in which operations run at once, also inside a tf.function."""
    with frames.init_scope():
        yield


@export("python.eager.context.num_gpus")
def num_gpus() -> int:
    """The number of GPUs of this process."""
    return _CONTEXT.num_gpus()


class CurrentGraph:
    """What code asks of `get_default_graph()`: the trace in progress, or none."""

    @property
    def building_function(self) -> bool:
        """True while a tf.function is traced."""
        return frames.current() is not None

    @property
    def seed(self) -> int | None:
        """The global seed."""
        return random_state.global_seed()

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def get_name_scope(self) -> str:
        """The name scope without a slash at its end."""
        return names.current_scope().rstrip("/")

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """The name behind the name scope, with `_1`, `_2`, … where it was given before.

        Args:
          name: the name; upper and lower case are one.
          mark_as_used: whether the result counts as given.
        """
        full = names.current_scope() + name
        counts = self._counts if mark_as_used else dict(self._counts)
        key = full.lower()
        used = counts.get(key, 0)
        counts[key] = used + 1
        if not used:
            return full
        unique = key
        while unique in counts:
            unique, used = f"{key}_{used}", used + 1
        counts[key], counts[unique] = used, 1
        return f"{full}_{used - 1}"


_GRAPH = CurrentGraph()


@export("compat.v1.get_default_graph")
def get_default_graph() -> Any:
    """Stands for the graph that operations go into. There is none: it only answers questions.

    >>> import tfjax as tf
    >>> tf.compat.v1.get_default_graph().building_function
    False
    """
    frame = frames.current()
    if frame is not None and frame.records:
        return frame.graph
    return _GRAPH


@export("python.ops.control_flow_util.GraphOrParentsInXlaContext")
def GraphOrParentsInXlaContext(graph: Any) -> bool:  # noqa: N802 (TensorFlow's name)
    """False: whether XLA compiles a graph is no property of it here."""
    return False


@export("python.ops.control_flow_util.InXlaContext")
def InXlaContext(graph: Any) -> bool:  # noqa: N802 (TensorFlow's name)
    """False, see `GraphOrParentsInXlaContext`."""
    return False
