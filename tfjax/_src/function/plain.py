"""Small functions of the root namespace that need no op of their own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.experimental
import numpy as np

from tfjax._src.core import names
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array.join import stack
from tfjax._src.ops.array.shaping import identity


@export("timestamp")
def timestamp(name: Any = None) -> Any:
    """Seconds since 1970, float64; in a tf.function the time of each call.

    >>> import tfjax as tf
    >>> tf.timestamp().dtype
    tf.float64
    """
    if frames.current() is None:
        return to_tensor(np.float64(time.time()))
    frames.note_effect()
    clock = jax.experimental.io_callback(lambda: np.float64(time.time()), jax.ShapeDtypeStruct((), np.float64))
    return Tensor(clock)


@export("get_logger")
def get_logger() -> logging.Logger:
    """The logger "tensorflow", which warnings of this library go to.

    >>> get_logger().name
    'tensorflow'
    """
    return logging.getLogger("tensorflow")


@export("get_current_name_scope")
def get_current_name_scope() -> str:
    """The name scope in force, `"a/b"`, or `""`.

    >>> import tfjax as tf
    >>> with tf.name_scope("a"):
    ...     get_current_name_scope()
    'a'
    """
    return names.current_scope().rstrip("/")


@export("identity_n")
def identity_n(input: Any, name: Any = None) -> list[Any]:
    """A list of new tensors with the values of the given ones.

    >>> [t.numpy().item() for t in identity_n([1, 2.0])]
    [1, 2.0]
    """
    if not len(input):
        raise InvalidArgumentError(None, None, "Length for attr 'T' of 0 must be at least minimum 1")
    return [identity(x) for x in input]


@export("tuple")
def tuple_(tensors: Any, control_inputs: Any = None, name: Any = None) -> list[Any]:
    """The tensors as a list. Programs run in order, so there is nothing to wait for.

    >>> tuple_([1, None])
    [1, None]
    """
    if frames.current() is None:
        return list(tensors)
    if all(x is None for x in tensors):
        raise ValueError(f"Must have at least one Tensor: {tensors}")
    return [None if x is None else to_tensor(x) for x in tensors]


@export("parallel_stack")
def parallel_stack(values: Any, name: Any = "parallel_stack") -> Any:
    """As `tf.stack(values)`, inside a tf.function only.

    >>> import tfjax as tf
    >>> tf.function(lambda: tf.parallel_stack([[1, 2], [3, 4]]))().numpy().tolist()
    [[1, 2], [3, 4]]
    """
    if frames.current() is None:
        raise RuntimeError("tf.parallel_stack() is not compatible with eager execution.")
    return stack(values)


@export("guarantee_const")
def guarantee_const(input: Any, name: Any = None) -> Any:
    """The same values. That they are constant is a promise without use here."""
    return identity(input)


@export("AggregationMethod")
class AggregationMethod:
    """How gradients of one tensor are added up: an argument of `tf.gradients` without effect."""

    ADD_N = 0
    DEFAULT = ADD_N
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


@export("CriticalSection")
class CriticalSection:
    """Functions that `execute` runs one at a time, whichever thread calls.

    >>> section = CriticalSection()
    >>> section.execute(lambda: 3)
    3
    """

    _shared: dict[str, Any] = {}

    def __init__(self, name: Any = None, shared_name: Any = None, critical_section_def: Any = None, import_scope: Any = None):
        if critical_section_def is not None:
            raise ValueError("Argument `critical_section_def` is not supported.")
        self._name = name or shared_name or "critical_section"
        # Sections of one shared name exclude each other.
        self._lock = threading.Lock() if shared_name is None else self._shared.setdefault(shared_name, threading.Lock())
        self._holder: int | None = None

    @property
    def name(self) -> str:
        """The name given."""
        return self._name

    def execute(self, fn: Callable[[], Any], exclusive_resource_access: bool = True, name: Any = None) -> Any:
        """The value of `fn()`; `exclusive_resource_access` has no effect.

        Raises:
          ValueError: inside the same section, which would wait for ever.
        """
        if self._holder == threading.get_ident():
            raise ValueError("Attempting to lock a CriticalSection in which we are already running.")
        with self._lock:
            self._holder = threading.get_ident()
            try:
                return fn()
            finally:
                self._holder = None
