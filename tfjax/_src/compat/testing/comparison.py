"""Assertions on the values of arrays, tensors and nests of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np
from absl.testing import absltest

from tfjax._src.compat.testing.values import RaggedTensorValue, array_of, is_composite, list_of
from tfjax._src.core import dtypes
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor

_RAGGED = (RaggedTensor, RaggedTensorValue)


def _fields(value: Any) -> Any:
    """Named tuples, attrs objects and dataclasses as dicts; other values unchanged."""
    if hasattr(value, "_asdict"):
        return value._asdict()
    if hasattr(type(value), "__attrs_attrs__"):
        return {a.name: getattr(value, a.name) for a in type(value).__attrs_attrs__}
    if dataclasses.is_dataclass(value) and not isinstance(value, type) and not is_composite(value):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    return value


def _comparable(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


class Comparisons(absltest.TestCase):
    """Whether values are equal, close, in a range, in a set."""

    def _check_shapes(self, a: Any, b: Any, what: str) -> None:
        self.assertEqual(
            a.shape, b.shape, f"Shape mismatch: expected {a.shape}, got {b.shape}{what}"
        )

    def _arrays_close(self, a: Any, b: Any, rtol: Any, atol: Any, path: str, msg: str) -> None:
        a, b = array_of(a), array_of(b)
        self._check_shapes(a, b, f" with contents {b}.")
        dtype = a.dtype
        a, b = _comparable(a), _comparable(b)
        if not np.allclose(a, b, rtol=rtol, atol=atol):
            off = np.abs(a - b)
            limit = atol + rtol * np.abs(b)
            where = np.logical_or(off > limit, np.isnan(a) != np.isnan(b))
            lines = [f"Mismatched value: a{path} is different from b{path}. {msg}"]
            if a.ndim:
                lines.append(f"not close where = {np.nonzero(where)}")
                a_, b_, off, limit = a[where], b[where], off[where], limit[where]
            else:
                a_, b_ = a, b
            lines += [f"not close lhs = {a_}", f"not close rhs = {b_}", f"not close dif = {off}"]
            lines += [f"not close tol = {limit}", f"dtype = {dtype}, shape = {a.shape}"]
            np.testing.assert_allclose(
                a, b, rtol=rtol, atol=atol, err_msg="\n".join(lines), equal_nan=True
            )

    def _close(self, a: Any, b: Any, rtol: Any, atol: Any, path: tuple[Any, ...], msg: str) -> None:
        shown = "".join(f"[{key}]" for key in path)
        a, b = _fields(a), _fields(b)
        if isinstance(a, Mapping) != isinstance(b, Mapping):
            raise ValueError(f"Can't compare dict to non-dict, a{shown} vs b{shown}. {msg}")
        if isinstance(a, Mapping):
            keys = f"mismatched keys: a{shown} has keys {a.keys()}, but b{shown} has keys {b.keys()}. {msg}"
            self.assertCountEqual(a.keys(), b.keys(), msg=keys)
            for key in a:
                self._close(a[key], b[key], rtol, atol, (*path, key), msg)
            return
        try:
            if isinstance(a, (list, tuple)):
                self._sequences_close(a, b, rtol, atol, path, msg)
            else:
                self._arrays_close(a, b, rtol, atol, shown, msg)
        except TypeError as error:
            note = f"Error: a{shown} has {type(a)}, but b{shown} has {type(b)}. {msg}"
            raise (
                type(error)(f"{error} : {note}") if " : Error: " not in str(error) else error
            ) from None

    def _sequences_close(
        self, a: Any, b: Any, rtol: Any, atol: Any, path: tuple[Any, ...], msg: str
    ) -> None:
        shown = "".join(f"[{key}]" for key in path)
        try:
            left, right = array_of(a), array_of(b)
            whole = left.dtype != object and right.dtype != object
        except (ValueError, TypeError):
            whole = False
        if whole:
            self._arrays_close(left, right, rtol, atol, shown, msg)
            return
        lengths = f"Mismatched length: a{shown} has {len(a)} items, but b{shown} has {len(b)} items. {msg}"
        self.assertEqual(len(a), len(b), lengths)
        for i, (x, y) in enumerate(zip(a, b)):
            self._close(x, y, rtol, atol, (*path, i), msg)

    def assertAllClose(
        self, a: Any, b: Any, rtol: Any = 1e-6, atol: Any = 1e-6, msg: Any = None
    ) -> None:
        """Two nests have the same structure and elements that differ by at most `atol + rtol * |b|`."""
        if isinstance(a, _RAGGED) or isinstance(b, _RAGGED):
            self._same_ragged_rank(a, b)
            return self._ragged_close(list_of(a), list_of(b), rtol, atol, msg or "")
        return self._close(a, b, rtol, atol, (), msg or "")

    def _same_ragged_rank(self, a: Any, b: Any) -> None:
        if not isinstance(a, (list, tuple)) and not isinstance(b, (list, tuple)):
            self.assertEqual(getattr(a, "ragged_rank", 0), getattr(b, "ragged_rank", 0))

    def _ragged_close(
        self, a: Any, b: Any, rtol: Any, atol: Any, msg: str, path: tuple[int, ...] = ()
    ) -> None:
        self.assertEqual(type(a), type(b))
        if isinstance(a, (list, tuple)):
            self.assertLen(a, len(b), f"Length differs for value{list(path)}")
            for i, (x, y) in enumerate(zip(a, b)):
                self._ragged_close(x, y, rtol, atol, msg, (*path, i))
        else:
            self._close(a, b, rtol, atol, path, msg)

    def assertAllCloseAccordingToType(
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, float_rtol: float = 1e-6, float_atol: float = 1e-6,
        half_rtol: float = 1e-3, half_atol: float = 1e-3, bfloat16_rtol: float = 1e-2, bfloat16_atol: float = 1e-2, msg: Any = None,
    ) -> None:  # fmt: skip
        """`assertAllClose` with the tolerances of the coarser dtype of the two."""
        names = {array_of(v).dtype.name for v in (a, b)}
        looser = {
            "float32": (float_rtol, float_atol), "complex64": (float_rtol, float_atol),
            "float16": (half_rtol, half_atol), "bfloat16": (bfloat16_rtol, bfloat16_atol),
        }  # fmt: skip
        for name, (r, t) in looser.items():
            if name in names:
                rtol, atol = max(rtol, r), max(atol, t)
        self.assertAllClose(a, b, rtol=rtol, atol=atol, msg=msg)

    def _fails(self, assertion: Callable[..., None], *args: Any, message: str) -> None:
        try:
            assertion(*args)
        except AssertionError:
            return
        raise AssertionError(message)

    def assertNotAllClose(
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: Any = None
    ) -> None:
        """Some element is not close, or the shapes differ."""
        message = f"The two values are close at all elements. {msg or ''}"
        self._fails(self.assertAllClose, a, b, rtol, atol, message=message)

    def assertAllEqual(self, a: Any, b: Any, msg: Any = None) -> None:
        """Two arrays have one shape and equal elements; NaN equals NaN."""
        if isinstance(a, _RAGGED) or isinstance(b, _RAGGED):
            self._same_ragged_rank(a, b)
            self.assertListEqual(list_of(a), list_of(b), msg)
            return
        left, right = array_of(a), array_of(b)
        text = msg or ""
        self._check_shapes(left, right, f". Contents: {right!r}. \n{text}.")
        same = left == right
        if left.dtype.kind in "fc" or left.dtype.name == "bfloat16":
            same = np.logical_or(same, np.logical_and(np.isnan(left), np.isnan(right)))
        if not np.all(same):
            self._report_unequal(left, right, np.logical_not(same), text)

    def _report_unequal(self, a: Any, b: Any, where: Any, msg: str) -> None:
        lines = [msg]
        if a.ndim:
            lines.append(f"not equal where = {np.nonzero(where)}")
            lines += [f"not equal lhs = {a[where]!r}", f"not equal rhs = {b[where]!r}"]
        else:
            lines += [f"not equal lhs = {a!r}", f"not equal rhs = {b!r}"]
        if a.dtype.kind in "SUO":
            a, b = (np.vectorize(_as_bytes, otypes=[object])(v).astype("S") for v in (a, b))
        np.testing.assert_array_equal(a, b, err_msg="\n".join(lines))

    def assertNotAllEqual(self, a: Any, b: Any, msg: Any = None) -> None:
        """Some element differs, or the shapes do."""
        self._fails(
            self.assertAllEqual,
            a,
            b,
            message=f"The two values are equal at all elements. {msg or ''}",
        )

    def assertAllGreater(self, a: Any, comparison_target: Any) -> None:
        """All elements are greater."""
        self.assertGreater(np.min(array_of(a)), comparison_target)

    def assertAllLess(self, a: Any, comparison_target: Any) -> None:
        """All elements are less."""
        self.assertLess(np.max(array_of(a)), comparison_target)

    def assertAllGreaterEqual(self, a: Any, comparison_target: Any) -> None:
        """All elements are at least that."""
        self.assertGreaterEqual(np.min(array_of(a)), comparison_target)

    def assertAllLessEqual(self, a: Any, comparison_target: Any) -> None:
        """All elements are at most that."""
        self.assertLessEqual(np.max(array_of(a)), comparison_target)

    def assertAllInRange(
        self,
        target: Any,
        lower_bound: Any,
        upper_bound: Any,
        open_lower_bound: bool = False,
        open_upper_bound: bool = False,
    ) -> None:
        """All elements lie between two bounds, which count as inside unless they are open."""
        values = array_of(target)
        if values.dtype.kind not in "biuf" and values.dtype.name != "bfloat16":
            kind = values.dtype
            raise AssertionError(
                f"The value of {target} does not have an ordered numeric type, instead it has type: {kind}"
            )
        if (nans := np.argwhere(np.isnan(values))).size:
            note = f"{len(nans)} of the {values.size} element(s) are NaN. Subscripts(s) and value(s) of the NaN element(s):"
            _list_offending(values, nans, note)
        bounds = f"{'(' if open_lower_bound else '['}{lower_bound}, {upper_bound}{')' if open_upper_bound else ']'}"
        below = values <= lower_bound if open_lower_bound else values < lower_bound
        above = values >= upper_bound if open_upper_bound else values > upper_bound
        if (outside := np.argwhere(below | above)).size or (not values.ndim and (below | above)):
            note = (
                f"{len(outside)} of the {values.size} element(s) are outside the range {bounds}. "
            )
            _list_offending(
                values, outside, note + "Subscript(s) and value(s) of the offending elements:"
            )

    def assertAllInSet(self, target: Any, expected_set: Any) -> None:
        """All elements are of a set."""
        found = np.unique(array_of(target))
        extra = np.setdiff1d(found, list(expected_set))
        if np.size(extra):
            raise AssertionError(
                f"{np.size(extra)} unique element(s) are not in the set {expected_set}: {extra}"
            )

    def assertNDArrayNear(self, ndarray1: Any, ndarray2: Any, err: float, msg: Any = None) -> None:
        """The Euclidean norm of the difference is below `err`."""
        self.assertTrue(
            np.linalg.norm(np.asarray(array_of(ndarray1)) - array_of(ndarray2)) < err, msg=msg
        )

    def assertNear(self, f1: Any, f2: Any, err: float, msg: Any = None) -> None:
        """Two numbers differ by at most `err`."""
        text = f"{f1:f} != {f2:f} +/- {err:f} (difference: {abs(f1 - f2):g})" + (
            f" ({msg})" if msg is not None else ""
        )
        self.assertTrue(f1 == f2 or abs(f1 - f2) <= err, text)

    def assertArrayNear(self, farray1: Any, farray2: Any, err: float, msg: Any = None) -> None:
        """Two sequences have one length and elements that differ by at most `err`."""
        self.assertEqual(len(farray1), len(farray2), msg=msg)
        for x, y in zip(farray1, farray2):
            self.assertNear(float(x), float(y), err, msg=msg)

    def assertShapeEqual(self, input_a: Any, input_b: Any, msg: Any = None) -> None:
        """Arrays or tensors have one shape.

        Raises:
          TypeError: for anything else.
        """
        shapes = []
        for name, value in (("input_a", input_a), ("input_b", input_b)):
            shape = getattr(value, "shape", None)
            if not isinstance(shape, (tuple, TensorShape)):
                raise TypeError(
                    f"{name} must be a Numpy ndarray, Numpy scalar, or a Tensor.Instead received {type(value)}"
                )
            shapes.append(tuple(shape))
        self.assertAllEqual(shapes[0], shapes[1], msg=msg)

    def assertDTypeEqual(self, target: Any, expected_dtype: Any) -> None:
        """The dtype of an array, tensor or list."""
        found = array_of(target).dtype
        expected = (
            expected_dtype.as_numpy_dtype
            if isinstance(expected_dtype, dtypes.DType)
            else expected_dtype
        )
        self.assertEqual(found, expected)


def _as_bytes(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


def _list_offending(values: np.ndarray, places: np.ndarray, title: str) -> NoReturn:
    """Raises an AssertionError with the first ten of the elements at `places`."""
    lines = [title]
    for place in places[:10]:
        lines.append(f"  {place if values.ndim else ''} : {values[tuple(place)]}")
    if len(places) > 10:
        lines.append("  ...")
    raise AssertionError("\n".join(lines))
