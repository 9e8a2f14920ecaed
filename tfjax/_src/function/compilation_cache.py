"""JAX's persistent compilation cache: programs compiled by one process serve the next."""

from __future__ import annotations

import os
from typing import Any

import jax

from tfjax._src.core.export import export


@export("config.set_compilation_cache")
def set_compilation_cache(
    directory: str | os.PathLike[str] | None, min_compile_seconds: float = 0.2
) -> None:
    """Keeps compiled programs in `directory`, for later processes; None switches that off.

    The environment variable `TFJAX_CACHE_DIR` does the same. TensorFlow has nothing like it.

    Args:
      directory: made if it does not exist; several processes may share it.
      min_compile_seconds: programs that compile faster than this are not kept.

    >>> import tempfile
    >>> import tfjax as tf
    >>> tf.config.set_compilation_cache(tempfile.mkdtemp())
    >>> tf.config.set_compilation_cache(None)
    """
    settings: dict[str, Any] = {
        "jax_compilation_cache_dir": None if directory is None else os.fspath(directory),
        "jax_persistent_cache_min_compile_time_secs": min_compile_seconds,
        "jax_persistent_cache_min_entry_size_bytes": 0,
    }
    for name, value in settings.items():
        jax.config.update(name, value)


if os.environ.get("TFJAX_CACHE_DIR"):
    set_compilation_cache(os.environ["TFJAX_CACHE_DIR"])
