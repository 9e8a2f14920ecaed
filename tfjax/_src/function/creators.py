"""tf.variable_creator_scope: functions that take part in making Variables."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager.variable import Variable


def _ask(creators: Sequence[Callable[..., Any]], make: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """What the creators, innermost first, make of `Variable(*args, **kwargs)`; the last one calls `make`."""
    bound = _signature().bind(None, *args, **kwargs)
    bound.apply_defaults()
    # A creator may change or drop arguments, so the names and not the places count.
    given = dict(list(bound.arguments.items())[1:])
    return functools.reduce(_link, creators, make)(**given)


@functools.cache
def _signature() -> inspect.Signature:
    return inspect.signature(Variable.__init__)


def _link(inner: Callable[..., Any], creator: Callable[..., Any]) -> Callable[..., Any]:
    return functools.partial(creator, inner)


@export("variable_creator_scope")
@contextlib.contextmanager
def variable_creator_scope(variable_creator: Callable[..., Any]) -> Iterator[None]:
    """A context in which `tf.Variable(…)` is what `variable_creator` returns.

    Args:
      variable_creator: called as `variable_creator(next_creator, **kwargs)` with the arguments of
        `tf.Variable` by name. It makes the Variable by `next_creator(**kwargs)`, or returns
        something else.

    >>> import tfjax as tf
    >>> def frozen(next_creator, **kwargs):
    ...     return next_creator(**{**kwargs, "trainable": False})
    >>> with tf.variable_creator_scope(frozen):
    ...     tf.Variable(1.0).trainable
    False
    """
    outer = frames._state.maker
    creators = (*(outer.args[0] if outer else ()), variable_creator)
    frames._state.maker = functools.partial(_ask, creators)
    try:
        yield
    finally:
        frames._state.maker = outer
