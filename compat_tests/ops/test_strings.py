"""tf.strings next to TensorFlow."""

import numpy as np
import pytest

CALLS = [
    lambda tf: tf.strings.length(["abc", "", "ñandú"]),
    lambda tf: tf.strings.length(["abc", "", "ñandú"], unit="UTF8_CHAR"),
    lambda tf: tf.strings.lower(["ABÑ", "x"]),
    lambda tf: tf.strings.lower(["ABÑ", "x"], encoding="utf-8"),
    lambda tf: tf.strings.upper("straße", encoding="utf-8"),
    lambda tf: tf.strings.strip([" a b ", "\tc\n"]),
    lambda tf: tf.strings.substr(["hello", "world"], [1, -3], [3, 2]),
    lambda tf: tf.strings.substr("ñandú", 0, 2, unit="UTF8_CHAR"),
    lambda tf: tf.strings.regex_replace(["a1b22", "c"], r"([0-9]+)", r"<\1>"),
    lambda tf: tf.strings.regex_replace("aaa", "a", r"\0b", replace_global=False),
    lambda tf: tf.strings.regex_full_match(["ab", "b"], "a.*"),
    lambda tf: tf.strings.join([["a", "b"], "x"], separator="-"),
    lambda tf: tf.strings.reduce_join([["a", "b"], ["c", "d"]], axis=0, separator=","),
    lambda tf: tf.strings.reduce_join([["a", "b"], ["c", "d"]]),
    lambda tf: tf.strings.reduce_join([["a", "b"]], axis=-1, keepdims=True),
    lambda tf: tf.strings.to_number(["1.5", "-2e3"]),
    lambda tf: tf.strings.to_number(["7", "-2"], tf.int64),
    lambda tf: tf.strings.as_string([1.5, -2.25]),
    lambda tf: tf.strings.as_string([1.5, 1234.5], precision=2),
    lambda tf: tf.strings.as_string([12, 7], width=5, fill="0"),
    lambda tf: tf.strings.as_string([True, False]),
    lambda tf: tf.strings.as_string(3.14159, precision=3, scientific=True),
]
BAD = [
    lambda tf: tf.strings.to_number("x1"),
    lambda tf: tf.strings.substr("abc", 7, 1),
    lambda tf: tf.strings.regex_replace("abc", "(", ""),
]


@pytest.fixture(scope="module")
def both():
    import tensorflow

    import tfjax

    return tfjax, tensorflow


@pytest.mark.parametrize("call", CALLS)
def test_strings(call, both):
    ours, theirs = (call(library) for library in both)
    assert ours.dtype.name == theirs.dtype.name
    np.testing.assert_array_equal(np.asarray(ours.numpy()), np.asarray(theirs.numpy()))


@pytest.mark.parametrize("call", BAD)
def test_errors(call, both):
    for library in both:
        with pytest.raises(library.errors.InvalidArgumentError):
            call(library)
