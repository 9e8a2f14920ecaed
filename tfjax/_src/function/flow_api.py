"""tf.cond, tf.case, tf.switch_case, tf.while_loop and their kin."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function.autograph import conversion as ag
from tfjax._src.function import control_flow, loops
from tfjax._src.function.assertions import Assert as check
from tfjax._src.function.control_flow import is_symbolic
from tfjax._src.ops.array.join import stack
from tfjax._src.ops.array.masking import where
from tfjax._src.ops.array.shaping import cast, stop_gradient
from tfjax._src.ops.math.clipping import add_n
from tfjax._src.ops.math.reductions import reduce_any


@export("cond")
def cond(pred: Any, true_fn: Any = None, false_fn: Any = None, name: Any = None) -> Any:
    """`true_fn()` if `pred` is true, else `false_fn()`.

    Inside a tf.function, with a predicate that is not known yet, both become branches of the
    program; they must give tensors of the same structure and dtypes.

    Raises:
      TypeError: if a branch is not callable, if the results differ in structure or dtype, and for a
        Python bool in a tf.function.

    >>> import tfjax as tf
    >>> int(tf.cond(tf.constant(True), lambda: tf.constant(1), lambda: tf.constant(2)))
    1
    """
    if not callable(true_fn):
        raise TypeError("'true_fn' must be callable.")
    if not callable(false_fn):
        raise TypeError("'false_fn' must be callable.")
    if frames.current() is not None:
        if isinstance(pred, bool):
            raise TypeError("pred must not be a Python bool", pred)
        pred = to_tensor(pred)
        if is_symbolic(pred):
            return control_flow.branches(pred, [_converted(false_fn), _converted(true_fn)])
        true_fn, false_fn = _converted(true_fn), _converted(false_fn)
    with frames.inline_graph():
        return true_fn() if pred else false_fn()


def _converted(function: Any) -> Any:
    """A function that is traced, with its own control flow converted; a TensorFlow 1 graph takes it as it is."""
    return ag.convert_traced(function)


@export("case")
def case(pred_fn_pairs: Any, default: Any = None, exclusive: bool = False, strict: bool = False, name: Any = "case") -> Any:
    """The result of the first function whose predicate is true, else of `default`.

    Args:
      pred_fn_pairs: pairs (bool scalar tensor, function).
      default: a function; without one, no true predicate is an error.
      exclusive: several true predicates are an error in a tf.function.
      strict: no effect: structures are compared as they are.

    Raises:
      InvalidArgumentError: if no predicate is true and there is no `default`, or several are true
        and `exclusive` is set; in a tf.function when it runs.
      TypeError: for pairs that are none.

    >>> import tfjax as tf
    >>> int(tf.case([(tf.constant(True), lambda: tf.constant(1))], default=lambda: tf.constant(2)))
    1
    """
    pairs = _checked_pairs(pred_fn_pairs, exclusive)
    predicates = [pred for pred, _ in pairs]
    if exclusive and any(is_symbolic(p) for p in predicates):
        names = ", ".join(getattr(p, "name", "") if is_symbolic(p) else str(p.numpy()) for p in predicates)
        check(
            add_n([cast(p, "int32") for p in predicates]) < 2,
            ["Input error: exclusive=True: more than 1 conditions (" + names + ") evaluated as True:", stack(predicates)],
        )
    if default is None:
        check(reduce_any(stack(predicates)), ["Input error: None of conditions evaluated as True:", stack(predicates)])
        *pairs, (_, default) = pairs
    result = default
    for pred, function in reversed(pairs):
        result = functools.partial(cond, pred, function, result)
    return result()


def _checked_pairs(pairs: Any, exclusive: bool) -> list[tuple[Any, Any]]:
    if isinstance(pairs, dict):
        if not exclusive and frames.current() is None:
            raise ValueError(
                "Unordered dictionaries are not supported for the 'pred_fn_pairs' argument when "
                "`exclusive=False` and eager mode is enabled."
            )
        pairs = [(pred.deref() if hasattr(pred, "deref") else pred, function) for pred, function in pairs.items()]
    if not isinstance(pairs, (list, tuple)):
        raise TypeError(f"'pred_fn_pairs' must be a list, tuple, or dict. Received: {type(pairs)}")
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"Each entry in 'pred_fn_pairs' must be a 2-tuple. Received {pair}.")
        pred, function = pair
        if not isinstance(pred, Tensor) and not hasattr(pred, "_dense_var_to_tensor"):
            raise TypeError(f"pred must be a Tensor, got: {pred}")
        if pred.dtype.name != "bool":
            raise TypeError(f"pred must be Tensor of type bool: {pred!r}")
        if not callable(function):
            raise TypeError(f"fn for pred {pred!r} must be callable.")
    if not pairs:
        raise ValueError("not enough values to unpack (expected 2, got 0)")
    return [(to_tensor(pred), function) for pred, function in pairs]


@export("switch_case")
def switch_case(branch_index: Any, branch_fns: Any, default: Any = None, name: Any = "switch_case") -> Any:
    """The result of `branch_fns[branch_index]()`; of `default` (or the last) when out of range.

    Args:
      branch_index: an integer scalar tensor.
      branch_fns: a list of functions, or a dict or list of pairs index → function, from 0 on.
      default: a function.

    >>> import tfjax as tf
    >>> int(tf.switch_case(tf.constant(1), [lambda: tf.constant(1), lambda: tf.constant(2)]))
    2
    """
    functions = _branch_table(branch_fns)
    if not isinstance(branch_index, Tensor) and not hasattr(branch_index, "_dense_var_to_tensor"):
        raise TypeError(f"'branch_index' must be a Tensor, got {type(branch_index)}")
    index = to_tensor(branch_index)
    if not index.dtype.is_integer:
        raise TypeError(f"'branch_index' must be an integer Tensor, got {index.dtype!r}")
    if default is not None:
        functions.append(default)
    if not is_symbolic(index):
        i = int(index)
        return functions[i if 0 <= i < len(functions) else -1]()
    if index.dtype.name != "int32":
        raise TypeError(
            f"Input 'branch_index' of 'StatelessCase' Op has type {index.dtype.name} that does not "
            "match expected type of int32."
        )
    inside = (index >= 0) & (index < len(functions))
    return control_flow.branches(where(inside, index, len(functions) - 1), [_converted(f) for f in functions])


def _branch_table(branch_fns: Any) -> list[Any]:
    if isinstance(branch_fns, dict):
        branch_fns = list(branch_fns.items())
    if not isinstance(branch_fns, (list, tuple)):
        raise TypeError("'branch_fns' must be a list, tuple, or dict")
    if not branch_fns:
        raise ValueError("Must provide at least one item in 'branch_fns'")
    if all(callable(f) for f in branch_fns):
        return list(branch_fns)
    for pair in branch_fns:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"Each entry in 'branch_fns' must be a 2-tuple. Received {pair}.")
        if not isinstance(pair[0], int):
            raise TypeError(f"key must be a Python `int`, got {type(pair[0])}")
        if not callable(pair[1]):
            raise TypeError(f"fn for key {pair[0]} must be callable.")
    keys = sorted(key for key, _ in branch_fns)
    if keys != list(range(len(keys))):
        raise ValueError(
            f"branch indices (keys) must form contiguous range of [0 to {len(keys)}) but found {{{','.join(map(str, keys))}}}"
        )
    table = dict(branch_fns)
    return [table[key] for key in keys]


@export("while_loop")
def while_loop(
    cond: Any, body: Any, loop_vars: Any, shape_invariants: Any = None, parallel_iterations: int = 10, back_prop: bool = True,
    swap_memory: bool = False, maximum_iterations: Any = None, name: Any = None,
) -> Any:
    """Runs `loop_vars = body(*loop_vars)` while `cond(*loop_vars)`.

    Inside a tf.function it is compiled; it has gradients of any order.

    Args:
      cond, body: functions of the loop variables.
      loop_vars: a list or tuple of (nests of) tensors and TensorArrays.
      shape_invariants: a TensorShape for each loop variable; one with open sizes allows the shape to
        change, and the tf.function then runs eagerly.
      parallel_iterations, swap_memory: no effect.
      back_prop: False stops gradients in a tf.function.
      maximum_iterations: stops after so many steps.

    Raises:
      TypeError: if `cond` or `body` is not callable, or in a tf.function for another dtype after a step.
      ValueError: without loop variables, and in a tf.function for another shape or structure.

    >>> import tfjax as tf
    >>> int(tf.while_loop(lambda i: i < 3, lambda i: [i + 1], [tf.constant(0)])[0])
    3
    """
    if not callable(cond):
        raise TypeError("'cond' must be callable.")
    if not callable(body):
        raise TypeError("'body' must be callable.")
    if not loop_vars:
        raise ValueError("'loop_vars' must be provided.")
    values = nest.map_structure(_as_tensor, list(loop_vars))
    if frames.current() is None:
        return _python_loop(cond, body, loop_vars, values, maximum_iterations)
    result = _traced_loop(_converted(cond), _converted(body), values, shape_invariants, maximum_iterations)
    if not back_prop:
        result = nest.map_structure(lambda v: stop_gradient(v) if isinstance(v, Tensor) else v, result)
    return nest.pack_sequence_as(loop_vars, nest.flatten(result)) if nest.is_nested(loop_vars) else result


def _as_tensor(value: Any) -> Any:
    """A tensor; TensorArrays and other composites stay what they are."""
    return value if hasattr(value, "_type_spec") else to_tensor(value)


def _as_list(value: Any, count: int) -> list[Any]:
    if count == 1 and not isinstance(value, (list, tuple)):
        return [value]
    return list(value)


def _python_loop(cond: Any, body: Any, given: Any, values: list[Any], maximum: Any) -> Any:
    """Runs step by step; the result has the container that the last step gave, as in TensorFlow."""
    steps, limit = 0, None
    if maximum is not None:
        limit = to_tensor(maximum)
        if limit.shape.rank:
            raise ValueError(f"'maximum_iterations' must be a scalar. Received shape: {limit.shape}")
        limit = int(limit)
    while (limit is None or steps < limit) and cond(*values):
        given = body(*values)
        after = _as_list(given, len(values))
        nest.assert_same_structure(values, after)
        values = nest.map_structure(_as_tensor, after)
        steps += 1
    return nest.pack_sequence_as(given, nest.flatten(values)) if nest.is_nested(given) else tuple(values)


def _traced_loop(cond: Any, body: Any, values: list[Any], invariants: Any, maximum: Any) -> list[Any]:
    def run_body(row: Any, current: list[Any]) -> list[Any]:
        after = _as_list(body(*current), len(values))
        nest.assert_same_structure(current, after)
        return [nest.map_structure(_as_tensor, value) for value in after]

    if invariants is not None:
        nest.assert_same_structure(values, list(invariants))
        invariants = [_open_shape(value, invariant) for value, invariant in zip(values, invariants)]
    limit = None
    if maximum is not None:
        tensor = to_tensor(maximum)
        if tensor.shape.rank:
            raise InvalidArgumentError(None, None, f"The second input must be a scalar, but it has shape {tensor.shape.as_list()}")
        limit = tensor if is_symbolic(tensor) else int(tensor)
    return loops.run(lambda current: cond(*current), run_body, values, maximum=limit, invariants=invariants)


def _open_shape(value: Any, invariant: Any) -> Any:
    """The invariant of a loop variable if it leaves sizes open, else None."""
    shapes = [s for s in nest.flatten(invariant) if isinstance(s, TensorShape) or hasattr(s, "shape")]
    shapes = [s if isinstance(s, TensorShape) else s.shape for s in shapes]
    return invariant if any(not s.is_fully_defined() for s in shapes) else None


@export("no_op")
def no_op(name: Any = None) -> Any:
    """Does nothing, as an operation in a TensorFlow 1 graph."""
    return group(name=name or "NoOp")


@export("group")
def group(*inputs: Any, **kwargs: Any) -> Any:
    """An operation that waits for `inputs` in a TensorFlow 1 graph; else None, as they have run already."""
    frame = frames.current()
    if frame is None or not frame.records:
        return None
    return frame.graph.group(nest.flatten(inputs), kwargs.get("name") or "group_deps")


@export("control_dependencies")
class control_dependencies:  # noqa: N801 (TensorFlow's public name)
    """A context that marks an order, which a TensorFlow 1 graph needs; all else runs in the program's order."""

    def __init__(self, control_inputs: Any) -> None:
        self._inputs = control_inputs

    def __enter__(self) -> control_dependencies:
        frame = frames.current()
        self._scope = None
        if frame is not None and frame.records:
            self._scope = frame.graph.control_dependencies(self._inputs)
            self._scope.__enter__()
        return self

    def __exit__(self, *exc: Any) -> None:
        if self._scope is not None:
            self._scope.__exit__(*exc)


@export("get_static_value")
def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """The value as NumPy where it is known while tracing, else None, as for Variables.

    What is no tensor comes back as it is; `partial` has no effect.
    """
    if isinstance(tensor, Tensor) and getattr(tensor._value, "constant", None) is not None:
        return tensor._value.constant[()]  # of a tf.constant in a TensorFlow 1 graph
    if hasattr(tensor, "_dense_var_to_tensor") or is_symbolic(tensor):
        return None
    return tensor.numpy() if isinstance(tensor, Tensor) else tensor
