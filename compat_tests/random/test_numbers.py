"""tf.random next to TensorFlow: the same seeds give the same numbers, bit for bit."""

import numpy as np
import pytest

from compat_tests.harness import FUNCTION, HOST, our_tf, parity, real_tf

EXACT = (0.0, 0.0)


def _array(value):
    return value.numpy() if hasattr(value, "numpy") else np.asarray(value)


def same(case):
    """Runs `case(tf)` under both libraries and compares every array bit for bit."""
    ours, theirs = ([_array(v) for v in case(tf)] for tf in (our_tf(), real_tf()))
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        assert a.dtype == b.dtype and a.shape == b.shape, i
        np.testing.assert_array_equal(a, b, err_msg=f"value {i}")


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_floating_draws_in_every_size(dtype):
    def case(tf):
        tf.random.set_seed(11)
        for shape in ([], [5], [1001], [3, 3001]):
            for name in ("uniform", "normal", "truncated_normal"):
                yield getattr(tf.random, f"stateless_{name}")(shape, [3, -4], dtype=dtype)
                yield getattr(tf.random, name)(shape, dtype=dtype)
        yield tf.random.stateless_normal([7], [3, 4], 2.0, 0.5, dtype=dtype)
        yield tf.random.stateless_uniform([7], [3, 4], -2.5, 0.5, dtype=dtype)

    same(case)


def test_large_draws_are_made_in_chunks_and_equal():
    def case(tf):
        for count in (40_000, 300_001):
            for name in ("uniform", "normal", "truncated_normal"):
                yield getattr(tf.random, f"stateless_{name}")([count], [7, 8])
        yield tf.random.stateless_uniform([40_001], [7, 8], dtype="float64")
        yield tf.random.stateless_uniform([40_001], [7, 8], -5, 1000, dtype="int64")
        yield tf.random.stateless_normal([40_001], [7, 8], 1.5, 2.5)

    same(case)


def test_counters_that_overflow_into_their_upper_half():
    def case(tf):
        for low in (-1, -7, -3000):
            for count in (3, 101, 20_001):
                yield tf.random.Generator.from_state([low, 5, 9], "philox").uniform([count])
                yield tf.random.Generator.from_state([low, 5, 9], "philox").normal([count], 1.0, 3.0)

    same(case)


def test_draws_inside_a_function():
    def case(tf):
        tf.random.set_seed(5)

        @tf.function
        def inner():
            return tf.random.uniform([2])

        @tf.function
        def draw():
            first = tf.random.normal([3])
            total = tf.zeros([3])
            for _ in tf.range(3):
                total += tf.random.normal([3])
            i, kept = tf.constant(0), tf.zeros([3])
            while i < 3:
                if kept[0] < 100.0:
                    kept += tf.random.normal([3])
                i += 1
            if total[0] < 100.0:
                total += tf.random.uniform([3])
            return (
                first, total, kept, inner(), tf.random.truncated_normal([9000]), tf.random.uniform([2], seed=4),
                tf.random.normal([3], 0.3, 1.3), tf.random.uniform([3], 0.3, 1.3),
                tf.random.stateless_normal([3], [1, 2], 0.1, 1.7), tf.random.stateless_uniform([3], [1, 2], -0.1, 1.7),
            )

        for _ in range(2):
            yield from draw()
        tf.random.set_seed(6)
        yield from draw()

    same(case)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint32", "uint64"])
def test_integers_and_keys(dtype):
    def case(tf):
        yield tf.random.stateless_uniform([9], [1, 2], None, None, dtype=dtype)
        yield tf.random.Generator.from_seed(3).uniform_full_int([4], dtype)
        if dtype in ("int32", "int64"):
            yield tf.random.stateless_uniform([9], [1, 2], 3, 17, dtype=dtype)
            yield tf.random.Generator.from_seed(3).uniform([4], 3, 17, dtype)
            seed = tf.constant([1, 2], dtype)
            yield tf.random.split(seed, 3)
            yield tf.random.fold_in(seed, 7)
            yield tf.random.experimental.stateless_fold_in(seed, tf.constant(7, dtype))

    same(case)


def test_choices():
    logits = np.log(np.array([[0.1, 0.2, 0.7], [0.5, 0.5, 1e-9]], np.float32))

    def case(tf):
        tf.random.set_seed(1)
        yield tf.random.categorical(logits, 9)
        yield tf.random.categorical(logits, 9, dtype="int32", seed=3)
        yield tf.random.stateless_categorical(logits, 9, [1, 2])
        yield tf.random.stateless_categorical(logits.astype("float64"), 3, [1, 2], dtype="int32")
        yield tf.random.shuffle(tf.range(50))
        yield tf.random.experimental.stateless_shuffle(tf.reshape(tf.range(20), [10, 2]), [3, 4])

    same(case)


def test_rejection_samplers():
    alpha = np.linspace(0.05, 20, 60).astype(np.float32)
    rate = np.concatenate([np.linspace(0, 12, 30), np.linspace(10, 2000, 30)]).astype(np.float32)
    counts = np.linspace(0, 300, 60).round().astype(np.float32)
    probs = np.random.default_rng(0).uniform(0, 1, 60).astype(np.float32)

    def case(tf):
        tf.random.set_seed(5)
        yield tf.random.stateless_gamma([60], [1, 2], alpha)
        yield tf.random.stateless_gamma([3, 60], [1, 2], alpha, beta=2.0)
        for _ in range(2):
            yield tf.random.gamma([3], alpha, seed=3)
            yield tf.random.poisson([3], rate, dtype="int32", seed=3)
        yield tf.random.gamma([2], [[0.5], [2.0]], [1.0, 2.0])
        yield tf.random.gamma([2], 3.0, dtype="float64")
        yield tf.random.stateless_poisson([3, 60], [1, 2], rate)
        yield tf.random.stateless_poisson([60], [1, 2], rate, dtype="float32")
        yield tf.random.stateless_binomial([3, 60], [1, 2], counts, probs)
        yield tf.random.stateless_binomial([8], [1, 2], 20.0, 0.3, output_dtype="int64")

        @tf.function
        def traced(a):
            return tf.random.gamma([2], a), tf.random.stateless_poisson([3], [1, 2], a)

        yield from traced(tf.constant([0.5, 4.0, 1.0]))

    same(case)


@parity(modes=(HOST, FUNCTION))
def test_candidate_samplers(tf):
    tf.random.set_seed(1)
    found = []
    for name in ("uniform", "log_uniform"):
        draw = getattr(tf.random, f"{name}_candidate_sampler")
        for unique, limit in ((True, 100), (True, 8), (False, 8), (True, 8)):
            found += list(draw([[0, 1], [2, 7]], 2, 6, unique, limit, seed=3))
    return found + list(tf.random.all_candidate_sampler([[0, 3]], 2, 5, True))


@parity(modes=(HOST,))
def test_candidates_of_too_small_a_range(tf):
    return tf.random.uniform_candidate_sampler([[0, 1]], 2, 9, True, 8, seed=3)


@parity(modes=(HOST, FUNCTION))
def test_gradients_reach_the_parameters(tf):
    mean, stddev = tf.constant(0.5), tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch([mean, stddev])
        y = tf.reduce_sum(tf.random.stateless_normal([4, 2], [1, 2], mean, stddev) ** 2)
        y += tf.reduce_sum(tf.random.stateless_gamma([3, 2], [1, 2], stddev * 3.0))
    return tape.gradient(y, [mean, stddev])


def test_bounded_normals_have_the_right_distribution():
    draws = []
    for tf in (our_tf(), real_tf()):
        x = tf.random.stateless_parameterized_truncated_normal([20_000, 3], [1, 2], [0.0, 1.0, 5.0], [1.0, 2.0, 0.5], [3.0, -1.0, 4.0], [5.0, 9.0, 5.5])
        draws.append(np.sort(x.numpy(), axis=0))
        with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid parameters"):
            tf.random.stateless_parameterized_truncated_normal([2], [1, 2], 0.0, 1.0, 2.0, -2.0)
    # Quantiles of 20,000 numbers: a few thousandths of the range apart.
    np.testing.assert_allclose(draws[0][500:-500:500], draws[1][500:-500:500], atol=0.08)


def test_faster_numbers_have_the_right_moments():
    tf = our_tf()
    try:
        for kind in ("float32", "fastest"):
            tf.config.set_random_numbers(kind)
            x = tf.random.stateless_normal([20_000], [1, 2]).numpy()
            assert abs(x.mean()) < 0.03 and abs(x.std() - 1) < 0.03
            t = tf.random.stateless_truncated_normal([20_000], [1, 2]).numpy()
            assert abs(t).max() < 2 and abs(t.std() - 0.8796) < 0.03
            if kind == "float32":
                tf.config.set_random_numbers("tensorflow")
                np.testing.assert_allclose(x, tf.random.stateless_normal([20_000], [1, 2]), atol=1e-5)
    finally:
        tf.config.set_random_numbers("tensorflow")
    with pytest.raises(ValueError, match="kind"):
        tf.config.set_random_numbers("slow")
