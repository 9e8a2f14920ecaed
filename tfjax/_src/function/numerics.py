"""tf.debugging.enable_check_numerics: every op's results are looked at for NaN and infinities."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager import op as gate
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function.callbacks import call_back

# Ops whose business is such values, or that only hand them on.
_NODE = "{{function_node __wrapped__CheckNumericsV2_device_/job:localhost/replica:0/task:0/device:CPU:0}} "
_LEFT_OUT = {"CheckNumerics", "Identity", "StopGradient", "IsNan", "IsInf", "IsFinite", "Fill", "Const"}


@export("debugging.enable_check_numerics")
def enable_check_numerics(stack_height_limit: int = 30, path_length_limit: int = 50) -> None:
    """Makes every op that gives NaN or an infinity raise InvalidArgumentError and name itself.

    It holds eagerly and for tf.functions that are traced from now on. `stack_height_limit` and
    `path_length_limit` have no effect: the error's own traceback leads to the op.

    >>> import tfjax as tf
    >>> tf.debugging.enable_check_numerics()
    >>> try:
    ...     tf.math.log(-1.0)
    ... except tf.errors.InvalidArgumentError as error:
    ...     print("Log" in str(error))
    True
    >>> tf.debugging.disable_check_numerics()
    """
    if _check not in gate.WATCHERS:
        gate.WATCHERS.append(_check)


@export("debugging.disable_check_numerics")
def disable_check_numerics() -> None:
    """Ends what `enable_check_numerics` began; functions that are traced already keep their checks."""
    if _check in gate.WATCHERS:
        gate.WATCHERS.remove(_check)


def _check(raw: str, inputs: list[Tensor], outputs: tuple[Tensor, ...]) -> None:
    if raw in _LEFT_OUT:
        return
    for i, output in enumerate(outputs):
        if output._value.dtype.kind == "f" or output._value.dtype.name == "bfloat16":
            _check_output(raw, inputs, i, len(outputs), output)


def _check_output(raw: str, inputs: list[Tensor], i: int, count: int, output: Tensor) -> None:
    if not output.is_symbolic and (frames.current() is None or type(output._value) is np.ndarray):
        value = output.host_value()
        if not np.isfinite(value).all():
            head = f'\n\n!!! Detected Infinity or NaN in output {i} of eagerly-executing op "{raw}" (# of outputs: {count}) !!!\n'
            raise _error(_NODE + head, value, _listed(inputs), " name: ")
        return
    head = f'\n\n!!! Detected Infinity or NaN in output {i} of graph op "{raw}" (# of outputs: {count}) !!!\n'
    listed = _listed(inputs)

    def verify(finite: Any, value: Any) -> None:
        if not bool(finite):
            raise _error(head, np.asarray(value), listed)

    array = output.jax()
    call_back(verify, jnp.isfinite(array).all(), array)


def _listed(inputs: list[Tensor]) -> str:
    if len(inputs) == 1:
        return f"\n  Input tensor: {inputs[0]!s}\n"
    rows = "".join(f"         {i}: {tensor!s}\n" for i, tensor in enumerate(inputs))
    return f"\n  Input tensors ({len(inputs)}):\n{rows}" if inputs else "\n"


def _error(head: str, value: np.ndarray, listed: str, tail: str = "") -> InvalidArgumentError:
    kinds = {"-Inf": np.isneginf(value), "+Inf": np.isposinf(value), "NaN": np.isnan(value)}
    found = {name: int(places.sum()) for name, places in kinds.items() if places.any()}
    counts = "".join(f"  # of {'+NaN' if name == 'NaN' else name} elements: {n}\n" for name, n in found.items())
    text = (
        f"{head}  dtype: <dtype: '{value.dtype}'>\n  shape: {value.shape}\n{counts}{listed}\n"
        f" : Tensor had {' and '.join(found)} values [Op:CheckNumericsV2]{tail}"
    )
    return InvalidArgumentError(None, None, text)
