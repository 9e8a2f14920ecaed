"""tensorflow.python.ops.gen_*_ops: the raw ops by their names in snake case, with arguments by place.

`modules.txt`, written by `tools/internal_names.py`, says which raw op is in which module.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfjax._src.compat.raw import table
from tfjax._src.core.namespace import add_table


@functools.cache
def modules() -> dict[str, dict[str, str]]:
    """Module -> name in it -> raw op."""
    found = {}
    for line in Path(__file__).with_name("modules.txt").read_text(encoding="utf-8").splitlines():
        module, _, raws = line.partition(": ")
        found[module] = {spelling: raw for raw in raws.split() for spelling in (table.snake_case(raw), raw)}
    return found


def _by_place(raw: Callable[..., Any], name: str) -> Callable[..., Any]:
    signature = inspect.signature(raw)

    @functools.wraps(raw)
    def function(*args: Any, **kwargs: Any) -> Any:
        return raw(**signature.bind(*args, **kwargs).arguments)

    function.__name__ = function.__qualname__ = name
    return function


def _lookup(module: str, name: str) -> Any:
    op = modules()[module].get(name)
    raw = None if op is None else table.find(op)
    return raw if raw is None or name == op else _by_place(raw, name)


def _names(module: str) -> list[str]:
    have = table.have()
    return [spelling for spelling, raw in modules()[module].items() if raw in have]


for _module in modules():
    add_table(
        f"tfjax.python.ops.{_module}", functools.partial(_lookup, _module), functools.partial(_names, _module)
    )
