"""keras.utils.get_file: downloads that are checked, kept and extracted."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.utils.progbar import Progbar

_CHUNK = 65536


def keras_home() -> str:
    """Where Keras keeps files: KERAS_HOME, or `.keras` in the home directory."""
    return os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")


@export("keras.utils.get_file")
def get_file(
    fname: Any = None, origin: str | None = None, untar: bool = False, md5_hash: str | None = None, file_hash: str | None = None,
    cache_subdir: str = "datasets", hash_algorithm: str = "auto", extract: bool = False, archive_format: Any = "auto",
    cache_dir: Any = None, force_download: bool = False,
) -> str:
    """Downloads a file once into the cache and returns its path.

    Args:
      fname: its name in the cache; by default that of the URL.
      origin: the URL.
      untar, extract: unpack it as an archive; the path returned is then the directory.
      md5_hash, file_hash: expected hash; a cached file with another is downloaded again.
      cache_subdir: folder below the cache.
      hash_algorithm: "md5", "sha256" or "auto".
      archive_format: "tar", "zip", a list of these, "auto" or None.
      cache_dir: the cache; KERAS_HOME or `~/.keras` by default.
      force_download: download even if it is there.

    Raises:
      ValueError: no `origin`, a path as `fname`, or a download whose hash is wrong.
      Exception: the download failed; nothing is left behind.
    """
    if origin is None:
        raise ValueError('Please specify the "origin" argument (URL of the file to download).')
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    folder = _folder(cache_dir, cache_subdir)
    name = os.fspath(fname) if fname else os.path.basename(urllib.parse.urlsplit(origin).path)
    if not name:
        raise ValueError(f"Can't parse the file name from the origin provided: '{origin}'. Please specify the `fname` argument.")
    if os.sep in name:
        raise ValueError(
            "Paths are no longer accepted as the `fname` argument. To specify the file's parent directory, use the "
            f"`cache_dir` argument. Received: fname={fname}"
        )
    target = os.path.join(folder, name)
    directory = ""
    if extract or untar:
        target, directory = _archive_names(folder, name, bool(fname))
    if force_download or not os.path.exists(target) or not _is_valid(target, file_hash, hash_algorithm):
        _download(origin, target, file_hash, hash_algorithm)
    if directory:
        if not os.path.exists(directory):
            _extract(target, directory, "tar" if untar and not extract else archive_format)
        return directory
    return target


def _folder(cache_dir: Any, subdirectory: str) -> str:
    base = os.path.expanduser(os.fspath(cache_dir or keras_home()))
    if cache_dir is None:
        os.makedirs(base, exist_ok=True)
    if not os.access(base, os.W_OK):
        base = os.path.join(tempfile.gettempdir(), ".keras")
    folder = os.path.join(base, subdirectory)
    os.makedirs(folder, exist_ok=True)
    return folder


def _archive_names(folder: str, name: str, given: bool) -> tuple[str, str]:
    """(archive, directory) as Keras names them."""
    if given and "." in name:
        return os.path.join(folder, name), os.path.join(folder, f"{name.partition('.')[0]}_extracted")
    return os.path.join(folder, f"{name}_archive"), os.path.join(folder, name)


def _digest(path: str, algorithm: str, expected: str) -> str:
    long = algorithm == "sha256" or algorithm == "auto" and len(expected) == 64
    digest = hashlib.sha256() if long else hashlib.md5(usedforsecurity=False)
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _is_valid(path: str, expected: str | None, algorithm: str) -> bool:
    if expected is None or _digest(path, algorithm, expected) == expected:
        return True
    print(
        "A local file was found, but it seems to be incomplete or outdated because the "
        f"{algorithm} file hash does not match the original value of {expected} so we will re-download the data."
    )
    return False


def _download(origin: str, target: str, expected: str | None, algorithm: str) -> None:
    print(f"Downloading data from {origin}")
    handle, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(target)}.", dir=os.path.dirname(target))
    try:
        with os.fdopen(handle, "wb") as file:
            _fetch(origin, file)
        if expected is not None and _digest(temporary, algorithm, expected) != expected:
            raise ValueError(f"Incomplete or corrupted file detected. The {algorithm} file hash does not match the provided value of {expected}.")
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def _fetch(origin: str, file: Any) -> None:
    try:
        with urllib.request.urlopen(origin) as response:
            size = response.headers.get("Content-Length")
            bar, done = Progbar(None if size is None else int(size)), 0
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                done += len(chunk)
                bar.update(done)
    except urllib.error.HTTPError as error:
        error.close()
        raise Exception(f"URL fetch failure on {origin}: {error.code} -- {error.msg}") from None
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        raise Exception(
            f"URL fetch failure on {origin}: {getattr(error, 'errno', None)} -- {reason}. Without a network, put the file "
            "into the cache by hand."
        ) from None


def _extract(archive: str, directory: str, kinds: Any) -> None:
    """Unpacks into a temporary directory, then renames it."""
    wanted = ("tar", "zip") if kinds == "auto" else (kinds,) if isinstance(kinds, str) else tuple(kinds or ())
    temporary = tempfile.mkdtemp(prefix=f".{os.path.basename(directory)}.", dir=os.path.dirname(directory))
    try:
        for kind in wanted:
            if kind == "tar" and tarfile.is_tarfile(archive):
                with tarfile.open(archive) as packed:
                    packed.extractall(temporary, filter="data")
                break
            if kind == "zip" and zipfile.is_zipfile(archive):
                with zipfile.ZipFile(archive) as packed:
                    packed.extractall(temporary)
                break
            if kind not in ("tar", "zip"):
                raise NotImplementedError(kind)
        else:
            return
        os.chmod(temporary, 0o755)
        os.replace(temporary, directory)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
