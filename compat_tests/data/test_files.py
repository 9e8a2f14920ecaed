"""Datasets of files: records, lines, bytes; save, load, snapshot, cache. TensorFlow reads our records."""

import gzip

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf
from compat_tests.results import failure


def _values(data):
    return [e.numpy() for e in data]


@pytest.mark.parametrize("compression", ["", "GZIP", "ZLIB"])
def test_records_travel_both_ways(tmp_path, compression):
    items = [b"", b"one", bytes(range(256)) * 50]
    for writer_tf in (our_tf(), real_tf()):
        path = str(tmp_path / writer_tf.__name__)
        with writer_tf.io.TFRecordWriter(path, writer_tf.io.TFRecordOptions(compression)) as writer:
            for item in items:
                writer.write(item)
        for reader_tf in (our_tf(), real_tf()):
            assert _values(reader_tf.data.TFRecordDataset([path], compression)) == items


def test_damaged_records(tmp_path):
    path = tmp_path / "records"
    with our_tf().io.TFRecordWriter(str(path)) as writer:
        writer.write(b"some bytes")
    whole = path.read_bytes()

    def outcome(tf):
        try:
            return _values(tf.data.TFRecordDataset(str(path)))
        except Exception as error:
            return failure(error)

    for data in (whole[:-3], whole[:5], whole[:12], whole[:14] + b"X" + whole[15:], b"\1" + whole[1:], whole + whole[:20]):
        path.write_bytes(data)
        assert outcome(our_tf()) == outcome(real_tf())
    path.unlink()
    assert outcome(our_tf()) == outcome(real_tf())


def test_lines_and_bytes(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"one\r\ntwo\n\nlast")
    (tmp_path / "b.txt").write_bytes(b"x\ny\nz\n")
    with gzip.open(tmp_path / "c.gz", "wb") as file:
        file.write(b"packed\nlines\n")
    (tmp_path / "d.bin").write_bytes(b"HHaabbccF")
    root = str(tmp_path)

    def case(tf):
        data = tf.data
        yield _values(data.TextLineDataset([root + "/a.txt", root + "/b.txt"]))
        yield _values(data.TextLineDataset(data.Dataset.from_tensor_slices([root + "/b.txt"])))
        yield _values(data.TextLineDataset([root + "/a.txt", root + "/b.txt"], num_parallel_reads=2))
        yield _values(data.TextLineDataset(root + "/c.gz", compression_type="GZIP"))
        yield _values(data.FixedLengthRecordDataset(root + "/d.bin", 2, header_bytes=2, footer_bytes=1))
        yield repr(data.TextLineDataset(root + "/b.txt")), repr(data.TFRecordDataset(root))
        yield _values(data.Dataset.list_files(root + "/*.txt", shuffle=False))
        tf.random.set_seed(1)
        names = data.Dataset.list_files([root + "/*.txt", root + "/*.bin"])
        yield _values(names), _values(names), len(names)
        for make in (
            lambda: list(data.FixedLengthRecordDataset(root + "/d.bin", 5)),
            lambda: data.Dataset.list_files(root + "/*.none"),
        ):
            try:
                make()
            except Exception as error:
                yield failure(error)

    ours, theirs = (list(case(tf)) for tf in (our_tf(), real_tf()))
    for mine, real in zip(ours, theirs, strict=True):
        assert mine == real


def test_save_load_and_snapshot(tmp_path):
    tf = our_tf()
    data = tf.data.Dataset.range(5).map(lambda x: {"x": x, "s": (tf.strings.as_string(x), tf.cast(x, tf.bfloat16))})
    data.save(str(tmp_path / "saved"), compression="GZIP", shard_func=lambda d: d["x"] % 2)
    loaded = tf.data.Dataset.load(str(tmp_path / "saved"))
    assert loaded.element_spec == data.element_spec and len(loaded) == 5
    assert sorted(int(e["x"]) for e in loaded) == list(range(5))
    assert next(iter(loaded))["s"][0].numpy() == b"0"
    calls = []

    def count(x):
        calls.append(1)
        return x * 2

    base = tf.data.Dataset.range(3).map(count)
    for kept in (base.snapshot(str(tmp_path / "snap")), base.cache(str(tmp_path / "cache")), base.cache()):
        calls.clear()
        for _ in range(2):
            assert [int(v) for v in kept] == [0, 2, 4]
        assert len(calls) <= 4  # once for the specs at most
    with pytest.raises(tf.errors.NotFoundError):
        tf.data.Dataset.load(str(tmp_path / "none"))


def test_threads_keep_order_and_pass_errors():
    tf = our_tf()
    import time

    def slow(x):
        time.sleep(0.001)
        return x

    base = tf.data.Dataset.range(40)
    assert [int(v) for v in base.map(slow, num_parallel_calls=4).prefetch(3)] == list(range(40))
    assert sorted(int(v) for v in base.map(slow, num_parallel_calls=4, deterministic=False)) == list(range(40))

    def bad(x):
        if int(x) == 7:
            raise ValueError("seven")
        return x

    iterator = iter(base.map(bad).prefetch(4))
    assert [int(next(iterator)) for _ in range(7)] == list(range(7))
    with pytest.raises(ValueError, match="seven"):
        next(iterator)
    endless = iter(tf.data.Dataset.counter().prefetch(10))
    assert [int(next(endless)) for _ in range(3)] == [0, 1, 2]
    assert np.ndim(next(endless).numpy()) == 0


def test_csv(tmp_path):
    head = "id,name,score,flag\n"
    rows = "".join(f"{i},n{i},{i * 1.5},{'x' if i % 2 else ''}\n" for i in range(10))
    (tmp_path / "a.csv").write_text(head + rows)
    (tmp_path / "b.csv").write_text(head + "".join(f'{i},"m, ""{i}""",{i * 2},y\n' for i in range(20, 24)))
    a, b, both = (str(tmp_path / n) for n in ("a.csv", "b.csv", "*.csv"))
    cases = [
        lambda X, tf: X.CsvDataset(a, [tf.int32, tf.string, tf.float32, ""], header=True),
        lambda X, tf: X.CsvDataset([a, b], [0, tf.float32], header=True, select_cols=[0, 2]),
        lambda X, tf: X.CsvDataset(b, [0, tf.float64], header=True, exclude_cols=[1, 3]),
        lambda X, tf: X.CsvDataset(b, [0, tf.float32], header=True),
        lambda X, tf: X.CsvDataset(a, [tf.int32, tf.string, tf.float32, tf.string], header=True),
        lambda X, tf: X.make_csv_dataset(both, 3, label_name="score", num_epochs=1, shuffle=False),
        lambda X, tf: X.make_csv_dataset(a, 4, num_epochs=1, shuffle=True, shuffle_seed=3),
        lambda X, tf: X.make_csv_dataset(a, 4, num_epochs=2, shuffle=False, select_columns=["id", "score"], column_defaults=[tf.float32, -1.0]),
        lambda X, tf: X.make_csv_dataset(a, 4, shuffle=False).take(3),
        lambda X, tf: X.make_csv_dataset(a, 4, column_names=["p", "q", "r", "s"], header=False).take(0),
        lambda X, tf: X.make_csv_dataset(a, 4, label_name="zz"),
        lambda X, tf: X.make_csv_dataset(str(tmp_path / "none"), 4),
    ]

    def outcome(tf, case):
        try:
            data = case(tf.data.experimental, tf)
            return repr(data.element_spec), [str(e) for e in data.as_numpy_iterator()], int(data.cardinality())
        except Exception as error:
            return failure(error)

    for case in cases:
        assert outcome(our_tf(), case) == outcome(real_tf(), case)
