"""Shapes and dtypes of what a node of a graph will give, before any value is known.

A node's code runs on stand-ins: twice, with another size in place of each unknown one, so that a size
of the result that differs is unknown too. Integers that come from such sizes (`tf.shape(x)[0]`) keep
their two values, by which shapes made of them are found. What has no stand-ins (strings, sizes that
depend on values) runs on small arrays.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from tfjax._src.eager import frame as frames
from tfjax._src.eager.tensor import ConcreteValueError, Tensor, Unknown

# Unknown sizes are tried with both.
PROBES = (991, 997)
_SMALL = 4096
_RANKS = ((), (3,), (3, 3), (3, 3, 3), (3, 3, 3, 3))


@dataclass
class Spec:
    """What is known of an output.

    Attributes:
      shape: sizes, None for unknown ones; None if the rank is unknown.
      dtype: of NumPy.
      known: small integers: the values for either probe.
      sure: False if the values are what a fed size might be.
      sizes: the shapes for either probe, by which `x[1:]` and `x` stay apart.
    """

    shape: Any
    dtype: Any
    known: Any = None
    sure: bool = True
    sizes: Any = None


_seen: weakref.WeakKeyDictionary[Any, dict[Any, list[Spec]]] = weakref.WeakKeyDictionary()


def of_kernel(kernel: Any, values: Sequence[Any]) -> tuple[list[Spec], bool]:
    """(what the outputs are, whether the kernel has to run on the host)."""
    if kernel.like is not None:
        return [Spec(v.shape, v.dtype, sizes=getattr(v, "sizes", None)) for v in [values[i] for i in kernel.like]], False
    if not kernel.device or any(v.dtype == object for v in values):
        return on_samples(kernel.run, values), True
    plain = all(isinstance(v, Unknown) and v.known is None for v in values)
    key = tuple([(v.shape, v.dtype, v.sizes) for v in values]) if plain else None
    if plain and key in (known := _seen.setdefault(kernel, {})):
        return known[key], False
    try:
        found = abstract(kernel.run, values)
    except ConcreteValueError:
        return on_samples(kernel.run, values), True
    if plain:
        _seen[kernel][key] = found
    elif any(v.known is not None and not v.sure for v in values if isinstance(v, Unknown)):
        _assume(kernel, values, found)
    return found, False


def _assume(kernel: Any, values: Sequence[Any], found: list[Spec]) -> None:
    """Notes what small integers would be if fed sizes were those of the probes."""
    if any(s.dtype.kind not in "iub" for s in found):
        return
    if any(v.known is None if isinstance(v, Unknown) else v.size > 64 for v in values):
        return
    try:
        with frames.enter(None):
            pairs = [kernel.run([v.known[i] if isinstance(v, Unknown) else v for v in values]) for i in (0, 1)]
    except Exception:  # a fed size is only one of the things that the integers may be
        return
    for spec, first, second in zip(found, *pairs, strict=True):
        if spec.known is None and type(first) is np.ndarray and type(second) is np.ndarray and first.size <= 64:
            spec.known, spec.sure = (first, second), False


def abstract(run: Callable[[list[Any]], Any], values: Sequence[Any], assume: bool = False) -> list[Spec]:
    """What `run` gives, from stand-ins for the values that are unknown.

    Args:
      run: a function of a list of arrays that gives a sequence of arrays.
      values: arrays and Unknowns.
      assume: fed sizes too take the values of the probes.
    """
    unknown = [v for v in values if isinstance(v, Unknown)]
    if any(v.shape is None for v in unknown):
        return _of_any_rank(run, values, assume)
    error: Exception | None = None
    for first, second in _sizes(values, any(None in v.shape or v.known is not None for v in unknown)):
        try:
            one = _once(run, values, first, 0, assume)
            other = one if second is None else _once(run, values, second, 1, assume)
        except ConcreteValueError:
            raise
        except Exception as problem:
            error = error or problem
            continue
        return [_merged(a, b, second is not None) for a, b in zip(one, other, strict=True)]
    assert error is not None
    raise error


def _sizes(values: Sequence[Any], is_open: bool) -> Iterator[tuple[int, int | None]]:
    """Pairs of sizes to put in place of the unknown ones, one of them static if nothing else will do."""
    if not is_open:
        yield PROBES[0], None
        return
    yield PROBES
    for size in sorted({d for v in values for d in v.shape or () if d is not None and d > 1}):
        yield size, None


def _of_any_rank(run: Any, values: Sequence[Any], assume: bool) -> list[Spec]:
    """Dtypes alone, from whatever rank works."""
    error: Exception | None = None
    for shape in _RANKS:
        tried = [Unknown(shape, v.dtype) if isinstance(v, Unknown) and v.shape is None else v for v in values]
        try:
            return [Spec(None, spec.dtype) for spec in abstract(run, tried, assume)]
        except ConcreteValueError:
            raise
        except Exception as problem:
            error = error or problem
    assert error is not None
    raise error


def _once(run: Any, values: Sequence[Any], size: int, which: int, assume: bool) -> list[Any]:
    full: list[Any] = []
    places: list[int] = []
    for i, value in enumerate(values):
        if not isinstance(value, Unknown):
            full.append(value)
        elif value.known is not None and (value.sure or assume):
            full.append(value.known[which])
        else:
            places.append(i)
            shape = [size if d is None else d for d in value.shape]
            if value.sizes is not None and size == PROBES[which]:
                shape = value.sizes[which]
            full.append(jax.ShapeDtypeStruct(shape, value.dtype))
    found: list[Any] = []

    def inside(*given: Any) -> tuple[()]:
        for i, value in zip(places, given):
            full[i] = value
        found.extend(run(full))
        return ()

    stand_ins = [full[i] for i in places]
    with frames.enter(frames.Frame(kind="probe")):
        jax.eval_shape(inside, *stand_ins)
    return found


def _merged(first: Any, second: Any, compared: bool) -> Spec:
    if first.ndim != second.ndim:
        return Spec(None, first.dtype)
    shape = tuple([m if m == n else None for m, n in zip(first.shape, second.shape)])
    kept = type(first) is np.ndarray and type(second) is np.ndarray and first.dtype.kind in "iub" and first.size <= _SMALL
    sizes = (first.shape, second.shape) if compared and None in shape else None
    return Spec(shape, first.dtype, (first, second) if kept and compared else None, sizes=sizes)


def on_samples(run: Callable[[list[Any]], Any], values: Sequence[Any]) -> list[Spec]:
    """What `run` gives, from small arrays for the values that are unknown: ones, then 0, 1, 2."""
    error: Exception | None = None
    for text in (b"1", b"", b"a"):
        try:
            one = _sampled(run, values, 2, 1, text)
            other = _sampled(run, values, 5, None, text)
        except Exception as problem:
            error = error or problem
            continue
        return [_merged(a, b, False) for a, b in zip(one, other, strict=True)]
    assert error is not None
    raise error


def _sampled(run: Any, values: Sequence[Any], size: int, number: int | None, text: bytes) -> list[Any]:
    full = []
    for value in values:
        if isinstance(value, Unknown):
            shape = [size if d is None else d for d in value.shape or ()]
            if value.dtype == object:
                value = np.full(shape, text, object)
            elif number is None:
                value = (np.arange(math.prod(shape)) % size).reshape(shape).astype(value.dtype)
            else:
                value = np.full(shape, number, value.dtype)
        full.append(value)
    with frames.enter(None):
        return [np.asarray(v) for v in run(full)]


def tensors_of(values: Sequence[Any]) -> list[Tensor]:
    """Arrays as Tensors."""
    return [Tensor(v) for v in values]
