"""LossScaleOptimizer step by step, its older interface, and models in low precision, next to TensorFlow.

Policies, dtypes and the two training loops of the guide are compared in
`programs/corpus/mixed_precision_guide.py`.
"""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow

import tfjax
from compat_tests.devices.test_devices import python

LIBRARIES = (tensorflow, tfjax)
INF, NAN = float("inf"), float("nan")


@pytest.fixture(autouse=True)
def _float32_afterwards():
    yield
    for tf in LIBRARIES:
        tf.keras.mixed_precision.set_global_policy("float32")


def both(function):
    """What a function of the module gives under TensorFlow and under tfjax."""
    return tuple(function(tf) for tf in LIBRARIES)


@pytest.mark.parametrize("compiled", [False, True])
def test_good_steps_double_the_scale_and_bad_ones_halve_it(compiled):
    def run(tf):
        v = tf.keras.Variable(np.array([1.0, 2.0], "float32"), name="v")
        inner = tf.keras.optimizers.Adam(0.1, clipnorm=1.0, weight_decay=0.1)
        optimizer = tf.keras.mixed_precision.LossScaleOptimizer(inner, 4.0, dynamic_growth_steps=2)
        optimizer.build([v])

        def step(gradient):
            optimizer.apply([gradient], [v])

        step = tf.function(step) if compiled else step
        seen = []
        for values in (
            [4, 8],
            [4, 8],
            [4, 8],
            [INF, 8],
            [NAN, 8],
            [-4, 8],
            [4, 8],
            [NAN, 1],
            [4, INF],
        ):
            step(tf.constant(values, tf.float32))
            seen.append(
                [
                    *v.numpy(),
                    float(optimizer.dynamic_scale),
                    int(optimizer.step_counter),
                    int(optimizer.iterations),
                    *(float(np.sum(s.numpy())) for s in inner.variables),
                ]
            )
        return np.array(seen)

    theirs, ours = both(run)
    np.testing.assert_allclose(ours, theirs, rtol=2e-5)


def test_loss_and_finiteness():
    def run(tf):
        optimizer = tf.keras.mixed_precision.LossScaleOptimizer(
            tf.keras.optimizers.SGD(), initial_scale=8.0
        )
        found = [
            optimizer.scale_loss(tf.constant(3.0, d)) for d in (tf.float16, tf.bfloat16, tf.float32)
        ]
        good, bad = tf.constant([1.0, 2.0]), tf.constant([1.0, INF], tf.float16)
        checks = [bool(optimizer.check_finite(g)) for g in ([good], [good, None], [good, bad])]
        return [(f.dtype.name, float(f)) for f in found], checks

    theirs, ours = both(run)
    assert ours == theirs


def test_config_comes_back():
    def run(tf):
        kept = tf.keras.mixed_precision.LossScaleOptimizer(
            tf.keras.optimizers.RMSprop(0.25), 16.0, 7
        )
        again = tf.keras.optimizers.deserialize(tf.keras.optimizers.serialize(kept))
        config = again.get_config()
        return {
            **config,
            "inner_optimizer": config["inner_optimizer"]["config"],
        }, again.name == kept.name

    theirs, ours = both(run)
    assert ours == theirs


@pytest.mark.parametrize(
    "arguments",
    [{"clipnorm": 1.0}, {"dynamic": False}, {"unheard_of": 1}, {"use_ema": True}],
)
def test_what_the_inner_optimizer_has_to_be_told(arguments):
    def run(tf):
        with pytest.raises(ValueError) as caught:
            tf.keras.mixed_precision.LossScaleOptimizer(tf.keras.optimizers.SGD(), **arguments)
        return str(caught.value)

    theirs, ours = both(run)
    assert ours == theirs


def test_no_gradients_at_all():
    optimizer = tfjax.keras.mixed_precision.LossScaleOptimizer(tfjax.keras.optimizers.SGD())
    with pytest.raises(ValueError, match="No gradients provided for any variable"):
        optimizer.apply([None], [tfjax.keras.Variable([1.0])])


def test_code_of_tensorflow_2_4_scales_once():
    """`get_scaled_loss` and `get_unscaled_gradients`, which TensorFlow 2.21 lacks, give the same step."""
    tf = tfjax

    def train(old):
        v = tf.keras.Variable([1.0, -2.0], name="v")
        optimizer = tf.keras.mixed_precision.LossScaleOptimizer(
            tf.keras.optimizers.Adam(0.1), dynamic=True
        )

        @tf.function
        def step():
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(v * v * v)
                scaled = optimizer.get_scaled_loss(loss) if old else optimizer.scale_loss(loss)
            gradients = tape.gradient(scaled, [v])
            if old:
                gradients = optimizer.get_unscaled_gradients(gradients)
                gradients, norm = tf.clip_by_global_norm(gradients, 1e6)
                tf.debugging.assert_less(norm, 100.0)
            optimizer.apply_gradients(zip(gradients, [v], strict=False))
            return loss

        losses = [float(step()) for _ in range(4)]
        return (
            losses,
            v.numpy().tolist(),
            float(optimizer.loss_scale),
            int(optimizer.dynamic_counter),
        )

    assert train(old=True) == train(old=False)


def _model(tf, policy, *body):
    tf.keras.mixed_precision.set_global_policy(policy)
    tf.keras.utils.set_random_seed(1)
    layers = [build(tf.keras.layers) for build in body]
    return tf.keras.Sequential([*layers, tf.keras.layers.Dense(3, dtype="float32")])


@pytest.mark.parametrize(
    ("policy", "tolerance"),
    # What a rounding to 11 and to 8 bits leaves, after four steps.
    [("mixed_float16", 2e-3), ("mixed_bfloat16", 2e-2)],
)
@pytest.mark.parametrize(
    "body",
    [
        [
            lambda k: k.Input((6,)),
            lambda k: k.Dense(8, activation="gelu"),
            lambda k: k.LayerNormalization(),
        ],
        [lambda k: k.Input((6,), dtype="int32"), lambda k: k.Embedding(5, 4), lambda k: k.LSTM(4)],
    ],
    ids=["dense", "lstm"],
)
def test_fit_follows_tensorflow(policy, tolerance, body):
    random = np.random.RandomState(0)
    x, y = random.rand(64, 6).astype("float32"), random.randint(0, 3, 64)

    def run(tf):
        model = _model(tf, policy, *body)
        inputs = (x * 5).astype("int32") if model.inputs[0].dtype == "int32" else x
        loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(tf.keras.optimizers.Adam(0.02), loss)
        losses = model.fit(inputs, y, epochs=2, batch_size=32, shuffle=False, verbose=0).history[
            "loss"
        ]
        return losses, {v.dtype for v in model.weights}, model(inputs).dtype.name

    theirs, ours = both(run)
    assert ours[1:] == theirs[1:]
    np.testing.assert_allclose(ours[0], theirs[0], rtol=tolerance)


def test_a_model_saved_in_mixed_precision_comes_back_in_both_libraries(tmp_path):
    random = np.random.RandomState(0)
    x, y = random.rand(32, 6).astype("float32"), random.randint(0, 3, 32)
    model = _model(tfjax, "mixed_float16", lambda k: k.Input((6,)), lambda k: k.Dense(4))
    loss = tfjax.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(tfjax.keras.optimizers.Adam(), loss)
    model.fit(x, y, verbose=0)
    model.optimizer.dynamic_scale.assign(64.0)
    path = tmp_path / "model.keras"
    model.save(path)
    for tf in LIBRARIES:
        again = tf.keras.models.load_model(path)
        assert type(again.optimizer).__name__ == "LossScaleOptimizer"
        assert again.layers[0].dtype_policy.name == "mixed_float16"
        assert (
            float(again.optimizer.dynamic_scale) == 64.0 and int(again.optimizer.step_counter) == 1
        )
        for mine, his in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
            np.testing.assert_allclose(np.asarray(his), mine.numpy(), rtol=1e-6)
        np.testing.assert_allclose(
            again.predict(x, verbose=0), model.predict(x, verbose=0), rtol=2e-3, atol=1e-3
        )


@pytest.mark.parametrize(
    "pair",
    [("int32", "float16"), ("float32", "float16"), ("bfloat16", "float16"), ("int64", "float32")],
)
def test_operators_of_keras_variables_promote(pair):
    def run(tf):
        v = tf.keras.Variable([2.0], dtype=pair[1])
        t = tf.cast(tf.constant([3]), pair[0])
        return [(r.dtype.name, float(r[0])) for r in (t * v, v * t, t - v, v / tf.cast(t, pair[0]))]

    theirs, ours = both(run)
    assert ours == theirs


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("product", ["matmul", "einsum", "tensordot", "matvec"])
def test_products_of_small_tensors_keep_16_bits(dtype, product):
    def run(tf):
        a = tf.cast(tf.constant([[1.5, 2.0], [0.5, -1.0]]), dtype)
        calls = {
            "matmul": lambda: tf.matmul(a, a),
            "einsum": lambda: tf.einsum("ij,jk->ik", a, a),
            "tensordot": lambda: tf.tensordot(a, a, 1),
            "matvec": lambda: tf.linalg.matvec(a, a[0]),
        }
        result = calls[product]()
        return result.dtype.name, tf.cast(result, "float32").numpy().tolist()

    theirs, ours = both(run)
    assert ours == theirs


@pytest.mark.gpu
def test_mixed_precision_trains_on_a_gpu():
    tf = tfjax
    for policy in ("mixed_float16", "mixed_bfloat16"):
        model = _model(
            tf,
            policy,
            lambda k: k.Input((8, 8, 1)),
            lambda k: k.Conv2D(8, 3),
            lambda k: k.Flatten(),
        )
        random = np.random.RandomState(0)
        x, y = random.rand(256, 8, 8, 1).astype("float32"), random.randint(0, 3, 256)
        model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        losses = model.fit(x, y, epochs=5, verbose=0).history["loss"]
        assert losses[-1] < losses[0]
        assert model.trainable_variables[0].jax().devices().pop().platform != "cpu"


def test_loss_scaling_in_a_loop_of_replicas():
    """One replica's infinity skips the step everywhere. (TensorFlow 2.21 cannot merge replicas there.)"""
    done = python(
        """
        import numpy as np
        import tfjax as tf
        cpu, = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
        with strategy.scope():
            v = tf.keras.Variable([1.0], name="v")
            inner = tf.keras.optimizers.SGD(0.5)
            optimizer = tf.keras.mixed_precision.LossScaleOptimizer(inner, initial_scale=8.0)
            optimizer.build([v])
        def step(x):
            optimizer.apply([x * optimizer.dynamic_scale], [v])
        @tf.function
        def run(x):
            strategy.run(step, (x,))
        for rows in ([1.0, 3.0], [np.inf, 1.0], [1.0, np.nan], [-2.0, -2.0]):
            data = tf.data.Dataset.from_tensor_slices(np.array(rows, "float32")).batch(2)
            for x in strategy.experimental_distribute_dataset(data):
                run(x)
            print(float(v.numpy()[0]), optimizer.dynamic_scale.numpy(), optimizer.iterations.numpy())
        """
    )
    assert done.stdout.split("\n")[:4] == ["-1.0 8.0 1", "-1.0 4.0 1", "-1.0 2.0 1", "1.0 2.0 2"]


def test_limits_of_training_loops():
    x = np.arange(32.0).reshape(16, 2).astype("float32") / 10

    def run(tf):
        config = tf.keras.config
        config.set_max_epochs(2)
        config.set_max_steps_per_epoch(3)
        try:
            model = tf.keras.Sequential(
                [tf.keras.Input((2,)), tf.keras.layers.Dense(1, kernel_initializer="ones")]
            )
            model.compile("sgd", "mse")
            history = model.fit(x, x.sum(1) * 2, batch_size=2, epochs=5, verbose=0, shuffle=False)
            evaluated = model.evaluate(x, x.sum(1), batch_size=2, verbose=0)
            rows = len(model.predict(x, batch_size=2, verbose=0))
            return [*history.history["loss"], evaluated, rows, int(model.optimizer.iterations)]
        finally:
            config.set_max_epochs(None)
            config.set_max_steps_per_epoch(None)

    theirs, ours = both(run)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
