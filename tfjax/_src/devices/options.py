"""Settings of the runtime: threads, placement, precision of matrix products, determinism."""

from __future__ import annotations

import logging
import os
from typing import Any

import jax

from tfjax._src.core import config
from tfjax._src.core.export import export
from tfjax._src.devices import physical
from tfjax._src.eager import kernel
from tfjax._src.eager.devices import device_name

_log = logging.getLogger("tensorflow")
_state: dict[str, Any] = {
    "inter": 0,
    "intra": 0,
    "jit": "",
    "sync": True,
    "policy": "silent",
    "tf32": True,
    "log": False,
    "optimizer": {"disable_model_pruning": False, "disable_meta_optimizer": False},
}
_OPTIMIZERS = frozenset(
    [
        "layout_optimizer",
        "constant_folding",
        "shape_optimization",
        "remapping",
        "arithmetic_optimization",
        "dependency_optimization",
        "loop_optimization",
        "function_optimization",
        "debug_stripper",
        "disable_model_pruning",
        "scoped_allocator_optimization",
        "pin_to_host_optimization",
        "implementation_selector",
        "auto_mixed_precision",
        "disable_meta_optimizer",
        "auto_mixed_precision_onednn_bfloat16",
        "auto_mixed_precision_mkl",
        "min_graph_nodes",
        "use_plugin_optimizers",
    ]
)
_POLICIES = ("silent", "silent_for_int32", "warn", "explicit")


# -- threads -----------------------------------------------------------------------------------
@export("config.threading.get_inter_op_parallelism_threads")
def get_inter_op_parallelism_threads() -> int:
    """What `set_inter_op_parallelism_threads` was told; 0 leaves it to the runtime."""
    return _state["inter"]


@export("config.threading.set_inter_op_parallelism_threads")
def set_inter_op_parallelism_threads(num_threads: int) -> None:
    """A hint without effect: XLA schedules independent ops on the threads that work inside ops.

    Raises RuntimeError if it would change after devices are in use.

    >>> import tfjax as tf
    >>> tf.config.threading.get_inter_op_parallelism_threads()
    0
    """
    _set_threads("inter", num_threads)


@export("config.threading.get_intra_op_parallelism_threads")
def get_intra_op_parallelism_threads() -> int:
    """What `set_intra_op_parallelism_threads` was told; 0 leaves it to the runtime."""
    return _state["intra"]


@export("config.threading.set_intra_op_parallelism_threads")
def set_intra_op_parallelism_threads(num_threads: int) -> None:
    """Sets how many threads the CPU's compiled programs use, before anything runs.

    Raises RuntimeError if it would change after devices are in use.
    """
    _set_threads("intra", num_threads)
    if num_threads:
        os.environ["NPROC"] = str(
            int(num_threads)
        )  # where XLA's CPU client looks for the size of its pool


def _set_threads(which: str, count: int) -> None:
    if _state[which] != count and physical.started():
        raise RuntimeError(
            f"{which.capitalize()} op parallelism cannot be modified after initialization."
        )
    _state[which] = int(count)


# -- placement ---------------------------------------------------------------------------------
@export("config.get_soft_device_placement")
def get_soft_device_placement() -> bool:
    """Whether the default device stands in for one that is not there."""
    return config.soft_device_placement()


@export("config.set_soft_device_placement")
def set_soft_device_placement(enabled: bool) -> None:
    """Lets the default device stand in for one that is not there, or makes `tf.device` raise.

    >>> import tfjax as tf
    >>> tf.config.set_soft_device_placement(True)
    """
    config.set_soft_device_placement(bool(enabled))


_run = kernel.Kernel.run


def _logged_run(self: Any, values: Any) -> Any:
    outputs = _run(self, values)
    if not any(isinstance(v, jax.core.Tracer) for v in outputs):
        place = device_name(kernel.Tensor(outputs[0])) if outputs else ""
        _log.warning("Executing op %s in device %s", self.name, place)
    return outputs


@export("debugging.set_log_device_placement")
def set_log_device_placement(enabled: bool) -> None:
    """Logs the device of every op that runs from now on (one line of the logger "tensorflow" each).

    A tf.function counts as one op.
    """
    _state["log"] = bool(enabled)
    # Swapped rather than asked for at every op: it costs nothing while it is off.
    kernel.Kernel.run = _logged_run if enabled else _run  # type: ignore[method-assign]


@export("debugging.get_log_device_placement")
def get_log_device_placement() -> bool:
    """Whether devices of ops are logged.

    >>> import tfjax as tf
    >>> tf.debugging.get_log_device_placement()
    False
    """
    return _state["log"]


@export("config.experimental.set_device_policy")
def set_device_policy(device_policy: str | None) -> None:
    """A hint without effect: tensors are copied silently to where they are used.

    Raises ValueError for anything but None, "silent", "silent_for_int32", "warn" and "explicit".
    """
    if device_policy is not None and device_policy not in _POLICIES:
        raise ValueError(
            f"Invalid argument `device_policy`: {device_policy!r}. Please refer to "
            "https://www.tensorflow.org/api_docs/python/tf/config/experimental/set_device_policy "
            "for valid `device_policy` arguments."
        )
    _state["policy"] = device_policy or "silent"


@export("config.experimental.get_device_policy")
def get_device_policy() -> str:
    """What `set_device_policy` was told.

    >>> import tfjax as tf
    >>> tf.config.experimental.get_device_policy()
    'silent'
    """
    return _state["policy"]


@export("config.experimental.set_synchronous_execution")
def set_synchronous_execution(enable: bool) -> None:
    """A hint without effect: JAX dispatches ahead and waits where a value is read."""
    _state["sync"] = bool(enable)


@export("config.experimental.get_synchronous_execution")
def get_synchronous_execution() -> bool:
    """What `set_synchronous_execution` was told; True before."""
    return _state["sync"]


# -- numbers -----------------------------------------------------------------------------------
@export("config.experimental.enable_tensor_float_32_execution")
def enable_tensor_float_32_execution(enabled: bool) -> None:
    """Allows float32 products and convolutions on GPUs to round their factors to 10 bits.

    It is allowed by default. False sets JAX's `jax_default_matmul_precision` to "highest".

    >>> import tfjax as tf
    >>> tf.config.experimental.enable_tensor_float_32_execution(True)
    """
    if bool(enabled) != _state["tf32"]:
        jax.config.update("jax_default_matmul_precision", None if enabled else "highest")
    _state["tf32"] = bool(enabled)


@export("config.experimental.tensor_float_32_execution_enabled")
def tensor_float_32_execution_enabled() -> bool:
    """Whether GPUs may round the factors of float32 products.

    >>> import tfjax as tf
    >>> tf.config.experimental.tensor_float_32_execution_enabled()
    True
    """
    return _state["tf32"]


@export("config.experimental.enable_op_determinism")
def enable_op_determinism() -> None:
    """Makes programs give the same bits at every run.

    Random ops then need a seed: `tf.random.set_seed`, or one of their own. On GPUs XLA is told to use
    deterministic kernels, which has to happen before devices are in use.

    Raises RuntimeError on a GPU that is in use already.
    """
    config.set_deterministic(True)
    if physical.list_physical_devices("GPU") and "xla_gpu_deterministic_ops" not in os.environ.get(
        "XLA_FLAGS", ""
    ):
        if physical.started():
            raise RuntimeError(
                "Determinism cannot be enabled after the GPU was initialized: do it at the top of the program."
            )
        os.environ["XLA_FLAGS"] = (
            f"{os.environ.get('XLA_FLAGS', '')} --xla_gpu_deterministic_ops=true".strip()
        )


# -- compilation -------------------------------------------------------------------------------
@export("config.optimizer.set_jit")
def set_jit(enabled: bool | str) -> None:
    """A hint without effect: everything is compiled by XLA.

    >>> import tfjax as tf
    >>> tf.config.optimizer.set_jit(False)
    """
    _state["jit"] = "autoclustering" if enabled is True or enabled == "autoclustering" else ""


@export("config.optimizer.get_jit")
def get_jit() -> str:
    """What `set_jit` was told: "" or "autoclustering"."""
    return _state["jit"]


@export("config.optimizer.set_experimental_options")
def set_experimental_options(options: dict[str, Any]) -> None:
    """A hint without effect: XLA chooses its own passes. Mixed precision is the one exception: it is
    not switched on here, and a warning names what does.

    Args:
      options: switches by name, such as {"constant_folding": True}; unknown names are left out.
    """
    known = {k: v for k, v in options.items() if k in _OPTIMIZERS}
    _state["optimizer"].update(known)
    if any(k.startswith("auto_mixed_precision") and v for k, v in known.items()):
        warn_mixed_precision("tf.config.optimizer's `auto_mixed_precision`")


@export("config.optimizer.get_experimental_options")
def get_experimental_options() -> dict[str, Any]:
    """The options set so far.

    >>> import tfjax as tf
    >>> tf.config.optimizer.get_experimental_options()["disable_meta_optimizer"]
    False
    """
    return dict(_state["optimizer"])


def warn_mixed_precision(what: str) -> None:
    """Says that rewriting graphs for mixed precision does not happen, and what to do."""
    _log.warning(
        "%s has no effect: graphs are not rewritten. "
        "Use tf.keras.mixed_precision.set_global_policy('mixed_bfloat16') or 'mixed_float16'.",
        what,
    )


@export("config.experimental.enable_mlir_bridge")
def enable_mlir_bridge() -> None:
    """A hint without effect: programs reach XLA through StableHLO."""


@export("config.experimental.disable_mlir_bridge")
def disable_mlir_bridge() -> None:
    """A hint without effect: programs reach XLA through StableHLO."""
