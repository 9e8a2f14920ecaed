"""tf.io next to TensorFlow: gfile, files, codecs, CSV, examples and sequences."""

import gzip
import zlib

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf
from compat_tests.results import differences, failure, record


def compare(case, *args):
    """Runs `case(tf, *args)`, a function or a generator of functions' values, under both libraries."""
    outcomes = []
    for tf in (our_tf(), real_tf()):
        try:
            outcomes.append(record(case(tf, *args)))
        except Exception as error:
            outcomes.append(failure(error))
    ours, theirs = outcomes
    if type(theirs).__name__ == "Failure" or type(ours).__name__ == "Failure":
        assert ours == theirs
        return
    message = differences(ours, theirs, None, 1.0)
    assert message is None, message


def feature(tf, *values):
    if isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if isinstance(values[0], float):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def example(tf, **features):
    found = {k: feature(tf, *v) if v else tf.train.Feature() for k, v in features.items()}
    return tf.train.Example(features=tf.train.Features(feature=found)).SerializeToString()


def rows(tf):
    return [example(tf, a=[1], b=[1.5, 2.5], c=[b"x", b"y"]), example(tf, a=[2], b=[3.0, 4.0], c=[])]


def sparse_rows(tf):
    return [example(tf, i=[3, 1], v=[0.5, 0.25]), example(tf, i=[2], v=[1.0])]


def ragged_rows(tf):
    return [example(tf, v=[1, 2, 3], r=[0, 2, 3]), example(tf, v=[4], r=[0, 0, 1])]


def sequence(tf):
    lists = tf.train.FeatureLists(feature_list={
        "t": tf.train.FeatureList(feature=[feature(tf, 1, 2), feature(tf, 3, 4)]),
        "w": tf.train.FeatureList(feature=[feature(tf, b"a"), feature(tf, b"b", b"c")]),
    })  # fmt: skip
    context = tf.train.Features(feature={"n": feature(tf, 2)})
    return tf.train.SequenceExample(context=context, feature_lists=lists).SerializeToString()


CASES = {
    "example_text": lambda tf: str(tf.train.Example.FromString(example(tf, a=[1, -2]))),
    "example_fields": lambda tf: list(tf.train.Example.FromString(rows(tf)[0]).features.feature["b"].float_list.value),
    "single": lambda tf: tf.io.parse_single_example(rows(tf)[0], {
        "a": tf.io.FixedLenFeature([], tf.int64), "b": tf.io.FixedLenFeature([2], tf.float32), "c": tf.io.VarLenFeature(tf.string),
        "d": tf.io.FixedLenFeature([2], tf.string, default_value=["-", "+"]), "e": tf.io.FixedLenFeature((), tf.float32, 2.5),
    }),
    "batch": lambda tf: tf.io.parse_example(rows(tf), {
        "a": tf.io.FixedLenFeature([1], tf.int64), "b": tf.io.FixedLenFeature([2], tf.float32), "c": tf.io.VarLenFeature(tf.string),
    }),
    "missing": lambda tf: tf.io.parse_single_example(rows(tf)[0], {"q": tf.io.FixedLenFeature([], tf.int64)}),
    "missing_batch": lambda tf: tf.io.parse_example(rows(tf), {"q": tf.io.FixedLenFeature([], tf.int64)}),
    "dtype": lambda tf: tf.io.parse_single_example(rows(tf)[0], {"a": tf.io.FixedLenFeature([], tf.float32)}),
    "dtype_batch": lambda tf: tf.io.parse_example(rows(tf), {"a": tf.io.FixedLenFeature([], tf.float32)}),
    "shape": lambda tf: tf.io.parse_single_example(rows(tf)[0], {"b": tf.io.FixedLenFeature([3], tf.float32)}),
    "shape_batch": lambda tf: tf.io.parse_example(rows(tf), {"b": tf.io.FixedLenFeature([3], tf.float32)}),
    "padded": lambda tf: tf.io.parse_example(rows(tf), {
        "b": tf.io.FixedLenSequenceFeature([], tf.float32, allow_missing=True),
        "c": tf.io.FixedLenSequenceFeature([], tf.string, allow_missing=True, default_value="-"),
    }),
    "padded_single": lambda tf: tf.io.parse_single_example(
        rows(tf)[0], {"b": tf.io.FixedLenSequenceFeature([2], tf.float32, allow_missing=True)}
    ),
    "padded_refused": lambda tf: tf.io.parse_single_example(rows(tf)[0], {"b": tf.io.FixedLenSequenceFeature([2], tf.float32)}),
    "ragged": lambda tf: tf.io.parse_example(rows(tf), {"c": tf.io.RaggedFeature(tf.string)}),
    "ragged_single": lambda tf: tf.io.parse_single_example(rows(tf)[0], {"c": tf.io.RaggedFeature(tf.string)}),
    "ragged_partitions": lambda tf: tf.io.parse_example(
        ragged_rows(tf), {"x": tf.io.RaggedFeature(tf.int64, "v", [tf.io.RaggedFeature.RowSplits("r")])}
    ),
    "ragged_single_partitions": lambda tf: tf.io.parse_single_example(
        ragged_rows(tf)[0], {"x": tf.io.RaggedFeature(tf.int64, "v", [tf.io.RaggedFeature.RowSplits("r")], tf.int64)}
    ),
    "sparse": lambda tf: tf.io.parse_example(sparse_rows(tf), {"s": tf.io.SparseFeature("i", "v", tf.float32, 10)}),
    "sparse_single": lambda tf: tf.io.parse_single_example(sparse_rows(tf)[0], {"s": tf.io.SparseFeature("i", "v", tf.float32, 10)}),
    "sequence": lambda tf: tf.io.parse_single_sequence_example(
        sequence(tf), {"n": tf.io.FixedLenFeature([], tf.int64)},
        {"t": tf.io.FixedLenSequenceFeature([2], tf.int64), "w": tf.io.VarLenFeature(tf.string)},
    ),
    "sequences": lambda tf: tf.io.parse_sequence_example(
        [sequence(tf)] * 2, {"n": tf.io.FixedLenFeature([], tf.int64)},
        {"t": tf.io.FixedLenSequenceFeature([2], tf.int64), "w": tf.io.RaggedFeature(tf.string)},
    ),
    "serialize": lambda tf: [tf.io.serialize_tensor(x) for x in (
        [[1, 2]], 1.5, ["a", "bc"], [True, False], tf.constant([1, 2], tf.uint8), tf.constant([1.0], tf.bfloat16),
        tf.constant([1.0], tf.float16), tf.zeros([0]), tf.constant([1 + 2j]), tf.constant([2**40]),
    )],
    "parse_tensor": lambda tf: [tf.io.parse_tensor(tf.io.serialize_tensor(x), x.dtype) for x in (
        tf.constant([[1.5]]), tf.constant(["a", "b"]), tf.constant([1 + 2j]), tf.zeros([0, 3], tf.int64),
    )],
    "parse_tensor_dtype": lambda tf: tf.io.parse_tensor(tf.io.serialize_tensor([1.0]), tf.int32),
    "parse_tensor_garbage": lambda tf: tf.io.parse_tensor(b"xyz", tf.int32),
    "parse_tensor_theirs": lambda tf: tf.io.parse_tensor(
        real_tf().make_tensor_proto(np.ones([2, 3], np.float32)).SerializeToString(), tf.float32
    ),
    "decode_raw": lambda tf: [
        tf.io.decode_raw([b"\1\2\3\4"], tf.uint8), tf.io.decode_raw(b"\1\2\3\4", tf.uint16),
        tf.io.decode_raw(b"\1\2\3\4", tf.uint16, little_endian=False), tf.io.decode_raw([b"\1\2\3", b"\1"], tf.uint8, fixed_length=2),
        tf.io.decode_raw([[b"abcd"], [b"efgh"]], tf.float32),
    ],
    "decode_raw_sizes": lambda tf: tf.io.decode_raw([b"\1\2\3", b"\1"], tf.uint8),
    "decode_raw_odd": lambda tf: tf.io.decode_raw([b"\1\2\3"], tf.uint16),
    "csv": lambda tf: tf.io.decode_csv(['1,2.5,abc', '4,,"x,""y"""'], [[0], [9.0], [""]]),
    "csv_scalar": lambda tf: tf.io.decode_csv("1, 2", [[0], [tf.constant(0, tf.int64)]]),
    "csv_options": lambda tf: tf.io.decode_csv(["1;NA;3"], [[0], [5]], field_delim=";", na_value="NA", select_cols=[1, 2]),
    "csv_count": lambda tf: tf.io.decode_csv(["1,2"], [[0]]),
    "csv_required": lambda tf: tf.io.decode_csv(["1,"], [tf.constant([], tf.int32), tf.constant([], tf.float32)]),
    "csv_number": lambda tf: tf.io.decode_csv(["x"], [[0]]),
    "base64": lambda tf: [
        tf.io.encode_base64([b"ab?>~"]), tf.io.encode_base64(b"ab", pad=True), tf.io.decode_base64("YWI"), tf.io.decode_base64("YWI="),
    ],
    "compressed": lambda tf: [
        tf.io.decode_compressed([zlib.compress(b"hi")], "ZLIB"), tf.io.decode_compressed(gzip.compress(b"hi"), "GZIP"), tf.io.decode_compressed(b"hi"),
    ],
    "default_size": lambda tf: tf.io.parse_single_example(rows(tf)[0], {"d": tf.io.FixedLenFeature([2], tf.string, "-")}),
    "json": lambda tf: tf.io.parse_single_example(
        tf.io.decode_json_example('{"features":{"feature":{"a":{"int64List":{"value":["1"]}}}}}'),
        {"a": tf.io.FixedLenFeature([], tf.int64)},
    ),
    "features": lambda tf: repr([
        tf.io.FixedLenFeature([], tf.int64), tf.io.VarLenFeature(tf.string), tf.io.RaggedFeature(tf.string),
        tf.io.SparseFeature("i", "v", tf.float32, 10), tf.io.FixedLenSequenceFeature([2], tf.int64),
    ]),
    "tensor_proto": lambda tf: [str(tf.make_tensor_proto([1, 2])), tf.make_ndarray(tf.make_tensor_proto([[1.0, 2.0]]))],
}


@pytest.mark.parametrize("name", list(CASES))
def test_case(name):
    compare(CASES[name])


def test_parsing_in_a_pipeline():
    def case(tf):
        data = tf.data.Dataset.from_tensor_slices(rows(tf) * 3)
        spec = {"a": tf.io.FixedLenFeature([], tf.int64), "c": tf.io.VarLenFeature(tf.string)}
        one = [e["a"] for e in data.map(lambda s: tf.io.parse_single_example(s, spec))]
        many = [tf.sparse.to_dense(e["c"]) for e in data.batch(2).map(lambda s: tf.io.parse_example(s, spec))]
        return one, many

    compare(case)


GFILE = {
    "exists": lambda g, d: [g.exists(d), g.exists(d + "/no"), g.isdir(d), g.isdir(d + "/a.txt")],
    "listdir": lambda g, d: sorted(g.listdir(d)),
    "listdir_missing": lambda g, d: g.listdir("/missing/dir"),
    "glob": lambda g, d: [sorted(x[len(d):] for x in g.glob(p)) for p in (d + "/*", [d + "/*.txt", d + "/sub/*"], d + "/*.no")],
    "walk": lambda g, d: [(a[len(d):], sorted(b), sorted(c)) for top in (True, False) for a, b, c in g.walk(d, topdown=top)],
    "make": lambda g, d: [g.mkdir(d + "/sub"), g.makedirs(d + "/x/y"), g.exists(d + "/x/y")],
    "mkdir_parent": lambda g, d: g.mkdir("/missing/x/y"),
    "copy": lambda g, d: [g.copy(d + "/a.txt", d + "/c.txt"), g.exists(d + "/c.txt"), g.copy(d + "/a.txt", d + "/c.txt", overwrite=True)],
    "copy_over": lambda g, d: g.copy(d + "/a.txt", d + "/sub/b.txt"),
    "copy_missing": lambda g, d: g.copy("/missing", d + "/c.txt"),
    "rename": lambda g, d: [g.rename(d + "/a.txt", d + "/r.txt"), g.exists(d + "/a.txt"), g.exists(d + "/r.txt")],
    "rename_over": lambda g, d: g.rename(d + "/a.txt", d + "/sub/b.txt"),
    "remove": lambda g, d: [g.remove(d + "/a.txt"), g.exists(d + "/a.txt")],
    "remove_missing": lambda g, d: g.remove("/missing"),
    "rmtree": lambda g, d: [g.rmtree(d + "/sub"), g.exists(d + "/sub")],
    "rmtree_missing": lambda g, d: g.rmtree("/missing"),
    "stat": lambda g, d: [g.stat(d + "/a.txt").length, g.stat(d).is_directory, g.stat(d + "/a.txt").mtime_nsec > 0],
    "stat_missing": lambda g, d: g.stat("/missing"),
    "join": lambda g, d: [g.join("a", "b"), g.join("/a", "/b"), g.join("a", "b", "c")],
    "read": lambda g, d: [g.GFile(d + "/a.txt").read(), g.GFile(d + "/a.txt", "rb").read(3), g.GFile(d + "/a.txt").readlines()],
    "lines": lambda g, d: [list(g.GFile(d + "/a.txt")), g.GFile(d + "/a.txt").readline(), g.GFile(d + "/a.txt").size()],
    "read_missing": lambda g, d: g.GFile("/missing").read(),
    "mode": lambda g, d: g.GFile(d + "/a.txt", "q").read(),
    "read_of_writer": lambda g, d: g.GFile(d + "/a.txt", "w").read(),
    "write_of_reader": lambda g, d: g.GFile(d + "/a.txt", "r").write("x"),
}


@pytest.mark.parametrize("name", list(GFILE))
def test_gfile(name, tmp_path):
    def case(tf):
        root = tmp_path / tf.__name__
        (root / "sub").mkdir(parents=True)
        (root / "a.txt").write_text("one\ntwo\nthree")
        (root / "sub" / "b.txt").write_text("b")
        return GFILE[name](tf.io.gfile, str(root))

    compare(case)


def test_files(tmp_path):
    def case(tf):
        path = str(tmp_path / tf.__name__ / "new" / "z.bin")
        tf.io.write_file(path, b"\0xx")
        with tf.io.gfile.GFile(path, "ab") as file:
            file.write(b"def")
            file.flush()
        with tf.io.gfile.GFile(path, "rb") as file:
            file.seek(2)
            part, place = file.read(2), file.tell()
        names = tf.io.matching_files([str(tmp_path / tf.__name__ / "*"), "/missing/*"])
        return tf.io.read_file(path), part, place, len(names)

    compare(case)
    compare(lambda tf: tf.io.read_file("/missing/file"))
    compare(lambda tf: tf.io.read_file(["a", "b"]))
