"""Statements in converted code: if, while and for, compiled where they run over traced tensors."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.sizes import Sizes
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.function import control_flow, loops, quiet
from tfjax._src.function.autograph.calls import TracedRange
from tfjax._src.function.control_flow import is_symbolic
from tfjax._src.ops.random import state


def undefined(value: Any) -> bool:
    """True for what malt puts in the place of a variable that has no value yet."""
    from malt.operators.variables import Undefined, UndefinedReturnValue

    return isinstance(value, (Undefined, UndefinedReturnValue))


# -- if ----------------------------------------------------------------------------------------
def if_stmt(
    cond: Any, body: Any, orelse: Any, get_state: Any, set_state: Any, symbol_names: Any, nouts: int
) -> None:
    """An if statement."""
    if not is_symbolic(cond):
        with frames.inline_graph() if isinstance(cond, Tensor) else contextlib.nullcontext():
            body() if bool(cond) else orelse()
        return
    initial = get_state()
    names = [str(n) for n in symbol_names[:nouts]]
    ends: dict[str, Sequence[Any]] = {}

    def branch(label: str, function: Any) -> Callable[[], Any]:
        def run() -> Any:
            set_state(initial)
            function()
            ends[label] = values = get_state()[:nouts]
            _check_defined(names, values, initial, label)
            if len(ends) == 2:
                _check_alike(names, ends["main"], ends["else"])
            return list(values)

        return run

    try:
        result = control_flow.branches(
            to_tensor(cond), [branch("else", orelse), branch("main", body)]
        )
    finally:
        set_state(initial)
    set_state((*result, *initial[nouts:]))


def _check_defined(names: list[str], values: Any, initial: Any, label: str) -> None:
    from malt.operators.variables import UndefinedReturnValue

    for name, value, before in zip(names, values, initial):
        if isinstance(value, UndefinedReturnValue):
            raise ValueError(f"the {label} branch must also have a return statement.")
        if undefined(value):
            raise ValueError(f"'{name}' must also be initialized in the {label} branch")
        if value is None and before is not None:
            raise ValueError(f"'{name}' is None at the end of the {label} branch.")


def _check_alike(names: list[str], main: Any, other: Any) -> None:
    for name, a, b in zip(names, main, other):
        try:
            nest.assert_same_structure(a, b, expand_composites=True)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"'{name}' must have the same nested structure in the main and else branches:\n\n{error}"
            ) from None
        for one, two in zip(
            nest.flatten(a, expand_composites=True), nest.flatten(b, expand_composites=True)
        ):
            kinds = _dtype(one), _dtype(two)
            if None not in kinds and kinds[0] != kinds[1]:
                raise TypeError(
                    f"'{name}' has dtype {kinds[0].name} in the main branch, but dtype {kinds[1].name} in the else branch"
                )


def _dtype(value: Any) -> Any:
    if isinstance(value, (bool, int, float, complex)):
        return to_tensor(value).dtype
    found = getattr(value, "dtype", None)
    return None if found is None else dtypes.as_dtype(found)


# -- while and for -----------------------------------------------------------------------------
def while_stmt(
    test: Any, body: Any, get_state: Any, set_state: Any, symbol_names: Any, opts: Any
) -> None:
    """A while statement; it becomes a compiled loop when its condition is a traced tensor."""
    claims: set[int] = set()
    steps = 0
    while True:
        condition = test()
        if is_symbolic(condition):
            break
        if not condition:
            return
        graph_loop = isinstance(condition, Tensor)
        with frames.inline_graph(claims) if graph_loop else contextlib.nullcontext():
            quiet.step(body, again=graph_loop and steps > 0)
        steps += 1

    def run_test() -> Any:
        return to_tensor(test())

    _compiled_loop(run_test, lambda element: body(), get_state, set_state, symbol_names, None, opts)


def for_stmt(
    iter_: Any,
    extra_test: Any,
    body: Any,
    get_state: Any,
    set_state: Any,
    symbol_names: Any,
    opts: Any,
) -> None:
    """A for statement; over a tensor it becomes a compiled loop."""
    if isinstance(iter_, TracedRange):
        _for_range(iter_, extra_test, body, get_state, set_state, symbol_names, opts)
    elif isinstance(iter_, Tensor) and frames.current() is not None and len(iter_._value.shape):
        _for_tensor(iter_, extra_test, body, get_state, set_state, symbol_names, opts)
    else:
        from_data = hasattr(iter_, "element_spec")
        if from_data and frames.current() is not None:
            raise ConcreteValueError("A loop runs over a dataset.")
        _for_python(iter_, extra_test, body, from_data)


def _for_python(iter_: Any, extra_test: Any, body: Any, from_data: bool) -> None:
    """A loop in Python. Over a dataset TensorFlow makes its body the function of a `Dataset.scan`."""
    iterator, graph_loop = iter(iter_), from_data or isinstance(iter_, Tensor)
    scan = state.scan() if hasattr(iter_, "as_numpy_iterator") else None
    again = False
    # Tested before an element is taken: an iterator goes on with the next one after a `break`.
    while extra_test is None or bool(extra_test()):
        try:
            element = next(iterator)
        except StopIteration:
            return
        with state.scan_step(scan):
            quiet.step(functools.partial(body, element), again=graph_loop and again)
        again = True


def _for_range(
    bounds: TracedRange,
    extra_test: Any,
    body: Any,
    get_state: Any,
    set_state: Any,
    names: Any,
    opts: Any,
) -> None:
    known = bounds.known_values() if extra_test is None else None
    if known is not None:  # a symbolic size: known for each program
        _compiled_loop(None, body, get_state, set_state, names, known, opts)
        return
    index = [bounds.start]

    def test() -> Any:
        i = index[0]
        ahead = (bounds.delta > 0) & (i < bounds.limit) | (bounds.delta < 0) & (i > bounds.limit)
        return ahead & to_tensor(extra_test()) if extra_test is not None else ahead

    def step(element: Any) -> None:
        i = index[0]
        body(i)
        index[0] = i + bounds.delta

    def get() -> tuple[Any, ...]:
        return (index[0], *get_state())

    def put(values: Any) -> None:
        index[0] = values[0]
        set_state(tuple(values[1:]))

    _compiled_loop(test, step, get, put, ("<index>", *names), None, opts)


def _for_tensor(
    tensor: Tensor,
    extra_test: Any,
    body: Any,
    get_state: Any,
    set_state: Any,
    names: Any,
    opts: Any,
) -> None:
    count = tensor._value.shape[0]
    if extra_test is None:
        _compiled_loop(None, body, get_state, set_state, names, tensor, opts)
        return
    limit = (
        Tensor(np.int32(count).reshape(()))
        if type(count) is int
        else Tensor(np.array(count, object).view(Sizes))
    )
    _for_range(
        TracedRange(limit), extra_test, lambda i: body(tensor[i]), get_state, set_state, names, opts
    )


def _compiled_loop(
    test: Any,
    body: Any,
    get_state: Any,
    set_state: Any,
    names: Any,
    elements: Tensor | None,
    opts: Any,
) -> None:
    initial = tuple(get_state())

    def run_test(values: list[Any]) -> Any:
        set_state(tuple(values))
        return test()

    def run_body(row: Any, values: list[Any]) -> Any:
        set_state(tuple(values))
        body(row)
        return get_state()

    try:
        final = loops.run(
            None if test is None else run_test,
            run_body,
            initial,
            names,
            elements,
            maximum=opts.get("maximum_iterations"),
            invariants=_invariants(initial, opts),
            undefined=_unset,
        )
    finally:
        set_state(initial)
    set_state(tuple(final))


def _unset(value: Any) -> bool:
    # None before a loop whose body gives a tensor stands for no value, as in TensorFlow.
    return value is None or undefined(value)


def _invariants(initial: Sequence[Any], opts: Any) -> list[Any] | None:
    """A shape for each loop variable that `set_loop_options` lets vary."""
    given = opts.get("shape_invariants")
    if not given:
        return None
    return [next((shape for tensor, shape in given if tensor is value), None) for value in initial]
