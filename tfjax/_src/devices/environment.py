"""TensorFlow's environment variables: honoured where JAX can, else named in one warning."""

from __future__ import annotations

import logging
import os
from collections.abc import MutableMapping

import jax

from tfjax._src.devices.allocation import keep_freed

_log = logging.getLogger("tensorflow")
_TRUE = ("1", "true", "yes", "on")
# Flags of TF_XLA_FLAGS that ask for what happens anyway: XLA compiles everything.
_GIVEN_XLA_FLAGS = (
    "--tf_xla_auto_jit",
    "--tf_xla_cpu_global_jit",
    "--tf_xla_enable_xla_devices",
    "--tf_xla_enable_lazy_compilation",
)
_ADVICE = {
    "TF_ENABLE_AUTO_MIXED_PRECISION": "use tf.keras.mixed_precision.set_global_policy",
    "TF_ENABLE_AUTO_MIXED_PRECISION_GRAPH_REWRITE": "use tf.keras.mixed_precision.set_global_policy",
    "TF_GPU_ALLOCATOR": "use XLA_PYTHON_CLIENT_ALLOCATOR",
    "TF_GPU_THREAD_MODE": "XLA needs no such threads",
}


def apply(environment: MutableMapping[str, str]) -> list[str]:
    """Sets JAX's counterparts; returns what has none, with what to do instead."""
    growth = environment.get("TF_FORCE_GPU_ALLOW_GROWTH", "").lower()
    if growth:
        environment.setdefault(
            "XLA_PYTHON_CLIENT_PREALLOCATE", "false" if growth in _TRUE else "true"
        )
    if environment.get("TF_NUM_INTRAOP_THREADS", "0") != "0":
        environment.setdefault("NPROC", environment["TF_NUM_INTRAOP_THREADS"])
    if any(
        environment.get(name, "").lower() in _TRUE
        for name in ("TF_DETERMINISTIC_OPS", "TF_CUDNN_DETERMINISTIC")
    ):
        _add_xla_flag(environment, "--xla_gpu_deterministic_ops=true")
    if environment.get("NVIDIA_TF32_OVERRIDE") == "0":
        jax.config.update("jax_default_matmul_precision", "highest")
    unknown = [
        f
        for f in environment.get("TF_XLA_FLAGS", "").split()
        if f.split("=")[0] not in _GIVEN_XLA_FLAGS
    ]
    left = [f"TF_XLA_FLAGS={' '.join(unknown)} (use XLA_FLAGS)"] if unknown else []
    for name, advice in _ADVICE.items():
        if environment.get(name, "").lower() not in ("", "0", "false"):
            left.append(f"{name}={environment[name]} ({advice})")
    return left


def _add_xla_flag(environment: MutableMapping[str, str], flag: str) -> None:
    flags = environment.get("XLA_FLAGS", "")
    if flag.split("=")[0] not in flags:
        environment["XLA_FLAGS"] = f"{flags} {flag}".strip()


keep_freed()
_left = apply(os.environ)
if _left:
    _log.warning("These environment variables of TensorFlow have no effect: %s.", "; ".join(_left))
