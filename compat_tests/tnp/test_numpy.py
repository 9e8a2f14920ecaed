"""`tf.experimental.numpy` and what it switches on: over 8,000 expressions, as TensorFlow has them."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

from compat_tests.harness import our_tf
from compat_tests.results import Failure, differences
from compat_tests.tnp import cases
from tfjax._src.compat.numpy import behavior

ROOT = Path(__file__).resolve().parents[2]

#: TensorFlow has no kernel for the dtype, or fails for want of a conversion; tfjax may compute.
NO_KERNEL = re.compile(
    r"Value for attr 'T'|Could not find device|object has no attribute|unsupported operand|"
    r"multiply sequence|Expected '?ndarray|Cannot convert \w+ to EagerTensor of dtype"
)

#: Expressions in which tfjax differs on purpose, with the reason.
DIFFERENT = [
    (r"var\(.*ddof", "TensorFlow raises for its own default dtype; tfjax gives the variance"),
    (r"concatenate\(.*None\)", "TensorFlow refuses axis=None, which NumPy documents"),
    (r"flip\(.*\(0, 2\)\)", "TensorFlow refuses several axes, which NumPy documents"),
    (r"linspace\(.*dtype", "TensorFlow ignores the dtype"),
    (r"uniform\(size=2\)", "TensorFlow refuses an int as size, which NumPy documents"),
    (r"cross\(\[1\]", "another error class for vectors of one component"),
    (r"stack\(\[\]\)", "TensorFlow gives an empty array, NumPy and tfjax an error"),
    (r"argmax\(\[1., np.nan", "tf.argmax passes over NaN on TensorFlow's CPU kernel"),
    (
        r"logaddexp2?\(np.float32\(1.5\), \[",
        "a NumPy number is weak for TensorFlow here, and only here",
    ),
]

TABLES = cases.tables()
SIZE = 60
CHUNKS = [
    pytest.param(group, start, id=f"{group}-{start}")
    for group, table in TABLES.items()
    for start in range(0, len(table), SIZE)
]


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """TensorFlow's outcomes, from one process for all."""
    path = tmp_path_factory.mktemp("tnp") / "outcomes"
    command = [sys.executable, "-m", "compat_tests.tnp.cases", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert not done.returncode, done.stderr
    return pickle.loads(path.read_bytes())


@pytest.fixture
def numpy_behavior():
    """NumPy's behaviour on tfjax' tensors, for one test."""
    behavior.experimental_enable_numpy_behavior()
    yield
    behavior.restore()


def _differ(expression: str, ours: object, real: object) -> str | None:
    if any(re.search(pattern, expression) for pattern, _ in DIFFERENT):
        return None
    if isinstance(real, Failure) and NO_KERNEL.search(real.text):
        return None
    if isinstance(ours, Failure) or isinstance(real, Failure):
        same = getattr(ours, "kind", 0) == getattr(real, "kind", 1)
        return None if same else f"tfjax: {ours}\n  TensorFlow: {real}"
    # TensorFlow computes in float32 and widens the result.
    return differences(ours, real, (1e-6, 1e-6) if "logaddexp2" in expression else None)


@pytest.mark.parametrize(("group", "start"), CHUNKS)
@pytest.mark.usefixtures("numpy_behavior")
def test_expressions(theirs, group: str, start: int) -> None:
    chunk = TABLES[group][start : start + SIZE]
    ours = cases.outcomes(our_tf(), chunk)
    found = [(e, _differ(e, ours[e], theirs[e])) for e in chunk]
    wrong = [f"{e}: {message}" for e, message in found if message]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def test_behavior_is_off_by_default() -> None:
    tf = our_tf()
    assert not hasattr(tf.constant([1]), "reshape")
    with pytest.raises(TypeError):
        tf.constant(1) + 1.5
    assert tf.experimental.numpy.add(tf.constant(1), 1.5).dtype == tf.float64


def test_float32_is_preferred() -> None:
    tf = our_tf()
    tnp = tf.experimental.numpy
    try:
        tnp.experimental_enable_numpy_behavior(prefer_float32=True)
        # As TensorFlow 2.21 answers with the same setting.
        assert tnp.array(1.5).dtype == tf.float32
        assert tnp.array(1j).dtype == tf.complex64
        assert tnp.arange(3).dtype == tf.int64
        assert tnp.ones(2).dtype == tf.float64
        assert tnp.log10(tf.constant(1.0)).dtype == tf.float32
        assert (tf.constant(1.0) + 1.5).dtype == tf.float32
        assert (tf.constant(1, tf.int8) + 1.5).dtype == tf.float32
        assert (tf.constant(1.0, tf.float16) + 1.5).dtype == tf.float32
        assert tnp.linspace(0, 1, 3).dtype == tf.float32
        assert tnp.sin(tf.constant(1)).dtype == tf.float64
    finally:
        behavior.restore()


@pytest.mark.parametrize("mode", ["all", "safe"])
def test_modes_with_weak_types_are_refused(mode: str) -> None:
    tf = our_tf()
    with pytest.raises(tf.errors.UnimplementedError, match="dtype_conversion_mode"):
        tf.experimental.numpy.experimental_enable_numpy_behavior(dtype_conversion_mode=mode)
