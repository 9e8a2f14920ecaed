"""Decorated functions that remember what they decorate: tensorflow.python.util.tf_decorator and others."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable
from typing import Any

from tfjax._src.core.export import export


@export("python.util.tf_decorator.TFDecorator")
class TFDecorator:
    """What a decorated function keeps of its decoration, in its attribute `_tf_decorator`."""

    def __init__(self, decorator_name: str, target: Any, decorator_doc: str = "", decorator_argspec: Any = None) -> None:
        self._name, self._target, self._doc, self._argspec = decorator_name, target, decorator_doc, decorator_argspec
        functools.update_wrapper(self, target, updated=())
        if decorator_doc:
            self.__doc__ = decorator_doc

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._target(*args, **kwargs)

    @property
    def decorated_target(self) -> Any:
        """The function that was decorated."""
        return self._target

    @decorated_target.setter
    def decorated_target(self, target: Any) -> None:
        self._target = target

    @property
    def decorator_name(self) -> str:
        """The name of the decorator."""
        return self._name

    @property
    def decorator_doc(self) -> str:
        """The docstring that the decorator gives."""
        return self._doc

    @property
    def decorator_argspec(self) -> Any:
        """The signature that the decorator gives, or None."""
        return self._argspec


@export("python.util.tf_decorator.make_decorator", "__internal__.decorator.make_decorator")
def make_decorator(
    target: Any, decorator_func: Any, decorator_name: str | None = None, decorator_doc: str = "", decorator_argspec: Any = None
) -> Any:
    """Marks `decorator_func` as the decorated form of `target`, with its name and docstring.

    Args:
      target: the function that is decorated.
      decorator_func: what stands in its place.
      decorator_name: the name of the decorator; that of the calling function by default.
      decorator_doc: a docstring; that of `target` by default.
      decorator_argspec: a FullArgSpec that `tf_inspect` reports; that of `target` by default.
    """
    if decorator_name is None:
        decorator_name = inspect.currentframe().f_back.f_code.co_name  # type: ignore[union-attr]
    decorator_func._tf_decorator = TFDecorator(decorator_name, target, decorator_doc, decorator_argspec)
    for name in ("__name__", "__qualname__", "__module__"):
        if hasattr(target, name):
            with contextlib.suppress(AttributeError, TypeError):
                setattr(decorator_func, name, getattr(target, name))
    decorator_func.__doc__ = decorator_doc or getattr(target, "__doc__", None)
    decorator_func.__wrapped__ = target
    if decorator_argspec is not None:
        decorator_func.__signature__ = fullargspec_to_signature(decorator_argspec)
    return decorator_func


@export("python.util.tf_decorator.fullargspec_to_signature")
def fullargspec_to_signature(fullargspec: Any) -> inspect.Signature:
    """The `inspect.Signature` that a FullArgSpec describes."""
    kinds, made = inspect.Parameter, []
    defaults = dict(zip(reversed(fullargspec.args), reversed(fullargspec.defaults or ())))
    defaults |= fullargspec.kwonlydefaults or {}
    for name in fullargspec.args:
        made.append(kinds(name, kinds.POSITIONAL_OR_KEYWORD, default=defaults.get(name, kinds.empty)))
    if fullargspec.varargs:
        made.append(kinds(fullargspec.varargs, kinds.VAR_POSITIONAL))
    for name in fullargspec.kwonlyargs:
        made.append(kinds(name, kinds.KEYWORD_ONLY, default=defaults.get(name, kinds.empty)))
    if fullargspec.varkw:
        made.append(kinds(fullargspec.varkw, kinds.VAR_KEYWORD))
    return inspect.Signature(made)


@export("python.util.tf_decorator.unwrap", "__internal__.decorator.unwrap")
def unwrap(maybe_tf_decorator: Any) -> tuple[list[TFDecorator], Any]:
    """The decorations of a function, outermost first, and the function at their end."""
    found, current = [], maybe_tf_decorator
    while True:
        if isinstance(current, TFDecorator):
            found.append(current)
        elif isinstance(getattr(current, "_tf_decorator", None), TFDecorator):
            found.append(current._tf_decorator)
        else:
            return found, current
        current = found[-1].decorated_target


@export("python.util.tf_decorator.rewrap")
def rewrap(decorator_func: Any, previous_target: Any, new_target: Any) -> Any:
    """Replaces `previous_target` at the end of a chain of decorations by `new_target`."""
    if decorator_func is previous_target:
        return new_target
    for decorator in unwrap(decorator_func)[0]:
        if decorator.decorated_target is previous_target:
            decorator.decorated_target = new_target
    return decorator_func


@export("python.util.tf_contextlib.contextmanager")
def contextmanager(target: Callable[..., Any]) -> Callable[..., Any]:
    """`contextlib.contextmanager`, with the signature of `target` for `tf_inspect`."""
    return make_decorator(target, contextlib.contextmanager(target), "contextmanager")
