#!/usr/bin/env python
"""Writes tools/tf_python_same.json: TensorFlow's internal names for public objects.

Also tfjax/_src/compat/raw/modules.txt: which raw op is in which `gen_*_ops`.

    python tools/internal_names.py    # needs TensorFlow

Libraries import modules such as `tensorflow.python.ops.math_ops` that are not public. Most of what
they take from them are the objects that the public API shows under other names. The file lists
these, module by module: name in the module -> public name below `tf.`, "" where it is the same.
`tools/gen_api.py` makes `tfjax.python` from it, which `tfjax.install()` puts behind
`tensorflow.python`. What no public name has is written by hand in `tfjax/_src/compat/python/`.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent / "tf_python_same.json"

#: Which raw op is in which module `tensorflow.python.ops.gen_*_ops`.
RAW_MODULES = Path(__file__).resolve().parent.parent / "tfjax/_src/compat/raw/modules.txt"

#: Modules whose kernels have no counterpart in JAX programs.
LEFT_OUT = frozenset(
    "batch boosted_trees checkpoint clustering collective composite_tensor cudnn_rnn dataset debug decode_proto encode_proto \
experimental_dataset filesystem functional map nccl optional script sdca sendrecv summary sync tpu tpu_partition training \
uniform_quant random_index_shuffle".split()
)

#: Packages below `tensorflow.python` that libraries import from.
PACKAGES = "checkpoint client data.ops data.util distribute eager framework lib.io module ops ops.linalg ops.parallel_for \
ops.ragged ops.signal platform saved_model summary trackable training training.experimental util"

#: Constants: equal ones are one object.
PLAIN = (bool, int, float, str, bytes, tuple, type(None))


def _walk(module: Any, prefix: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """(public name, object) of everything below one public namespace."""
    seen.add(id(module))
    for leaf in dir(module):
        value = getattr(module, leaf, None)
        if isinstance(value, types.ModuleType):
            if leaf in ("compat", "keras", "estimator", "_api") or id(value) in seen:
                continue
            if str(vars(value).get("__name__", "")).startswith("tensorflow._api"):
                yield from _walk(value, f"{prefix}{leaf}.", seen)
        elif not leaf.startswith("_") and not prefix.endswith("raw_ops."):
            yield prefix + leaf, value


def _identity(leaf: str, value: Any) -> Any:
    """What tells objects apart: ids, and for small constants such as tag names leaf and value."""
    if not isinstance(value, PLAIN):
        return id(value)
    return (leaf, value) if isinstance(value, str) and leaf.isupper() else None


def public_names(tf: Any) -> dict[Any, list[str]]:
    """Identity of each public object -> its names."""
    names: dict[Any, list[str]] = {}
    for space, prefix in ((tf, ""), (tf.compat, "compat."), (tf.compat.v1, "compat.v1.")):
        for name, value in _walk(space, prefix, set()):
            names.setdefault(_identity(name.rpartition(".")[2], value), []).append(name)
    names.pop(None, None)
    return names


def modules() -> Iterator[Any]:
    """The modules of PACKAGES that can be imported."""
    for package in PACKAGES.split():
        parent = importlib.import_module(f"tensorflow.python.{package}")
        for found in pkgutil.iter_modules(parent.__path__):
            if not found.name.startswith(("gen_", "_")) and not found.name.endswith(("_test", "_ops_gen")):
                try:
                    yield importlib.import_module(f"{parent.__name__}.{found.name}")
                except Exception as error:
                    print(f"left out {parent.__name__}.{found.name}: {error}")


def raw_modules(tf: Any) -> dict[str, list[str]]:
    """Module `gen_*_ops` -> the raw ops in it."""
    raws, found = set(dir(tf.raw_ops)), {}
    for module in pkgutil.iter_modules(importlib.import_module("tensorflow.python.ops").__path__):
        if module.name.startswith("gen_"):
            leaves = vars(importlib.import_module(f"tensorflow.python.ops.{module.name}"))
            names = [n for n in sorted(raws & set(leaves)) if inspect.isfunction(leaves[n])]
            if names and module.name[4:-4] not in LEFT_OUT:
                found[module.name] = names
    return found


def _spelling(leaf: str, found: list[str]) -> str:
    """The public name that is listed: the shortest of TensorFlow 2 with this leaf, else the first."""
    order = sorted(found, key=lambda n: (n.startswith("compat"), n.rpartition(".")[2] != leaf, len(n), n))
    return "" if order[0] == leaf else order[0]


def main() -> None:
    """Writes the file."""
    import tensorflow as tf

    names, table = public_names(tf), {}
    for module in modules():
        short = module.__name__.removeprefix("tensorflow.python.")
        found = {}
        for leaf, value in vars(module).items():
            public = names.get(_identity(leaf, value))
            if public and leaf.isidentifier() and not inspect.ismodule(value):
                found[leaf] = _spelling(leaf, public)
        if found:
            table[short] = dict(sorted(found.items()))
    lines = [f'"{module}": {json.dumps(table[module])}' for module in sorted(table)]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    RAW_MODULES.write_text("".join(f"{m}: {' '.join(n)}\n" for m, n in raw_modules(tf).items()))
    print(f"{sum(map(len, table.values()))} names in {len(table)} modules")


if __name__ == "__main__":
    main()
