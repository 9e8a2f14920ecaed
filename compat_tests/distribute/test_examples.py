"""The examples print under MirroredStrategy what TensorFlow 2.21 printed on two virtual CPUs."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat_tests.scripts import assert_same_output, run_script

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

EXPECTED = {
    "mirrored_fit.py": """
        replicas: 2
        epoch 1: loss 1.20, accuracy 0.63
        epoch 2: loss 0.20, accuracy 0.93
        epoch 3: loss 0.07, accuracy 0.98
        test accuracy: 0.93
        predictions: (297, 10), agree with evaluate: True
    """,
    "mirrored_custom_loop.py": """
        Number of devices: 2
        Epoch 1, Loss: 1.99, Accuracy: 0.43, Test Loss: 1.61, Test Accuracy: 0.67
        Epoch 2, Loss: 1.02, Accuracy: 0.87, Test Loss: 0.79, Test Accuracy: 0.84
        Epoch 3, Loss: 0.41, Accuracy: 0.91, Test Loss: 0.59, Test Accuracy: 0.85
    """,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_example_prints_what_tensorflow_printed(name: str):
    expected = "\n".join(line.strip() for line in EXPECTED[name].strip().splitlines())
    assert_same_output(run_script(EXAMPLES / name, "tfjax"), expected, absolute=0.011)
