"""Effects inside programs: printing, assertions, Python functions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import ConcreteValueError, Tensor
from tfjax._src.function.control_flow import is_symbolic
from tfjax._src.ops.math import comparison, reductions
from tfjax._src.ops.strings.text import shown


@export("print")
def print_(*inputs: Any, **kwargs: Any) -> None:
    """Prints tensors and other values, also inside a tf.function at every call.

    Args:
      *inputs: what to print.
      output_stream: sys.stderr by default; sys.stdout or a `file://` path.
      summarize: how many elements to show at either end of an axis; 3 by default, -1 for all.
      sep, end: as of Python's print.
      name: no effect.

    >>> import sys
    >>> import tfjax as tf
    >>> tf.print(tf.constant([1, 2]), output_stream=sys.stdout)
    [1 2]
    """
    stream = kwargs.pop("output_stream", sys.stderr)
    summarize = kwargs.pop("summarize", 3) or 3
    sep, end = kwargs.pop("sep", " "), kwargs.pop("end", "\n")
    kwargs.pop("name", None)
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments for tf.print: {kwargs}")
    # Inside a trace known values too are printed when the program runs, and as often.
    if frames.current() is None and not any(is_symbolic(leaf) for leaf in nest.flatten(inputs)):
        _write(inputs, stream, summarize, sep, end)
        return
    leaves = nest.flatten(inputs)
    places = [i for i, leaf in enumerate(leaves) if is_symbolic(leaf)]

    def show(*values: Any) -> None:
        full = list(leaves)
        for i, value in zip(places, values):
            full[i] = np.asarray(value)
        _write(nest.pack_sequence_as(inputs, full), stream, summarize, sep, end)

    _call_back(show, *[to_tensor(leaves[i])._value for i in places])


def _call_back(function: Callable[..., None], *arrays: Any) -> None:
    """Calls `function` on the host when the program runs, in program order."""
    frames.note_effect()
    # JAX orders effects only in programs for one device.
    jax.debug.callback(function, *arrays, ordered=jax.device_count() == 1)


def _write(inputs: Any, stream: Any, summarize: int, sep: str, end: str) -> None:
    text = sep.join(shown(value, summarize) for value in inputs) + end
    if isinstance(stream, str) and stream.startswith("file://"):
        with open(stream.removeprefix("file://"), "a") as file:
            file.write(text)
        return
    target = {"stdout": sys.stdout, "stderr": sys.stderr}.get(stream, stream) if isinstance(stream, str) else stream
    target.write(text)
    target.flush()


def _python(func: Callable[..., Any], inp: Any, tout: Any, as_numpy: bool) -> Any:
    tensors = [to_tensor(v) for v in (inp if isinstance(inp, (list, tuple)) else [inp])]
    if any(t.is_symbolic for t in tensors):
        raise ConcreteValueError("A Python function needs the values of traced tensors.")
    result = func(*[t.numpy() if as_numpy else t for t in tensors])
    if isinstance(tout, (list, tuple)):
        values = result if isinstance(result, (list, tuple)) else [result]
        return [to_tensor(v, None) if isinstance(v, Tensor) else to_tensor(np.asarray(v), _dtype(t)) for v, t in zip(values, tout)]
    if result is None:
        return None
    return result if isinstance(result, Tensor) else to_tensor(np.asarray(result), _dtype(tout))


def _dtype(value: Any) -> Any:
    from tfjax._src.core.dtypes import as_dtype

    return None if value is None else as_dtype(getattr(value, "dtype", value))


@export("py_function")
def py_function(func: Callable[..., Any] | None = None, inp: Any = None, Tout: Any = None, name: Any = None) -> Any:
    """Calls a Python function of tensors; a tf.function that does so runs eagerly.

    >>> import tfjax as tf
    >>> float(tf.py_function(lambda x: x + 1.0, [1.0], tf.float32))
    2.0
    """
    return _python(func, inp, Tout, False)  # type: ignore[arg-type]


@export("numpy_function")
def numpy_function(func: Callable[..., Any] | None = None, inp: Any = None, Tout: Any = None, stateful: bool = True, name: Any = None) -> Any:
    """Calls a Python function of NumPy arrays; a tf.function that does so runs eagerly.

    `stateful` has no effect.

    >>> import tfjax as tf
    >>> float(tf.numpy_function(lambda x: x + 1, [1.0], tf.float32))
    2.0
    """
    return _python(func, inp, Tout, True)  # type: ignore[arg-type]


def check(condition: Any, message: Callable[[], str]) -> None:
    """Raises InvalidArgumentError unless `condition` holds; inside a program when it runs."""
    if is_symbolic(condition):
        def verify(value: Any) -> None:
            if not bool(value):
                raise InvalidArgumentError(None, None, message())

        _call_back(verify, to_tensor(condition)._value)
        return
    if not bool(condition):
        raise InvalidArgumentError(None, None, message())


@export("debugging.Assert", "Assert")
def Assert(condition: Any, data: Any, summarize: Any = None, name: Any = None) -> None:
    """Raises InvalidArgumentError that shows `data` unless `condition` holds.

    >>> import tfjax as tf
    >>> tf.debugging.Assert(True, ["unused"])
    """
    check(condition, lambda: f"Expected '{condition}' to be true. Summarized data: " + "\n".join(str(getattr(d, "_value", d)) for d in data))


def _compare(function: Any, symbol: str, x: Any, y: Any, message: Any) -> None:
    holds = reductions.reduce_all(function(x, y))

    def text() -> str:
        head = f"{message}\n" if message else ""
        return f"{head}Condition x {symbol} y did not hold.\nFirst 3 elements of x:\n{np.asarray(x).reshape(-1)[:3]}\nFirst 3 elements of y:\n{np.asarray(y).reshape(-1)[:3]}"

    check(holds, text)


@export("debugging.assert_equal", "assert_equal")
def assert_equal(x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
    """Raises InvalidArgumentError unless x == y everywhere."""
    _compare(comparison.equal, "==", x, y, message)


@export("debugging.assert_none_equal")
def assert_none_equal(x: Any, y: Any, summarize: Any = None, message: Any = None, name: Any = None) -> None:
    """Raises InvalidArgumentError unless x != y everywhere."""
    _compare(comparison.not_equal, "!=", x, y, message)


@export("debugging.assert_less", "assert_less")
def assert_less(x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
    """Raises InvalidArgumentError unless x < y everywhere."""
    _compare(comparison.less, "<", x, y, message)


@export("debugging.assert_less_equal")
def assert_less_equal(x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
    """Raises InvalidArgumentError unless x <= y everywhere."""
    _compare(comparison.less_equal, "<=", x, y, message)


@export("debugging.assert_greater", "assert_greater")
def assert_greater(x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
    """Raises InvalidArgumentError unless x > y everywhere."""
    _compare(comparison.greater, ">", x, y, message)


@export("debugging.assert_greater_equal")
def assert_greater_equal(x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
    """Raises InvalidArgumentError unless x >= y everywhere."""
    _compare(comparison.greater_equal, ">=", x, y, message)


@export("debugging.assert_positive")
def assert_positive(x: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
    """Raises InvalidArgumentError unless x > 0 everywhere."""
    _compare(comparison.greater, ">", x, 0, message)


@export("debugging.assert_non_negative")
def assert_non_negative(x: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
    """Raises InvalidArgumentError unless x >= 0 everywhere."""
    _compare(comparison.greater_equal, ">=", x, 0, message)


@export("debugging.assert_rank", "assert_rank")
def assert_rank(x: Any, rank: int, message: Any = None, name: Any = None) -> None:
    """Raises ValueError unless x has this rank."""
    tensor = to_tensor(x)
    if len(tensor.shape) != int(rank):
        raise ValueError(f"{message or ''}. Tensor {tensor} must have rank {rank}. Received rank {len(tensor.shape)}, shape {tensor.shape}")


@export("debugging.assert_all_finite")
def assert_all_finite(x: Any, message: Any, name: Any = None) -> Any:
    """`x`, after a check that it has no NaN and no infinity."""
    return check_numerics(x, message)


@export("debugging.check_numerics")
def check_numerics(tensor: Any, message: str, name: Any = None) -> Any:
    """`tensor`, after a check that it has no NaN and no infinity.

    >>> import tfjax as tf
    >>> float(tf.debugging.check_numerics(1.0, "must be finite"))
    1.0
    """
    from tfjax._src.ops.math import elementwise

    tensor = to_tensor(tensor)
    finite = reductions.reduce_all(elementwise.is_finite(tensor))

    def text() -> str:
        if tensor.is_symbolic:
            return f"{message} : Tensor had NaN or Inf values"
        kinds = [k for k, f in (("Inf", np.isinf), ("NaN", np.isnan)) if f(tensor.numpy()).any()]
        return f"{message} : Tensor had {' and '.join(kinds)} values"

    check(finite, text)
    return tensor



def _connect() -> None:
    """Tells AutoGraph what `range`, `print`, `float` and `assert` on traced tensors become."""
    from tfjax._src.function import autograph
    from tfjax._src.ops.array import creation, shaping

    autograph.use_ops(creation.range_, shaping.cast, print_, Assert)


_connect()
