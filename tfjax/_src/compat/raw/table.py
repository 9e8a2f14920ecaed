"""tf.raw_ops from a table: raw ops that are calls of public functions under other names.

`table.txt` has an entry for each. It is read when the first raw op is asked for, and an entry is
turned into a function when that op is: nothing of it costs at import.
"""

from __future__ import annotations

import ast
import collections
import functools
import importlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfjax._src.compat.raw.kernels import keywords_only
from tfjax._src.core import dtypes
from tfjax._src.core.errors import UnimplementedError
from tfjax._src.core.namespace import add_table
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor

Evaluate = Callable[[dict[str, Any]], Any]


@functools.cache
def entries() -> dict[str, str]:
    """Raw name -> signature, outputs and call."""
    lines = Path(__file__).with_name("table.txt").read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if not line.startswith("#")]
    return {head.partition("(")[0]: f"{head}\n{call}" for head, call in zip(lines[::2], lines[1::2])}


@functools.cache
def public(name: str) -> Any:
    """The object behind a public name such as `math.add`."""
    space, _, leaf = f"tfjax.{name}".rpartition(".")
    return getattr(importlib.import_module(space), leaf)


def snake_case(name: str) -> str:
    """What TensorFlow calls the function of a raw op.

    >>> snake_case("AddV2"), snake_case("LRN"), snake_case("BesselI0e"), snake_case("MatMul")
    ('add_v2', 'lrn', 'bessel_i0e', 'mat_mul')
    """
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    name = re.sub(r"([a-z]|[0-9](?!D))([A-Z])", r"\1_\2", name).lower()
    return f"_{name}" if name in _UNDERSCORED else name


# Names that TensorFlow keeps for its own functions, or leaves to Python.
_UNDERSCORED = frozenset(
    "abs all any assert batch_norm_with_global_normalization clip_by_value complex exit fused_batch_norm "
    "histogram_fixed_width max min pow print range slice stack sum".split()
)


def _parameters(text: str) -> list[inspect.Parameter]:
    """The parameters in a signature as the table writes it."""
    arguments = ast.parse(f"def f({text}): pass").body[0].args  # type: ignore[attr-defined]
    first = len(arguments.args) - len(arguments.defaults)
    found = []
    for i, argument in enumerate(arguments.args):
        node = arguments.defaults[i - first] if i >= first else None
        if isinstance(node, ast.Name):
            default = dtypes.as_dtype(node.id)
        else:
            default = inspect.Parameter.empty if node is None else ast.literal_eval(node)
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        found.append(inspect.Parameter(argument.arg, kind, default=default))
    return found


def _compiled(node: ast.expr, parameters: set[str]) -> Evaluate:
    """A function from the raw op's arguments to the value of an expression of the table."""
    if isinstance(node, (ast.Constant, ast.UnaryOp)):
        constant = ast.literal_eval(node)
        return lambda values: constant
    if isinstance(node, ast.Name) and node.id in parameters:
        return lambda values: values[node.id]
    if isinstance(node, ast.List):
        parts = [_compiled(part, parameters) for part in node.elts]
        return lambda values: [part(values) for part in parts]
    assert isinstance(node, ast.Call), ast.dump(node)
    name = ast.unparse(node.func)
    plain = [_compiled(a, parameters) for a in node.args if not isinstance(a, ast.Starred)]
    starred = [_compiled(a.value, parameters) for a in node.args if isinstance(a, ast.Starred)]
    keywords = {k.arg: _compiled(k.value, parameters) for k in node.keywords}

    def call(values: dict[str, Any]) -> Any:
        args = [part(values) for part in plain]
        for part in starred:
            args.extend(part(values))
        return public(name)(*args, **{key: part(values) for key, part in keywords.items()})

    return call


def _outputs(raw: str, names: list[str]) -> Callable[[Any], Any]:
    """A function from what the public function returns to what the raw op does."""
    if len(names) == 0 or names == ["None"]:
        return lambda result: None
    if len(names) == 1:
        if names[0].startswith("*"):
            return lambda result: list(result)
        return lambda result: result.values if isinstance(result, SparseTensor) else result
    kind = collections.namedtuple(raw, [name.lstrip("*") for name in names])  # type: ignore[misc]

    def pack(result: Any) -> Any:
        if isinstance(result, SparseTensor):
            result = (result.indices, result.values, result.dense_shape)[: len(names)]
        return kind(*result)

    return pack


def _check_names(leaf: str, given: dict[str, Any], defaults: dict[str, Any]) -> None:
    """Raises TypeError for arguments that a raw op does not have, or lacks."""
    for name in given:
        if name not in defaults:
            raise TypeError(f"{leaf}() got an unexpected keyword argument '{name}'")
    lacking = [n for n, default in defaults.items() if default is inspect.Parameter.empty and n not in given]
    if lacking:
        listed = " and ".join(", ".join(map(repr, lacking)).rsplit(", ", 1))
        plural = "s" if len(lacking) > 1 else ""
        raise TypeError(f"{leaf}() missing {len(lacking)} required positional argument{plural}: {listed}")


def build(entry: str) -> Callable[..., Any]:
    """The raw op that an entry of the table describes."""
    head, _, body = entry.partition("\n")
    raw, signature, outputs = re.fullmatch(r"(\w+)\((.*)\) -> (.*)", head).groups()  # type: ignore[union-attr]
    expression, _, hints = body.strip().partition(";")
    parameters = _parameters(signature)
    tree = ast.parse(expression, mode="eval").body
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called}
    names = {p.name for p in parameters}
    evaluate, pack = _compiled(tree, names), _outputs(raw, outputs.split())
    fixed = {p.name: p.default for p in parameters if p.name not in used | {"name"} | {*hints.split()}}
    defaults = {p.name: p.default for p in parameters}
    leaf = snake_case(raw)

    def function(**kwargs: Any) -> Any:
        _check_names(leaf, kwargs, defaults)
        arguments = {**defaults, **kwargs}
        for name, default in fixed.items():
            if arguments[name] != default:
                raise UnimplementedError(None, None, f"tf.raw_ops.{raw}: {name}={arguments[name]!r} is not implemented.")
        return pack(evaluate(arguments))

    function.__name__ = function.__qualname__ = leaf
    function.__doc__ = f"The raw op {raw}: `tf.{expression}`."
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return keywords_only(function)


@functools.cache
def _built(name: str) -> Callable[..., Any]:
    return build(entries()[name])


def lookup(name: str) -> Any:
    """The raw op of that name; None if the table has no such entry."""
    return _built(name) if name in entries() else None


def find(name: str) -> Any:
    """The raw op of that name, in the table or written by hand; None if there is none."""
    return getattr(importlib.import_module("tfjax.raw_ops"), name, None)


def have() -> set[str]:
    """The names of all raw ops that there are."""
    return set(dir(importlib.import_module("tfjax.raw_ops")))


add_table("tfjax.raw_ops", lookup, entries)
