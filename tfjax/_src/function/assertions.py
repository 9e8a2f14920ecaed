"""tf.debugging.assert_*: checked at once where the values are known, else when the program runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function.autograph import calls
from tfjax._src.function.callbacks import call_back
from tfjax._src.function.control_flow import is_symbolic
from tfjax._src.ops.array import creation, shaping
from tfjax._src.ops.math import comparison, elementwise, reductions
from tfjax._src.ops.ragged.align import flattened
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor, as_ragged_or_dense


def check(
    condition: Any,
    message: Callable[[], str],
    data: Sequence[Any],
    node: str,
    summarize: int | None = None,
) -> None:
    """Raises InvalidArgumentError unless `condition` holds.

    Args:
      message: the text where the values are known.
      data: texts and tensors that a running program shows instead.
      node: what the graph's operation is called.
    """
    if not is_symbolic(condition):
        if not bool(condition):
            raise InvalidArgumentError(None, None, message())
        return
    parts = [d if isinstance(d, (str, bytes)) else to_tensor(d) for d in data]
    places = [i for i, part in enumerate(parts) if isinstance(part, Tensor) and part.is_symbolic]

    def verify(holds: Any, *values: Any) -> None:
        if bool(holds):
            return
        full = list(parts)
        for i, value in zip(places, values, strict=True):
            full[i] = value
        text = " ".join(f"[{_summary(part, summarize)}]" for part in full)
        raise InvalidArgumentError(
            None, None, f"assertion failed: {text}\n\t [[{{{{node {node}}}}}]]"
        )

    call_back(verify, to_tensor(condition)._value, *[parts[i]._value for i in places])


def _summary(part: Any, summarize: int | None) -> str:
    """A text or an array as TensorFlow's kernels write it: `1 2 3...`, `[1 2][3 4]`."""
    if isinstance(part, bytes):
        return part.decode()
    if isinstance(part, str):
        return part
    array, limit = np.asarray(part), 3 if summarize is None else summarize
    left = [array.size if limit < 0 else limit]
    text = _rows(array, left)
    return text + ("..." if array.ndim > 1 and 0 <= limit < array.size else "")


def _rows(array: np.ndarray, left: list[int]) -> str:
    if array.ndim == 0:
        left[0] -= 1
        value = array[()]
        return (
            value.decode()
            if isinstance(value, bytes)
            else f"{value:g}"
            if array.dtype.kind == "f"
            else str(int(value) if array.dtype.kind == "b" else value)
        )
    found = []
    for row in array:
        if left[0] <= 0:
            break
        text = _rows(row, left)
        found.append(f"[{text}]" if array.ndim > 1 else text)
    cut = "..." if array.ndim == 1 and len(found) < len(array) else ""
    return ("" if array.ndim > 1 else " ").join(found) + cut


@export("debugging.Assert", "Assert")
@recorded
def Assert(condition: Any, data: Any, summarize: Any = None, name: Any = None) -> None:
    """Raises InvalidArgumentError that shows `data` unless `condition` holds.

    Args:
      condition: a bool tensor.
      data: tensors and texts to show.
      summarize: how many elements of each to show; 3 by default.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.debugging.Assert(True, ["unused"])
    """

    def text() -> str:
        shown = "\n".join(_listed(d, summarize) for d in data)
        return f"Expected '{condition!s}' to be true. Summarized data: {shown}"

    check(condition, text, list(data), "Assert/AssertGuard/Assert", summarize)


def _listed(value: Any, summarize: int | None) -> str:
    limit = 3 if summarize is None else summarize
    array = to_tensor(value).host_value().reshape(-1)
    if array.dtype == object:
        return ", ".join(str(v) for v in array)
    items = [str(v) for v in array[: None if limit < 0 else limit].tolist()]
    return ", ".join(items + (["..."] if 0 <= limit < array.size else []))


# -- two tensors -------------------------------------------------------------------------------
def _compare(
    function: Any, symbol: str, x: Any, y: Any, message: Any, summarize: Any, node: str
) -> None:
    if isinstance(x, RaggedTensor) or isinstance(y, RaggedTensor):
        x, y = flattened([as_ragged_or_dense(v) for v in (x, y)])[0]
    x = to_tensor(x) if not hasattr(x, "_dense_var_to_tensor") else x._dense_var_to_tensor()
    y = to_tensor(y, None, x.dtype) if not isinstance(y, Tensor) else y
    if x is y and function is comparison.equal:
        return  # NaN or not: TensorFlow does not look at it either
    holds = function(x, y)
    data = [
        message or "",
        f"Condition x {symbol} y did not hold element-wise:",
        f"x ({_named(x, 'x')}) = ",
        x,
        f"y ({_named(y, f'{node}/y')}) = ",
        y,
    ]
    if not message:
        data = data[1:]

    def text() -> str:
        return _difference(symbol, x.numpy(), y.numpy(), np.asarray(holds), message, summarize)

    check(reductions.reduce_all(holds), text, data, f"{node}/Assert/AssertGuard/Assert", summarize)


def _named(tensor: Tensor, otherwise: str) -> str:
    return tensor.name if tensor.is_symbolic else f"{otherwise}:0"


def _difference(symbol: str, x: Any, y: Any, holds: Any, message: Any, summarize: Any) -> str:
    limit = 3 if summarize is None else int(summarize)
    x, y = np.asarray(x), np.asarray(y)
    lines = [str(message)] if message else []
    lines.append(f"Condition x {symbol} y did not hold.")
    if x.shape == y.shape and x.ndim:
        places = np.argwhere(~holds)[:limit]
        at = tuple(places.T)
        lines += [
            f"Indices of first {len(places)} different values:",
            str(places),
            "Corresponding x values:",
            str(x[at]),
            "Corresponding y values:",
            str(y[at]),
        ]
    for label, array in (("x", x), ("y", y)):
        first = array.reshape(-1)[:limit]
        lines += [f"First {len(first)} elements of {label}:", str(first)]
    return "\n".join(lines)


@export("debugging.assert_equal", "assert_equal")
@recorded
def assert_equal(
    x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> None:
    """Raises InvalidArgumentError unless x == y everywhere; shows `summarize` (3) elements.

    >>> import tfjax as tf
    >>> tf.debugging.assert_equal([1, 2], [1, 2])
    """
    _compare(comparison.equal, "==", x, y, message, summarize, "assert_equal")


@export("debugging.assert_none_equal")
@recorded
def assert_none_equal(
    x: Any, y: Any, summarize: Any = None, message: Any = None, name: Any = None
) -> None:
    """Raises InvalidArgumentError unless x != y everywhere; shows `summarize` (3) elements."""
    _compare(comparison.not_equal, "!=", x, y, message, summarize, "assert_none_equal")


@export("debugging.assert_less", "assert_less")
@recorded
def assert_less(
    x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> None:
    """Raises InvalidArgumentError unless x < y everywhere; shows `summarize` (3) elements."""
    _compare(comparison.less, "<", x, y, message, summarize, "assert_less")


@export("debugging.assert_less_equal")
@recorded
def assert_less_equal(
    x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> None:
    """Raises InvalidArgumentError unless x <= y everywhere; shows `summarize` (3) elements."""
    _compare(comparison.less_equal, "<=", x, y, message, summarize, "assert_less_equal")


@export("debugging.assert_greater", "assert_greater")
@recorded
def assert_greater(
    x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> None:
    """Raises InvalidArgumentError unless x > y everywhere; shows `summarize` (3) elements."""
    _compare(comparison.greater, ">", x, y, message, summarize, "assert_greater")


@export("debugging.assert_greater_equal")
@recorded
def assert_greater_equal(
    x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> None:
    """Raises InvalidArgumentError unless x >= y everywhere; shows `summarize` (3) elements."""
    _compare(comparison.greater_equal, ">=", x, y, message, summarize, "assert_greater_equal")


@export("debugging.assert_near")
@recorded
def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    message: Any = None,
    summarize: Any = None,
    name: Any = None,
) -> None:
    """Raises InvalidArgumentError unless |x - y| <= atol + rtol * |y| everywhere.

    Both tolerances are 10 times the dtype's machine epsilon by default.

    >>> import tfjax as tf
    >>> tf.debugging.assert_near(1.0, 1.0 + 1e-7)
    """
    x = to_tensor(x)
    y = to_tensor(y, None, x.dtype)
    epsilon = to_tensor(10 * np.finfo(x.dtype.np).eps, x.dtype)
    rtol = epsilon if rtol is None else to_tensor(rtol, x.dtype)
    atol = epsilon if atol is None else to_tensor(atol, x.dtype)
    holds = reductions.reduce_all(abs(x - y) < atol + rtol * abs(y))
    head = f"x and y not equal to tolerance rtol = {rtol!s}, atol = {atol!s}"
    data = [f"{message}.  " if message else "", head, _described("x", x), x, _described("y", y), y]

    def text() -> str:
        shown = "\n".join(_listed(d, summarize) for d in data)
        return f"Expected '{holds!s}' to be true. Summarized data: {shown}"

    check(holds, text, data, "assert_near/Assert/AssertGuard/Assert", summarize)


def _described(label: str, tensor: Tensor) -> str:
    return (
        f"{label} ({_named(tensor, label)}) = "
        if tensor.is_symbolic
        else f"{label} (shape={tensor.shape} dtype={tensor.dtype.name}) = "
    )


# -- the sign of one ---------------------------------------------------------------------------
def _sign(function: Any, symbol: str, x: Any, message: Any, summarize: Any, node: str) -> None:
    x = to_tensor(x)
    holds = reductions.reduce_all(function(x, to_tensor(0, x.dtype)))
    data = [
        f"{message}.  " if message else "",
        f"Condition x {symbol} 0 did not hold element-wise:",
        f"x ({_named(x, 'x')}) = ",
        x,
    ]

    def text() -> str:
        head = f"{message}.  " if message else ""
        value = x.numpy()
        shown = (
            str(value)
            if not np.ndim(value)
            else str([str(v) for v in value.reshape(-1)[:3].tolist()])
        )
        joint = "" if symbol == "<=" else "\n"
        return f"{head}\nCondition x {symbol} 0 did not hold element-wise:{joint}x (shape={x.shape} dtype={x.dtype.name}) = \n{shown}"

    check(holds, text, data, f"{node}/assert_less/Assert/AssertGuard/Assert", summarize)


@export("debugging.assert_positive")
@recorded
def assert_positive(x: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
    """Raises InvalidArgumentError unless x > 0 everywhere.

    >>> import tfjax as tf
    >>> tf.debugging.assert_positive([1.0, 2.0])
    """
    _sign(comparison.greater, ">", x, message, summarize, "assert_positive")


@export("debugging.assert_negative")
@recorded
def assert_negative(x: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
    """Raises InvalidArgumentError unless x < 0 everywhere."""
    _sign(comparison.less, "<", x, message, summarize, "assert_negative")


@export("debugging.assert_non_negative")
@recorded
def assert_non_negative(
    x: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> None:
    """Raises InvalidArgumentError unless x >= 0 everywhere."""
    _sign(comparison.greater_equal, ">=", x, message, summarize, "assert_non_negative")


@export("debugging.assert_non_positive")
@recorded
def assert_non_positive(
    x: Any, message: Any = None, summarize: Any = None, name: Any = None
) -> None:
    """Raises InvalidArgumentError unless x <= 0 everywhere."""
    _sign(comparison.less_equal, "<=", x, message, summarize, "assert_non_positive")


# -- static facts ------------------------------------------------------------------------------
def _rank_error(tensor: Tensor, wanted: str, message: Any) -> ValueError:
    label = f"{tensor.name} " if tensor.is_symbolic else " "
    head = f"{message}.  " if message else ""
    return ValueError(
        f"{head}Tensor {label}must have rank {wanted}.  Received rank {tensor.shape.rank}, shape {tensor.shape}"
    )


@export("debugging.assert_rank", "assert_rank")
@recorded
def assert_rank(x: Any, rank: int, message: Any = None, name: Any = None) -> None:
    """Raises ValueError unless x has this rank."""
    tensor = to_tensor(x)
    if len(tensor.shape) != int(rank):
        raise _rank_error(tensor, str(int(rank)), message)


@export("debugging.assert_rank_at_least")
@recorded
def assert_rank_at_least(x: Any, rank: int, message: Any = None, name: Any = None) -> None:
    """Raises ValueError unless x has this rank or a higher one."""
    tensor = to_tensor(x)
    if len(tensor.shape) < int(rank):
        raise _rank_error(tensor, f"at least {int(rank)}", message)


@export("debugging.assert_rank_in")
@recorded
def assert_rank_in(x: Any, ranks: Sequence[int], message: Any = None, name: Any = None) -> None:
    """Raises ValueError unless x has one of these ranks."""
    tensor = to_tensor(x)
    if len(tensor.shape) not in [int(r) for r in ranks]:
        raise _rank_error(tensor, f"in {tuple(int(r) for r in ranks)}", message)


@export("debugging.assert_scalar")
@recorded
def assert_scalar(tensor: Any, message: Any = None, name: Any = None) -> None:
    """ValueError unless it is a scalar."""
    tensor = to_tensor(tensor)
    if len(tensor.shape):
        label = f" for {tensor.name}" if tensor.is_symbolic else ""
        head = f"{message}.  " if message else ""
        raise ValueError(f"{head}Expected scalar shape{label}, saw shape: {tensor.shape}.")


@export("debugging.assert_type")
@recorded
def assert_type(tensor: Any, tf_type: Any, message: Any = None, name: Any = None) -> None:
    """Raises TypeError unless the tensor has this dtype."""
    tensor, wanted = to_tensor(tensor), dtypes.as_dtype(tf_type)
    if tensor.dtype != wanted:
        head = f"{message}.  " if message else ""
        label = f"{tensor.name} " if tensor.is_symbolic else ""
        raise TypeError(
            f"{head}{label or 'tensor '}must be of type {wanted!r}; got {tensor.dtype!r}"
        )


@export("debugging.assert_integer")
@recorded
def assert_integer(x: Any, message: Any = None, name: Any = None) -> None:
    """Raises TypeError unless the tensor's dtype is an integer's."""
    tensor = to_tensor(x)
    if not tensor.dtype.is_integer:
        head = f"{message}.  " if message else ""
        label = f'"{tensor.name}"' if tensor.is_symbolic else '"x"'
        raise TypeError(
            f"{head}Expected {label} to be integer type.  Found: tensor of dtype {tensor.dtype}"
        )


@export("debugging.assert_shapes")
@recorded
def assert_shapes(
    shapes: Any, data: Any = None, summarize: Any = None, message: Any = None, name: Any = None
) -> None:
    """Raises ValueError unless tensors have these shapes; equal names stand for equal sizes.

    Args:
      shapes: pairs (tensor, shape), or a dict; a shape holds sizes, names, None or "..." in front.
      data, summarize: no effect: shapes are known.
      message: put before the text of the error.
      name: no effect.

    >>> import tfjax as tf
    >>> tf.debugging.assert_shapes([(tf.ones([2, 3]), ("N", 3)), (tf.ones([2]), ("N",))])
    """
    pairs = list(shapes.items()) if isinstance(shapes, dict) else list(shapes)
    seen: dict[Any, tuple[int, Tensor, int]] = {}
    for value, wanted in pairs:
        tensor = to_tensor(value)
        sizes = list(wanted) if isinstance(wanted, (list, tuple, str)) else [wanted]
        actual = list(tensor._value.shape)
        if sizes and sizes[0] in ("...", Ellipsis, "*"):
            sizes = sizes[1:]
            first = len(actual) - len(sizes)
        else:
            first = 0
            if len(actual) != len(sizes):
                raise _rank_error(tensor, str(len(sizes)), message)
        for place, size in enumerate(sizes, first):
            _check_size(tensor, place, size, seen, message)


def _check_size(tensor: Tensor, place: int, size: Any, seen: dict[Any, Any], message: Any) -> None:
    actual = tensor._value.shape[place]
    if size is None or size in (".", "*"):
        return
    if isinstance(size, int) or str(size).isdigit():
        expected, source = int(size), "Specified explicitly"
    else:
        known = seen.setdefault(size, (actual, tensor, place))
        expected = known[0]
        source = f"Specified by tensor {_fact(known[1])} dimension {known[2]}"
    if actual != expected:
        head = f"{message}.  " if message else ""
        raise ValueError(
            f"{head}{source}.  Tensor {_fact(tensor)} dimension {place} must have size {expected}.  "
            f"Received size {actual}, shape {tensor.shape}"
        )


def _fact(tensor: Tensor) -> str:
    return tensor.name if tensor.is_symbolic else f"shape={tensor.shape} dtype={tensor.dtype.name}"


# -- finite ------------------------------------------------------------------------------------
@export("debugging.assert_all_finite")
@recorded
def assert_all_finite(x: Any, message: Any, name: Any = None) -> Any:
    """`x`, after a check that it has no NaN and no infinity."""
    return _finite(to_tensor(x), message, "VerifyFinite/CheckNumerics")


@export("debugging.check_numerics")
@recorded
def check_numerics(tensor: Any, message: str, name: Any = None) -> Any:
    """`tensor`, after a check that it has no NaN and no infinity.

    >>> import tfjax as tf
    >>> float(tf.debugging.check_numerics(1.0, "must be finite"))
    1.0
    """
    value = to_tensor(tensor)
    if not value.dtype.is_floating:
        raise InvalidArgumentError(
            None,
            None,
            f"Value for attr 'T' of {value.dtype.name} is not in the list of allowed values: bfloat16, half, float, double",
        )
    return _finite(value, message, "CheckNumerics")


def _finite(tensor: Tensor, message: Any, node: str) -> Tensor:
    if tensor.is_symbolic:

        def verify(finite: Any, value: Any) -> None:
            if not bool(finite):
                text = f"{message} : Tensor had {_kinds(value)} values"
                raise InvalidArgumentError(None, None, f"{text}\n\t [[{{{{node {node}}}}}]]")

        call_back(
            verify, reductions.reduce_all(elementwise.is_finite(tensor))._value, tensor._value
        )
    else:
        value = tensor.host_value()
        if not np.isfinite(value).all():
            text = f"{message} : Tensor had {_kinds(value)} values"
            raise InvalidArgumentError(
                None,
                None,
                "{{function_node __wrapped__CheckNumerics_device_/job:localhost/replica:0/task:0/device:CPU:0}} "
                f"{text} [Op:CheckNumerics] name: ",
            )
    return tensor


def _kinds(value: Any) -> str:
    return " and ".join(
        k for k, f in (("Inf", np.isinf), ("NaN", np.isnan)) if f(np.asarray(value)).any()
    )


# AutoGraph's `range`, `float` and `assert` on traced tensors.
calls.use_ops(creation.range_, shaping.cast, Assert)
