"""tensorflow.python.*, tf.raw_ops and tf.__internal__: TensorFlow has our names, with our parameters."""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from typing import Any

import pytest

from compat_tests.harness import real_tf
from compat_tests.repo.source import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import gen_api

#: Marks of names below `tensorflow` that are not public.
PREFIXES = ("python.", "compiler.", "__internal__.", "raw_ops.")
MARKED = sorted(n for n in gen_api.collect(ROOT) if n.startswith(PREFIXES))


def theirs(name: str) -> Any:
    space, _, leaf = name.rpartition(".")
    if name.startswith(("python.", "compiler.")):
        return getattr(importlib.import_module(f"tensorflow.{space}"), leaf)
    value: Any = real_tf()
    for part in name.split("."):
        value = getattr(value, part)
    return value


def parameters(value: Any) -> list[tuple[str, Any]]:
    return [(p.name, p.default) for p in inspect.signature(value).parameters.values()]


@pytest.mark.parametrize("name", MARKED)
def test_tensorflow_has_the_name_and_its_parameters(name: str):
    found = theirs(name)
    space, _, leaf = name.rpartition(".")
    ours = getattr(importlib.import_module(f"tfjax.{space}"), leaf)
    decorator = name.startswith("python.framework.test_util.")  # given a function by place only
    if inspect.isfunction(found) and inspect.isfunction(ours) and not decorator:
        mine, want = parameters(ours), parameters(found)
        assert [n for n, _ in mine] == [n for n, _ in want]
        plain = [(n, d) for n, d in want if d is None or isinstance(d, (bool, int, float, str))]
        assert [m for m, (_, d) in zip(mine, want) if d is None or isinstance(d, (bool, int, float, str))] == plain


def test_shared_names_are_the_public_objects():
    tf = real_tf()
    table = json.loads(gen_api.SAME_IN_PYTHON.read_text())
    for module in ("ops.math_ops", "ops.array_ops", "framework.ops", "util.nest", "framework.errors_impl"):
        inner = importlib.import_module(f"tensorflow.python.{module}")
        for leaf, target in table[module].items():
            value: Any = tf
            for part in (target or leaf).split("."):
                value = getattr(value, part)
            assert getattr(inner, leaf) is value, f"{module}.{leaf}"


def test_internal_packages_are_no_attributes_of_tf():
    import tfjax

    assert not {"python", "compiler"} & set(tfjax.__all__)
