"""tensorflow.python.util.tf_inspect: the module `inspect`, seeing through TensorFlow's decorators."""

from __future__ import annotations

import functools
import inspect
from collections import namedtuple
from collections.abc import Callable
from typing import Any

from tfjax._src.compat.python.decorators import unwrap
from tfjax._src.core.export import export

ArgSpec = namedtuple("ArgSpec", ["args", "varargs", "keywords", "defaults"])

#: What needs no decorator: Python's own functions, and those that `_through` makes.
EXPORTS = {
    "python.util.tf_inspect.ArgSpec": "ArgSpec",
    "python.util.tf_inspect.FullArgSpec": "FullArgSpec",
    "python.util.tf_inspect.Parameter": "Parameter",
    "python.util.tf_inspect.Signature": "Signature",
    "python.util.tf_inspect.currentframe": "currentframe",
    "python.util.tf_inspect.getmembers": "getmembers",
    "python.util.tf_inspect.getmro": "getmro",
    "python.util.tf_inspect.stack": "stack",
    "python.util.tf_inspect.isbuiltin": "isbuiltin",
    "python.util.tf_inspect.isclass": "isclass",
    "python.util.tf_inspect.isframe": "isframe",
    "python.util.tf_inspect.isfunction": "isfunction",
    "python.util.tf_inspect.isgenerator": "isgenerator",
    "python.util.tf_inspect.isgeneratorfunction": "isgeneratorfunction",
    "python.util.tf_inspect.ismethod": "ismethod",
    "python.util.tf_inspect.ismodule": "ismodule",
    "python.util.tf_inspect.isroutine": "isroutine",
    "python.util.tf_inspect._inspect": "inspect",
}
FullArgSpec, Parameter, Signature = inspect.FullArgSpec, inspect.Parameter, inspect.Signature
currentframe, getmembers, getmro, stack = inspect.currentframe, inspect.getmembers, inspect.getmro, inspect.stack


def _given(obj: Any) -> Any:
    """The signature that the outermost decorator with one gives, else the function's own."""
    decorators, target = unwrap(obj)
    for decorator in decorators:
        if decorator.decorator_argspec is not None:
            return decorator.decorator_argspec
    if not (getattr(target, "__module__", None) or "").startswith("tfjax."):
        return inspect.getfullargspec(target)
    # Decorators of tfjax carry the signature; TensorFlow's functions have no annotations, and
    # libraries compare theirs with them.
    target = target.__init__ if isinstance(target, type) else target
    bare = [p.replace(annotation=Parameter.empty) for p in inspect.signature(target).parameters.values()]

    def like() -> None:
        """Stands for the function."""

    like.__signature__ = Signature(bare)  # type: ignore[attr-defined]
    return inspect.getfullargspec(like)


@export("python.util.tf_inspect.getfullargspec")
def getfullargspec(obj: Any) -> Any:
    """`inspect.getfullargspec` of what is behind the decorators; of `__call__` for objects.

    >>> getfullargspec(lambda a, b=1: a).args
    ['a', 'b']
    """
    if isinstance(obj, functools.partial):
        return _of_partial(obj)
    if not isinstance(obj, type) and not inspect.isroutine(obj) and hasattr(type(obj), "__call__"):
        obj = type(obj).__call__
    return _given(obj)


def _of_partial(obj: Any) -> Any:
    """What is left to give: parameters bound by keyword are keyword-only, with those as defaults."""
    full = getfullargspec(obj.func)
    args = full.args[len(obj.args) + (inspect.ismethod(obj.func) and "self" in full.args[:1]) :]
    defaults = dict(zip(reversed(full.args), reversed(full.defaults or ())))
    first = next((i for i, name in enumerate(args) if name in obj.keywords), len(args))
    kept, moved = args[:first], args[first:]
    keyword = {n: v for n, v in (defaults | (full.kwonlydefaults or {}) | obj.keywords).items() if n in (*moved, *full.kwonlyargs)}
    return full._replace(
        args=kept,
        defaults=tuple(defaults[n] for n in kept if n in defaults) or None,
        kwonlyargs=[*moved, *full.kwonlyargs],
        kwonlydefaults=keyword or None,
    )


@export("python.util.tf_inspect.isanytargetmethod")
def isanytargetmethod(object: Any) -> bool:
    """True if the function, or one that it decorates, is a bound method."""
    decorators, target = unwrap(object)
    return any(inspect.ismethod(d.decorated_target) for d in decorators) or inspect.ismethod(target)


@export("python.util.tf_inspect.getargspec")
def getargspec(obj: Any) -> Any:
    """The (args, varargs, keywords, defaults) of a function or callable object."""
    found = getfullargspec(obj)
    return ArgSpec(found.args, found.varargs, found.varkw, found.defaults)


@export("python.util.tf_inspect.getcallargs")
def getcallargs(*func_and_positional: Any, **named: Any) -> dict[str, Any]:
    """{parameter: value} of a call of the first argument with the others."""
    function, *positional = func_and_positional
    target = unwrap(function)[1]
    bound = inspect.Signature.bind(inspect.signature(target), *positional, **named)
    bound.apply_defaults()
    return dict(bound.arguments)


@export("python.util.tf_inspect.getframeinfo")
def getframeinfo(*args: Any, **kwargs: Any) -> Any:
    """`inspect.getframeinfo`."""
    return inspect.getframeinfo(*args, **kwargs)


@export("python.util.tf_inspect.getmodule")
def getmodule(object: Any) -> Any:
    """`inspect.getmodule`."""
    return inspect.getmodule(object)


@export("python.util.tf_inspect.getdoc")
def getdoc(object: Any) -> str | None:
    """The docstring."""
    return inspect.getdoc(object)


@export("python.util.tf_inspect.signature")
def signature(obj: Any, *, follow_wrapped: bool = True) -> inspect.Signature:
    """`inspect.signature`."""
    return inspect.signature(obj, follow_wrapped=follow_wrapped)


@export("python.util.tf_inspect.getfile")
def getfile(object: Any) -> str:
    """The file in which what is behind the decorators was defined."""
    return inspect.getfile(unwrap(object)[1])


@export("python.util.tf_inspect.getsource")
def getsource(object: Any) -> str:
    """The source text of what is behind the decorators."""
    return inspect.getsource(unwrap(object)[1])


@export("python.util.tf_inspect.getsourcefile")
def getsourcefile(object: Any) -> str | None:
    """The source file of what is behind the decorators."""
    return inspect.getsourcefile(unwrap(object)[1])


@export("python.util.tf_inspect.getsourcelines")
def getsourcelines(object: Any) -> Any:
    """(lines, number of the first) of what is behind the decorators."""
    return inspect.getsourcelines(unwrap(object)[1])


def _through(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """`test` of what is behind the decorators."""

    def tests(object: Any) -> bool:
        return test(unwrap(object)[1])

    tests.__name__, tests.__doc__ = test.__name__, f"`inspect.{test.__name__}` of what is behind the decorators."
    return tests


isbuiltin = _through(inspect.isbuiltin)
isclass = _through(inspect.isclass)
isframe = _through(inspect.isframe)
isfunction = _through(inspect.isfunction)
isgenerator = _through(inspect.isgenerator)
isgeneratorfunction = _through(inspect.isgeneratorfunction)
ismethod = _through(inspect.ismethod)
ismodule = _through(inspect.ismodule)
isroutine = _through(inspect.isroutine)
