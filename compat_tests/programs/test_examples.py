"""The examples print the same under TensorFlow and under tfjax, with no edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat_tests.scripts import assert_same_output, run_script

EXAMPLES = Path(__file__).parents[2] / "examples"
CASES = {
    "autodiff.py": [],
    "text_classifier.py": ["--epochs", "3", "--lines", "2000"],
    # TensorFlow after 2.15 saves to a directory no more; both write a .keras file here.
    "digits_cnn.py": ["--epochs", "2", "--save-to", "model.keras"],
    "generator_model.py": [],
}


@pytest.mark.parametrize("name", CASES)
def test_example_prints_the_same(name, tmp_path):
    path = EXAMPLES / name
    expected = run_script(path, "tensorflow", *CASES[name], cwd=tmp_path)
    actual = run_script(path, "tfjax", *CASES[name], cwd=tmp_path)
    assert_same_output(actual, expected)


def test_mixed_precision_learns_as_under_tensorflow(tmp_path):
    path = EXAMPLES / "mixed_precision.py"
    expected = run_script(path, "tensorflow", "--epochs", "3", cwd=tmp_path)
    actual = run_script(path, "tfjax", "--epochs", "3", cwd=tmp_path)
    # 16-bit sums in another order: of 389 test images some fall on the other side.
    assert_same_output(actual, expected, absolute=0.04)


def test_a_split_model_trains_as_on_one_device():
    # TensorFlow's backend of Keras cannot split models, so there is nothing to compare with.
    output = run_script(EXAMPLES / "model_parallel.py", "tfjax", "--epochs", "1")
    assert "mlp_0_in/kernel (32, 128) split as (None, 'model')" in output
    assert "same as on one device to 1e-3: True" in output


def test_a_model_saved_to_a_directory_comes_back(tmp_path):
    output = run_script(EXAMPLES / "digits_cnn.py", "tfjax", "--epochs", "1", cwd=tmp_path)
    lines = dict(line.split(": ") for line in output.splitlines() if "test accuracy" in line)
    assert lines["test accuracy"] == lines["restored test accuracy"]
