"""DLPack capsules between tfjax, NumPy and itself; small experimental names."""

import numpy as np
import pytest

from compat_tests.harness import our_tf, parity, real_tf


@parity(modes=("host",), errors="class")
def test_round_trip(tf, x=np.arange(6.0)):
    pack = tf.experimental.dlpack
    cube = tf.reshape(tf.constant(x), [1, 2, 3])
    tensors = (cube, tf.constant([True]), tf.constant(3))
    return [pack.from_dlpack(pack.to_dlpack(t)) for t in tensors]


@parity(modes=("host",))
def test_from_numpy(tf):
    return tf.experimental.dlpack.from_dlpack(np.arange(4, dtype=np.int16).__dlpack__())


@parity(modes=("host",))
def test_a_list_is_no_tensor(tf):
    return tf.experimental.dlpack.to_dlpack([1.0])


@parity(modes=("host",), errors="class")
def test_an_array_is_no_capsule(tf):
    return tf.experimental.dlpack.from_dlpack(np.ones(2))


def test_capsule_of_tensorflow():
    capsule = real_tf().experimental.dlpack.to_dlpack(real_tf().constant([1.0, 2.0]))
    assert our_tf().experimental.dlpack.from_dlpack(capsule).numpy().tolist() == [1.0, 2.0]


@parity(modes=("host",))
def test_small_dtypes(tf):
    found = tf.experimental
    kinds = (found.int2, found.uint2, tf.dtypes.experimental.float4_e2m1fn)
    return [(t.name, t.size, t.as_datatype_enum, t.is_integer, t.is_floating) for t in kinds]


@parity(modes=("host",), errors="class")
def test_fields_of_an_extension_type(tf):
    class Point(tf.experimental.ExtensionType):
        x: tf.Tensor
        name: str

    return tf.experimental.extension_type.as_dict(Point([1.0, 2.0], "a"))


def test_fields_of_another_value():
    with pytest.raises(AttributeError):
        our_tf().experimental.extension_type.as_dict(3)
