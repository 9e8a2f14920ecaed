"""tf.xla.experimental: XLA by its names before `tf.function(jit_compile=True)`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.function.function import function


@export("xla.experimental.compile")
def compile(computation: Callable[..., Any], inputs: Any = None) -> Any:
    """Calls `computation` with `inputs` as one XLA program.

    Args:
      computation: a function of tensors.
      inputs: a list of them; nothing else.

    Returns:
      A list, of one element if the function returns one tensor.

    Raises:
      TypeError: `inputs` is no list.

    >>> import tfjax as tf
    >>> tf.xla.experimental.compile(lambda x, y: x + y, [1.0, 2.0])[0].numpy()
    np.float32(3.0)
    """
    if inputs is not None and not isinstance(inputs, (list, tuple)):
        raise TypeError("inputs must be a list")
    found = function(computation, autograph=False, jit_compile=True)(*(inputs or ()))
    if isinstance(found, (list, tuple)) and not hasattr(found, "_fields"):
        return list(found)
    return found if nest.is_nested(found) else [found]


@export("xla.experimental.jit_scope")
@contextlib.contextmanager
def jit_scope(compile_ops: Any = True, separate_compiled_gradients: bool = False) -> Iterator[None]:
    """A context inside a tf.function. No effect: XLA compiles every op of one.

    Raises:
      RuntimeError: outside of tf.functions.
    """
    if frames.current() is None:
        raise RuntimeError(
            "xla.experimental.jit_scope is not supported when eager execution is enabled. Try use it inside tf.function."
        )
    yield
