"""Random ops of functions that run as Python here draw what TensorFlow's graphs draw."""

import pytest

from compat_tests.harness import our_tf, real_tf


def strings(tf):
    @tf.function
    def sample(text):
        length = tf.strings.length(tf.strings.join([text, "x"]))
        return tf.random.uniform([]), tf.random.uniform([]), tf.random.normal([1], seed=4)[0], length

    @tf.function
    def outer(text):
        return sample(text)[1], tf.random.uniform([])

    for calls in (3, 2):  # `set_seed` starts the streams anew
        for _ in range(calls):
            yield sample(tf.constant("ab"))
        yield outer(tf.constant("c"))
        tf.random.set_seed(7)


def jitter(tf):
    @tf.function
    def crop(x):
        y = tf.image.random_crop(x, [2, 2, 1])
        return tf.reduce_sum(y), tf.random.uniform([])

    image = tf.reshape(tf.range(25.0), [5, 5, 1])
    yield crop(image)  # what it drew before is no matter to the pipeline
    images = tf.data.Dataset.from_tensors(image).repeat(3)
    yield from images.map(crop).repeat(2)
    yield crop(image)
    sizes = tf.data.Dataset.range(3, 6)
    yield from sizes.map(lambda n: crop(tf.reshape(tf.cast(tf.range(n * n), tf.float32), [n, n, 1])))


def repeats(tf):
    numbers = tf.data.Dataset.range(3)
    drawn = numbers.map(lambda x: tf.random.uniform([]))
    for dataset in (drawn, drawn, drawn.repeat(3), drawn.shuffle(1).repeat(2).repeat(2), drawn.cache().repeat(2)):
        for value in dataset:
            yield (value,)
    for value in drawn.repeat(2).map(lambda v: v + tf.random.uniform([])):
        yield (value,)


@pytest.mark.parametrize("program", [strings, jitter, repeats])
def test_draws(program):
    def run(tf):
        tf.random.set_seed(3)
        return [[round(float(v), 5) for v in values] for values in program(tf)]

    assert run(our_tf()) == run(real_tf())
