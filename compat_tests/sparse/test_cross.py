"""Feature crosses, sparse and ragged."""

from __future__ import annotations

from compat_tests.expressions import expression_table


def values(tf):
    return {
        "rt": tf.ragged.constant([[1, 2], [], [3]]),
        "rs": tf.ragged.constant([["a", "bc"], ["d"]]),
        "S": ["", "a", "abcd", "abcdefgh", "0123456789abcdef", "0123456789abcdefg", "x" * 33, "y" * 64, "z" * 65, "abc" * 100, "ñandú"],
    }


test_cross = expression_table(
    r"""
    tf.sparse.cross([tf.sparse.from_dense([['a','q'],['b','']]),tf.constant([['x','y'],['z','w']])])
    tf.sparse.cross([tf.sparse.from_dense([['a'],['b']]),tf.constant([['x','y'],['z','w']])],separator='_Y_')
    tf.sparse.cross([tf.sparse.from_dense([[1],[2]]),tf.constant([['x','y'],['z','w']])])
    tf.sparse.cross_hashed([tf.sparse.from_dense([['a'],['b']]),tf.sparse.from_dense([['x','y'],['z','w']])],num_buckets=1000)
    tf.sparse.cross_hashed([tf.sparse.from_dense([[1],[2]]),tf.sparse.from_dense([['x','y'],['z','w']])],num_buckets=0)
    tf.sparse.cross_hashed([tf.sparse.from_dense([[1],[2]]),tf.sparse.from_dense([[5,6],[7,8]])],num_buckets=10,hash_key=5)
    tf.ragged.cross([tf.ragged.constant([['a'],['b','c']]),tf.ragged.constant([['d'],['e']])])
    tf.ragged.cross([tf.ragged.constant([['a'],['b','c']]),tf.constant([['d'],['e']])])
    tf.ragged.cross([tf.ragged.constant([['a'],['b','c']]),tf.sparse.from_dense([[1],[2]])])
    tf.ragged.cross_hashed([tf.ragged.constant([['a'],['b','c']]),tf.constant([['d'],['e']])],num_buckets=100)
    tf.ragged.cross_hashed([tf.ragged.constant([[1],[2,3]]),tf.constant([['d'],['e']])])
    tf.ragged.cross_hashed([tf.ragged.constant([[1],[2,3]]),tf.ragged.constant([[4,5],[6]])],hash_key=7)
    tf.ragged.cross([tf.constant(['a'])])
    """,
    values,
)
