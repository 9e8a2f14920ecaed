"""Random ops of functions that run as Python here draw what TensorFlow's graphs draw."""

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf
from compat_tests.random.test_numbers import same


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


# TensorFlow warns that the body has no seed of its own.
@pytest.mark.filterwarnings("ignore:Seed 3 from outer graph")
def test_loops_over_datasets():
    def case(tf):
        data = tf.data.Dataset.range(5)
        total = tf.Variable(0, dtype=tf.int64)

        @tf.function
        def draws(data):
            kept = tf.zeros([2])
            for _ in data:
                kept = kept * 10 + tf.random.uniform([2])
            return kept, tf.random.uniform([])

        @tf.function
        def until(iterator):
            found = tf.constant(0, tf.int64)
            for x in iterator:
                found += x
                if found > 2:
                    break
            return found

        @tf.function
        def reduced(data):
            def step(state, x):
                total.assign_add(x)
                return state + x

            return data.reduce(tf.constant(0, tf.int64), step), total.read_value()

        tf.random.set_seed(3)
        for _ in range(2):
            yield from draws(data)
            yield from reduced(data)
        iterator = iter(data)
        for _ in range(3):
            yield until(iterator)

        @tf.function
        def only(data):
            return data.map(lambda x: x + total).get_single_element()

        for _ in range(2):
            total.assign_add(1)
            yield only(data.take(1))

    same(case)


def test_gamma_takes_the_dtype_it_is_told():
    def case(tf):
        yield tf.random.stateless_gamma([3], [1, 2], np.array([0.5, 1.0, 2.0]), np.float64(2))
        with pytest.raises((TypeError, ValueError)):
            tf.random.gamma([3], tf.constant([0.5], tf.float64))

    same(case)
