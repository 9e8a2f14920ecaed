"""Lets the processes that a program starts with `multiprocessing` find tfjax as TensorFlow, too.

A forked child inherits the aliases. A spawned one is a fresh interpreter that first unpickles a
dict of preparation data and then imports the program's main module, and so TensorFlow. An object
in that dict which installs tfjax when it is unpickled is therefore early enough.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from multiprocessing import spawn
from typing import Any


def _install_here() -> None:
    from tfjax._src.cli.install import install

    install()


class _InstallWhenUnpickled:
    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return _install_here, ()


def prepare_children() -> None:
    """Adds the installation to what spawned and forkserver children are sent; once is enough."""
    original = spawn.get_preparation_data
    if hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def get_preparation_data(name: str) -> dict[str, Any]:
        data = original(name)
        if name == "ignore":
            # The fork server itself asks under this name, in order to import the main module
            # early, without unpickling anything. Its children do so after they were prepared.
            for key in ("main_path", "init_main_from_path", "init_main_from_name"):
                data.pop(key, None)
            return data
        return {"tfjax": _InstallWhenUnpickled(), **data}

    spawn.get_preparation_data = get_preparation_data
