"""Python functions and objects on their way to a worker: Variables travel as references."""

from __future__ import annotations

import io
import marshal
import pickle
import types
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from tfjax._src.distribute.remote import RemoteVariable
from tfjax._src.distribute.strategy import Strategy
from tfjax._src.function.function import Function
from tfjax._src.function.module import Module

# Compiled programs, which every process makes for itself.
_LEFT_BEHIND = ("_programs", "_compiled", "_cannot_compile", "_distribute_strategy")


def dumps(value: Any, references: Callable[[Any], Any] = lambda obj: None) -> bytes:
    """Pickles a value; objects for which `references` gives something travel as that."""
    import cloudpickle

    class Pickler(cloudpickle.Pickler):
        def persistent_id(self, obj: Any) -> Any:
            if isinstance(obj, RemoteVariable):
                state = {
                    k: v
                    for k, v in obj.__dict__.items()
                    if k not in ("_held", "_read", "_strategy", "_parts")
                }
                held = obj.__dict__["_held"]
                return (
                    "variable",
                    type(obj)._base,
                    obj.__dict__["_parts"],
                    held.shape,
                    held.dtype,
                    dict(obj._var_metadata),
                    state,
                )
            if isinstance(obj, Strategy):
                return ("strategy",)
            return references(obj)

        def reducer_override(self, obj: Any) -> Any:
            if isinstance(obj, Function):
                return Function, (
                    obj.python_function,
                    obj._input_signature,
                    obj.autograph,
                    obj.jit_compile,
                )
            if isinstance(obj, types.CodeType):
                # With its file's name, in which AutoGraph looks for the source; cloudpickle drops it.
                return marshal.loads, (marshal.dumps(obj),)
            if isinstance(obj, jax.Array):
                return jax.numpy.asarray, (np.asarray(obj),)
            if isinstance(obj, Module):
                kept = {k: v for k, v in obj.__dict__.items() if k not in _LEFT_BEHIND}
                return _bare, (type(obj),), kept, None, None, _set_state
            return super().reducer_override(obj)

    buffer = io.BytesIO()
    Pickler(buffer, protocol=5).dump(value)
    return buffer.getvalue()


def _bare(cls: type) -> Any:
    return object.__new__(cls)


def _set_state(obj: Any, state: dict[str, Any]) -> None:
    obj.__dict__.update(state)
    if hasattr(obj, "_init_trainer"):
        obj._init_trainer()


def loads(data: bytes, resolve: Callable[[tuple[Any, ...]], Any]) -> Any:
    """The value; `resolve` turns references into objects."""

    class Unpickler(pickle.Unpickler):
        def persistent_load(self, pid: Any) -> Any:
            return resolve(pid)

    return Unpickler(io.BytesIO(data)).load()
