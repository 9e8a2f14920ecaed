"""Fourier transforms of the innermost axes, and of chosen ones."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import AnyTensor, Axes, Complex, Name, Static, TensorArg
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops import checks
from tfjax._src.ops.arguments import not_allowed

_ComplexInput = Annotated[Any, TensorArg("T", frozenset(dtypes.COMPLEX), default=dtypes.complex64)]
_RealInput = Annotated[Any, TensorArg("T", frozenset({dtypes.float32, dtypes.float64}), default=dtypes.float32)]
_WIDER = {"float32": "complex64", "float64": "complex128"}
_NARROWER = {wide: narrow for narrow, wide in _WIDER.items()}


def _inner(x: Any, rank: int) -> tuple[int, ...]:
    if x.ndim < rank:
        raise InvalidArgumentError(
            None, None, f"Input must have rank of at least {rank} but got: {checks.brackets(tuple(x.shape))}"
        )
    return tuple(range(x.ndim - rank, x.ndim))


def _complex(x: Any, axes: tuple[int, ...], inverse: bool, lengths: Any = None, norm: Any = None) -> Any:
    if 0 in x.shape:
        return x
    fft = namespace(x).fft
    # NumPy before 2.0 widens complex64.
    return (fft.ifftn if inverse else fft.fftn)(x, s=lengths, axes=axes, norm=norm).astype(x.dtype)


@op("signal.fft", raw="FFT")
def fft(input: _ComplexInput, name: Name = None):
    """The discrete Fourier transform of the innermost axis.

    >>> import tfjax as tf
    >>> tf.signal.fft(tf.constant([1 + 0j, 2, 3], tf.complex64)).numpy()[0].item()
    (6+0j)
    """
    return _complex(input, _inner(input, 1), False)


@op("signal.ifft", raw="IFFT")
def ifft(input: _ComplexInput, name: Name = None):
    """The inverse of `fft`, with its factor 1/n.

    >>> import tfjax as tf
    >>> tf.signal.ifft(tf.constant([6 + 0j, 0, 0], tf.complex64)).numpy()[0].item()
    (2+0j)
    """
    return _complex(input, _inner(input, 1), True)


@op("signal.fft2d", raw="FFT2D")
def fft2d(input: _ComplexInput, name: Name = None):
    """The discrete Fourier transform of the two innermost axes."""
    return _complex(input, _inner(input, 2), False)


@op("signal.ifft2d", raw="IFFT2D")
def ifft2d(input: _ComplexInput, name: Name = None):
    """The inverse of `fft2d`."""
    return _complex(input, _inner(input, 2), True)


@op("signal.fft3d", raw="FFT3D")
def fft3d(input: _ComplexInput, name: Name = None):
    """The discrete Fourier transform of the three innermost axes."""
    return _complex(input, _inner(input, 3), False)


@op("signal.ifft3d", raw="IFFT3D")
def ifft3d(input: _ComplexInput, name: Name = None):
    """The inverse of `fft3d`."""
    return _complex(input, _inner(input, 3), True)


def tensor(x: Any, preferred: Any = None) -> Any:
    """`x`, converted unless it is a tensor of some kind already (symbolic ones included)."""
    return to_tensor(x, None, preferred) if isinstance(x, np.ndarray) or not hasattr(x, "dtype") else x


def too_short(axis: int, least: int, size: int) -> InvalidArgumentError:
    """The error for an axis that the kernel would have to fill up."""
    return InvalidArgumentError(None, None, f"Input dimension {axis} must have length of at least {least} but got: {size}")


def _nothing(x: Any, lengths: Any, axes: Any, terms: Any, kind: str) -> Any:
    """The result of no numbers: only what is not empty is filled up before the kernel runs."""
    if 0 in x.shape:
        for axis, length in zip(axes, terms):
            # TensorFlow does not read an axis of size 0, and returns what lies in memory: zeros here.
            if x.shape[axis] < length and x.shape[axes[-1]]:
                raise too_short(axis, length, x.shape[axis])
    shape = list(x.shape)
    for axis, length in zip(axes, lengths):
        shape[axis] = length
    return namespace(x).zeros(shape, kind)


def _check_lengths(lengths: Any) -> None:
    for i, length in enumerate(lengths):
        if length < -1:
            raise ValueError(f"Dimension {length} must be >= 0")
        if length < 0:
            raise InvalidArgumentError(None, None, f"fft_length[{i}] must >= 0, but got: {length}")


@op("_internal.rfft", raw="RFFT")
def _real(input: _RealInput, lengths: Static, axes: Static, norm: Static = None, name: Name = None):
    kind = _WIDER[input.dtype.name]
    _check_lengths(lengths)
    if 0 in input.shape or 0 in lengths:
        terms = lengths[-1] // 2 + 1 if lengths[-1] else 0
        return _nothing(input, [*lengths[:-1], terms], axes, lengths, kind)
    return namespace(input).fft.rfftn(input, s=lengths, axes=axes, norm=norm).astype(kind)


@op("_internal.irfft", raw="IRFFT")
def _inverse_real(input: Complex, lengths: Static, axes: Static, norm: Static = None, name: Name = None):
    kind = _NARROWER[input.dtype.name]
    _check_lengths(lengths)
    if 0 in input.shape or 0 in lengths:
        return _nothing(input, lengths, axes, [*lengths[:-1], lengths[-1] // 2 + 1], kind)
    return namespace(input).fft.irfftn(input, s=lengths, axes=axes, norm=norm).astype(kind)


def _prepared(x: Any, rank: int, fft_length: Any, inverse: bool) -> tuple[Any, tuple[int, ...], tuple[int, ...]]:
    """The input as a tensor, the lengths of the transform, its axes."""
    x = tensor(x, dtypes.complex64 if inverse else dtypes.float32)
    suffix = {1: "", 2: "2D", 3: "3D"}[rank]
    if not inverse and x.dtype not in (dtypes.float32, dtypes.float64):
        raise ValueError(f"RFFT{suffix} requires tf.float32 or tf.float64 inputs, got: {x}")
    if inverse and x.dtype not in dtypes.COMPLEX:
        raise ValueError(f"IRFFT{suffix} requires tf.complex64 or tf.complex128 inputs, got: {x}")
    if len(x.shape) < rank:
        raise ValueError(f"Shape {tuple(x.shape)} must have rank at least {rank}")
    axes = tuple(range(len(x.shape) - rank, len(x.shape)))
    if fft_length is not None:
        lengths = to_tensor(fft_length, dtypes.int32)
        if not lengths.shape.rank:
            raise TypeError("'numpy.int32' object is not iterable")
        if tuple(lengths.shape) != (rank,):
            raise InvalidArgumentError(None, None, f"fft_length must have shape [{rank}]")
        return x, statics.value(lengths), axes
    sizes = list(x.shape[-rank:])
    if inverse:
        sizes[-1] = max(0, 2 * (sizes[-1] - 1))
    return x, tuple(sizes), axes


def _forward(x: Any, rank: int, fft_length: Any) -> Any:
    return _real(*_prepared(x, rank, fft_length, False))


def _backward(x: Any, rank: int, fft_length: Any) -> Any:
    return _inverse_real(*_prepared(x, rank, fft_length, True))


@export("signal.rfft")
@recorded
def rfft(input_tensor: Any, fft_length: Any = None, name: Any = None) -> Any:
    """The first n // 2 + 1 terms of the Fourier transform of real numbers, innermost axis.

    Args:
      input_tensor: float32 or float64.
      fft_length: [n]; the input is cut or filled up with zeros to it.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.signal.rfft([1.0, 2.0, 3.0]).shape
    TensorShape([2])
    """
    return _forward(input_tensor, 1, fft_length)


@export("signal.rfft2d")
@recorded
def rfft2d(input_tensor: Any, fft_length: Any = None, name: Any = None) -> Any:
    """As `rfft`, of the two innermost axes; only the last one is halved."""
    return _forward(input_tensor, 2, fft_length)


@export("signal.rfft3d")
@recorded
def rfft3d(input_tensor: Any, fft_length: Any = None, name: Any = None) -> Any:
    """As `rfft`, of the three innermost axes; only the last one is halved."""
    return _forward(input_tensor, 3, fft_length)


@export("signal.irfft")
@recorded
def irfft(input_tensor: Any, fft_length: Any = None, name: Any = None) -> Any:
    """The inverse of `rfft`.

    Args:
      input_tensor: complex, [..., n // 2 + 1].
      fft_length: [n]; by default the even number that fits.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.signal.irfft(tf.signal.rfft([1.0, 2.0, 3.0]), [3]).numpy().round().tolist()
    [1.0, 2.0, 3.0]
    """
    return _backward(input_tensor, 1, fft_length)


@export("signal.irfft2d")
@recorded
def irfft2d(input_tensor: Any, fft_length: Any = None, name: Any = None) -> Any:
    """The inverse of `rfft2d`."""
    return _backward(input_tensor, 2, fft_length)


@export("signal.irfft3d")
@recorded
def irfft3d(input_tensor: Any, fft_length: Any = None, name: Any = None) -> Any:
    """The inverse of `rfft3d`."""
    return _backward(input_tensor, 3, fft_length)


# -- chosen axes ---------------------------------------------------------------------------------
@op("_internal.fftnd", raw="FFTND")
def _fftn(input: _ComplexInput, lengths: Static, axes: Static, inverse: Static, norm: Static = None, name: Name = None):
    return _complex(input, axes, inverse, lengths, norm)


def _places(x: Any, fft_length: Any, axes: Any, halved: bool) -> tuple[tuple[int, ...], tuple[int, ...]]:
    lengths, places = statics.value(fft_length), statics.integers(axes)
    rank = len(x.shape)
    if places is None:
        count = rank if lengths is None else len(lengths)
        places = tuple(range(rank - count, rank))
    places = tuple(checks.axis(a, rank) for a in ((places,) if isinstance(places, int) else places))
    if lengths is None:
        lengths = [x.shape[a] for a in places]
        if halved:
            lengths[-1] = max(0, 2 * (lengths[-1] - 1))
    if len(lengths) != len(places):
        raise ValueError(f"fft_length and axes must have the same length, got {lengths} and {places}")
    return tuple(lengths), places


@export("signal.fftnd")
@recorded
def fftnd(input_tensor: Any, fft_length: Any = None, axes: Any = None, norm: Any = None, name: Any = None) -> Any:
    """The discrete Fourier transform of several axes.

    Args:
      input_tensor: complex.
      fft_length: a length for each axis, to which the input is cut or filled up with zeros.
      axes: by default the innermost `len(fft_length)`, or all.
      norm: `"backward"` (the default: the inverse has the factor 1/n), `"forward"`, or `"ortho"`.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.signal.fftnd(tf.ones([2, 3], tf.complex64), axes=[1]).numpy()[0, 0].item()
    (3+0j)
    """
    x = to_tensor(input_tensor, None, dtypes.complex64)
    return _fftn(x, *_places(x, fft_length, axes, False), False, norm)


@export("signal.ifftnd")
@recorded
def ifftnd(input_tensor: Any, fft_length: Any = None, axes: Any = None, norm: Any = None, name: Any = None) -> Any:
    """The inverse of `fftnd`."""
    x = to_tensor(input_tensor, None, dtypes.complex64)
    return _fftn(x, *_places(x, fft_length, axes, False), True, norm)


@export("signal.rfftnd")
@recorded
def rfftnd(input_tensor: Any, fft_length: Any = None, axes: Any = None, norm: Any = None, name: Any = None) -> Any:
    """As `fftnd`, of real numbers: the last of the axes keeps its first n // 2 + 1 terms."""
    x = to_tensor(input_tensor, None, dtypes.float32)
    return _real(x, *_places(x, fft_length, axes, False), norm)


@export("signal.irfftnd")
@recorded
def irfftnd(input_tensor: Any, fft_length: Any = None, axes: Any = None, norm: Any = None, name: Any = None) -> Any:
    """The inverse of `rfftnd`; without `fft_length`, the last axis gets the even length that fits."""
    x = to_tensor(input_tensor, None, dtypes.complex64)
    return _inverse_real(x, *_places(x, fft_length, axes, True), norm)


# -- the same under the raw ops' parameters -------------------------------------------------------
@export("fftnd")
def raw_fftnd(input: Any, fft_length: Any, axes: Any, name: Any = None) -> Any:
    """`tf.signal.fftnd` with lengths and axes that are both given."""
    return fftnd(input, fft_length, axes)


@export("ifftnd")
def raw_ifftnd(input: Any, fft_length: Any, axes: Any, name: Any = None) -> Any:
    """`tf.signal.ifftnd` with lengths and axes that are both given."""
    return ifftnd(input, fft_length, axes)


@export("rfftnd")
def raw_rfftnd(input: Any, fft_length: Any, axes: Any, Tcomplex: Any = dtypes.complex64, name: Any = None) -> Any:  # noqa: N803
    """`tf.signal.rfftnd` of float32 or float64, which `Tcomplex` (complex64, complex128) must match."""
    x = to_tensor(input, {dtypes.complex128: dtypes.float64}.get(dtypes.as_dtype(Tcomplex), dtypes.float32))
    return rfftnd(x, fft_length, axes)


@export("irfftnd")
def raw_irfftnd(input: Any, fft_length: Any, axes: Any, Treal: Any = dtypes.float32, name: Any = None) -> Any:  # noqa: N803
    """`tf.signal.irfftnd` of complex64 or complex128, which `Treal` (float32, float64) must match."""
    x = to_tensor(input, {dtypes.float64: dtypes.complex128}.get(dtypes.as_dtype(Treal), dtypes.complex64))
    return irfftnd(x, fft_length, axes)


# -- order of the frequencies --------------------------------------------------------------------
def _rolled(x: Any, axes: Any, sign: int) -> Any:
    chosen = range(x.ndim) if axes is None else (axes,) if isinstance(axes, int) else axes
    chosen = [checks.axis(a, x.ndim) for a in chosen]
    shifts = [sign * x.shape[a] // 2 if sign > 0 else -(x.shape[a] // 2) for a in chosen]
    return namespace(x).roll(x, shifts, chosen) if chosen else x


def _prepare_shift(x: Any, axes: Any, name: Any) -> tuple[Any, ...]:
    x = to_tensor(x)
    if isinstance(axes, (str, bytes)):
        raise TypeError("Cannot convert 0 to EagerTensor of dtype string")
    if isinstance(axes, bool):
        raise ValueError("mask cannot be scalar.")
    if axes is None and x.shape.rank == 0:
        raise not_allowed(dtypes.float32, "Taxis", dtypes.int32, dtypes.int64)
    return x, axes, name


@op("signal.fftshift", raw="FftShift", prepare=_prepare_shift)
def fftshift(x: AnyTensor, axes: Axes = None, name: Name = None):
    """Moves frequency 0 to the middle of the given axes, by default of all.

    >>> import tfjax as tf
    >>> tf.signal.fftshift([0, 1, 2, -2, -1]).numpy()
    array([-2, -1,  0,  1,  2], dtype=int32)
    """
    return _rolled(x, axes, 1)


@op("signal.ifftshift", raw="IfftShift", prepare=_prepare_shift)
def ifftshift(x: AnyTensor, axes: Axes = None, name: Name = None):
    """The inverse of `fftshift`.

    >>> import tfjax as tf
    >>> tf.signal.ifftshift([-2, -1, 0, 1, 2]).numpy()
    array([ 0,  1,  2, -2, -1], dtype=int32)
    """
    return _rolled(x, axes, -1)
