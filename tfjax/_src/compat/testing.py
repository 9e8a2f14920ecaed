"""tf.test: assertions on tensors for unit tests."""

from __future__ import annotations

import contextlib
import os
import random
import re
import tempfile
import unittest
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.errors import OpError
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tape import GradientTape
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.random.state import set_seed


def _array(value: Any) -> np.ndarray:
    if isinstance(value, Tensor) or hasattr(value, "_dense_var_to_tensor"):
        return np.asarray(to_tensor(value).numpy())
    if isinstance(value, (list, tuple)) and any(isinstance(v, Tensor) or hasattr(v, "_dense_var_to_tensor") for v in value):
        return np.array([_array(v) for v in value])
    return np.asarray(value)


class _Session:
    """What `self.session()` gives in eager code: `run` and `evaluate` return values."""

    def run(self, fetches: Any, feed_dict: Any = None) -> Any:
        """The values of tensors."""
        return nest.map_structure(_array, fetches)


@export("test.TestCase")
class TestCase(unittest.TestCase):
    """A `unittest.TestCase` with assertions on tensors; seeds are set anew before each test."""

    def setUp(self) -> None:
        super().setUp()
        random.seed(87654321)
        np.random.seed(87654321)
        set_seed(87654321)

    def evaluate(self, tensors: Any) -> Any:
        """Values of tensors (also of nests of them) as NumPy."""
        if callable(tensors):
            return self.evaluate(tensors())
        return nest.map_structure(lambda t: t.numpy() if hasattr(t, "numpy") else t, tensors)

    @contextlib.contextmanager
    def session(self, graph: Any = None, config: Any = None, use_gpu: bool = True, force_gpu: bool = False) -> Iterator[_Session]:
        """A stand-in: operations run at once."""
        yield _Session()

    cached_session = session

    def get_temp_dir(self) -> str:
        """A directory of this test's own."""
        if not hasattr(self, "_temporary"):
            self._temporary = tempfile.mkdtemp(dir=get_temp_dir())
        return self._temporary

    create_tempdir = get_temp_dir

    def _walk(self, a: Any, b: Any, check: Callable[[Any, Any, str], None], path: str = "") -> None:
        if isinstance(a, dict):
            self.assertIsInstance(b, dict)
            self.assertEqual(sorted(map(str, a)), sorted(map(str, b)), f"keys differ{path}")
            for key in a:
                self._walk(a[key], b[key], check, f"{path}[{key}]")
            return
        if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
            try:
                check(_array(a), _array(b), path)
                return
            except (ValueError, TypeError):
                self.assertEqual(len(a), len(b), f"lengths differ{path}")
                for i, (x, y) in enumerate(zip(a, b)):
                    self._walk(x, y, check, f"{path}[{i}]")
                return
        check(_array(a), _array(b), path)

    def assertShapeEqual(self, input_a: Any, input_b: Any, msg: Any = None) -> None:
        """Both have one shape."""
        self.assertEqual(tuple(np.shape(_array(input_a))), tuple(np.shape(_array(input_b))), msg)

    def assertDTypeEqual(self, target: Any, expected_dtype: Any) -> None:
        """The dtype of an array or tensor."""
        self.assertEqual(_array(target).dtype, np.dtype(getattr(expected_dtype, "as_numpy_dtype", expected_dtype)))

    def assertAllEqual(self, a: Any, b: Any, msg: Any = None) -> None:
        """Equal shapes and elements (NaN equals NaN)."""

        def check(x: np.ndarray, y: np.ndarray, path: str) -> None:
            if x.dtype.kind in "OSU" or y.dtype.kind in "OSU":
                x, y = (np.vectorize(lambda s: s.encode() if isinstance(s, str) else s, otypes=[object])(v) for v in (x, y))
            self.assertEqual(x.shape, y.shape, f"Shape mismatch{path}: expected {x.shape}, got {y.shape}. {msg or ''}")
            np.testing.assert_array_equal(x, y, err_msg=f"not equal{path} {msg or ''}")

        self._walk(a, b, check)

    def assertNotAllEqual(self, a: Any, b: Any, msg: Any = None) -> None:
        """Some element differs."""
        try:
            self.assertAllEqual(a, b)
        except AssertionError:
            return
        raise AssertionError(f"The two values are equal at all elements. {msg or ''}")

    def assertAllClose(self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: Any = None) -> None:
        """Elements differ by at most `atol + rtol * |b|`; half-precision numbers by at most 1e-2."""

        def check(x: np.ndarray, y: np.ndarray, path: str) -> None:
            self.assertEqual(x.shape, y.shape, f"Shape mismatch{path}: expected {x.shape}, got {y.shape}. {msg or ''}")
            small = any(v.dtype.name in ("float16", "bfloat16") for v in (x, y))
            r, t = (max(rtol, 1e-2), max(atol, 1e-2)) if small else (rtol, atol)
            x, y = (v.astype(np.float32) if v.dtype.name in ("float16", "bfloat16") else v for v in (x, y))
            np.testing.assert_allclose(x, y, rtol=r, atol=t, err_msg=f"not close{path} {msg or ''}")

        self._walk(a, b, check)

    def assertAllCloseAccordingToType(
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, float_rtol: float = 1e-6, float_atol: float = 1e-6,
        half_rtol: float = 1e-3, half_atol: float = 1e-3, bfloat16_rtol: float = 1e-2, bfloat16_atol: float = 1e-2, msg: Any = None,
    ) -> None:
        """`assertAllClose` with tolerances by dtype."""
        names = {_array(v).dtype.name for v in (a, b)}
        for kind, r, t in (("float32", float_rtol, float_atol), ("float16", half_rtol, half_atol), ("bfloat16", bfloat16_rtol, bfloat16_atol)):
            if kind in names:
                rtol, atol = max(rtol, r), max(atol, t)
        self.assertAllClose(a, b, rtol, atol, msg)

    def assertNotAllClose(self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: Any = None) -> None:
        """Some element is not close."""
        try:
            self.assertAllClose(a, b, rtol, atol)
        except AssertionError:
            return
        raise AssertionError(f"The two values are close at all elements. {msg or ''}")

    def assertNDArrayNear(self, ndarray1: Any, ndarray2: Any, err: float, msg: Any = None) -> None:
        """The norm of the difference is below `err`."""
        self.assertLess(float(np.linalg.norm(_array(ndarray1) - _array(ndarray2))), err, msg)

    def assertArrayNear(self, farray1: Any, farray2: Any, err: float, msg: Any = None) -> None:
        """Elements differ by at most `err`."""
        self.assertEqual(len(farray1), len(farray2), msg)
        for x, y in zip(farray1, farray2):
            self.assertNear(float(x), float(y), err, msg)

    def assertNear(self, f1: float, f2: float, err: float, msg: Any = None) -> None:
        """Two numbers differ by at most `err`."""
        self.assertTrue(f1 == f2 or abs(f1 - f2) <= err, f"{f1} != {f2} +/- {err} {msg or ''}")

    def assertAllGreater(self, a: Any, comparison_target: Any) -> None:
        """All elements are greater."""
        self.assertGreater(_array(a).min(), comparison_target)

    def assertAllLess(self, a: Any, comparison_target: Any) -> None:
        """All elements are less."""
        self.assertLess(_array(a).max(), comparison_target)

    def assertAllGreaterEqual(self, a: Any, comparison_target: Any) -> None:
        """All elements are at least that."""
        self.assertGreaterEqual(_array(a).min(), comparison_target)

    def assertAllLessEqual(self, a: Any, comparison_target: Any) -> None:
        """All elements are at most that."""
        self.assertLessEqual(_array(a).max(), comparison_target)

    def assertAllInRange(self, target: Any, lower_bound: Any, upper_bound: Any, open_lower_bound: bool = False, open_upper_bound: bool = False) -> None:
        """All elements lie between two bounds."""
        values = _array(target)
        below = values <= lower_bound if open_lower_bound else values < lower_bound
        above = values >= upper_bound if open_upper_bound else values > upper_bound
        self.assertFalse((below | above | np.isnan(values)).any(), f"Values outside of {lower_bound}..{upper_bound}: {values}")

    def assertAllInSet(self, target: Any, expected_set: Any) -> None:
        """All elements are of a set."""
        self.assertLessEqual(set(_array(target).reshape(-1).tolist()), set(expected_set))

    def assertStartsWith(self, actual: str, expected_start: str, msg: Any = None) -> None:
        """How a string begins."""
        self.assertTrue(actual.startswith(expected_start), f"{actual!r} does not start with {expected_start!r}. {msg or ''}")

    def assertEmpty(self, container: Any, msg: Any = None) -> None:
        """Has no element."""
        self.assertEqual(len(container), 0, msg)

    def assertLen(self, container: Any, expected_len: int, msg: Any = None) -> None:
        """Has so many elements."""
        self.assertEqual(len(container), expected_len, msg)

    @contextlib.contextmanager
    def assertRaisesWithPredicateMatch(self, exception_type: Any, expected_err_re_or_predicate: Any) -> Iterator[None]:
        """The block raises an error that a predicate or a pattern accepts."""
        try:
            yield
        except exception_type as error:
            text = error.message if isinstance(error, OpError) else str(error)
            wanted = expected_err_re_or_predicate
            fits = wanted(error) if callable(wanted) else re.search(wanted, text)
            if not fits:
                raise AssertionError(f"Exception of type {type(error)}: {error} does not match {wanted}") from error
        else:
            self.fail(f"{exception_type.__name__} not raised")

    def assertRaisesOpError(self, expected_err_re_or_predicate: Any) -> Any:
        """The block raises an `OpError` that fits."""
        return self.assertRaisesWithPredicateMatch(OpError, expected_err_re_or_predicate)


@export("test.main")
def main(argv: Sequence[str] | None = None) -> None:
    """Runs the tests of the calling module."""
    unittest.main(argv=None if argv is None else list(argv))


def get_temp_dir() -> str:
    """A directory for tests."""
    return os.environ.get("TEST_TMPDIR") or tempfile.gettempdir()


@export("test.is_built_with_xla")
def is_built_with_xla() -> bool:
    """True: everything is compiled by XLA."""
    return True


@export("test.is_built_with_rocm")
def is_built_with_rocm() -> bool:
    """Whether JAX sees an AMD GPU."""
    return any(d.platform == "rocm" for d in jax.devices())


@export("test.compute_gradient")
def compute_gradient(f: Callable[..., Any], x: Sequence[Any], delta: float | None = None) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Jacobians of `f(*x)` by the tape and by central differences.

    Args:
      f: a function of tensors that returns one tensor.
      x: its arguments, floating or complex.
      delta: the step; 1/1024 by default.

    Returns:
      (theoretical, numerical): for each argument a matrix [size of f, size of the argument]. A
      complex number counts as two real ones.

    >>> import tfjax as tf
    >>> theory, numbers = tf.test.compute_gradient(lambda x: x * x, [tf.constant([3.0])])
    >>> theory[0].tolist(), numbers[0].round(2).tolist()
    ([[6.0]], [[6.0]])
    """
    if not isinstance(x, (list, tuple)):
        raise ValueError("`x` must be a list or tuple of values convertible to a Tensor (arguments to `f`), not a %s" % type(x))
    arguments = [to_tensor(v) for v in x]
    for i, argument in enumerate(arguments):
        if not (argument.dtype.is_floating or argument.dtype.is_complex):
            raise AssertionError(f"Cannot compute gradient for unsupported type {argument.dtype.name} of argument {i}")
    with GradientTape(persistent=True) as tape:
        tape.watch(arguments)
        y = f(*arguments)
    step = 1.0 / 1024 if delta is None else delta
    theory = tuple(_tape_jacobian(tape, y, argument) for argument in arguments)
    numbers = tuple(_difference_jacobian(f, arguments, i, step) for i in range(len(arguments)))
    return theory, numbers


def _as_reals(array: np.ndarray) -> np.ndarray:
    """A flat array; complex numbers as pairs."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(flat.real.dtype) if np.iscomplexobj(flat) else flat


def _tape_jacobian(tape: GradientTape, y: Any, argument: Any) -> np.ndarray:
    value, out = np.asarray(argument.numpy()), np.asarray(y.numpy())
    rows = []
    for k in range(_as_reals(out).size):
        seed = np.zeros(out.shape, out.dtype)
        _as_reals(seed)[k] = 1
        grad = tape.gradient(y, argument, output_gradients=to_tensor(seed))
        rows.append(_as_reals(np.zeros_like(value) if grad is None else np.asarray(to_tensor(grad).numpy())))
    return np.stack(rows) if rows else np.zeros((0, _as_reals(value).size), value.real.dtype)


def _difference_jacobian(f: Callable[..., Any], arguments: list[Any], i: int, step: float) -> np.ndarray:
    value = np.array(arguments[i].numpy())
    columns = []
    for k in range(_as_reals(value).size):
        ends = []
        for sign in (1, -1):
            moved = value.copy()
            _as_reals(moved)[k] += sign * step
            out = np.asarray(f(*arguments[:i], to_tensor(moved), *arguments[i + 1 :]).numpy())
            ends.append(_as_reals(out).astype(np.float64))
        columns.append((ends[0] - ends[1]) / (2 * step))
    out = _as_reals(np.asarray(f(*arguments).numpy()))
    return np.stack(columns, 1).astype(out.dtype) if columns else np.zeros((out.size, 0), out.dtype)
