"""Turns what went wrong inside an op into the error that TensorFlow raises."""

from __future__ import annotations

import dis
import os
from types import TracebackType

import jax
import numpy as np

from tfjax._src.core import errors
from tfjax._src.eager import frame as frames
from tfjax._src.eager.tensor import ConcreteValueError

_RAISE = dis.opmap["RAISE_VARARGS"]
_SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_NEEDS_VALUE = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
)


class TraceShapeError(errors.InvalidArgumentError, ValueError):
    """Bad arguments found while tracing: TensorFlow's shape functions raise ValueError there."""


TraceShapeError.__name__ = TraceShapeError.__qualname__ = "ValueError"
TraceShapeError.__module__ = "builtins"


def translate(error: Exception, op_name: str, suffix: str = " name: ") -> Exception:
    """The error to raise for `error`, which the body of op `op_name` raised."""
    if isinstance(error, ConcreteValueError):
        return error
    if isinstance(error, _NEEDS_VALUE):
        return ConcreteValueError(f"{op_name} needs the value of a traced tensor: {_first_line(error)}")
    if isinstance(error, errors.OpError):
        return _named(error, op_name, suffix)
    if isinstance(error, (TypeError, ValueError, IndexError, OverflowError, ZeroDivisionError, np.exceptions.AxisError)):
        if raised_here(error.__traceback__) and not isinstance(error, np.exceptions.AxisError):
            return error
        return _named(errors.InvalidArgumentError(None, None, _first_line(error)), op_name, suffix)
    if isinstance(error, MemoryError):
        return _named(errors.ResourceExhaustedError(None, None, f"OOM: {_first_line(error)}"), op_name, suffix)
    if isinstance(error, NotImplementedError) and not raised_here(error.__traceback__):
        return _named(errors.NotFoundError(None, None, f"No kernel of {op_name} for these dtypes."), op_name, suffix)
    return error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def raised_here(traceback: TracebackType | None) -> bool:
    """True if a `raise` of our own source raised it, not a library that our source called."""
    if traceback is None:
        return False
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    code = traceback.tb_frame.f_code
    if not code.co_filename.startswith(_SOURCE):
        return False
    # A function of C leaves no frame of its own, and JAX hides its frames: the last instruction
    # of ours is then a call.
    return code.co_code[traceback.tb_lasti] == _RAISE


def _named(error: errors.OpError, op_name: str, suffix: str) -> Exception:
    if "[Op:" in error.message:
        return error
    if frames.current() is not None:
        if isinstance(error, errors.InvalidArgumentError) and not isinstance(error, ValueError):
            return TraceShapeError(None, None, error.message)
        return error
    return errors.with_op(type(error), error.message, op_name, suffix)
