"""Settings of every test run: docstring examples know `tf` and `np`, TensorFlow stays quiet."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# The judge rounds like the reference kernels, whatever the CPU offers.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

pytest.register_assert_rewrite("compat_tests.harness", "compat_tests.results")


@pytest.fixture(autouse=True)
def _names_in_examples(request, doctest_namespace):
    """Offers `tf` (tfjax) and `np` to the examples in docstrings."""
    if isinstance(request.node, pytest.DoctestItem):
        import numpy

        import tfjax

        doctest_namespace.update(tf=tfjax, np=numpy)
