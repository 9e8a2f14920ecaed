"""MirroredStrategy on two virtual CPUs: the same cases with TensorFlow and with tfjax."""

from __future__ import annotations

from typing import Any

import pytest

from compat_tests.distribute import runner, strategy_cases

MODULE = "compat_tests.distribute.strategy_cases"



@pytest.fixture(scope="module")
def results(tmp_path_factory: Any) -> Any:
    return runner.both(MODULE, tmp_path_factory.mktemp("strategy"))


@pytest.mark.parametrize("name", runner.cases(strategy_cases))
def test_as_tensorflow(results: Any, name: str):
    expected, actual = results["tensorflow"][name], results["tfjax"][name]
    assert expected[0] == actual[0], f"TensorFlow: {expected}\ntfjax: {actual}"
    if expected[0] == "value":
        runner.assert_same(expected[1], actual[1], 1e-6)
        return
    assert expected[1] == actual[1], (expected, actual)
    words = set(_words(expected[2]))
    shared = words & set(_words(actual[2]))
    assert len(shared) >= 0.6 * len(words), f"TensorFlow: {expected[2]}\ntfjax: {actual[2]}"


def _words(message: str) -> list[str]:
    """The words of a message, without what names objects and graph nodes."""
    return [w for w in message.split() if "0x" not in w and "node" not in w and "tensorflow" not in w]
