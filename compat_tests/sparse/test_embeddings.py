"""Embeddings looked up by sparse numbers, edit distances, fingerprints, tables from datasets."""

from __future__ import annotations

from compat_tests.expressions import expression_table


def values(tf):
    P = tf.reshape(tf.range(10.0), [5, 2])
    V = tf.Variable(P)
    places, long = [[0, 0], [0, 1], [2, 0]], tf.int64

    def gr(f):
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(f() * 2.0)
        return tf.convert_to_tensor(tape.gradient(y, V))

    return {
        "P": P, "V": V, "gr": gr,
        "ids": tf.SparseTensor(places, tf.constant([1, 3, 4], long), [3, 2]),
        "w": tf.SparseTensor(places, [0.5, 2.0, 1.0], [3, 2]),
        "bad": tf.SparseTensor(places, tf.constant([1, -3, 4], long), [4, 2]),
        "wb": tf.SparseTensor(places, [0.5, 2.0, 0.0], [4, 2]),
        "ri": tf.ragged.constant([[1, 3], [], [4]], dtype=tf.int64),
        "rw": tf.ragged.constant([[0.5, 2.0], [], [1.0]]),
        "sl": tf.IndexedSlices(tf.constant([[1.0], [2.0]]), tf.constant([2, 0]), tf.constant([3, 1])),
        "h": tf.SparseTensor([[0, 0, 0], [1, 0, 0]], ["a", "b"], [2, 1, 1]),
        "tr": tf.SparseTensor([[0, 1, 0], [1, 0, 0], [1, 0, 1], [1, 1, 0]], ["a", "b", "c", "a"], [2, 2, 2]),
    }


test_embeddings = expression_table(
    r"""
    tf.nn.embedding_lookup_sparse(P,ids,None)
    tf.nn.embedding_lookup_sparse(P,ids,w)
    tf.nn.embedding_lookup_sparse(P,ids,w,combiner='sum')
    tf.nn.embedding_lookup_sparse(P,ids,w,combiner='sqrtn')
    tf.nn.embedding_lookup_sparse(P,ids,None,combiner='sum')
    tf.nn.embedding_lookup_sparse(P,ids,None,combiner='sqrtn')
    tf.nn.embedding_lookup_sparse(P,ids,None,combiner='max')
    tf.nn.embedding_lookup_sparse(P,ids,w,max_norm=1.)
    tf.nn.embedding_lookup_sparse(P,ri,None)
    tf.nn.embedding_lookup_sparse(P,ri,rw,combiner='sum')
    tf.nn.embedding_lookup_sparse(V,ids,w)
    tf.nn.embedding_lookup_sparse([P],ids,w)
    tf.nn.embedding_lookup_sparse([P,P],ids,w)
    tf.nn.safe_embedding_lookup_sparse(P,bad)
    tf.nn.safe_embedding_lookup_sparse(P,bad,wb)
    tf.nn.safe_embedding_lookup_sparse(P,bad,wb,combiner='sum',default_id=2)
    tf.nn.safe_embedding_lookup_sparse(P,ids,w,max_norm=2.)
    tf.nn.safe_embedding_lookup_sparse(P,ri)
    tf.nn.safe_embedding_lookup_sparse(P,ri,rw,'sum')
    gr(lambda: tf.nn.embedding_lookup_sparse(V,ids,w))
    gr(lambda: tf.nn.safe_embedding_lookup_sparse(V,bad,wb))
    tf.nn.embedding_lookup(P,[1,2],max_norm=1.)
    tf.nn.embedding_lookup([P,P],[1,2,7])
    tf.edit_distance(h,tr)
    tf.edit_distance(h,tr,normalize=False)
    tf.edit_distance(tf.sparse.from_dense([['a','b','c']]),tf.sparse.from_dense([['a','c','c']]),normalize=False)
    tf.edit_distance(tf.sparse.from_dense([[1,2,3],[4,0,0]]),tf.sparse.from_dense([[1,3,0],[0,0,0]]))
    tf.edit_distance(tf.constant([1]),tr)
    tf.ragged_fill_empty_rows(tf.constant([0,0,2],tf.int64),tf.constant([1,2,3]),tf.constant(4,tf.int64),tf.constant(9))
    tf.ragged_fill_empty_rows_grad(tf.constant([0,1,3],tf.int64),tf.constant([1.,2.,3.,4.,5.]))
    tf.fingerprint(['a','bc'])
    tf.fingerprint(tf.constant([[1,2],[3,4]],tf.int32))
    tf.fingerprint(['a'],method='x')
    tf.lookup.StaticHashTable(tf.data.experimental.DatasetInitializer(tf.data.Dataset.from_tensor_slices((['a','b'],[1,2]))),-1).lookup(tf.constant(['b','z']))
    tf.data.experimental.table_from_dataset(tf.data.Dataset.from_tensor_slices((['a','b'],tf.constant([1,2],tf.int64))),default_value=-1).lookup(tf.constant(['b','z']))
    tf.data.experimental.index_table_from_dataset(tf.data.Dataset.from_tensor_slices(['a','b']),num_oov_buckets=2).lookup(tf.constant(['b','z','q']))
    tf.data.experimental.index_table_from_dataset(tf.data.Dataset.from_tensor_slices(['a','b'])).lookup(tf.constant(['b','z','q']))
    tf.IndexedSlicesSpec()
    tf.IndexedSlicesSpec([3,1],tf.float32,tf.int32,tf.int32,[2])
    tf.type_spec_from_value(sl)
    tf.type_spec_from_value(tf.IndexedSlices(tf.constant([[1.]]),tf.constant([1])))
    tf.IndexedSlicesSpec([3,1],tf.float32,tf.int32,tf.int32).is_compatible_with(sl)
    tf.IndexedSlicesSpec([3,1])._component_specs
    """,
    values,
)
