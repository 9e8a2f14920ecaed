"""What tf.test says about the machine, and where tests begin."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Sequence
from typing import Any

import jax
from absl.testing import absltest

from tfjax._src.core.export import export


@export("test.main", "python.platform.googletest.main")
def main(argv: Sequence[str] | None = None) -> None:
    """Runs the tests of the program, with the flags of `absl.testing.absltest`.

    Args:
      argv: the command line, by default that of the process.
    """
    absltest.main(argv=None if argv is None else list(argv))


@export("compat.v1.test.get_temp_dir", "python.platform.googletest.GetTempDir")
def get_temp_dir() -> str:
    """A directory for files of tests; `TEST_TMPDIR` names it, otherwise it is made once."""
    if not _temporary:
        _temporary.append(os.environ.get("TEST_TMPDIR") or tempfile.mkdtemp(prefix="tfjax_test_"))
    return _temporary[0]


_temporary: list[str] = []


@export("compat.v1.test.test_src_dir_path")
def test_src_dir_path(relative_path: str) -> str:
    """The path of a file below the directory that `TEST_SRCDIR` names (by default the current one)."""
    return os.path.join(os.environ.get("TEST_SRCDIR", os.getcwd()), relative_path)


test_src_dir_path.__test__ = False  # type: ignore[attr-defined]


@export("test.is_built_with_xla", "python.framework.test_util.IsBuiltWithXLA")
def is_built_with_xla() -> bool:
    """True: everything is compiled by XLA."""
    return True


@export("test.is_built_with_rocm", "python.framework.test_util.IsBuiltWithROCm")
def is_built_with_rocm() -> bool:
    """Whether JAX sees an AMD GPU."""
    return any(d.platform == "rocm" for d in jax.devices())


_MACHINES = {"x86": ("x86_64", "AMD64", "i386", "i686"), "arm": ("aarch64", "arm64")}
_NAMES = {"x86": "x86", "i386": "x86", "x86_64": "x86", "aarch64": "arm", "arm": "arm"}


@export("test.is_cpu_target_available", "python.framework.test_util.IsCPUTargetAvailable")
def is_cpu_target_available(target: str) -> bool:
    """Whether programs can be compiled for a kind of CPU: that of this machine.

    >>> is_cpu_target_available("vax")
    False
    """
    return platform.machine() in _MACHINES.get(_NAMES.get(target, ""), ())


@export("test.experimental.sync_devices")
def sync_devices() -> None:
    """Waits until every device has done what it was given.

    >>> sync_devices()
    """
    jax.effects_barrier()
    for device in jax.local_devices():
        # A device works off its programs in order, so one more tells that the earlier ones are done.
        jax.block_until_ready(jax.device_put(0, device) + 1)
