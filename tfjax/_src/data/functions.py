"""Users' functions in a pipeline: how they are called, and what is known of their results."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.specs import TensorSpec, TypeSpec, type_spec_from_value
from tfjax._src.data.prints import prints, quieted
from tfjax._src.eager import frame as frames
from tfjax._src.eager import tier
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.random import state

# Sizes that stand for unknown ones: a size of the result that follows them is unknown as well.
_PROBES = (83, 97)


class _Opened(threading.local):
    """The streams of random numbers of the functions of the iterator that is being opened.

    What one iterator opens several times, as `repeat` does, goes on where it stopped.
    """

    streams: dict[Any, state.Pipeline] | None = None

    @contextlib.contextmanager
    def sharing(self, streams: dict[Any, state.Pipeline] | None) -> Iterator[None]:
        """Gives what is opened these streams."""
        before, self.streams = self.streams, streams
        try:
            yield
        finally:
            self.streams = before


opened = _Opened()


def as_element(value: Any) -> Any:
    """A nest of tensors; lists become tensors, as tf.data has it."""
    if type(value) is Tensor or value is None:
        return value
    if isinstance(value, dict):
        pairs = {k: as_element(v) for k, v in value.items()}
        return pairs if type(value) is dict else type(value)(pairs)
    if isinstance(value, tuple):
        parts = [as_element(v) for v in value]
        return type(value)(*parts) if hasattr(type(value), "_fields") else tuple(parts)
    if hasattr(value, "_type_spec") and not hasattr(value, "_dense_var_to_tensor"):
        return value
    if type(value) is not list and nest.is_nested(value):
        return nest.map_structure(as_element, value)
    return to_tensor(value)


def returned(value: Any) -> Any:
    """What a function returned, as an element: a list of several tensors counts as a tuple."""
    if type(value) is list and value and any(isinstance(v, (Tensor, dict, tuple)) for v in value):
        value = tuple(value)
    return as_element(value)


class Function:
    """A user's function of elements; `session()` gives what one iterator calls.

    The function runs in the host tier on concrete values: nothing is compiled for a shape that
    comes once. What it prints shows once, if `element_spec` tells what it is called on. Its random ops behave as in a function that TensorFlow traced.
    """

    def __init__(self, function: Callable[..., Any], element_spec: Callable[[], Any] | None = None) -> None:
        if element_spec is not None and prints(function):
            function = quieted(function, element_spec())
        self.function = function
        self.seed = state.global_seed()

    def _pipeline(self) -> state.Pipeline:
        streams = opened.streams
        if streams is None:
            return state.Pipeline(self.seed)
        return streams.setdefault(self, state.Pipeline(self.seed))

    def session(self) -> Callable[..., Any]:
        """A function of an element (a tuple gives several arguments)."""
        function, pipeline, settings = self.function, self._pipeline(), tier.state

        def call(element: Any) -> Any:
            tier_before, frame_before, calls = settings.forced, frames._state.frame, state._calls
            calls_before = calls.pipeline, calls.unseeded, calls.ops
            settings.forced, frames._state.frame = "host", None
            pipeline.start()
            try:
                return function(*element) if type(element) is tuple else function(element)
            finally:
                settings.forced, frames._state.frame = tier_before, frame_before
                calls.pipeline, calls.unseeded, calls.ops = calls_before

        return call

    def spec(self, element_spec: Any, peek: Callable[[], list[Any]]) -> Any:
        """The specs of the function's results, by tracing it; if that fails, by calling it with
        the few elements that `peek()` gives."""
        try:
            return self._traced(element_spec)
        except Exception:
            # Sizes that two elements do not share are unknown.
            elements, call = peek(), self.session()
            if not elements:
                raise
            found = [_peeked_spec(returned(call(e)), _open_length(element_spec, e)) for e in elements]
            return found[0] if len(found) == 1 else nest.map_structure(_merged, *found)

    def _traced(self, element_spec: Any) -> Any:
        structure, first = self._shapes(element_spec, _PROBES[0])
        open_sizes = any(None in s.shape.as_list() for s in nest.flatten(element_spec))
        second = self._shapes(element_spec, _PROBES[1])[1] if open_sizes else first

        def merge(a: Any, b: Any) -> Any:
            if a is None or isinstance(a, TypeSpec):
                return a
            dims = [m if m == n else None for m, n in zip(a.shape, b.shape)] if len(a.shape) == len(b.shape) else None
            return TensorSpec(dims, dtypes.FROM_NUMPY[np.dtype(a.dtype)])

        return nest.pack_sequence_as(structure, [merge(a, b) for a, b in zip(first, second, strict=True)])

    def _shapes(self, element_spec: Any, probe: int) -> tuple[Any, list[Any]]:
        from tfjax._src.function import capture

        leaves = nest.flatten(element_spec)
        if any(type(s) is not TensorSpec or s.dtype is dtypes.string or s.shape.rank is None for s in leaves):
            raise TypeError("Only numeric tensors of known rank can be traced.")
        avals = [jax.ShapeDtypeStruct([probe if d is None else d for d in s.shape.as_list()], s.dtype.np) for s in leaves]
        found: list[Any] = []

        def run(*tensors: Any) -> Any:
            element = nest.pack_sequence_as(element_spec, list(tensors))
            result = returned(self.function(*element) if type(element) is tuple else self.function(element))
            found.append(result)
            return nest.flatten(nest.map_structure(lambda t: t if isinstance(t, Tensor) else np.zeros(()), result))

        traced = capture.trace(run, avals, frames.Frame(kind="spec"))
        flat = [
            aval if isinstance(leaf, Tensor) else spec_of(leaf)
            for leaf, aval in zip(nest.flatten(found[0]), traced.out_avals, strict=False)
        ]
        return found[0], flat


def _open_length(element_spec: Any, element: Any) -> int | None:
    """The rows of an element whose number is not known beforehand, as of a batch."""
    spec, leaf = nest.flatten(element_spec)[0], nest.flatten(element)[0]
    is_open = isinstance(spec, TensorSpec) and spec.shape.rank and spec.shape[0] is None
    return leaf.shape[0] if is_open else None


def _peeked_spec(element: Any, length: int | None) -> Any:
    """The specs of a result.

    The shape of what a Python function gave is unknown; so is the first size if it is `length`.
    """

    def one(value: Any) -> Any:
        if isinstance(value, Tensor) and value.__dict__.get("_made_by", (None,))[0] == "PyFunc":
            return TensorSpec(None, value.dtype)
        spec = spec_of(value)
        if length is not None and type(spec) is TensorSpec and spec.shape.rank and spec.shape[0] == length:
            return TensorSpec([None, *spec.shape.as_list()[1:]], spec.dtype)
        return spec

    return nest.map_structure(one, element)


def _merged(first: Any, second: Any) -> Any:
    if first is None or not hasattr(first, "most_specific_compatible_type"):
        return first
    return first.most_specific_compatible_type(second)


def spec_of(element: Any) -> Any:
    """The specs of an element."""
    return nest.map_structure(lambda v: v if v is None or isinstance(v, TypeSpec) else type_spec_from_value(v), element)
