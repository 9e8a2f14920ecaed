"""Effects inside programs: printing, assertions, Python functions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager import tier
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import ConcreteValueError, Tensor, Unknown
from tfjax._src.function.control_flow import is_symbolic
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
    if (graph := frames.recording()) is not None:
        return graph.call(print_, inputs, kwargs, dtypes=(), name=kwargs.get("name") or "PrintV2")
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

    call_back(show, *[to_tensor(leaves[i])._value for i in places])


def call_back(function: Callable[..., None], *arrays: Any) -> None:
    """Calls `function` on the host when the program runs, in program order.

    An error that it raises is raised by the call of the program; what would come after it is left out.
    """

    def guarded(*values: Any) -> None:
        if frames.failed():
            return
        try:
            function(*values)
        except Exception as error:
            frames.fail(error)

    for array in arrays:
        if isinstance(array, Unknown):
            array.astype()  # a string's value: the function runs eagerly from now on
    frames.note_effect()
    # JAX orders effects only in programs for one device.
    jax.debug.callback(guarded, *arrays, ordered=frames.keeps_order())


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
    if (graph := frames.recording()) is not None:
        kinds = [_dtype(t).np for t in nest.flatten(tout)] if tout is not None else []
        found = graph.call(_python, (func, inp, tout, as_numpy), {}, dtypes=kinds, host=True, name="PyFunc")
        return [found] if isinstance(tout, (list, tuple)) and len(kinds) == 1 else found
    tensors = [to_tensor(v) for v in (inp if isinstance(inp, (list, tuple)) else [inp])]
    if any(t.is_symbolic for t in tensors):
        numeric = all(t._value.dtype != object for t in tensors)
        if numeric and (tout is None or isinstance(tout, (list, tuple)) and not tout):
            # Called for its effects only: a program can do that.
            wrap = (lambda v: v) if as_numpy else Tensor

            def run(*values: Any) -> None:
                # In NumPy where that can be: a program that waits for this call may hold all threads.
                with tier.force("host"):
                    func(*[wrap(np.asarray(v)) for v in values])

            call_back(run, *[t._value for t in tensors])
            return None if tout is None else []
        raise ConcreteValueError("A Python function needs the values of traced tensors.")
    found = _converted(func(*[t.numpy() if as_numpy else t for t in tensors]), tout)
    for tensor in found if isinstance(found, list) else [found]:
        if isinstance(tensor, Tensor):
            # Pipelines ask: the shape of such a result counts as unknown.
            tensor._made_by = ("PyFunc", None)
    return found


def _converted(result: Any, tout: Any) -> Any:
    if isinstance(tout, (list, tuple)):
        values = result if isinstance(result, (list, tuple)) else [result]
        return [to_tensor(v, None) if isinstance(v, Tensor) else _given(v, _dtype(t)) for v, t in zip(values, tout)]
    if result is None:
        return None
    return result if isinstance(result, Tensor) else _given(result, _dtype(tout))


def _given(value: Any, dtype: Any) -> Tensor:
    # NumPy's own arrays of bytes lose the zeros at an element's end.
    strings = dtype is not None and dtype.np == object and not isinstance(value, np.ndarray)
    return to_tensor(np.asarray(value, object if strings else None), dtype)


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
