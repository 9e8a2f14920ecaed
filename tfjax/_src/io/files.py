"""tf.io: whole files, and names of files."""

from __future__ import annotations

import glob
import os
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.io.gfile import _guarded, path_text


def strings(values: list[bytes], shape: tuple[int, ...]) -> Tensor:
    """A string tensor."""
    out = np.empty(len(values), object)
    out[:] = values
    return Tensor(out.reshape(shape))


def host_strings(value: Any) -> np.ndarray:
    """The bytes of a string tensor or of what converts to one."""
    return to_tensor(value, dtypes.string).host_value()


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


@export("io.read_file")
def read_file(filename: Any, name: str | None = None) -> Tensor:
    """The contents of a file, a scalar string tensor. Raises NotFoundError if there is none.

    >>> import tempfile, tfjax as tf
    >>> path = tempfile.mkdtemp() + "/a"
    >>> tf.io.write_file(path, b"abc")
    >>> tf.io.read_file(path).numpy()
    b'abc'
    """
    path = host_strings(filename)
    if path.ndim:
        raise InvalidArgumentError(None, None, f"Input filename tensor must be scalar, but had shape: {list(path.shape)} [Op:ReadFile]")
    return strings([_guarded(_read, path_text(path[()]))], ())


@export("io.write_file")
def write_file(filename: Any, contents: Any, name: str | None = None) -> None:
    """Writes a file, and makes the directories that it needs.

    >>> import tempfile, tfjax as tf
    >>> tf.io.write_file(tempfile.mkdtemp() + "/b/a", b"abc")
    """
    path = path_text(host_strings(filename)[()])
    data = host_strings(contents)[()]
    if os.path.dirname(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)

    def write(target: str) -> None:
        with open(target, "wb") as file:
            file.write(data)

    _guarded(write, path)


@export("io.matching_files")
def matching_files(pattern: Any, name: str | None = None) -> Tensor:
    """Names of the files that match patterns, sorted.

    >>> import tfjax as tf
    >>> tf.io.matching_files("/nothing/*").shape
    TensorShape([0])
    """
    patterns = host_strings(pattern).reshape(-1).tolist()
    names = sorted({name for p in patterns for name in glob.glob(path_text(p))})
    return strings([n.encode() for n in names], (len(names),))
