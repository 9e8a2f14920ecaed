"""Keras models under MirroredStrategy on two devices. Run by `runner.py`."""

from __future__ import annotations

import numpy as np

_RNG = np.random.default_rng(0)
X = _RNG.normal(size=(16, 3)).astype("float32")
Y = (X.sum(1, keepdims=True) + 1).astype("float32")


def _trained(tf, s, make, count=16, batch_size=8, **fit):
    """History, evaluation, predictions and weights of a model made and trained in the scope."""
    tf.keras.utils.set_random_seed(1)
    with s.scope():
        model = make(tf)
    x, y = X[:count], Y[:count]
    history = model.fit(
        x, y, batch_size=batch_size, epochs=2, shuffle=False, verbose=0, **fit
    ).history
    return {
        "history": history,
        "evaluated": model.evaluate(x, y, batch_size=batch_size, verbose=0),
        "predicted": model.predict(x, batch_size=batch_size, verbose=0),
        "weights": [w.numpy() for w in model.weights],
    }


def _dense(tf, *middle, optimizer="sgd", **options):
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [layers.Input((3,)), layers.Dense(4, activation="relu"), *middle, layers.Dense(1)]
    )
    model.compile(optimizer, "mse", metrics=["mae"], **options)
    return model


def case_fit(tf, s):
    return _trained(tf, s, _dense)


def case_short_last_batch(tf, s):
    return [_trained(tf, s, _dense, count=n, batch_size=b) for n, b in ((15, 4), (14, 4), (9, 8))]


def case_short_last_batch_of_a_dataset(tf, s):
    tf.keras.utils.set_random_seed(1)
    with s.scope():
        model = _dense(tf)
    dataset = tf.data.Dataset.from_tensor_slices((X[:14], Y[:14])).batch(8)
    history = model.fit(dataset, epochs=2, verbose=0).history
    distributed = s.experimental_distribute_dataset(dataset)
    again = model.fit(distributed, epochs=1, verbose=0).history
    return [
        history,
        again,
        model.evaluate(dataset, verbose=0),
        model.predict(dataset, verbose=0),
        model.optimizer.iterations,
    ]


def case_batch_normalization(tf, s):
    return _trained(tf, s, lambda tf: _dense(tf, tf.keras.layers.BatchNormalization(momentum=0.5)))


def case_synchronized_batch_normalization(tf, s):
    layer = {"synchronized": True, "momentum": 0.5}
    return _trained(tf, s, lambda tf: _dense(tf, tf.keras.layers.BatchNormalization(**layer)))


def case_dropout(tf, s):
    return _trained(tf, s, lambda tf: _dense(tf, tf.keras.layers.Dropout(0.5, seed=3)))


def case_dropout_masks(tf, s):
    with s.scope():
        layer = tf.keras.layers.Dropout(0.5, seed=3)
    return [s.run(lambda: layer(tf.ones((2, 4)), training=True)) for _ in range(2)]


def case_clipping_comes_before_the_sum(tf, s):
    sgd = tf.keras.optimizers.SGD
    return [
        _trained(tf, s, lambda tf, k=k: _dense(tf, optimizer=sgd(0.1, **k)))
        for k in ({"global_clipnorm": 0.1}, {"clipvalue": 0.1}, {"clipnorm": 0.1})
    ]


def case_optimizers(tf, s):
    o = tf.keras.optimizers
    return [
        _trained(tf, s, lambda tf, m=m: _dense(tf, optimizer=m()))
        for m in (
            lambda: o.AdamW(0.01),
            lambda: o.RMSprop(0.01),
            lambda: o.SGD(0.1, momentum=0.9, use_ema=True),
        )
    ]


def case_regularizers(tf, s):
    def make(tf):
        l2 = tf.keras.regularizers.L2(0.1)
        return _dense(tf, tf.keras.layers.Dense(4, kernel_regularizer=l2, activity_regularizer=l2))

    return _trained(tf, s, make)


def case_embedding(tf, s):
    def make(tf):
        k = tf.keras
        inputs = k.Input((3,))
        x = k.layers.Lambda(lambda t: tf.cast(tf.abs(t) * 3, tf.int32))(inputs)
        x = k.layers.GlobalAveragePooling1D()(k.layers.Embedding(12, 4)(x))
        model = k.Model(inputs, k.layers.Dense(1)(x))
        model.compile(k.optimizers.Adam(0.01), "mse")
        return model

    return _trained(tf, s, make)


def case_sample_weights(tf, s):
    weights = np.arange(16).astype("float32")
    return _trained(tf, s, lambda tf: _dense(tf, weighted_metrics=["mse"]), sample_weight=weights)


def case_several_outputs_and_validation(tf, s):
    tf.keras.utils.set_random_seed(1)
    with s.scope():
        k = tf.keras
        i = k.Input((3,))
        model = k.Model(
            i, {"a": k.layers.Dense(1, name="a")(i), "b": k.layers.Dense(1, name="b")(i)}
        )
        model.compile("sgd", {"a": "mse", "b": "mae"}, loss_weights={"a": 1.0, "b": 0.5})
    targets = {"a": Y, "b": Y}
    history = model.fit(
        X, targets, batch_size=8, epochs=2, shuffle=False, verbose=0, validation_data=(X, targets)
    )
    return [history.history, model.predict(X[:5], batch_size=8, verbose=0)]


def case_own_train_step(tf, s):
    class Own(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.dense, self.tracker = tf.keras.layers.Dense(1), tf.keras.metrics.Mean(name="my")

        def call(self, x):
            return self.dense(x)

        @property
        def metrics(self):
            return [self.tracker]

        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                loss = self.compute_loss(y=y, y_pred=self(x, training=True))
            variables = self.trainable_variables
            self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
            self.tracker.update_state(loss)
            return {"my": self.tracker.result(), "raw": loss}

        def test_step(self, data):
            x, y = data
            self.tracker.update_state(self.compute_loss(y=y, y_pred=self(x)))
            return {"my": self.tracker.result()}

    def make(tf):
        model = Own()
        model.compile("sgd", "mse")
        return model

    return _trained(tf, s, make)


def case_logs_of_batches(tf, s):
    seen = []

    class Watch(tf.keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(dict(logs))

    _trained(tf, s, _dense, callbacks=[Watch()])
    return seen


def case_run_eagerly(tf, s):
    return _trained(
        tf,
        s,
        lambda tf: _dense(tf, tf.keras.layers.BatchNormalization(momentum=0.5), run_eagerly=True),
    )


def case_losses(tf, s):
    found = []
    for reduction in ("sum", "sum_over_batch_size", "mean_with_sample_weight", None):
        with s.scope():
            loss = tf.keras.losses.MeanSquaredError(reduction=reduction)
            found.append([s.run(lambda loss=loss: loss(Y[:2], Y[:2] + 1)), loss(Y[:2], Y[:2] + 1)])
        found.append(loss(Y[:2], Y[:2] + 1))
    return found


def case_custom_loop(tf, s):
    """The loop of the tutorial 'Custom training with tf.distribute.Strategy', on small data."""
    tf.keras.utils.set_random_seed(1)
    size = 8
    train = tf.data.Dataset.from_tensor_slices((X[:14], Y[:14])).batch(size)
    train_dist, test_dist = (
        s.experimental_distribute_dataset(train),
        s.experimental_distribute_dataset(train),
    )
    with s.scope():
        loss_object = (
            tf.keras.losses.MeanSquaredError(reduction=tf.keras.losses.Reduction.NONE)
            if hasattr(tf.keras.losses, "Reduction")
            else tf.keras.losses.MeanSquaredError(reduction="none")
        )

        def compute_loss(labels, predictions, model_losses):
            loss = tf.nn.compute_average_loss(
                loss_object(labels, predictions), global_batch_size=size
            )
            if model_losses:
                loss += tf.nn.scale_regularization_loss(tf.add_n(model_losses))
            return loss

        test_loss = tf.keras.metrics.Mean(name="test_loss")
        error = tf.keras.metrics.MeanAbsoluteError(name="error")
        l2 = tf.keras.regularizers.L2(0.01)
        model = tf.keras.Sequential(
            [
                tf.keras.layers.Input((3,)),
                tf.keras.layers.Dense(4, activation="relu", kernel_regularizer=l2),
                tf.keras.layers.Dense(1),
            ]
        )
        optimizer = tf.keras.optimizers.Adam(learning_rate=0.01)
        optimizer.build(model.trainable_variables)
        checkpoint = tf.train.Checkpoint(optimizer=optimizer, model=model)
    assert checkpoint is not None

    def train_step(inputs):
        x, y = inputs
        with tf.GradientTape() as tape:
            predictions = model(x, training=True)
            loss = compute_loss(y, predictions, model.losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        error.update_state(y, predictions)
        return loss

    def test_step(inputs):
        x, y = inputs
        test_loss.update_state(tf.reduce_mean(loss_object(y, model(x, training=False))))

    @tf.function
    def distributed_train_step(inputs):
        losses = s.run(train_step, args=(inputs,))
        return s.reduce(tf.distribute.ReduceOp.SUM, losses, axis=None)

    @tf.function
    def distributed_test_step(inputs):
        return s.run(test_step, args=(inputs,))

    found = []
    for _ in range(2):
        total, batches = 0.0, 0
        for x in train_dist:
            total += distributed_train_step(x)
            batches += 1
        for x in test_dist:
            distributed_test_step(x)
        found.append([total / batches, error.result(), test_loss.result()])
        test_loss.reset_state()
        error.reset_state()
    total = s.reduce("SUM", s.run(train_step, args=(next(iter(train_dist)),)), axis=None)
    return [found, total, [w.numpy() for w in model.weights], optimizer.iterations]


def case_optimizer_in_scope_model_outside(tf, s):
    model = tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.Dense(1)])
    with s.scope():
        optimizer = tf.keras.optimizers.SGD(0.1)

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(X) - Y)
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        )

    s.run(step)


def case_optimizer_outside_model_in_scope(tf, s):
    tf.keras.utils.set_random_seed(1)
    optimizer = tf.keras.optimizers.SGD(0.1)
    with s.scope():
        model = tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.Dense(1)])

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(X) - Y) ** 2)
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        )
        return loss

    return [s.run(step), [w.numpy() for w in model.weights]]


def case_weights_survive_saving(tf, s):
    import tempfile

    tf.keras.utils.set_random_seed(1)
    with s.scope():
        model = _dense(tf, tf.keras.layers.BatchNormalization(momentum=0.5))
    model.fit(X, Y, batch_size=8, epochs=1, verbose=0, shuffle=False)
    with tempfile.TemporaryDirectory() as folder:
        model.save_weights(f"{folder}/w.weights.h5")
        plain = _dense(tf, tf.keras.layers.BatchNormalization(momentum=0.5))
        plain.load_weights(f"{folder}/w.weights.h5")
        with s.scope():
            again = _dense(tf, tf.keras.layers.BatchNormalization(momentum=0.5))
        again.load_weights(f"{folder}/w.weights.h5")
    return [plain.predict(X, verbose=0), again.evaluate(X, Y, batch_size=8, verbose=0)]
