"""Runs the cases of modules with one library on two virtual CPUs and writes what came out as JSON.

    python -m compat_tests.distribute.runner tensorflow compat_tests/distribute/expected.json

records TensorFlow's results, which takes minutes; the tests run tfjax and compare.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
EXPECTED = Path(__file__).with_name("expected.json")
MODULES = ("compat_tests.distribute.strategy_cases", "compat_tests.distribute.keras_cases")


def plain(value: Any) -> Any:
    """A result as JSON has it, the same for both libraries."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if type(value).__name__ in ("PerReplica", "Mirrored"):
        return {"per_replica": [plain(v) for v in value.values]}
    if hasattr(value, "numpy"):
        value = np.asarray(value.numpy())
    if isinstance(value, (np.ndarray, np.generic)):
        return {"dtype": value.dtype.name, "array": np.asarray(value).tolist()}
    return value if isinstance(value, (bool, int, float, str, type(None))) else type(value).__name__


def cases(module: Any) -> dict[str, Any]:
    """The cases of a module by name."""
    return {name[5:]: f for name, f in vars(module).items() if name.startswith("case_")}


def main(library: str, target: str) -> None:
    """Runs all cases; one that raises gives its error's class, message and traceback."""
    if library == "tfjax":
        os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
    tf = importlib.import_module(library)
    if library == "tensorflow":
        tf.get_logger().setLevel("ERROR")
        cpus = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(
            cpus[0], [tf.config.LogicalDeviceConfiguration()] * 2
        )
    strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
    found: dict[str, Any] = {}
    for module in MODULES:
        for name, case in cases(importlib.import_module(module)).items():
            try:
                found[name] = {"value": plain(case(tf, strategy))}
            except Exception as error:
                found[name] = {"error": type(error).__name__, "message": str(error)}
                if library == "tfjax":
                    found[name]["traceback"] = traceback.format_exc()
    Path(target).write_text(json.dumps(found, indent=0) + "\n")


def ours(folder: Path) -> dict[str, Any]:
    """tfjax's results."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"}
    command = [
        sys.executable,
        "-m",
        "compat_tests.distribute.runner",
        "tfjax",
        str(folder / "found.json"),
    ]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return json.loads((folder / "found.json").read_text())


def assert_same(expected: Any, actual: Any, tolerance: float) -> None:
    """Compares two results of `plain`; `tolerance` is relative, and absolute for numbers near 0."""
    if isinstance(expected, dict) and "dtype" in expected:
        assert expected["dtype"] == actual["dtype"], (expected, actual)
        np.testing.assert_allclose(
            actual["array"], expected["array"], rtol=tolerance, atol=tolerance
        )
    elif isinstance(expected, dict):
        assert isinstance(actual, dict) and sorted(expected) == sorted(actual), (expected, actual)
        for key in expected:
            assert_same(expected[key], actual[key], tolerance)
    elif isinstance(expected, list):
        assert isinstance(actual, list) and len(expected) == len(actual), (expected, actual)
        for e, a in zip(expected, actual, strict=True):
            assert_same(e, a, tolerance)
    elif isinstance(expected, float):
        np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)
    else:
        assert expected == actual


if __name__ == "__main__":
    main(*sys.argv[1:])
