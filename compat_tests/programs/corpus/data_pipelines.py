"""tf.data: sources, transformations, structures, windows, iterators."""

import numpy as np
import tensorflow as tf

np.set_printoptions(precision=4)
dataset = tf.data.Dataset.from_tensor_slices([8, 3, 0, 8, 2, 1])
print(dataset)
for elem in dataset:
    print(elem.numpy(), end=" ")
it = iter(dataset)
print(next(it).numpy(), dataset.reduce(0, lambda state, value: state + value).numpy())

tf.random.set_seed(5)
dataset1 = tf.data.Dataset.from_tensor_slices(tf.random.uniform([4, 10], minval=1, maxval=10, dtype=tf.int32))
print(dataset1.element_spec)
dataset2 = tf.data.Dataset.from_tensor_slices({"a": tf.range(4), "b": tf.ones([4, 3])})
dataset3 = tf.data.Dataset.zip((dataset1, dataset2))
print(dataset3.element_spec)
for a, d in dataset3.take(2):
    print("shapes: {a.shape}, {b.shape}, {c}".format(a=a, b=d["b"], c=sorted(d)))


def count(stop):
    i = 0
    while i < stop:
        yield i
        i += 1


ds_counter = tf.data.Dataset.from_generator(count, args=[25], output_types=tf.int32, output_shapes=())
for count_batch in ds_counter.repeat().batch(10).take(3):
    print(count_batch.numpy())


def gen_series():
    i = 0
    for size in (3, 1, 4, 2, 5):
        yield i, np.arange(size) * 0.5
        i += 1


ds_series = tf.data.Dataset.from_generator(
    gen_series, output_signature=(tf.TensorSpec(shape=(), dtype=tf.int32), tf.TensorSpec(shape=(None,), dtype=tf.float32)))
for ids, sequences in ds_series.padded_batch(3, padding_values=(None, -1.0)):
    print(ids.numpy())
    print(sequences.numpy())

range_ds = tf.data.Dataset.range(20)
batches = range_ds.batch(6, drop_remainder=True)
print([tuple(b.shape) for b in batches], batches.cardinality().numpy(), len(range_ds))
for features, label in batches.map(lambda b: (b[:-1], b[1:])).take(1):
    print(features.numpy(), "=>", label.numpy())
windows = range_ds.window(5, shift=4, stride=2, drop_remainder=True)
for sub in windows.flat_map(lambda w: w.batch(5, drop_remainder=True)):
    print(sub.numpy(), end=" ")
print()
print(list(range_ds.filter(lambda x: x % 3 == 1).map(lambda x: x * x).as_numpy_iterator()))
print(list(range_ds.shuffle(7, seed=1, reshuffle_each_iteration=False).take(8).as_numpy_iterator()))
print([list(range_ds.take(3).concatenate(range_ds.skip(18)).as_numpy_iterator()), list(range_ds.shard(6, 2).as_numpy_iterator())])
interleaved = tf.data.Dataset.range(1, 4).interleave(
    lambda x: tf.data.Dataset.from_tensors(x).repeat(3), cycle_length=2, block_length=2)
print([int(x) for x in interleaved])
for n, (i, x) in enumerate(tf.data.Dataset.from_tensor_slices(["x", "y"]).enumerate(start=7)):
    print(n, i.numpy(), x.numpy())
cached = tf.data.Dataset.range(3).map(lambda x: x + 1, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).cache().prefetch(1)
print(list(cached.unbatch().as_numpy_iterator()) if False else list(cached.as_numpy_iterator()))


def add_noise(x, seed):
    return x + tf.random.stateless_uniform(tf.shape(x), seed, maxval=3, dtype=tf.int64)


seeds = tf.data.Dataset.random(seed=3).take(4).batch(2)
print(next(iter(tf.data.Dataset.zip((range_ds.batch(4), seeds)).map(add_noise))).numpy() >= 0)
print(tf.data.Dataset.range(10).scan(tf.constant(0, tf.int64), lambda s, x: (s + x, s + x)).take_while(lambda s: s < 20).batch(10).get_single_element().numpy())
py = tf.data.Dataset.range(3).map(lambda x: tf.py_function(lambda v: float(v) ** 2, [x], tf.float32))
print([float(v) for v in py], py.element_spec)
nested = tf.data.Dataset.from_tensor_slices((tf.reshape(tf.range(6), [3, 2]), ["a", "b", "c"])).batch(2)
for numbers, letters in nested:
    print(numbers.numpy().tolist(), letters.numpy())
lookup = tf.data.Dataset.sample_from_datasets([range_ds.repeat(), tf.data.Dataset.from_tensors(np.int64(99)).repeat()], [0.5, 0.5], seed=1)
print(len(list(lookup.take(12))))
resampled = tf.data.Dataset.range(6).group_by_window(key_func=lambda x: x % 2, reduce_func=lambda k, d: d.batch(3), window_size=3)
print([v.numpy().tolist() for v in resampled])
