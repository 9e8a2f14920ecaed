"""Strategies with a single replica: OneDeviceStrategy, and others on one device."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.distribute.strategy import SingleExtended, Strategy
from tfjax._src.eager import devices as device_names


class OneDeviceExtended(SingleExtended):
    """Everything on one device."""

    def __init__(self, container_strategy: Any, name: str, device: Any) -> None:
        super().__init__(container_strategy)
        self._name, self._device = name, device

    @property
    def worker_devices(self) -> tuple[str, ...]:
        return (self._name,)

    @contextlib.contextmanager
    def entered(self, strategy: Any) -> Iterator[None]:
        with super().entered(strategy), device_names.device(self._name):
            yield


@export("distribute.OneDeviceStrategy")
class OneDeviceStrategy(Strategy):
    """Puts everything on one device; a way to try a program that takes a strategy.

    Args:
      device: its name, such as "/gpu:0".

    >>> import tfjax as tf
    >>> strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
    >>> int(strategy.run(lambda x: x + 1, args=(tf.constant(1),)))
    2
    """

    def __init__(self, device: str) -> None:
        from tfjax._src.distribute.mirrored import full_name

        name = full_name(device)
        super().__init__(OneDeviceExtended(self, name, device_names.jax_device(name)))
