"""Runs the cases of a module with one library on two virtual CPUs and pickles what came out.

    python -m compat_tests.distribute.runner tensorflow compat_tests.distribute.strategy_cases out.pkl
"""

from __future__ import annotations

import importlib
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]


def plain(value: Any) -> Any:
    """A nest of NumPy arrays and Python values, the same for both libraries."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if type(value).__name__ in ("PerReplica", "Mirrored"):
        return {"per_replica": [plain(v) for v in value.values]}
    if hasattr(value, "numpy"):
        return np.asarray(value.numpy())
    if isinstance(value, (bool, int, float, str, bytes, np.ndarray, np.generic, type(None))):
        return value
    return f"{type(value).__name__}"


def cases(module: Any) -> dict[str, Any]:
    """The cases of a module by name."""
    return {name[5:]: f for name, f in vars(module).items() if name.startswith("case_")}


def main(library: str, module: str, target: str) -> None:
    """Runs all cases; a case that raises gives ("error", class name, message)."""
    if library == "tfjax":
        os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
    tf = importlib.import_module(library)
    if library == "tensorflow":
        tf.get_logger().setLevel("ERROR")
        cpus = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(cpus[0], [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
    found: dict[str, Any] = {}
    for name, case in cases(importlib.import_module(module)).items():
        try:
            found[name] = ("value", plain(case(tf, strategy)))
        except Exception as error:
            found[name] = ("error", type(error).__name__, str(error))
    Path(target).write_bytes(pickle.dumps(found))


def both(module: str, folder: Path) -> dict[str, dict[str, Any]]:
    """The results of a module's cases by library; the two run side by side."""
    environment = {
        **os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": "-1",
        "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu",
    }
    running = {}
    for library in ("tensorflow", "tfjax"):
        command = [sys.executable, "-m", "compat_tests.distribute.runner", library, module, str(folder / library)]
        running[library] = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    found = {}
    for library, process in running.items():
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, f"{library}:\n{output[-4000:]}"
        found[library] = pickle.loads((folder / library).read_bytes())
    return found


def assert_same(expected: Any, actual: Any, tolerance: float) -> None:
    """Compares two results of `plain`."""
    if isinstance(expected, dict):
        assert isinstance(actual, dict) and sorted(expected) == sorted(actual), (expected, actual)
        for key in expected:
            assert_same(expected[key], actual[key], tolerance)
    elif isinstance(expected, list):
        assert isinstance(actual, list) and len(expected) == len(actual), (expected, actual)
        for e, a in zip(expected, actual, strict=True):
            assert_same(e, a, tolerance)
    elif isinstance(expected, (np.ndarray, np.generic, float)):
        assert np.asarray(expected).dtype == np.asarray(actual).dtype, (expected, actual)
        np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)
    else:
        assert expected == actual


if __name__ == "__main__":
    main(*sys.argv[1:])
