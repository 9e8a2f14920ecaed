"""tf.compat.v1: which names are objects of v2, and the names and parameters of the others."""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import subprocess
import sys
from typing import Any

import pytest

from compat_tests.harness import real_tf
from compat_tests.repo.source import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import gen_api

#: TensorFlow's v1 object is another one with the same parameters and meaning.
CONSTANTS = (bool, int, float, str, tuple, type(None))


def found(root: Any, path: str) -> Any:
    return functools.reduce(getattr, path.split("."), root)


def parameters(value: Any) -> list[tuple[str, str]]:
    return [(p.name, repr(p.default)) for p in inspect.signature(value).parameters.values()]


def test_names_shared_with_v2_are_one_object_in_tensorflow():
    tf = real_tf()
    for space, leaves in json.loads(gen_api.SAME_IN_V1.read_text()).items():
        for leaf, target in leaves.items():
            public = f"{space}.{leaf}" if space else leaf
            old, new = found(tf.compat.v1, public), found(tf, target or public)
            if old is new or (isinstance(old, CONSTANTS) and old == new):
                continue
            assert parameters(old) == parameters(new), public


def own_names() -> list[str]:
    names = gen_api.collect(ROOT)
    return sorted(n for n in names if n.startswith("compat.v1."))


@pytest.mark.parametrize("name", own_names())
def test_parameters_are_those_of_tensorflow(name: str):
    leaf = name.rpartition(".")[2]
    ours = getattr(importlib.import_module(f"tfjax.{name.rpartition('.')[0]}"), leaf)
    theirs = found(real_tf(), name)
    if not callable(theirs) or isinstance(theirs, type):
        theirs = getattr(theirs, "__init__", theirs) if isinstance(theirs, type) else theirs
        ours = getattr(ours, "__init__", ours) if isinstance(ours, type) else ours
    if not callable(theirs):
        assert ours == theirs or repr(ours) == repr(theirs)
        return
    mine = list(inspect.signature(ours).parameters)
    assert mine == list(inspect.signature(theirs).parameters)


PROGRAM = """
import tensorflow.compat.v1 as tf
import tensorflow
from tensorflow.compat.v1.keras.layers import Dense
assert tensorflow.compat.v1 is tf
assert tf.compat.v1 is tf
assert tf.keras.layers.Dense is Dense
assert tf.math.add is tensorflow.math.add
print(tf.log(1.0).numpy())
"""


def test_import_forms(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "-m", "tfjax", str(script)], capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "0.0\n", done.stderr
