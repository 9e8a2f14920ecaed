"""tensorflow.python.ops.gen_*_ops: TensorFlow's names, with arguments by place or name."""

from __future__ import annotations

import importlib

import pytest

from compat_tests.harness import our_tf, real_tf
from tfjax._src.compat.raw import modules


@pytest.mark.parametrize("module", sorted(modules.modules()))
def test_names_are_tensorflows(module):
    real_tf()
    theirs = importlib.import_module(f"tensorflow.python.ops.{module}")
    ours = importlib.import_module(f"tfjax.python.ops.{module}")
    unknown = [name for name in modules._names(module) if not hasattr(theirs, name)]
    assert not unknown
    for name in filter(str.islower, modules._names(module)):
        assert getattr(ours, name).__name__ == getattr(theirs, name).__name__


def test_calls_by_place_and_name():
    found = []
    for tf, package in ((real_tf(), "tensorflow"), (our_tf(), "tfjax")):
        math, array, nn = (importlib.import_module(f"{package}.python.ops.gen_{m}_ops") for m in ("math", "array", "nn"))
        x = tf.constant([1.0, 2.0])
        values = [math.add_v2(x, 1.0), math.mul(x=x, y=x), array.gather_v2(x, [1], axis=0), nn.relu(-x), math.AddV2(x=x, y=x)]
        values += [math._sum(x, [0], keep_dims=True), array.concat_v2([x, x], 0)]
        found.append([v.numpy().tolist() for v in values])
        for call in (lambda: math.add_v2(x), lambda: math.add_v2(x, x, None, x), lambda: math.AddV2(x, x)):  # noqa: B023
            with pytest.raises(TypeError):
                call()
        with pytest.raises(AttributeError):
            math.no_such_op
    assert found[0] == found[1]
