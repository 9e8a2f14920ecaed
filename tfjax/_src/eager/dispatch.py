"""Where classes that are not tensors hook into ops: ragged, sparse, Keras symbolic tensors, users'.

A class registers one handler; the gate calls it when an argument of an op (or an element of a list
argument) is an instance. Lower layers never learn the class's name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Handler = Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]

_handlers: dict[type, Handler] = {}
_cache: dict[type, Handler | None] = {}


def register(cls: type, handler: Handler) -> None:
    """Sends calls of ops with an instance of `cls` to `handler(op, args, kwargs)`.

    The handler returns the result, or NotImplemented to let the op go on as usual.
    """
    _handlers[cls] = handler
    _cache.clear()


def handler_for(cls: type) -> Handler | None:
    """The handler registered for `cls` or the nearest of its bases."""
    try:
        return _cache[cls]
    except KeyError:
        found = next((_handlers[base] for base in cls.__mro__ if base in _handlers), None)
        _cache[cls] = found
        return found


def find(values: tuple[Any, ...] | list[Any]) -> Handler | None:
    """The first handler asked for by `values` or, one level down, by elements of lists."""
    for value in values:
        cls = type(value)
        if cls is list or cls is tuple:
            for element in value:
                handler = handler_for(type(element))
                if handler is not None:
                    return handler
        elif (handler := handler_for(cls)) is not None:
            return handler
    return None
