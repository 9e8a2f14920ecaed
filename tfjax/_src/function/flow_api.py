"""tf.cond, tf.while_loop, tf.map_fn and their kin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function import control_flow
from tfjax._src.function.control_flow import is_symbolic
from tfjax._src.ops.array.join import stack


@export("cond")
def cond(pred: Any, true_fn: Callable[..., Any] | None = None, false_fn: Callable[..., Any] | None = None, name: Any = None) -> Any:
    """`true_fn()` if `pred` is true, else `false_fn()`.

    Inside a tf.function, with a predicate that is not known yet, both become branches of the
    program; they must give tensors of the same structure, shapes and dtypes.

    >>> import tfjax as tf
    >>> int(tf.cond(tf.constant(True), lambda: tf.constant(1), lambda: tf.constant(2)))
    1
    """
    if not callable(true_fn) or not callable(false_fn):
        raise TypeError("'true_fn' and 'false_fn' must be callable.")
    if is_symbolic(pred):
        return control_flow.branches(to_tensor(pred), [false_fn, true_fn])
    with frames.inline_graph():
        return true_fn() if bool(pred) else false_fn()


@export("case")
def case(pred_fn_pairs: Any, default: Any = None, exclusive: bool = False, strict: bool = False, name: Any = "case") -> Any:
    """The result of the first function whose predicate is true, else of `default`.

    `exclusive` and `strict` are hints without effect.

    >>> import tfjax as tf
    >>> int(tf.case([(tf.constant(True), lambda: tf.constant(1))], default=lambda: tf.constant(2)))
    1
    """
    pairs = list(pred_fn_pairs)
    if not pairs:
        if default is None:
            raise ValueError("`case` needs at least one pair or a default.")
        return default()
    (pred, function), rest = pairs[0], pairs[1:]
    if not rest and default is None:
        return cond(pred, function, function)
    return cond(pred, function, lambda: case(rest, default))


@export("switch_case")
def switch_case(branch_index: Any, branch_fns: Any, default: Any = None, name: Any = "switch_case") -> Any:
    """The result of `branch_fns[branch_index]()`; of `default` (or the last) when out of range.

    >>> import tfjax as tf
    >>> int(tf.switch_case(1, [lambda: tf.constant(1), lambda: tf.constant(2)]))
    2
    """
    functions = branch_fns if isinstance(branch_fns, dict) else dict(enumerate(f[1] if isinstance(f, tuple) else f for f in branch_fns))
    table = [functions[k] for k in sorted(functions)]
    fallback = default or table[-1]
    if not is_symbolic(branch_index):
        return functions.get(int(branch_index), fallback)()
    index = to_tensor(branch_index)
    from tfjax._src.ops.array.masking import where

    inside = (index >= 0) & (index < len(table))
    return control_flow.branches(where(inside, index, len(table)), [*table, fallback])


@export("while_loop")
def while_loop(
    cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, shape_invariants: Any = None,
    parallel_iterations: int = 10, back_prop: bool = True, swap_memory: bool = False,
    maximum_iterations: Any = None, name: Any = None,
) -> Any:
    """Runs `loop_vars = body(*loop_vars)` while `cond(*loop_vars)`.

    Args:
      cond, body: functions of the loop variables.
      loop_vars: a list or tuple of (nests of) tensors.
      shape_invariants, parallel_iterations, back_prop, swap_memory: no effect.
      maximum_iterations: stops after so many steps; makes the loop differentiable.

    >>> import tfjax as tf
    >>> int(tf.while_loop(lambda i: i < 3, lambda i: [i + 1], [tf.constant(0)])[0])
    3
    """
    if not callable(cond) or not callable(body):
        raise TypeError("'cond' and 'body' must be callable.")
    single = not isinstance(loop_vars, (list, tuple))
    variables = [loop_vars] if single else list(loop_vars)
    values = nest.map_structure(to_tensor, variables, expand_composites=True)
    if frames.current() is None:
        result = _python_loop(cond, body, values, maximum_iterations)
    else:
        result = _traced_loop(cond, body, values, maximum_iterations)
    if single or len(result) == 1 and not isinstance(loop_vars, (list, tuple)):
        return result[0]
    return type(loop_vars)(result) if type(loop_vars) in (list, tuple) else result


def _as_list(value: Any, count: int) -> list[Any]:
    if count == 1 and not isinstance(value, (list, tuple)):
        return [value]
    return list(value)


def _python_loop(cond: Any, body: Any, values: list[Any], maximum: Any) -> list[Any]:
    steps = 0
    limit = None if maximum is None else int(maximum)
    while (limit is None or steps < limit) and bool(cond(*values)):
        values = [nest.map_structure(to_tensor, v, expand_composites=True) for v in _as_list(body(*values), len(values))]
        steps += 1
    return values


def _traced_loop(cond: Any, body: Any, values: list[Any], maximum: Any) -> list[Any]:
    flat = nest.flatten(values, expand_composites=True)

    def unflatten(tensors: Any) -> list[Any]:
        return nest.pack_sequence_as(values, list(tensors), expand_composites=True)

    def run_body(*tensors: Tensor) -> list[Tensor]:
        result = _as_list(body(*unflatten(tensors)), len(values))
        leaves = nest.flatten(result, expand_composites=True)
        return [to_tensor(leaf, None, like.dtype) for leaf, like in zip(leaves, flat)]

    def run_test(*tensors: Tensor) -> Tensor:
        return to_tensor(cond(*unflatten(tensors)))

    bound = None if maximum is None or is_symbolic(maximum) else int(maximum)
    return unflatten(control_flow.loop(run_test, run_body, flat, maximum=bound))


@export("map_fn")
def map_fn(
    fn: Callable[..., Any], elems: Any, dtype: Any = None, parallel_iterations: Any = None, back_prop: bool = True,
    swap_memory: bool = False, infer_shape: bool = True, name: Any = None, fn_output_signature: Any = None,
) -> Any:
    """`fn` applied to each row of `elems`, the results stacked.

    Args:
      fn: a function of one row (a nest like `elems`).
      elems: a nest of tensors with equal first axes.
      dtype, fn_output_signature: no effect: what `fn` gives tells.
      parallel_iterations, back_prop, swap_memory, infer_shape: no effect.

    >>> import tfjax as tf
    >>> tf.map_fn(lambda x: x * x, tf.constant([1, 2, 3])).numpy()
    array([1, 4, 9], dtype=int32)
    """
    elements = nest.map_structure(to_tensor, elems)
    flat = nest.flatten(elements)
    count = flat[0].shape[0]
    if any(t.shape[0] != count for t in flat):
        raise InvalidArgumentError(None, None, "elements in elems must have the same first dimension.")
    rows = [fn(nest.map_structure(lambda t: t[i], elements)) for i in range(count)]
    if not rows:
        raise InvalidArgumentError(None, None, "map_fn over an empty tensor has no known result.")
    return nest.map_structure(lambda *parts: stack([to_tensor(p) for p in parts]), *rows)


@export("scan")
def scan(
    fn: Callable[..., Any], elems: Any, initializer: Any = None, parallel_iterations: int = 10, back_prop: bool = True,
    swap_memory: bool = False, infer_shape: bool = True, reverse: bool = False, name: Any = None,
) -> Any:
    """All values of `state = fn(state, row)` over the rows of `elems`, stacked.

    `parallel_iterations`, `back_prop`, `swap_memory` and `infer_shape` have no effect.

    >>> import tfjax as tf
    >>> tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3])).numpy()
    array([1, 3, 6], dtype=int32)
    """
    states = _fold(fn, elems, initializer, reverse)
    if reverse:
        states.reverse()
    return nest.map_structure(lambda *parts: stack(list(parts)), *states)


def _fold(fn: Any, elems: Any, initializer: Any, reverse: bool) -> list[Any]:
    elements = nest.map_structure(to_tensor, elems)
    count = nest.flatten(elements)[0].shape[0]
    order = list(range(count))
    if reverse:
        order.reverse()
    rows = [nest.map_structure(lambda t: t[i], elements) for i in order]
    states = []
    if initializer is None:
        state, rows = rows[0], rows[1:]
        states.append(state)
    else:
        state = nest.map_structure(to_tensor, initializer)
    for row in rows:
        state = nest.map_structure(to_tensor, fn(state, row))
        states.append(state)
    return states


@export("foldl")
def foldl(fn: Callable[..., Any], elems: Any, initializer: Any = None, parallel_iterations: int = 10, back_prop: bool = True, swap_memory: bool = False, name: Any = None) -> Any:
    """The last value of `state = fn(state, row)` over the rows; the other arguments have no effect.

    >>> import tfjax as tf
    >>> int(tf.foldl(lambda a, x: a + x, tf.constant([1, 2, 3])))
    6
    """
    return _fold(fn, elems, initializer, False)[-1]


@export("foldr")
def foldr(fn: Callable[..., Any], elems: Any, initializer: Any = None, parallel_iterations: int = 10, back_prop: bool = True, swap_memory: bool = False, name: Any = None) -> Any:
    """The last value of `state = fn(state, row)` over the rows from the last to the first."""
    return _fold(fn, elems, initializer, True)[-1]


@export("no_op")
def no_op(name: Any = None) -> None:
    """Does nothing."""


@export("group")
def group(*inputs: Any, **kwargs: Any) -> None:
    """Does nothing: eager operations have run already."""


@export("control_dependencies")
class control_dependencies:  # noqa: N801 (TensorFlow's public name)
    """A context that only marks an order; operations run in the program's order anyway."""

    def __init__(self, control_inputs: Any) -> None:
        self._inputs = control_inputs

    def __enter__(self) -> control_dependencies:
        return self

    def __exit__(self, *exc: Any) -> None:
        return None


@export("get_static_value")
def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """The value as NumPy where it is known while tracing, else None; `partial` has no effect."""
    if is_symbolic(tensor):
        return None
    return np.asarray(tensor.numpy()) if hasattr(tensor, "numpy") else np.asarray(tensor)


@export("gradients")
def gradients(
    ys: Any, xs: Any, grad_ys: Any = None, name: str = "gradients", gate_gradients: bool = False,
    aggregation_method: Any = None, stop_gradients: Any = None, unconnected_gradients: Any = "none",
) -> Any:
    """Symbolic gradients; raises RuntimeError: use `tf.GradientTape`, also inside a tf.function."""
    raise RuntimeError("tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape instead.")
