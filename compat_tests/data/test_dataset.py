"""tf.data next to TensorFlow: order, shapes, cardinality."""

import numpy as np

from compat_tests.harness import normal, parity


@parity(modes=("host",))
def test_transformations(tf, x=normal(1)):
    base = tf.data.Dataset.range(10)
    pipelines = [
        base.map(lambda v: v * v).filter(lambda v: v % 2 == 0),
        base.batch(3), base.batch(3, drop_remainder=True), base.repeat(2).skip(5).take(9),
        base.shuffle(4, seed=1), base.shuffle(100, seed=2).batch(4).repeat(2), base.enumerate(), base.shard(3, 1),
        base.window(3, shift=2, drop_remainder=True).flat_map(lambda w: w.batch(3)),
        base.interleave(lambda v: tf.data.Dataset.from_tensors(v).repeat(3), cycle_length=2, block_length=2),
        tf.data.Dataset.zip((base, base.skip(3))), base.concatenate(base.take(2)).cache().prefetch(1),
    ]
    return [[list(p.as_numpy_iterator()), int(p.cardinality())] for p in pipelines]


@parity(modes=("host",))
def test_slices_shuffled_by_the_global_seed(tf, x=normal(1)):
    tf.random.set_seed(5)
    data = tf.data.Dataset.from_tensor_slices({"a": np.arange(9), "b": np.arange(18.0).reshape(9, 2)}).shuffle(4).batch(2)
    return [list(data.as_numpy_iterator()), list(data.as_numpy_iterator())]


@parity(modes=("host",))
def test_generator(tf, x=normal(1)):
    def pairs():
        for i in range(5):
            yield i, [float(i), 1.0]

    data = tf.data.Dataset.from_generator(pairs, output_types=(tf.int32, tf.float32), output_shapes=((), (2,)))
    return list(data.batch(2).as_numpy_iterator()), str(data.element_spec)
