"""State that is split over 8 virtual devices comes back on 1 and on 4, in whatever layout is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from compat_tests.scripts import run_script

PROGRAM = Path(__file__).parent / "sharded_program.py"


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """(folder, what the saving process printed)."""
    folder = tmp_path_factory.mktemp("sharded")
    return folder, json.loads(run_script(PROGRAM, "tfjax", 8, "save", folder).splitlines()[-1])


@pytest.mark.parametrize(("devices", "part"), [(1, [32, 16]), (4, [16, 8])])
def test_state_saved_on_8_devices_is_restored(saved, devices, part):
    folder, first = saved
    assert first["devices"] == 8 and first["kernel"] == "P(None, 'model')"
    again = json.loads(run_script(PROGRAM, "tfjax", devices, "restore", folder).splitlines()[-1])
    assert again["devices"] == devices and again["parts"] == [part] * 3
    for name in ("predictions", "from weights", "from archive"):
        np.testing.assert_allclose(again[name], first["predictions"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(again["slots"], first["slots"], rtol=1e-6)
    # Training goes on where it stopped.
    np.testing.assert_allclose(again["next"], first["next"], rtol=1e-5)
