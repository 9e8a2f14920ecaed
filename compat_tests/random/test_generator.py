"""tf.random.Generator next to TensorFlow's."""

import numpy as np
import pytest

from compat_tests.harness import HOST, our_tf, parity, real_tf
from compat_tests.random.test_numbers import same


@pytest.mark.parametrize("seed", [5, -5, 2**70 + 3, [1, 2], [1, 2, 3, 4]])
def test_seeds_give_states(seed):
    def case(tf):
        yield tf.random.Generator.from_seed(seed).state
        yield tf.random.create_rng_state(seed, "philox")
        yield tf.random.Generator.from_seed(seed, "auto_select").normal([3])

    same(case)


def test_draws_move_the_state():
    def case(tf):
        g = tf.random.Generator.from_seed(5)
        for draw in (
            lambda: g.normal([3]), lambda: g.normal([2, 2], 1.0, 3.0, "float64"), lambda: g.uniform([3]),
            lambda: g.uniform([3], 2, 9, "int32"), lambda: g.uniform([2], None, None, "uint32"),
            lambda: g.uniform([2], -1.0, 1.0), lambda: g.uniform_full_int([2]), lambda: g.truncated_normal([9]),
            lambda: g.make_seeds(), lambda: g.make_seeds(2), lambda: g.skip(3), lambda: g.key,
            lambda: g.binomial([2, 2], [10.0, 300.0], [0.3, 0.6]), lambda: g.split(2)[1].normal([2]),
            lambda: g.reset([1, 2, 3]), lambda: g.uniform([2]), lambda: g.reset_from_seed(9), lambda: g.uniform([2]),
            lambda: g.reset_from_key_counter(7, [-1, 9]), lambda: g.uniform([2]), lambda: g.uniform([2]),
        ):
            value = draw()
            yield from [] if value is None else [value]
            yield g.state
        yield tf.random.Generator.from_key_counter(7, [8, 9], "philox").state
        yield tf.random.Generator.from_state([8, 9, 7], tf.random.Algorithm.PHILOX).normal([2])
        yield tf.random.Generator(copy_from=g).normal([2])
        yield g.algorithm

    same(case)


def test_in_functions_and_modules():
    def case(tf):
        class Noise(tf.Module):
            def __init__(self):
                self.generator = tf.random.Generator.from_seed(3)
                self.calls = tf.Variable(0)

            @tf.function
            def __call__(self, shape):
                self.calls.assign_add(1)
                total = tf.zeros(shape)
                for _ in tf.range(2):
                    total += self.generator.normal(shape)
                return total, self.generator.uniform([2])

        noise = Noise()
        for _ in range(2):
            yield from noise([3])
        yield noise.generator.state
        yield len(noise.variables)
        tf.random.set_global_generator(tf.random.Generator.from_seed(1))
        yield tf.random.get_global_generator().normal([2])

    same(case)


def test_checkpoints_hold_the_state(tmp_path):
    for tf, name in ((our_tf(), "ours"), (real_tf(), "theirs")):
        g = tf.random.Generator.from_seed(3)
        g.normal([3])
        path = tf.train.Checkpoint(g=g).save(str(tmp_path / name))
        other = tf.random.Generator.from_seed(4)
        tf.train.Checkpoint(g=other).restore(path)
        np.testing.assert_array_equal(np.asarray(other.state), np.asarray(g.state))
    ours = our_tf().random.Generator.from_seed(4)
    our_tf().train.Checkpoint(g=ours).restore(path)
    np.testing.assert_array_equal(np.asarray(ours.state), np.asarray(g.state))


ERRORS = [
    lambda tf: tf.random.Generator.from_seed(5, alg="foo"),
    lambda tf: tf.random.Generator.from_state([1, 2], "philox"),
    lambda tf: tf.random.Generator.from_seed(5, alg="threefry").normal([2]),
    lambda tf: tf.random.Generator.from_seed(5).uniform([2], 0, dtype=tf.int32),
    lambda tf: tf.random.Generator.from_seed(5).binomial([4], [10.0, 1.0], [0.3, 0.1]),
    lambda tf: tf.random.Generator(state=[1, 2, 3]),
    lambda tf: tf.random.stateless_uniform([3], [1, 2], alg="threefry"),
    lambda tf: tf.random.stateless_uniform([3], [1, 2], 1, 2, dtype=tf.uint32),
    lambda tf: tf.random.stateless_gamma([2], [1, 2], alpha=[1.0, 2.0, 3.0]),
]


@pytest.mark.parametrize("number", range(len(ERRORS)))
@parity(modes=(HOST,))
def test_errors(tf, number):
    return ERRORS[number](tf)
