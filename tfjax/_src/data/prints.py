"""Python's `print` in functions given to tf.data: TensorFlow traces them, so it shows once, symbolically."""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Iterator
from typing import Any

from tfjax._src.core import nest
from tfjax._src.core.specs import TensorSpec
from tfjax._src.function import quiet
from tfjax._src.function.autograph import conversion
from tfjax._src.function.function import Function


def prints(function: Any, seen: set[int] | None = None) -> bool:
    """Whether a function, or one that it calls by name, may call `print`."""
    function = getattr(function, "__func__", function)
    seen = set() if seen is None else seen
    if not isinstance(function, types.FunctionType) or id(function) in seen:
        return False
    seen.add(id(function))
    if any("print" in code.co_names for code in _codes(function.__code__)):
        return True
    cells = [c.cell_contents for c in function.__closure__ or () if _filled(c)]
    called = [
        function.__globals__.get(n) for code in _codes(function.__code__) for n in code.co_names
    ]
    return any(prints(f, seen) for f in [*cells, *called] if isinstance(f, types.FunctionType))


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from _codes(const)


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents
    except ValueError:
        return False
    return True


def quieted(function: Callable[..., Any], element_spec: Any) -> Callable[..., Any]:
    """Shows what `function` prints for a symbolic element; returns it with its prints left out."""
    leaves = nest.flatten(element_spec)
    if not all(type(s) is TensorSpec for s in leaves):
        return function
    named = [TensorSpec(s.shape, s.dtype, f"args_{i}") for i, s in enumerate(leaves)]
    element = nest.pack_sequence_as(element_spec, named)
    graph = Function(function)
    try:
        graph.get_concrete_function(*(element if type(element) is tuple else (element,)))
    except Exception:  # the first element shows what is wrong
        return function
    (trace,) = graph._traces
    left = [math.inf if trace.complete else trace.shown]
    converted = conversion.convert(function)

    def call(*args: Any) -> Any:
        skip, left[0] = left[0], math.inf
        with quiet.skipping(skip):
            return converted(*args)

    return call
