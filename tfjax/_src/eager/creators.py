"""tf.variable_creator_scope: functions that take part in making Variables."""

from __future__ import annotations

import contextlib
import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from typing import Any

from flax import nnx

from tfjax._src.core.export import export


class _State(threading.local):
    def __init__(self) -> None:
        self.creators: tuple[Callable[..., Any], ...] = ()


_state = _State()


class CreatedType(type(nnx.Variable)):  # type: ignore[misc]
    """The class of `Variable`: a call asks the creators in force, innermost first."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if not _state.creators or "_asks_creators" not in cls.__dict__:
            return super().__call__(*args, **kwargs)
        bound = _signature(cls).bind(None, *args, **kwargs)
        bound.apply_defaults()
        given = dict(list(bound.arguments.items())[1:])
        # A creator may change or drop arguments, so the names and not the places count.
        return functools.reduce(_link, _state.creators, functools.partial(super().__call__))(**given)


@functools.cache
def _signature(cls: type) -> inspect.Signature:
    return inspect.signature(cls.__init__)


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
    outer = _state.creators
    _state.creators = (*outer, variable_creator)
    try:
        yield
    finally:
        _state.creators = outer
