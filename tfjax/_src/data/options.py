"""tf.data.Options and its parts: `deterministic` is honoured, the rest are hints without effect."""

from __future__ import annotations

import enum
from typing import Any

from tfjax._src.core.export import export


@export("data.experimental.AutoShardPolicy")
class AutoShardPolicy(enum.IntEnum):
    """How a distributed dataset is cut into parts.

    >>> import tfjax as tf
    >>> tf.data.experimental.AutoShardPolicy.DATA
    <AutoShardPolicy.DATA: 2>
    """

    OFF = -1
    AUTO = 0
    FILE = 1
    DATA = 2
    HINT = 3


@export("data.experimental.ExternalStatePolicy")
class ExternalStatePolicy(enum.Enum):
    """What to do about state outside of a dataset that is serialized; a hint without effect."""

    WARN = 0
    IGNORE = 1
    FAIL = 2


@export("data.experimental.AutotuneAlgorithm")
class AutotuneAlgorithm(enum.Enum):
    """How parallelism is tuned; a hint without effect."""

    DEFAULT = 0
    HILL_CLIMB = 1
    GRADIENT_DESCENT = 2
    MAX_PARALLELISM = 3
    STAGE_BASED = 4


class _Settings:
    """Named settings with types; anything else cannot be set."""

    _types: dict[str, Any] = {}
    _defaults: dict[str, Any] = {}

    def __init__(self) -> None:
        for name, kind in self._types.items():
            nested = isinstance(kind, type) and issubclass(kind, _Settings)
            self.__dict__[name] = kind() if nested else self._defaults.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        name = self._ALIASES.get(name, name)
        if name not in self._types:
            raise AttributeError(f"Cannot set the property {name} on {type(self).__name__}.")
        kind = self._types[name]
        if value is not None and not isinstance(value, kind):
            raise TypeError(f'Property "{name}" must be of type {kind}, got: {value} (type: {type(value)})')
        self.__dict__[name] = value

    _ALIASES: dict[str, str] = {}

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]


@export("data.ThreadingOptions", "data.experimental.ThreadingOptions")
class ThreadingOptions(_Settings):
    """Sizes of thread pools; hints without effect.

    >>> import tfjax as tf
    >>> tf.data.ThreadingOptions().private_threadpool_size is None
    True
    """

    _types = {"max_intra_op_parallelism": int, "private_threadpool_size": int}


@export("data.experimental.AutotuneOptions")
class AutotuneOptions(_Settings):
    """Settings of the tuning of parallelism; hints without effect."""

    _types = {
        "autotune_algorithm": AutotuneAlgorithm, "cpu_budget": int, "enabled": bool, "initial_parallelism": int,
        "min_parallelism": int, "ram_budget": int,
    }


@export("data.experimental.OptimizationOptions")
class OptimizationOptions(_Settings):
    """Rewritings of a pipeline; hints without effect."""

    _types = dict.fromkeys(
        (
            "apply_default_optimizations", "filter_fusion", "filter_parallelization", "inject_prefetch",
            "map_and_batch_fusion", "map_and_filter_fusion", "map_fusion", "map_parallelization", "noop_elimination",
            "parallel_batch", "seq_interleave_prefetch", "shuffle_and_repeat_fusion",
        ),
        bool,
    )


@export("data.experimental.DistributeOptions")
class DistributeOptions(_Settings):
    """How a dataset is distributed."""

    _types = {"auto_shard_policy": AutoShardPolicy, "num_devices": int}
    _defaults = {"auto_shard_policy": AutoShardPolicy.AUTO}


@export("data.experimental.ServiceOptions")
class ServiceOptions(_Settings):
    """Settings of the data service; hints without effect."""

    _types = {"pinned": bool}


@export("data.Options")
class Options(_Settings):
    """Settings of a dataset, for `Dataset.with_options`.

    Attributes:
      deterministic: False lets maps with `num_parallel_calls` give elements as they get ready.
      autotune, threading, experimental_*: hints without effect.

    >>> import tfjax as tf
    >>> options = tf.data.Options()
    >>> options.deterministic = False
    """

    _types = {
        "autotune": AutotuneOptions, "dataset_name": str, "deterministic": bool, "framework_type": list,
        "experimental_distribute": DistributeOptions, "experimental_external_state_policy": ExternalStatePolicy,
        "experimental_optimization": OptimizationOptions, "experimental_service": ServiceOptions,
        "experimental_slack": bool, "experimental_symbolic_checkpoint": bool, "experimental_warm_start": bool,
        "threading": ThreadingOptions,
    }
    _ALIASES = {"experimental_threading": "threading", "experimental_deterministic": "deterministic"}

    @property
    def experimental_threading(self) -> ThreadingOptions:
        """The older name of `threading`."""
        return self.threading

    @property
    def experimental_deterministic(self) -> bool | None:
        """The older name of `deterministic`."""
        return self.deterministic

    def merge(self, options: Options) -> Options:
        """New options: `options`, and these where it leaves something open."""
        merged = Options()
        for source in (self, options):
            for name, value in vars(source).items():
                if isinstance(value, _Settings):
                    vars(merged)[name].__dict__.update({k: v for k, v in vars(value).items() if v is not None})
                elif value is not None:
                    vars(merged)[name] = value
        return merged
