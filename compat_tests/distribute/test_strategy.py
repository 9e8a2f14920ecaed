"""MirroredStrategy on two virtual CPUs: the cases' results against TensorFlow's, which are recorded."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

from compat_tests.distribute import runner

CASES = [
    (module, name)
    for module in runner.MODULES
    for name in runner.cases(importlib.import_module(module))
]

#: Relative tolerance: of plain values, and of training, where rounding adds up over steps.
TOLERANCE = {"strategy_cases": 1e-6, "keras_cases": 2e-5}


@pytest.fixture(scope="module")
def expected() -> Any:
    return json.loads(runner.EXPECTED.read_text())


@pytest.fixture(scope="module")
def results(tmp_path_factory: Any) -> Any:
    return runner.ours(tmp_path_factory.mktemp("strategy"))


@pytest.mark.parametrize(("module", "name"), CASES, ids=[name for _, name in CASES])
def test_as_tensorflow(expected: Any, results: Any, module: str, name: str):
    wanted, found = expected[name], results[name]
    if "value" in wanted:
        assert "value" in found, found.get("traceback")
        runner.assert_same(wanted["value"], found["value"], TOLERANCE[module.rpartition(".")[2]])
        return
    assert wanted["error"] == found.get("error"), f"TensorFlow: {wanted}\ntfjax: {found}"
    words = _words(wanted["message"])
    shared = words & _words(found["message"])
    assert len(shared) >= 0.6 * len(words), f"TensorFlow: {wanted}\ntfjax: {found}"


def _words(message: str) -> set[str]:
    """The words of a message, without what names objects and graph nodes."""
    return {
        w for w in message.split() if "0x" not in w and "node" not in w and "tensorflow" not in w
    }
