"""tensorflow.python.util.deprecation: decorators that warn, once, of what will go away."""

from __future__ import annotations

import contextlib
import functools
import inspect
import re
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from tfjax._src.compat.python.decorators import make_decorator, unwrap
from tfjax._src.function.plain import get_logger
from tfjax._src.core.export import export

_DATE = re.compile(r"20\d\d-[01]\d-[0123]\d")
_printed: set[Any] = set()


class _State(threading.local):
    silent = 0


_state = _State()


def _check(date: str | None, instructions: str) -> None:
    if date is not None and not _DATE.match(date):
        raise ValueError(f"Date must be in format YYYY-MM-DD. Received: {date}")
    if not instructions:
        raise ValueError("Don't deprecate things without conversion instructions! Specify the `instructions` argument.")


def _when(date: str | None) -> str:
    return "in a future version" if date is None else f"after {date}"


def _caller() -> str:
    frame = sys._getframe(3)
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _warn(key: Any, warn_once: bool, text: str) -> None:
    """Logs `text` with the place of the call, unless that was done for `key` already."""
    if _state.silent or key in _printed:
        return
    if warn_once:
        _printed.add(key)
    get_logger().warning(f"From {_caller()}: {text}")


def _notice(doc: str | None, bare: str, mark: str, notice: list[str]) -> str:
    """A docstring that starts with a note of the deprecation."""
    if not doc:
        lines = [bare]
        rest: list[str] = []
    else:
        first, *rest = inspect.cleandoc(doc).splitlines()
        lines = [f"{first} {mark}"]
    body = rest[1:] if rest and not rest[0].strip() else rest
    return "\n".join([*lines, "", *notice, *([""] if body else []), *body])


def _function_notice(doc: str | None, date: str | None, instructions: str) -> str:
    return _notice(doc, "DEPRECATED FUNCTION", "(deprecated)", [
        f"Deprecated: THIS FUNCTION IS DEPRECATED. It will be removed {_when(date)}.",
        "Instructions for updating:",
        instructions,
    ])  # fmt: skip


def _named(function: Any, module: str | None = None) -> str:
    qualified = getattr(function, "__qualname__", getattr(function, "__name__", repr(function)))
    return f"{qualified} (from {module or getattr(function, '__module__', '?')})"


@export("python.util.deprecation.deprecated")
def deprecated(date: str | None, instructions: str, warn_once: bool = True) -> Callable[[Any], Any]:
    """Decorates a function or class that will be removed: calls log a warning.

    Args:
      date: when, as YYYY-MM-DD, or None.
      instructions: what to use instead.
      warn_once: whether only the first call logs.

    Raises:
      ValueError: for a date of another form, or without instructions.
    """
    _check(date, instructions)

    def decorate(target: Any) -> Any:
        is_class = isinstance(target, type)
        function = target.__init__ if is_class else target
        module = target.__module__ if is_class else None

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            _warn(target, warn_once,
                  f"{_named(function, module)} is deprecated and will be removed {_when(date)}.\n"
                  f"Instructions for updating:\n{instructions}")  # fmt: skip
            return function(*args, **kwargs)

        doc = _function_notice(target.__doc__, date, instructions)
        if is_class:
            target.__init__ = wrapped
            target.__doc__ = doc
            return target
        return make_decorator(function, wrapped, "deprecated", doc)

    return decorate


@export("python.util.deprecation.deprecated_alias")
def deprecated_alias(deprecated_name: str, name: str, func_or_class: Any, warn_once: bool = True) -> Any:
    """A function or subclass that does what `func_or_class` does, and logs that its name is old."""
    text = f"The name {deprecated_name} is deprecated. Please use {name} instead.\n"
    if isinstance(func_or_class, type):
        doc = _notice(func_or_class.__doc__, "DEPRECATED CLASS", "(deprecated)", [
            "Deprecated: THIS CLASS IS DEPRECATED. It will be removed in a future version. ",
            f"Please use {name} instead.",
        ])  # fmt: skip

        class _NewClass(func_or_class):
            __doc__ = doc
            __name__ = func_or_class.__name__
            __module__ = sys._getframe(1).f_globals.get("__name__", "")

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                _warn(deprecated_name, warn_once, text)
                super().__init__(*args, **kwargs)

        return _NewClass

    @functools.wraps(func_or_class)
    def new_func(*args: Any, **kwargs: Any) -> Any:
        _warn(deprecated_name, warn_once, text)
        return func_or_class(*args, **kwargs)

    doc = _function_notice(func_or_class.__doc__, None, f"Please use {name} instead.")
    return make_decorator(func_or_class, new_func, "deprecated", doc)


@export("python.util.deprecation.deprecated_endpoints")
def deprecated_endpoints(*args: str) -> Callable[[Any], Any]:
    """Decorates with the old names of a function; nothing is logged."""

    def decorate(function: Any) -> Any:
        if hasattr(function, "_tf_deprecated_api_names"):
            raise ValueError(f"Cannot set deprecated names for {function.__name__} to {args}.")
        function._tf_deprecated_api_names = args
        return function

    return decorate


def _unchanged(a: Any, b: Any) -> bool:
    return a is b if a is None or b is None else bool(getattr(a == b, "all", lambda: a == b)())


@export("python.util.deprecation.deprecated_args")
def deprecated_args(date: str | None, instructions: str, *deprecated_arg_names_or_tuples: Any, **kwargs: Any) -> Callable[[Any], Any]:
    """Decorates a function whose named arguments will be removed: passing one logs a warning.

    Args:
      date: when, as YYYY-MM-DD, or None.
      instructions: what to do instead.
      *deprecated_arg_names_or_tuples: names, or pairs (name, value that does not warn).
      **kwargs: `warn_once`.

    Raises:
      ValueError: for a date of another form, without instructions, and for unknown arguments.
    """
    _check(date, instructions)
    if not deprecated_arg_names_or_tuples:
        raise ValueError("Specify which argument is deprecated.")
    warn_once = kwargs.pop("warn_once", True)
    if kwargs:
        raise ValueError(f"Unexpected keyword arguments: {', '.join(kwargs)}")
    fine = {a if isinstance(a, str) else a[0]: (() if isinstance(a, str) else a[1:]) for a in deprecated_arg_names_or_tuples}

    def decorate(function: Any) -> Any:
        signature = inspect.signature(unwrap(function)[1])
        spec = inspect.getfullargspec(unwrap(function)[1])
        absent = [n for n in fine if n not in (*spec.args, *spec.kwonlyargs, spec.varargs, spec.varkw)]
        if absent:
            known = [*spec.args, spec.varargs, spec.varkw]
            raise ValueError(
                f"The following deprecated arguments are not present in the function signature: {absent}. "
                f"Expected arguments from the following list: {known}."
            )

        @functools.wraps(function)
        def wrapped(*args: Any, **kw: Any) -> Any:
            given = signature.bind_partial(*args, **kw).arguments
            for name, ok in fine.items():
                if name not in given or any(_unchanged(given[name], value) for value in ok):
                    continue
                if name in (spec.varargs, spec.varkw) and not given[name]:
                    continue
                _warn((function, name), warn_once,
                      f"calling {_named(function)} with {name} is deprecated and will be removed {_when(date)}.\n"
                      f"Instructions for updating:\n{instructions}")  # fmt: skip
            return function(*args, **kw)

        doc = _notice(function.__doc__, "DEPRECATED FUNCTION ARGUMENTS", "(deprecated arguments)", [
            f"Deprecated: SOME ARGUMENTS ARE DEPRECATED: `({', '.join(sorted(fine))})`. "
            f"They will be removed {_when(date)}.",
            "Instructions for updating:",
            instructions,
        ])  # fmt: skip
        return make_decorator(function, wrapped, "deprecated", doc)

    return decorate


@export("python.util.deprecation.deprecated_arg_values")
def deprecated_arg_values(date: str | None, instructions: str, warn_once: bool = True, **deprecated_kwargs: Any) -> Callable[[Any], Any]:
    """Decorates a function that warns when a named argument has a value that will not be allowed.

    Raises:
      ValueError: for a date of another form, without instructions or without values.
    """
    _check(date, instructions)
    if not deprecated_kwargs:
        raise ValueError("Specify which argument values are deprecated.")

    def decorate(function: Any) -> Any:
        signature = inspect.signature(unwrap(function)[1])

        @functools.wraps(function)
        def wrapped(*args: Any, **kw: Any) -> Any:
            given = signature.bind_partial(*args, **kw).arguments
            for name, value in deprecated_kwargs.items():
                if name in given and _unchanged(given[name], value):
                    _warn((function, name), warn_once,
                          f"calling {_named(function)} with {name}={value} is deprecated and will be removed "
                          f"{_when(date)}.\nInstructions for updating:\n{instructions}")  # fmt: skip
            return function(*args, **kw)

        listed = ", ".join(f"{k}={v!r}" for k, v in sorted(deprecated_kwargs.items()))
        doc = _notice(function.__doc__, "DEPRECATED FUNCTION ARGUMENT VALUES", "(deprecated argument values)", [
            f"Deprecated: SOME ARGUMENT VALUES ARE DEPRECATED: `({listed})`. They will be removed {_when(date)}.",
            "Instructions for updating:",
            instructions,
        ])  # fmt: skip
        return make_decorator(function, wrapped, "deprecated", doc)

    return decorate


@export("python.util.deprecation.deprecated_argument_lookup")
def deprecated_argument_lookup(new_name: str, new_value: Any, old_name: str, old_value: Any) -> Any:
    """The value of an argument that has two names. Raises ValueError if both are given."""
    if old_value is None:
        return new_value
    if new_value is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'.")
    return old_value


@export("python.util.deprecation.rewrite_argument_docstring")
def rewrite_argument_docstring(old_doc: str, old_argument: str, new_argument: str) -> str:
    """A docstring in which an argument has another name."""
    return old_doc.replace(f"`{old_argument}`", f"`{new_argument}`").replace(f"{old_argument}:", f"{new_argument}:")


@export("python.util.deprecation.silence")
@contextlib.contextmanager
def silence() -> Iterator[None]:
    """A context in which nothing is logged."""
    _state.silent += 1
    try:
        yield
    finally:
        _state.silent -= 1
