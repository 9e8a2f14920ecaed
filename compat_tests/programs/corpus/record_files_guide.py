"""Features to Examples, Examples to record files and back, by tf.io and tf.data."""

import os
import tempfile

import numpy as np
import tensorflow as tf

folder = tempfile.mkdtemp()


def bytes_feature(value):
    if isinstance(value, type(tf.constant(0))):
        value = value.numpy()
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def float_feature(value):
    return tf.train.Feature(float_list=tf.train.FloatList(value=[value]))


def int64_feature(value):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[value if isinstance(value, float) else int(value)]))


print(bytes_feature(b"text"), float_feature(0.5), int64_feature(True))
try:
    int64_feature(1.5)
except TypeError:
    print("TypeError")

count = 1000
rng = np.random.RandomState(0)
flags, numbers = rng.choice([False, True], count), rng.randint(0, 5, count)
names = np.array([b"cat", b"dog", b"chicken", b"horse", b"goat"])[numbers]
values = rng.randn(count).astype("float32")


def serialize(flag, number, name, value):
    feature = {
        "flag": int64_feature(flag), "number": int64_feature(number), "name": bytes_feature(name), "value": float_feature(value),
    }
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


one = serialize(False, 4, b"goat", 0.9876)
message = tf.train.Example.FromString(one)
print(sorted(message.features.feature), message.features.feature["name"].bytes_list.value, round(message.features.feature["value"].float_list.value[0], 4))

dataset = tf.data.Dataset.from_tensor_slices((flags, numbers, names, values))
print(dataset)


def tf_serialize(*features):
    return tf.reshape(tf.py_function(lambda *f: serialize(*[v.numpy() for v in f]), features, tf.string), ())


serialized = dataset.map(tf_serialize)
print(serialized.element_spec)
path = os.path.join(folder, "a.tfrecord")
with tf.io.TFRecordWriter(path) as writer:
    for record in serialized:
        writer.write(record.numpy())
print("bytes", os.path.getsize(path))

description = {
    "flag": tf.io.FixedLenFeature([], tf.int64, default_value=0),
    "number": tf.io.FixedLenFeature([], tf.int64, default_value=0),
    "name": tf.io.FixedLenFeature([], tf.string, default_value=""),
    "value": tf.io.FixedLenFeature([], tf.float32, default_value=0.0),
}
parsed = tf.data.TFRecordDataset([path]).map(lambda record: tf.io.parse_single_example(record, description))
for item in parsed.take(2):
    print({key: item[key].numpy() for key in sorted(item)})
batch = next(iter(tf.data.TFRecordDataset(path).batch(4).map(lambda r: tf.io.parse_example(r, description))))
print(batch["name"].numpy(), batch["number"].numpy())
print("sum", int(parsed.map(lambda e: e["number"]).reduce(np.int64(0), lambda a, b: a + b)), numbers.sum())

packed = os.path.join(folder, "b.tfrecord")
with tf.io.TFRecordWriter(packed, tf.io.TFRecordOptions(compression_type="GZIP")) as writer:
    for matrix in (np.eye(2, dtype="float32"), np.ones((2, 3), "float32")):
        writer.write(tf.io.serialize_tensor(matrix).numpy())
for record in tf.data.TFRecordDataset(packed, compression_type="GZIP"):
    print(tf.io.parse_tensor(record, tf.float32).numpy())
print(sorted(tf.io.gfile.listdir(folder)), tf.io.gfile.exists(path), tf.io.gfile.stat(path).length == os.path.getsize(path))
tf.io.gfile.rmtree(folder)
try:
    tf.io.read_file(path)
except tf.errors.NotFoundError as error:
    print("NotFoundError", "No such file" in str(error))
