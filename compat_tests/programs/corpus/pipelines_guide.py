"""tf.data as its guides use it: sources, batches, windows, shuffles, resampling, speed."""

import os
import tempfile

import numpy as np
import tensorflow as tf

Dataset = tf.data.Dataset
folder = tempfile.mkdtemp()
np.set_printoptions(precision=4)

dataset = Dataset.from_tensor_slices([8, 3, 0, 8, 2, 1])
for element in dataset.take(2):
    print(element.numpy())
iterator = iter(dataset)
print(next(iterator).numpy(), dataset.reduce(0, lambda state, value: state + value).numpy())

pairs = Dataset.zip((Dataset.range(4), Dataset.from_tensor_slices((tf.range(4.0), tf.reshape(tf.range(8), [4, 2])))))
print(pairs.element_spec)
for a, (b, c) in pairs:
    print(a.numpy(), b.numpy(), c.numpy(), end="; ")
print()


def count(stop):
    i = 0
    while i < stop:
        yield i
        i += 1


counted = Dataset.from_generator(count, args=[25], output_types=tf.int32, output_shapes=())
for batch in counted.repeat().batch(10).take(3):
    print(batch.numpy())


def series():
    for i in range(4):
        yield i, np.full(i + 1, i, np.float32)


ragged = Dataset.from_generator(series, output_types=(tf.int32, tf.float32), output_shapes=((), (None,)))
print(ragged)
ids, padded = next(iter(ragged.shuffle(20, seed=1).padded_batch(3, padded_shapes=([], [None]))))
print(ids.numpy(), padded.numpy())

path = os.path.join(folder, "lines.txt")
with open(path, "w") as file:
    file.write("# head\none\n\ntwo words\nthree\n")
lines = Dataset.from_tensor_slices([path]).flat_map(lambda name: tf.data.TextLineDataset(name).skip(1))
print([line.numpy() for line in lines.filter(lambda line: tf.not_equal(tf.strings.length(line), 0))])
print(next(iter(Dataset.list_files(folder + "/*"))).numpy().endswith(b"lines.txt"))

inc, dec = Dataset.range(100), Dataset.range(0, -100, -1)
for batch in Dataset.zip((inc, dec)).batch(7, drop_remainder=True).take(2):
    print([array.numpy() for array in batch])
fill = Dataset.range(6).map(lambda x: tf.fill([tf.cast(x, tf.int32)], x)).padded_batch(3, padded_shapes=(None,))
print([batch.numpy().shape for batch in fill])

tf.random.set_seed(9)
for epoch in range(2):
    print("epoch", epoch, [int(v) for v in Dataset.range(10).shuffle(4, reshuffle_each_iteration=True)])
kept = Dataset.range(6).shuffle(6)
print([int(v) for v in kept], [int(v) for v in kept.repeat(2)])

windows = Dataset.range(10).window(5, shift=2, stride=1, drop_remainder=True).flat_map(lambda w: w.batch(5, drop_remainder=True))
for window in windows:
    print(window.numpy(), end=" ")
print()
features = Dataset.range(10).batch(5, drop_remainder=True).map(lambda w: (w[:-2], w[-2:]))
print([(f.numpy(), l.numpy()) for f, l in features])

unbalanced = Dataset.range(200).map(lambda x: (x, tf.cast(x % 10 == 0, tf.int32)))
negative = unbalanced.filter(lambda x, y: y == 0).repeat()
positive = unbalanced.filter(lambda x, y: y == 1).repeat()
balanced = Dataset.sample_from_datasets([negative, positive], weights=[0.5, 0.5], seed=4).batch(10).take(3)
for x, y in balanced:
    print(y.numpy())

autotuned = Dataset.range(5).interleave(
    lambda i: Dataset.range(i * 10, i * 10 + 3), cycle_length=2, num_parallel_calls=2, deterministic=True
).map(lambda x: x + 1, num_parallel_calls=tf.data.AUTOTUNE).cache().prefetch(tf.data.AUTOTUNE)
print([int(v) for v in autotuned], int(autotuned.cardinality()))

checkpoint_iterator = iter(Dataset.range(20))
checkpoint = tf.train.Checkpoint(step=tf.Variable(0), iterator=checkpoint_iterator)
manager = tf.train.CheckpointManager(checkpoint, os.path.join(folder, "ckpt"), max_to_keep=3)
print([next(checkpoint_iterator).numpy() for _ in range(5)])
saved = manager.save()
print([next(checkpoint_iterator).numpy() for _ in range(5)])
checkpoint.restore(manager.latest_checkpoint)
print([next(checkpoint_iterator).numpy() for _ in range(3)])

numbers = Dataset.range(12)
print([int(v) for v in numbers.shard(3, 1)], [v.numpy().tolist() for v in numbers.batch(5).unbatch().batch(6)])
grouped = numbers.group_by_window(key_func=lambda x: x % 2, reduce_func=lambda key, w: w.batch(4), window_size=4)
print([v.numpy().tolist() for v in grouped])
print([int(v) for v in numbers.scan(np.int64(0), lambda total, x: (total + x, total + x)).take_while(lambda t: t < 30)])
print(numbers.apply(tf.data.experimental.assert_cardinality(12)).cardinality().numpy(), len(numbers))
try:
    next(iter(Dataset.from_tensor_slices([1, 2]).batch(0)))
except tf.errors.InvalidArgumentError as error:
    print("InvalidArgumentError", "greater than zero" in error.message)
