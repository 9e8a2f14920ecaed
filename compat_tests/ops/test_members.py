"""Members and parameters that programs rarely use: as TensorFlow has them."""

from __future__ import annotations

import numpy as np

from compat_tests.harness import EAGER, parity


def _outcomes(tf, *calls):
    shown = []
    for call in calls:
        try:
            shown.append(call())
        except Exception as error:
            shown.append(f"{type(error).__name__}")
    return shown


@parity(modes=EAGER)
def test_bad_indices_policy(tf):
    found = []
    for policy in ("", "DEFAULT", "ERROR", "IGNORE", "other"):
        for name in ("add", "sub", "max", "min"):
            function = getattr(tf, f"tensor_scatter_nd_{name}")
            found += _outcomes(tf, lambda: function([1.0, 2.0], [[5], [-1], [0]], [3.0, 4.0, 5.0], policy))  # noqa: B023
            found += _outcomes(tf, lambda: function([1.0, 2.0], [[0]], [3.0], bad_indices_policy=policy))  # noqa: B023
        found += _outcomes(tf, lambda: tf.scatter_nd([[1], [5], [-2]], [5.0, 6.0, 7.0], [3], policy))  # noqa: B023
        if policy != "other":  # TensorFlow finds no kernel then
            found += _outcomes(tf, lambda: tf.gather_nd([[1.0, 2.0], [3.0, 4.0]], [[1], [7], [-1]], bad_indices_policy=policy))  # noqa: B023
    return found


@parity(modes=EAGER)
def test_l2_normalize_dim(tf):
    return _outcomes(
        tf,
        lambda: tf.nn.l2_normalize([[3.0, 4.0], [1.0, 1.0]], dim=1),
        lambda: tf.math.l2_normalize([[3.0, 4.0]], axis=0, dim=0),
    )


@parity(modes=EAGER)
def test_small_members(tf):
    v = tf.Variable([1.0, 2.0])
    v.load([3.0, 4.0])
    v.set_shape([None])
    shape = tf.TensorShape
    iterator = iter(tf.data.Dataset.range(2))
    return [
        v.read_value_no_copy(),
        *_outcomes(tf, lambda: v.set_shape([3])),
        str(shape([1, None]).most_specific_common_supertype([shape([2, None])])),
        str(shape([1]).most_specific_common_supertype([shape([2, 3])])),
        tf.nest.is_nested(seq=[1]),
        tf.debugging.assert_scalar(1, "m"),
        *_outcomes(tf, lambda: tf.debugging.assert_scalar([1], "m")),
        tf.constant_initializer([1, 2], support_partition=True)([2], tf.int32),
        str(iterator.output_types), str(iterator.output_shapes), iterator.output_classes is tf.Tensor,
        np.int64(tf.data.Dataset.range(2).as_numpy_iterator().next()),
        tf.TensorArraySpec().value_type is tf.TensorArray,
        type(tf.data.IteratorSpec.from_value(iterator)).__name__,
        type(tf.OptionalSpec.from_value(tf.experimental.Optional.from_value(1))).__name__,
        repr(tf.data.DatasetSpec.from_value(tf.data.Dataset.range(2))),
    ]  # fmt: skip
