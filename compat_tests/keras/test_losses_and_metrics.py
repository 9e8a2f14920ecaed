"""Losses, metrics, activations, constraints and regularizers next to Keras."""

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf
from compat_tests.keras.layer_laws import Bad, difference, failures

_random = np.random.RandomState(0)
TRUE, PRED = (_random.rand(2, 3, 4) > 0.5).astype("float32"), _random.rand(2, 3, 4).astype("float32")
POINTS = _random.randn(6, 3).astype("float32")
POINTS /= np.linalg.norm(POINTS, axis=1, keepdims=True)
LABELS = np.array([0, 1, 0, 2, 1, 0])
SHARES = np.array([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3]], "float32")
WORDS, LOGITS = np.array([[1, 2, 0], [2, 0, 0]]), _random.randn(2, 5, 3).astype("float32")
X = np.array([[-3.0, -1.0, -0.3, 0.1, 0.3, 2.5], [0.5, 0.4, -0.5, 1.0, 1.5, 0.2]], "float32")
W = _random.randn(3, 4).astype("float32")

CASES = {
    "dice": lambda k: k.losses.dice(TRUE, PRED), "dice-axis": lambda k: k.losses.dice(TRUE, PRED, axis=(1, 2)),
    "Dice": lambda k: k.losses.Dice(axis=(1, 2))(TRUE, PRED),
    "tversky": lambda k: k.losses.tversky(TRUE, PRED, alpha=0.3, beta=0.7), "tversky-axis": lambda k: k.losses.tversky(TRUE, PRED, axis=-1),
    "Tversky": lambda k: k.losses.Tversky(0.2, 0.6, axis=(1, 2), reduction=None)(TRUE, PRED),
    "circle": lambda k: k.losses.circle(LABELS, POINTS), "circle-whole": lambda k: k.losses.circle(LABELS, POINTS, None, None, False, 64.0, 0.25),
    "circle-references": lambda k: k.losses.circle(LABELS, POINTS, LABELS[::-1].copy(), POINTS[::-1].copy(), False),
    "Circle": lambda k: k.losses.Circle()(LABELS, POINTS),
    "generalized": lambda k: k.losses.categorical_generalized_cross_entropy(np.array([0, 2]), SHARES, 0.5),
    "Generalized": lambda k: k.losses.CategoricalGeneralizedCrossEntropy(0.7)(np.array([0, 2]), SHARES),
    "ctc": lambda k: k.losses.ctc(WORDS, LOGITS), "CTC": lambda k: k.losses.CTC()(WORDS, LOGITS),
    "pearson": lambda k: k.metrics.pearson_correlation(PRED[0], PRED[1]), "pearson-axis": lambda k: k.metrics.pearson_correlation(PRED[0], PRED[1], axis=0),
    "concordance": lambda k: k.metrics.concordance_correlation(TRUE[0], PRED[0]),
    "celu": lambda k: k.activations.celu(X, 0.7), "glu": lambda k: k.activations.glu(X), "glu-axis": lambda k: k.activations.glu(X, axis=0),
    "hard_shrink": lambda k: k.activations.hard_shrink(X, 0.4), "soft_shrink": lambda k: k.activations.soft_shrink(X),
    "tanh_shrink": lambda k: k.activations.tanh_shrink(X), "log_sigmoid": lambda k: k.activations.log_sigmoid(X),
    "sparse_plus": lambda k: k.activations.sparse_plus(X), "sparse_sigmoid": lambda k: k.activations.sparse_sigmoid(X),
    "sparsemax": lambda k: k.activations.sparsemax(X), "sparsemax-axis": lambda k: k.activations.sparsemax(X, axis=0),
    "squareplus": lambda k: k.activations.squareplus(X, b=3), "threshold": lambda k: k.activations.threshold(X, 0.2, 9.0),
    "min-max": lambda k: k.constraints.MinMaxNorm()(W), "min-max-rate": lambda k: k.constraints.MinMaxNorm(0.5, 0.9, 0.5, axis=1)(W),
    "orthogonal": lambda k: k.regularizers.OrthogonalRegularizer()(W), "orthogonal-columns": lambda k: k.regularizers.OrthogonalRegularizer(0.1, "columns")(W[:, :3]),
}


@pytest.mark.parametrize("name", CASES)
def test_values(name):
    # circle's exponents reach 300: float32 leaves 5 digits of the loss.
    ours, theirs = np.asarray(CASES[name](our_tf().keras)), np.asarray(CASES[name](real_tf().keras))
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["PearsonCorrelation", "ConcordanceCorrelation"])
def test_correlation_metrics(name):
    def run(tf):
        metric = getattr(tf.keras.metrics, name)()
        metric.update_state(PRED[0], PRED[1])
        metric.update_state(PRED[1], PRED[0] ** 2, sample_weight=[1.0, 2.0, 0.0])
        return {"result": np.asarray(metric.result()), "config": metric.get_config(), "name": metric.name}

    assert difference(run(our_tf()), run(real_tf())) is None


OBJECTS = [
    ("losses", "Dice"), ("losses", "Tversky"), ("losses", "Circle"), ("losses", "CTC"), ("losses", "CategoricalGeneralizedCrossEntropy"),
    ("metrics", "PearsonCorrelation"), ("constraints", "MinMaxNorm"), ("regularizers", "OrthogonalRegularizer"),
]


@pytest.mark.parametrize("family, name", OBJECTS)
def test_config(family, name):
    ours, theirs = (getattr(getattr(tf.keras, family), name)().get_config() for tf in (our_tf(), real_tf()))
    assert ours == theirs
    again = getattr(our_tf().keras, family).get({"class_name": name, "config": ours})
    assert again.get_config() == ours


@pytest.mark.parametrize("name", ["dice", "tversky", "circle", "ctc", "celu", "sparsemax", "orthogonal_regularizer", "min_max_norm"])
def test_names(name):
    keras = our_tf().keras
    family = {"celu": "activations", "sparsemax": "activations", "orthogonal_regularizer": "regularizers", "min_max_norm": "constraints"}
    assert getattr(keras, family.get(name, "losses")).get(name) is not None


def test_gradients():
    ours, theirs = our_tf(), real_tf()

    def gradients(tf):
        x, points = tf.constant(X), tf.constant(POINTS)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([x, points])
            values = [
                tf.reduce_sum(f(x) * [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
                for f in (tf.keras.activations.celu, tf.keras.activations.squareplus, tf.keras.activations.sparse_plus, tf.keras.activations.soft_shrink)
            ]
            loss = tf.reduce_sum(tf.keras.losses.circle(LABELS, points, gamma=3.0))
        return [tape.gradient(v, x).numpy() for v in values] + [tape.gradient(loss, points).numpy()]

    for mine, expected in zip(gradients(ours), gradients(theirs)):
        np.testing.assert_allclose(mine, expected, rtol=2e-5, atol=1e-6)


class TestKeras2:
    """Values by hand: Keras 3 has no such metrics."""

    def test_mean_tensor(self):
        metric = our_tf().keras.metrics.MeanTensor()
        with pytest.raises(ValueError, match="does not have any value"):
            metric.result()
        metric.update_state([[1.0, 2.0], [3.0, 4.0]])
        metric.update_state([[3.0, 2.0], [5.0, 0.0]], sample_weight=[3.0, 0.0])
        assert metric.result().numpy().tolist() == [[2.5, 2.0], [3.0, 4.0]]
        with pytest.raises(ValueError, match="same shape"):
            metric.update_state([1.0])

    def test_reduction(self):
        keras = our_tf().keras
        loss = keras.losses.MeanSquaredError(reduction=keras.losses.Reduction.NONE)
        assert loss([[1.0], [2.0]], [[1.0], [4.0]]).numpy().tolist() == [0.0, 4.0]
        with pytest.raises(ValueError, match="Invalid Reduction Key"):
            keras.losses.Reduction.validate("no")


def _stop(tf, monitor, mode="auto", metrics=None):
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=metrics)
    callback = tf.keras.callbacks.EarlyStopping(monitor, mode=mode)
    for _ in range(2):
        model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0, callbacks=[callback])
    return True


def _own(y_true, y_pred):
    return y_pred


@pytest.mark.parametrize("tf", [our_tf, real_tf], ids=["ours", "theirs"])
def test_early_stopping_knows_directions(tf):
    tf = tf()
    assert _stop(tf, "loss") and _stop(tf, "_own", "max", [_own])
    assert _stop(tf, "weird", metrics=[tf.keras.metrics.Precision(name="weird")])


test_failures = failures([
    Bad("own-metric", lambda tf: _stop(tf, "_own", metrics=[_own]), "isn't able to automatically determine"),
    Bad("counts", lambda tf: _stop(tf, "tp", metrics=[tf.keras.metrics.TruePositives(name="tp")]), "isn't able to automatically determine"),
    Bad("nothing", lambda tf: _stop(tf, "nothing"), "isn't able to automatically determine"),
    Bad("q", lambda tf: tf.keras.losses.CategoricalGeneralizedCrossEntropy(1.5), "q must be in the interval"),
    Bad("ctc-labels", lambda tf: tf.keras.losses.ctc(WORDS[0], LOGITS), "Targets `y_true` are expected"),
    Bad("ctc-logits", lambda tf: tf.keras.losses.ctc(WORDS, LOGITS[0]), "Logits `y_pred` are expected"),
    Bad("orthogonal", lambda tf: tf.keras.regularizers.OrthogonalRegularizer(mode="x"), "Invalid value for argument `mode`"),
    Bad("orthogonal-rank", lambda tf: tf.keras.regularizers.OrthogonalRegularizer()(PRED), "must have rank 2"),
])
