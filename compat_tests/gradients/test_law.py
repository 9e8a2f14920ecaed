"""Every differentiable op: its gradient is what finite differences give, and TensorFlow's own."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from typing import Any

import numpy as np
import pytest

from compat_tests.gradients.law_table import ENTRIES, EXEMPT, Entry
from compat_tests.harness import our_tf, real_tf

STEP = 1e-5
TOLERANCE = {"rtol": 2e-5, "atol": 2e-8}
# Float32 results have 7 digits: a difference over 2 * 1e-2 has about 4 of them, and its own curvature.
SINGLE_STEP = 1e-2
SINGLE_DIFFERENCES = {"rtol": 3e-2, "atol": 5e-3}
SINGLE_TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}


@functools.cache
def _differentiable() -> dict[str, Any]:
    """name → op, for all ops that take float64 tensors and that tapes record."""
    import tfjax._src.ops
    from tfjax._src.core import dtypes
    from tfjax._src.eager import op

    for module in pkgutil.walk_packages(tfjax._src.ops.__path__, "tfjax._src.ops."):
        importlib.import_module(module.name)
    found = {}
    for definition in {id(d): d for d in op.PUBLIC_NAMES.values()}.values():
        definition._prepare()
        floats = [s for _, s in definition.tensors if s.allowed is None or dtypes.float64 in s.allowed]
        ours = definition.body.__module__.startswith("tfjax._src.ops.")
        if ours and definition.differentiable and definition.device and floats:
            found[definition.names[0]] = definition
    return found


def _entry(name: str, definition: Any) -> Entry:
    if name in ENTRIES:
        return ENTRIES[name]
    required = [p for p, d in zip(definition.params, definition.defaults) if d is inspect.Parameter.empty]
    tensors = [definition.params[i] for i, _ in definition.tensors]
    if name.startswith("_internal.") or set(required) - set(tensors) or any(s.many for _, s in definition.tensors):
        pytest.fail(f"{name} needs an entry in law_table.py (or a reason in EXEMPT)", pytrace=False)
    return Entry()


def _caller(entry: Entry, name: str) -> Any:
    if entry.call is not None:
        return entry.call

    def call(tf: Any, *tensors: Any) -> Any:
        return functools.reduce(getattr, name.split("."), tf)(*tensors, **entry.arguments)

    return call


def _floats(tf: Any, value: Any) -> list[Any]:
    leaves = tf.nest.flatten(value)
    return [leaf for leaf in leaves if leaf.dtype.is_floating or leaf.dtype.is_complex]


def _weighted(tf: Any, call: Any, tensors: list[Any]) -> Any:
    """The sum of all outputs, each element with a weight of its own."""
    total = tf.constant(0.0, tf.float64)
    for leaf in _floats(tf, call(tf, *tensors)):
        if leaf.dtype.is_complex:
            leaf = tf.math.real(leaf)
        size = int(np.prod(leaf.shape))
        weights = np.cos(np.arange(1.0, size + 1.0)).reshape(tuple(leaf.shape))
        total += tf.reduce_sum(tf.cast(leaf, tf.float64) * weights)
    return total


def _gradients(tf: Any, call: Any, arrays: list[np.ndarray]) -> list[np.ndarray | None]:
    tensors = [tf.constant(a) for a in arrays]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        total = _weighted(tf, call, tensors)
    found = tape.gradient(total, tensors)
    return [None if g is None else tf.convert_to_tensor(g).numpy() for g in found]


def _differences(tf: Any, call: Any, arrays: list[np.ndarray]) -> list[np.ndarray]:
    results = []
    for k, array in enumerate(arrays):
        slope = np.zeros(array.shape)
        for place in np.ndindex(*array.shape):
            values = []
            size = SINGLE_STEP if array.dtype == np.float32 else STEP
            for step in (size, -size):
                moved = array.copy()
                moved[place] += step
                tensors = [tf.constant(moved if i == k else a) for i, a in enumerate(arrays)]
                values.append(float(_weighted(tf, call, tensors)))
            slope[place] = (values[0] - values[1]) / (2 * size)
        results.append(slope)
    return results


def _names() -> list[str]:
    our_tf()
    return sorted(_differentiable())


@pytest.mark.parametrize("name", _names())
def test_gradient(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name in EXEMPT:
        assert name not in ENTRIES, f"{name} has an entry and a reason to have none"
        return
    definition = _differentiable()[name]
    entry = _entry(name, definition)
    arrays = entry.draw(len(definition.tensors))
    call = _caller(entry, name)
    calls: list[None] = []
    inner = definition.call
    monkeypatch.setattr(definition, "call", lambda *a: (calls.append(None), inner(*a))[1])
    ours = _gradients(our_tf(), call, arrays)
    assert calls, f"the entry of {name} does not lead to the op"
    loose = SINGLE_DIFFERENCES if entry.single else TOLERANCE
    for mine, expected in zip(ours, _differences(our_tf(), call, arrays)):
        np.testing.assert_allclose(0.0 if mine is None else mine, expected, **loose)
    try:
        real = _gradients(real_tf(), call, arrays)
    except LookupError:  # TensorFlow has no gradient of this op
        return
    for mine, theirs in zip(ours, real):
        assert (mine is None) == (theirs is None), f"tfjax {mine}, TensorFlow {theirs}"
        if mine is not None:
            np.testing.assert_allclose(mine, theirs, **(SINGLE_TOLERANCE if entry.single else TOLERANCE))


def test_table_names_ops() -> None:
    unknown = (set(ENTRIES) | set(EXEMPT)) - set(_differentiable())
    assert not unknown, f"no differentiable ops: {sorted(unknown)}"
