"""What programs of TensorFlow 2.16 and later rely on: which Variables are a layer's, draws without a
seed in compiled steps, and shapes that only fit once unknown sizes are known."""

from __future__ import annotations

import numpy as np

from compat_tests.harness import HOST, our_tf, parity

X = np.ones((8, 2), "float32")


def _with_variables(tf):
    class Scaled(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable([1.0, 2.0])
            self.inside = tf.Module()
            self.inside.v = tf.Variable(1.0)
            self.own = tf.keras.Variable([0.5, 0.5], name="own")
            self.d = tf.keras.layers.Dense(2, kernel_initializer="ones")

        def call(self, x):
            return self.d(x) * self.w + self.own

    return Scaled


@parity(modes=[HOST])
def test_a_tf_variable_is_no_weight(tf):
    model = _with_variables(tf)()
    model(X)
    names = [[v.name for v in getattr(model, kind)] for kind in ("weights", "variables", "trainable_variables", "non_trainable_variables")]
    model.compile("sgd", "mse")
    losses = model.fit(X, X, batch_size=4, epochs=2, verbose=0, shuffle=False).history["loss"]
    return repr(names), len(model.get_weights()), model.count_params(), np.array(losses, "float32"), model.w


@parity(modes=[HOST])
def test_a_step_of_ones_own_chooses_its_variables(tf):
    class Own(_with_variables(tf)):
        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((self(x) - y) ** 2)
            chosen = [*self.trainable_variables, self.w]
            self.optimizer.apply_gradients(zip(tape.gradient(loss, chosen), chosen))
            return {"value": loss}

    model = Own()
    model(X)
    model.compile(tf.keras.optimizers.SGD(0.01, momentum=0.9))
    history = model.fit(X, X, batch_size=4, epochs=2, verbose=0, shuffle=False).history
    return np.array(history["value"], "float32"), model.w, len(model.optimizer.variables)


@parity(modes=[HOST])
def test_a_tf_variable_is_no_state_of_a_metric(tf):
    class Count(tf.keras.metrics.Metric):
        def __init__(self):
            super().__init__(name="count")
            self.kept = tf.Variable(0.0)
            self.state = self.add_weight(name="state", shape=(), initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.kept.assign_add(1.0)
            self.state.assign_add(1.0)

        def result(self):
            return self.kept + self.state

    metric = Count()
    metric.update_state(X, X)
    metric.reset_state()
    return metric.result(), repr([v.name for v in metric.variables])


def test_keras_2_counts_them(monkeypatch):
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    model = _with_variables(our_tf())()
    model(X)
    assert len(model.trainable_variables) == 5


@parity(modes=[HOST])
def test_draws_without_a_seed_go_on_in_compiled_functions(tf):
    random = tf.keras.random
    tf.keras.utils.set_random_seed(0)
    drawn = tf.function(lambda: random.uniform((2,)))
    first = [drawn(), drawn(), random.normal((2,)), drawn()]
    generator = random.SeedGenerator(3)
    return first, [generator.next(), generator.next(ordered=False), generator.next(), generator.name[:-1]]


@parity(modes=[HOST])
def test_draws_without_a_seed_go_on_in_training(tf):
    class Noisy(tf.keras.layers.Layer):
        def call(self, x):
            return x + tf.keras.random.normal(tf.shape(x))

    tf.keras.utils.set_random_seed(1)
    model = tf.keras.Sequential([tf.keras.Input((2,)), Noisy(), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    losses = model.fit(X, X[:, :1], batch_size=4, epochs=2, verbose=0).history["loss"]
    return np.array(losses, "float32"), tf.keras.random.normal((2,)), model.predict(X[:1], verbose=0)


@parity(modes=[HOST])
def test_unbuilt_models_say_so(tf):
    found = []
    for use in ("save_weights", "load_weights"):
        try:
            getattr(_with_variables(tf)(), use)("missing.weights.h5")
        except ValueError as error:
            found.append(str(error))
    return repr(found)


@parity(modes=[HOST])
def test_float_tensors_in_lists_become_sizes(tf):
    half = tf.function(lambda x, n: tf.tile(x, [tf.math.ceil(n / 2), 1]))
    two = tf.constant(2.0)
    return half(tf.ones([1, 2]), tf.constant(4)), tf.reshape([1.0, 2.0], [two, 1]), tf.zeros([two, 3]), tf.fill([two, 2], 1)


@parity(modes=[HOST])
def test_unknown_sizes_fit_where_they_may(tf):
    def shape(function, *sizes):
        inputs = [tf.keras.Input(batch_shape=s) for s in sizes]
        return tuple(tf.keras.layers.Lambda(lambda x: function(*x))(inputs).shape)

    cases = [
        (lambda x: tf.squeeze(x, 0), (None, 3)),
        (lambda x: tf.squeeze(x, 1), (None, None, 3)),
        (lambda x: tf.squeeze(x, [0, 1]), (None, None, 3)),
        (lambda x: x + tf.ones((32, 3)), (None, 3)),
        (lambda x: x + tf.ones((1, 7, 3)), (None, None, 3)),
        (lambda x: tf.where(x > 0, tf.ones((32, 3)), x), (None, 3)),
        (lambda x, y: x + y, (None, 3), (5, 3)),
    ]
    return repr([shape(*case) for case in cases])
