"""keras.datasets and get_file: a stand-in cache is read as Keras reads it; failures leave nothing."""

from __future__ import annotations

import functools
import gzip
import hashlib
import http.server
import os
import pickle
import tarfile
import threading

import numpy as np
import pytest

import tfjax as tf
from tfjax._src.keras.utils import files


@pytest.fixture(scope="module")
def real():
    import tensorflow

    return tensorflow


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "www"
    folder.mkdir()
    handler = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *a: None})
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(folder)))
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_get_file(server, tmp_path, real, capsys):
    folder, url = server
    (folder / "data.txt").write_text("hello")
    digest = hashlib.sha256(b"hello").hexdigest()
    for name, library in (("ours", tf), ("theirs", real)):
        cache = tmp_path / name
        cache.mkdir()
        get = functools.partial(library.keras.utils.get_file, origin=f"{url}/data.txt", cache_dir=str(cache))
        path = get(file_hash=digest)
        assert os.path.relpath(path, cache) == "datasets/data.txt"
        with open(path, "w") as file:
            file.write("damaged")
        assert open(get(file_hash=digest)).read() == "hello"
        assert open(get("other.txt", cache_subdir="sub")).read() == "hello"
        with pytest.raises(ValueError, match="Paths are no longer accepted"):
            get("a/b.txt")
        with pytest.raises(Exception, match="URL fetch failure"):
            library.keras.utils.get_file("x", origin=f"{url}/none", cache_dir=str(cache))
        with pytest.raises(ValueError, match="Incomplete or corrupted"):
            get("wrong.txt", file_hash="0" * 64)
    assert sorted(os.listdir(tmp_path / "ours" / "datasets")) == ["data.txt"]
    assert f"Downloading data from {url}/data.txt" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_archives(server, tmp_path, real):
    folder, url = server
    (folder / "a").mkdir()
    (folder / "a" / "f.txt").write_text("in")
    with tarfile.open(folder / "pack.tar.gz", "w:gz") as archive:
        archive.add(folder / "a", "a")
    for name, library in (("ours", tf), ("theirs", real)):
        cache = tmp_path / name
        cache.mkdir()
        get = functools.partial(library.keras.utils.get_file, origin=f"{url}/pack.tar.gz", extract=True, cache_dir=str(cache))
        assert os.path.relpath(get(), cache) == "datasets/pack.tar.gz"
        assert os.path.relpath(get("named.tar.gz"), cache) == "datasets/named_extracted"
        assert os.path.relpath(get("target"), cache) == "datasets/target"
        assert open(os.path.join(get(), "a", "f.txt")).read() == "in"


@pytest.fixture
def cache(tmp_path, monkeypatch, real):
    """A cache with small stand-ins, whose hashes both libraries accept."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(files, "_is_valid", lambda *a: True)
    from keras.src.utils import file_utils

    monkeypatch.setattr(file_utils, "validate_file", lambda *a, **k: True)
    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path))
    folder = tmp_path / "datasets"
    folder.mkdir()
    random = np.random.RandomState(0)
    images = {"x_train": random.randint(0, 255, (6, 28, 28)), "x_test": random.randint(0, 255, (2, 28, 28))}
    np.savez(folder / "mnist.npz", **images, y_train=np.arange(6), y_test=np.arange(2))
    (folder / "fashion-mnist").mkdir()
    for part, count in (("train", 6), ("t10k", 2)):
        for kind, header, size in (("labels-idx1", 8, 1), ("images-idx3", 16, 784)):
            with gzip.open(folder / "fashion-mnist" / f"{part}-{kind}-ubyte.gz", "wb") as file:
                file.write(bytes(header) + random.bytes(count * size))

    def sequences(n):
        found = np.empty(n, object)
        found[:] = [random.randint(1, 30, 4 + i).tolist() for i in range(n)]
        return found

    np.savez(folder / "imdb.npz", x_train=sequences(8), y_train=np.arange(8) % 2, x_test=sequences(5), y_test=np.arange(5) % 2)
    np.savez(folder / "reuters.npz", x=sequences(9), y=np.arange(9))
    for name in ("boston_housing", "california_housing"):
        np.savez(folder / f"{name}.npz", x=random.rand(20, 3), y=random.rand(20))
    tens = folder / "cifar-10-batches-py-target" / "cifar-10-batches-py"
    hundred = folder / "cifar-100-python-target" / "cifar-100-python"
    for where, names, keys in ((tens, [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"], [b"labels"]),
                               (hundred, ["train", "test"], [b"fine_labels", b"coarse_labels"])):
        where.mkdir(parents=True)
        (folder / f"{where.parent.name}_archive").write_bytes(b"")
        for name in names:
            count = 10000
            content = {b"data": np.tile(random.randint(0, 255, (10, 3072)).astype("uint8"), (count // 10, 1))}
            content.update({k: (np.arange(count) % 10).tolist() for k in keys})
            with open(where / name, "wb") as file:
                pickle.dump(content, file, protocol=3)
    return folder


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("mnist", {}), ("fashion_mnist", {}), ("imdb", {}), ("imdb", {"num_words": 12, "skip_top": 3, "maxlen": 9}),
        ("imdb", {"start_char": None, "oov_char": None, "num_words": 15}), ("reuters", {}), ("reuters", {"num_words": 9, "test_split": 0.5}),
        ("boston_housing", {"seed": 3}), ("california_housing", {"version": "small"}), ("cifar10", {}), ("cifar100", {"label_mode": "coarse"}),
    ],
)
def test_datasets(name, arguments, cache, real):
    ours = getattr(tf.keras.datasets, name).load_data(**arguments)
    theirs = getattr(real.keras.datasets, name).load_data(**arguments)
    for mine, other in zip((a for pair in ours for a in pair), (a for pair in theirs for a in pair)):
        assert mine.shape == other.shape and mine.dtype == other.dtype
        assert (mine == other).all()


def test_bad_input(cache):
    with pytest.raises(ValueError, match="test_split"):
        tf.keras.datasets.boston_housing.load_data(test_split=2)
    with pytest.raises(ValueError, match="label_mode"):
        tf.keras.datasets.cifar100.load_data("all")
    with pytest.raises(ValueError, match="no sequence was kept"):
        tf.keras.datasets.imdb.load_data(maxlen=2)
