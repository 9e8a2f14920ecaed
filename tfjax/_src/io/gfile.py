"""tf.io.gfile: files and directories, with TensorFlow's errors. Local file systems only."""

from __future__ import annotations

import glob as _glob
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

from tfjax._src.core import errors
from tfjax._src.core.export import export


def path_text(path: Any) -> str:
    """A path as text, from a str, bytes, a path object or a string tensor."""
    if hasattr(path, "numpy"):
        path = path.numpy()
    path = os.fspath(path)
    text = path.decode() if isinstance(path, bytes) else path
    return text.removeprefix("file://")


def _translated(error: OSError, path: str) -> Exception:
    kind = {
        FileNotFoundError: errors.NotFoundError,
        FileExistsError: errors.AlreadyExistsError,
        PermissionError: errors.PermissionDeniedError,
        NotADirectoryError: errors.FailedPreconditionError,
        IsADirectoryError: errors.FailedPreconditionError,
    }.get(type(error), errors.UnknownError)
    return kind(None, None, f"{path}; {error.strerror}")


def _guarded(call: Callable[..., Any], path: str, *args: Any) -> Any:
    try:
        return call(path, *args)
    except OSError as error:
        raise _translated(error, path) from None


@export("io.gfile.exists")
def exists(path: Any) -> bool:
    """Whether there is such a file or directory.

    >>> import tfjax as tf
    >>> tf.io.gfile.exists("/")
    True
    """
    return os.path.exists(path_text(path))


@export("io.gfile.isdir")
def isdir(path: Any) -> bool:
    """Whether there is such a directory.

    >>> import tfjax as tf
    >>> tf.io.gfile.isdir("/")
    True
    """
    return os.path.isdir(path_text(path))


@export("io.gfile.listdir")
def listdir(path: Any) -> list[str]:
    """Names in a directory, in no particular order. Raises NotFoundError if there is none."""
    text = path_text(path)
    if not os.path.isdir(text):
        raise errors.NotFoundError(None, None, f"Could not find directory {text}")
    return os.listdir(text)


@export("io.gfile.glob")
def glob(pattern: Any) -> list[str]:
    """Files that match a pattern, or one of several patterns."""
    patterns = pattern if isinstance(pattern, (list, tuple)) else [pattern]
    return [name for p in patterns for name in _glob.glob(path_text(p), include_hidden=True)]


@export("io.gfile.mkdir")
def mkdir(path: Any) -> None:
    """Makes a directory in one that exists; fine if it is there already."""
    text = path_text(path)
    if not os.path.isdir(text):
        _guarded(os.mkdir, text)


@export("io.gfile.makedirs")
def makedirs(path: Any) -> None:
    """Makes a directory and those above it; fine if they are there already."""
    text = path_text(path)
    if not os.path.isdir(text):
        _guarded(os.makedirs, text)


@export("io.gfile.remove")
def remove(path: Any) -> None:
    """Deletes a file. Raises NotFoundError if there is none."""
    _guarded(os.remove, path_text(path))


@export("io.gfile.rmtree")
def rmtree(path: Any) -> None:
    """Deletes a directory and all in it."""
    text = path_text(path)
    if not os.path.exists(text):
        raise errors.NotFoundError(None, None, f"{text} not found")
    if os.path.isdir(text):
        _guarded(shutil.rmtree, text)
    else:
        remove(text)


@export("io.gfile.copy")
def copy(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Copies a file. Raises AlreadyExistsError if `dst` is there and `overwrite` is not set."""
    source, target = path_text(src), path_text(dst)
    if not overwrite and os.path.exists(target):
        raise errors.AlreadyExistsError(None, None, "file already exists")
    _guarded(shutil.copyfile, source, target)


@export("io.gfile.rename")
def rename(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Renames or moves a file or directory; `overwrite` as in `copy`."""
    source, target = path_text(src), path_text(dst)
    if not overwrite and os.path.exists(target):
        raise errors.AlreadyExistsError(None, None, "file already exists")
    _guarded(os.replace, source, target)


class FileStatistics:
    """Size in bytes, time of the last change in nanoseconds, and whether it is a directory."""

    def __init__(self, found: os.stat_result, directory: bool) -> None:
        self.length, self.mtime_nsec, self.is_directory = found.st_size, found.st_mtime_ns, directory


@export("io.gfile.stat")
def stat(path: Any) -> FileStatistics:
    """Facts about a file: `length`, `mtime_nsec`, `is_directory`."""
    text = path_text(path)
    return FileStatistics(_guarded(os.stat, text), os.path.isdir(text))


@export("io.gfile.walk")
def walk(top: Any, topdown: bool = True, onerror: Any = None) -> Iterator[tuple[str, list[str], list[str]]]:
    """(directory, directories in it, files in it) for a directory and all below it."""
    yield from os.walk(path_text(top), topdown, onerror)


@export("io.gfile.join")
def join(path: Any, *paths: Any) -> str:
    """Parts of a path put together; an absolute part starts anew.

    >>> import tfjax as tf
    >>> tf.io.gfile.join("a", "b", "c")
    'a/b/c'
    """
    return os.path.join(path_text(path), *map(path_text, paths))


@export("io.gfile.get_registered_schemes")
def get_registered_schemes() -> list[str]:
    """The kinds of file systems: local ones.

    >>> import tfjax as tf
    >>> tf.io.gfile.get_registered_schemes()
    ['', 'file']
    """
    return ["", "file"]


@export("io.gfile.GFile")
class GFile:
    """A file that opens at its first use; a context manager and an iterator over lines.

    Args:
      name: the path.
      mode: "r", "w", "a", "r+", "w+", "a+", with "b" for bytes instead of text.

    >>> import tempfile, tfjax as tf
    >>> path = tempfile.mkdtemp() + "/a.txt"
    >>> with tf.io.gfile.GFile(path, "w") as f:
    ...     f.write("hello")
    >>> tf.io.gfile.GFile(path).read()
    'hello'
    """

    def __init__(self, name: Any, mode: str = "r") -> None:
        self._name, self._mode = name, mode
        plain = mode.replace("b", "")
        if plain not in ("r", "w", "a", "r+", "w+", "a+"):
            raise errors.InvalidArgumentError(None, None, "mode is not 'r' or 'w' or 'a' or 'r+' or 'w+' or 'a+'")
        self._binary = "b" in mode
        self._reads, self._writes = plain != "w" and plain != "a", plain != "r"
        self._plain = plain
        self._file: Any = None

    @property
    def name(self) -> Any:
        """The path."""
        return self._name

    @property
    def mode(self) -> str:
        """How the file is opened."""
        return self._mode

    def _open(self) -> Any:
        if self._file is None:
            self._file = _guarded(open, path_text(self._name), self._plain + "b")
        return self._file

    def _reading(self) -> Any:
        if not self._reads:
            raise errors.PermissionDeniedError(None, None, "File isn't open for reading")
        return self._open()

    def _text(self, data: bytes) -> Any:
        return data if self._binary else data.decode()

    def read(self, n: int = -1) -> Any:
        """Up to `n` bytes as text (or bytes); all that is left if -1."""
        return self._text(self._reading().read(n))

    def readline(self) -> Any:
        """The next line with its end; empty at the end of the file."""
        return self._text(self._reading().readline())

    def readlines(self) -> list[Any]:
        """All lines that are left."""
        return [self._text(line) for line in self._reading().readlines()]

    def __iter__(self) -> GFile:
        return self

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    next = __next__

    def write(self, file_content: Any) -> None:
        """Writes text or bytes."""
        if not self._writes:
            raise errors.PermissionDeniedError(None, None, "File isn't open for writing")
        self._open().write(file_content.encode() if isinstance(file_content, str) else file_content)

    def seek(self, offset: int | None = None, whence: int = 0, position: int | None = None) -> None:
        """Goes to a place: from the start, from here (1) or from the end (2)."""
        if offset is None and position is None:
            raise TypeError("seek(): offset argument required")
        if whence not in (0, 1, 2):
            raise errors.InvalidArgumentError(None, None, f"Invalid whence argument: {whence}. Valid values are 0, 1, or 2.")
        self._open().seek(position if position is not None else offset, whence)

    def tell(self) -> int:
        """The place in the file, in bytes."""
        return self._open().tell()

    def size(self) -> int:
        """The length of the file in bytes."""
        self.flush()
        return stat(self._name).length

    def seekable(self) -> bool:
        """True."""
        return True

    def flush(self) -> None:
        """Writes what is buffered."""
        if self._file is not None and self._writes:
            self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> GFile:
        if self._writes:
            self._open()
        return self

    def __exit__(self, *details: Any) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_file", None) is not None:
            self._file.close()
