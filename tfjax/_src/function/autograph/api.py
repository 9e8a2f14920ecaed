"""tf.autograph: converted functions and their source, options of loops."""

from __future__ import annotations

import enum
import functools
import inspect
import logging
import textwrap
from collections.abc import Callable
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.function.autograph import conversion

_UNSPECIFIED = object()


@export("autograph.experimental.Feature")
class Feature(enum.Enum):
    """Optional conversions; all that tfjax knows are on, so that naming them has no effect."""

    ALL = "ALL"
    AUTO_CONTROL_DEPS = "AUTO_CONTROL_DEPS"
    ASSERT_STATEMENTS = "ASSERT_STATEMENTS"
    BUILTIN_FUNCTIONS = "BUILTIN_FUNCTIONS"
    EQUALITY_OPERATORS = "EQUALITY_OPERATORS"
    LISTS = "LISTS"
    NAME_SCOPES = "NAME_SCOPES"

    @classmethod
    def all(cls) -> tuple[Feature, ...]:
        """All features."""
        return tuple(cls)

    @classmethod
    def all_but(cls, exclude: Any) -> tuple[Feature, ...]:
        """All features but those given."""
        left_out = exclude if isinstance(exclude, (list, tuple, set)) else (exclude,)
        return tuple(set(cls.all()) - set(left_out) - {cls.ALL})


@export("autograph.experimental.do_not_convert")
def do_not_convert(func: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """Decorates a function that AutoGraph must leave as it is.

    >>> import tfjax as tf
    >>> @tf.autograph.experimental.do_not_convert
    ... def f(x):
    ...     return x
    """
    if func is None:
        return do_not_convert

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    wrapper._autograph_off = True  # type: ignore[attr-defined]
    return wrapper


@export("autograph.experimental.set_loop_options")
def set_loop_options(
    parallel_iterations: Any = _UNSPECIFIED,
    swap_memory: Any = _UNSPECIFIED,
    maximum_iterations: Any = _UNSPECIFIED,
    shape_invariants: Any = _UNSPECIFIED,
) -> None:
    """Sets options of the loop that it stands in; the first statement of the loop's body.

    Args:
      parallel_iterations, swap_memory: no effect.
      maximum_iterations: the loop stops after so many steps.
      shape_invariants: pairs (tensor, shape) of loop variables whose shape may change.

    In a file (AutoGraph reads the source), `count(tf.constant(10))` gives 3 with

        @tf.function
        def count(n):
            i = 0
            while i < n:
                tf.autograph.experimental.set_loop_options(maximum_iterations=3)
                i += 1
            return i
    """


@export("autograph.to_graph")
def to_graph(
    entity: Callable[..., Any], recursive: bool = True, experimental_optional_features: Any = None
) -> Callable[..., Any]:
    """`entity` with its control flow converted, as tf.function converts it.

    Args:
      entity: a function or method with source.
      recursive: whether functions that it calls are converted as well.
      experimental_optional_features: no effect.

    >>> import tfjax as tf
    >>> def f(x):
    ...     return x + 1 if x > 0 else x
    >>> int(tf.function(tf.autograph.to_graph(f))(tf.constant(1)))  # doctest: +SKIP
    2
    """
    return conversion.source_of(_function_of(entity), recursive)


@export("autograph.to_code")
def to_code(
    entity: Callable[..., Any], recursive: bool = True, experimental_optional_features: Any = None
) -> str:
    """The source that `tf.autograph.to_graph` makes of `entity`.

    `experimental_optional_features` has no effect.
    """
    return textwrap.dedent(inspect.getsource(conversion.source_of(_function_of(entity), recursive)))


def _function_of(entity: Any) -> Callable[..., Any]:
    wrapped = getattr(entity, "python_function", None)  # a tf.function
    return wrapped if wrapped is not None else entity


@export("autograph.set_verbosity")
def set_verbosity(level: int, alsologtostdout: bool = False) -> None:
    """How much of the conversion is logged: 0 nothing but warnings, more from 1 on.

    Args:
      level: 0 to 10.
      alsologtostdout: no effect.
    """
    logging.getLogger("tensorflow.autograph").setLevel(logging.DEBUG if level else logging.WARNING)


@export("autograph.trace")
def trace(*args: Any) -> None:
    """Prints `args` while a function is traced, and not when its program runs.

    >>> import tfjax as tf
    >>> tf.autograph.trace("hello")
    hello
    """
    print(*args)
