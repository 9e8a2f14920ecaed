"""tf.TensorArray: eagerly, at known and unknown indices in a tf.function, in loops and branches."""

from __future__ import annotations

import pytest

from compat_tests.harness import ALL, FUNCTION, GRADIENT, HOST, normal, parity


def _written(tf, size, *pairs, **options):
    array = tf.TensorArray(tf.float32, size=size, **options)
    for index, value in pairs:
        array = array.write(index, value)
    return array


OK = {
    "write twice": lambda tf: _written(tf, 3, (0, 1.0), (0, 2.0)).read(0),
    "read nothing": lambda tf: _written(tf, 2, element_shape=[2]).read(0),
    "read twice": lambda tf: [a.read(0) for a in [_written(tf, 2, (0, 1.0), clear_after_read=False)] * 2],
    "partly": lambda tf: _written(tf, 3, (1, [1.0, 2.0])).stack(),
    "empty": lambda tf: tf.TensorArray(tf.float32, size=0, element_shape=[2]).stack(),
    "grows": lambda tf: _written(tf, 0, (4, 1.0), dynamic_size=True).stack(),
    "size": lambda tf: _written(tf, 0, (4, 1.0), dynamic_size=True).size(),
    "concat": lambda tf: _written(tf, 2, (0, [1.0, 2.0]), (1, [3.0]), infer_shape=False).concat(),
    "gather": lambda tf: _written(tf, 3, (0, 1.0), (1, 2.0), (2, 3.0)).gather([2, 0]),
    "gather none": lambda tf: _written(tf, 1, (0, 1.0)).gather([]),
    "scatter": lambda tf: tf.TensorArray(tf.float32, size=3).scatter([2, 0], [5.0, 6.0]).stack(),
    "unstack": lambda tf: tf.TensorArray(tf.float32, size=3).unstack([1.0, 2.0, 3.0]).read(2),
    "split": lambda tf: tf.TensorArray(tf.float32, size=2, infer_shape=False).split([1.0, 2.0, 3.0], [1, 2]).read(1),
    "strings": lambda tf: tf.TensorArray(tf.string, size=2).write(0, "a").write(1, "b").stack(),
    "identity": lambda tf: _written(tf, 1, (0, 1.0)).identity().stack(),
}
BAD = {
    "read behind": lambda tf: _written(tf, 3).read(3),
    "read before": lambda tf: _written(tf, 3).read(-1),
    "write behind": lambda tf: _written(tf, 3, (3, 1.0)).stack(),
    "write before": lambda tf: _written(tf, 3, (-1, 1.0)).stack(),
    "read unknown": lambda tf: _written(tf, 3).read(0),
    "dtype": lambda tf: _written(tf, 3, (0, tf.constant(1))).stack(),
    "shape": lambda tf: _written(tf, 3, (0, 1.0), (1, [2.0])).stack(),
    "element shape": lambda tf: _written(tf, 3, (0, 1.0), element_shape=[2]).stack(),
    "stack unknown": lambda tf: _written(tf, 3).stack(),
    "concat scalars": lambda tf: _written(tf, 2, (0, 1.0), (1, 2.0)).concat(),
}
EAGER_BAD = {
    "read twice": lambda tf: [a.read(0) for a in [_written(tf, 2, (0, 1.0))] * 2],
    "gather behind": lambda tf: _written(tf, 1, (0, 1.0)).gather([0, 5]),
    "scatter behind": lambda tf: _written(tf, 1).scatter([0, 5], [1.0, 2.0]),
    "unstack more": lambda tf: _written(tf, 2).unstack([1.0, 2.0, 3.0]),
    "unstack scalar": lambda tf: _written(tf, 2).unstack(1.0),
    "split sum": lambda tf: _written(tf, 2, infer_shape=False).split([1.0, 2.0, 3.0], [1, 1]),
    "split count": lambda tf: _written(tf, 3, infer_shape=False).split([1.0, 2.0, 3.0], [1, 2]),
    "split scalar": lambda tf: _written(tf, 3).split(1.0, [1, 2]),
    "no size": lambda tf: tf.TensorArray(tf.float32),
    "handle": lambda tf: tf.TensorArray(tf.float32, size=3, handle=1),
}


@pytest.mark.parametrize("case", OK)
@parity(modes=(HOST, FUNCTION))
def test_values(tf, case):
    return OK[case](tf)


@pytest.mark.parametrize("case", BAD)
@parity(modes=(HOST, FUNCTION), errors="class")
def test_errors(tf, case):
    return BAD[case](tf)


@pytest.mark.parametrize("case", EAGER_BAD)
@parity(modes=(HOST,))
def test_eager_errors(tf, case):
    return EAGER_BAD[case](tf)


@parity(modes=(HOST,))
def test_facts(tf):
    array = tf.TensorArray(tf.float32, size=3)
    written = tf.TensorArray(tf.float32, size=3).write(0, [1.0])
    return [array.dtype.name, array.dynamic_size, array.element_shape.rank, written.element_shape.as_list(), array.handle]


@parity(modes=(FUNCTION,))
def test_writes_in_a_trace_leave_the_array(tf):
    array = tf.TensorArray(tf.float32, size=2)
    first, second = array.write(0, 1.0), array.write(0, 5.0)
    return first.read(0), second.read(0)


@parity(modes=ALL)
def test_gradient(tf, x=normal(3, 2)):
    array = tf.TensorArray(tf.float32, size=3).unstack(x)
    return array.read(0) * array.read(2), array.stack() if False else x[1] * 2.0


def _fixed(tf, x):
    array = tf.TensorArray(tf.float32, size=4)
    for i in tf.range(4):
        array = array.write(i, x * tf.cast(i, tf.float32))
    return array.stack()


def _growing(tf, x):
    array = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
    for i in tf.range(3):
        array = array.write(array.size(), x * tf.cast(i, tf.float32))
    return array.stack()


def _strided(tf, x):
    array = tf.TensorArray(tf.float32, size=1, dynamic_size=True)
    _, array = tf.while_loop(lambda i, a: i < 5, lambda i, a: (i + 2, a.write(i, x)), (tf.constant(0), array))
    return array.stack()


def _chosen(tf, x):
    array = tf.TensorArray(tf.float32, size=3)
    for i in tf.range(3):
        if i % 2 == 0:
            array = array.write(i, x)
        else:
            array = array.write(i, -x)
    return array.stack()


def _once(tf, x):
    array = tf.TensorArray(tf.float32, size=3)
    if tf.reduce_sum(x) > -100.0:
        array = array.write(0, x)
    return array.stack()


def _carried(tf, x):
    array = tf.TensorArray(tf.float32, size=3, clear_after_read=False).unstack(tf.stack([x, x * 2.0, x * 3.0]))
    total = tf.zeros_like(x)
    for i in tf.range(3):
        total += array.read(i) * tf.cast(i, tf.float32)
    return total


@pytest.mark.parametrize("case", [_fixed, _growing, _strided, _chosen, _once, _carried])
@parity(modes=(FUNCTION,))
def test_in_a_function(tf, case, x=normal(2)):
    return case(tf, x)


@pytest.mark.parametrize("case", [_fixed, _growing])
@parity(modes=(GRADIENT,))
def test_gradient_of_a_function(tf, case, x=normal(2)):
    return tf.function(lambda v: case(tf, v))(x)


@parity(modes=(HOST,))
def test_grows_to_an_unknown_size(tf):
    @tf.function
    def powers(limit):
        array, i, value = tf.TensorArray(tf.int32, size=0, dynamic_size=True), 0, tf.constant(1)
        while value < limit:
            array = array.write(i, value)
            value, i = value * 2, i + 1
        return array.stack()

    return powers(tf.constant(50)), powers(tf.constant(9))


@parity(modes=(HOST,))
def test_as_argument_and_result(tf):
    @tf.function
    def second(array):
        return array.write(1, 5.0).stack()

    return second(tf.TensorArray(tf.float32, size=2).write(0, 1.0))
