"""Functions of v2 under the parameters that they had in TensorFlow 1."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from typing import Any

_KIND = inspect.Parameter.POSITIONAL_OR_KEYWORD


def renamed(
    function: Callable[..., Any], parameters: str, old: Mapping[str, str] = {}, unused: str = "", name: str = ""
) -> Callable[..., Any]:
    """`function` with the parameters of v1.

    Args:
      parameters: v1's, as they stand in a `def`.
      old: old name → new name; v1 takes both, but not at once.
      unused: parameters without effect.
      name: the function's own, if v1 calls it otherwise.

    >>> power = renamed(lambda x, y: x ** y, "y=None, base=None, x=None, name=None", {"base": "x"}, "name")
    >>> power(3, 2), power(x=2, y=3)
    (8, 8)
    """
    signature = _parse(parameters)
    ignored = set(unused.split())

    def call(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        given = dict(bound.arguments)
        for before, after in old.items():
            if before in given:
                value = given.pop(before)
                if value is not None and given.get(after) is not None:
                    raise ValueError(f"Cannot specify both '{before}' and '{after}'.")
                if value is not None:
                    given[after] = value
        for key, parameter in signature.parameters.items():
            if key not in old and key not in given and parameter.default is not None:
                given[key] = parameter.default
        return function(**{k: v for k, v in given.items() if k not in ignored})

    call.__name__ = call.__qualname__ = name or function.__name__
    call.__signature__ = signature  # type: ignore[attr-defined]
    pairs = "".join(f" `{before}` is the old name of `{after}`." for before, after in old.items())
    without = f" No effect: {', '.join(f'`{u}`' for u in ignored)}." if ignored else ""
    call.__doc__ = f"`tf.{function.__name__}` with the parameters of TensorFlow 1.{pairs}{without}"
    return call


def _parse(parameters: str) -> inspect.Signature:
    args = ast.parse(f"def f({parameters}): pass").body[0].args  # type: ignore[attr-defined]
    defaults = [inspect.Parameter.empty] * (len(args.args) - len(args.defaults)) + [ast.literal_eval(d) for d in args.defaults]
    return inspect.Signature([inspect.Parameter(a.arg, _KIND, default=d) for a, d in zip(args.args, defaults)])
