"""MirroredStrategy on 8 virtual devices follows the single device's loss curve and compiles once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("mlp", "mlp_dataset", "cnn_dataset", "transformer", "custom_loop")


@pytest.fixture(scope="module")
def results() -> Any:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-m", "compat_tests.distribute.proof"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", NAMES)
def test_loss_curve_of_one_device(results: Any, name: str):
    found = results[name]
    np.testing.assert_allclose(found["mirrored"], found["alone"], rtol=1e-5)
    assert found["alone"][-1] < found["alone"][0]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_compiled_after_the_first_epoch(results: Any, name: str):
    counts = results[name]["compilations"]
    assert counts[0] > 0 and len(set(counts)) == 1, counts


def test_files_and_copies_of_a_mirrored_model(results: Any):
    own, found = results["kept"]
    np.testing.assert_allclose(found, [own] * len(found), rtol=1e-4)
