"""tf.raw_ops: the entries of the table against TensorFlow's raw ops; names, signatures, named tuples."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from compat_tests.ops.raw_calls import CALLS, arguments
from tfjax._src.compat.raw import table

#: Results whose sign is free, or whose strings show numbers that differ in the last digit.
_LOOSE = {"BesselY0": 1e-4, "BesselY1": 1e-4, "MatrixLogarithm": 1e-4, "MatrixSquareRoot": 1e-4, "Expint": 1e-5}


@pytest.fixture(scope="module")
def libraries():
    tensorflow, tfjax = pytest.importorskip("tensorflow"), pytest.importorskip("tfjax")
    return [(tf, arguments(tf)) for tf in (tensorflow, tfjax)]


def outcome(tf, names, call):
    try:
        return eval(f"tf.raw_ops.{call}", names)
    except Exception as error:
        return error


def compare(ours, theirs, tolerance):
    assert type(ours).__name__.replace("Eager", "") == type(theirs).__name__.replace("Eager", ""), (ours, theirs)
    if isinstance(theirs, Exception):
        return
    if isinstance(theirs, (tuple, list)):
        assert getattr(ours, "_fields", None) == getattr(theirs, "_fields", None)
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs):
            compare(a, b, tolerance)
        return
    if theirs is not None:
        assert ours.dtype.name == theirs.dtype.name and ours.shape.as_list() == theirs.shape.as_list()
        if theirs.dtype.name in ("string", "bool"):
            np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
        else:
            np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("call", CALLS)
def test_raw_op_computes_what_tensorflows_does(libraries, call):
    theirs, ours = (outcome(tf, names, call) for tf, names in libraries)
    compare(ours, theirs, _LOOSE.get(call.partition("(")[0], 1e-5))


def test_names_and_signatures(libraries):
    (tensorflow, _), (tfjax, _) = libraries
    for name in table.entries():
        theirs, ours = (getattr(tf.raw_ops, name) for tf in (tensorflow, tfjax))
        assert ours.__name__ == theirs.__name__, name
        wanted = inspect.signature(theirs).parameters.values()
        found = inspect.signature(ours).parameters.values()
        assert [(p.name, repr(p.default)) for p in found] == [(p.name, repr(p.default)) for p in wanted], name
    assert set(table.entries()) <= set(dir(tfjax.raw_ops))


def test_what_a_call_leaves_out_must_keep_its_default(libraries):
    tf, names = libraries[1]
    error = outcome(tf, names, "MatMul(a=u, b=m, grad_a=True)")
    assert isinstance(error, tf.errors.UnimplementedError) and "grad_a=True" in str(error)
