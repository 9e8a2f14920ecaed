"""Metrics of overlap, F-scores, R2 and rates at rates: values after two updates are Keras'."""

from __future__ import annotations

import numpy as np
import pytest

import tfjax as tf
from compat_tests.keras.test_rows import real  # noqa: F401 (a fixture)

R = np.random.RandomState(0)
CLASSES = [(R.randint(0, 3, 12), R.randint(0, 3, 12)) for _ in range(2)]
SCORES = [(np.eye(3, dtype="float32")[R.randint(0, 3, 12)], R.rand(12, 3).astype("float32")) for _ in range(2)]
BINARY = [(R.randint(0, 2, 12), R.rand(12).astype("float32")) for _ in range(2)]
VALUES = [(R.rand(12, 2).astype("float32"), R.rand(12, 2).astype("float32")) for _ in range(2)]
WEIGHTS = R.rand(12).astype("float32") * 3

CASES = {
    "IoU": (lambda m: m.IoU(3, [0, 2]), CLASSES), "IoU ignore": (lambda m: m.IoU(3, [0, 1], ignore_class=2), CLASSES), "MeanIoU": (lambda m: m.MeanIoU(3), CLASSES),
    "BinaryIoU": (lambda m: m.BinaryIoU([0, 1], 0.4), BINARY), "OneHotIoU": (lambda m: m.OneHotIoU(3, [1]), SCORES), "OneHotMeanIoU": (lambda m: m.OneHotMeanIoU(3), SCORES),
    "F1Score": (lambda m: m.F1Score(), SCORES), "F1 macro": (lambda m: m.F1Score("macro", 0.5), SCORES), "FBeta micro": (lambda m: m.FBetaScore("micro", 2.0), SCORES),
    "FBeta weighted": (lambda m: m.FBetaScore("weighted", 0.5, 0.3), SCORES), "R2Score": (lambda m: m.R2Score(), VALUES), "R2 weighted": (lambda m: m.R2Score("variance_weighted_average", 1), VALUES),
    "R2 each": (lambda m: m.R2Score(None), VALUES), "SensitivityAtSpecificity": (lambda m: m.SensitivityAtSpecificity(0.5), BINARY),
    "SpecificityAtSensitivity": (lambda m: m.SpecificityAtSensitivity(0.6, num_thresholds=20), BINARY), "PrecisionAtRecall": (lambda m: m.PrecisionAtRecall(0.5), BINARY),
    "RecallAtPrecision": (lambda m: m.RecallAtPrecision(0.4), BINARY), "CategoricalHinge": (lambda m: m.CategoricalHinge(), SCORES), "SquaredHinge": (lambda m: m.SquaredHinge(), SCORES),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_values_are_those_of_keras(name, weighted, real):  # noqa: F811
    make, batches = CASES[name]
    results = []
    for library in (tf, real):
        metric = make(library.keras.metrics)
        metric = type(metric).from_config(metric.get_config())
        for y_true, y_pred in batches:
            metric.update_state(y_true, y_pred, **({"sample_weight": WEIGHTS} if weighted else {}))
        results.append(np.asarray(metric.result()))
    np.testing.assert_allclose(results[0], results[1], rtol=1e-5)


def test_plot_model_without_pydot_is_an_import_error(real):  # noqa: F811
    for library in (tf, real):
        model = library.keras.Sequential([library.keras.Input((2,)), library.keras.layers.Dense(1)])
        with pytest.raises(ImportError, match="pip install pydot"):
            library.keras.utils.plot_model(model)
