"""Row partitions, dynamic ragged shapes, specs; composites in control flow; what ragged tensors refuse."""

from __future__ import annotations

import copy

import numpy as np

from compat_tests.expressions import expression_table


def _loops(tf, rt):
    @tf.function
    def over_rows(x):
        s = 0
        for r in x:
            s += tf.reduce_sum(r)
        return s

    @tf.function
    def branches(x):
        return tf.cond(tf.reduce_sum(x) > 3, lambda: x * 2, lambda: x)

    @tf.function
    def repeated(x):
        i = tf.constant(0)
        while i < 3:
            x = x * 2
            i += 1
        return x

    return {"over_rows": over_rows, "branches": branches, "repeated": repeated}


def values(tf):
    rt = tf.ragged.constant([[1, 2], [], [3]])
    RP = tf.experimental.RowPartition
    return {
        "copy": copy, "np": np, "RP": RP, "DS": tf.experimental.DynamicRaggedShape, "rt": rt,
        "rt2": tf.ragged.constant([[[1, 2], []], [[3]]]), "st": tf.sparse.eye(2),
        "p": RP.from_row_lengths([2, 0, 1]), "u": RP.from_uniform_row_length(2, nvals=6),
        "ds": tf.shape(rt), "ds2": tf.shape(tf.ragged.constant([[[1, 2], []], [[3]]])), **_loops(tf, rt),
    }


test_partitions = expression_table(
    r"""
    over_rows(rt)
    branches(rt)
    repeated(rt)
    p
    u
    p.row_splits()
    p.row_lengths()
    p.value_rowids()
    p.offsets_in_rows()
    p.nrows()
    p.nvals()
    p.row_starts()
    p.row_limits()
    p.is_uniform()
    u.is_uniform()
    u.uniform_row_length()
    p.uniform_row_length()
    p.static_nrows
    p.static_uniform_row_length
    p.dtype
    p.with_dtype(tf.int32).dtype
    RP.from_value_rowids([0,0,2],nrows=4).row_splits()
    RP.from_row_starts([0,2],nvals=4).row_splits()
    RP.from_row_limits([1,3]).row_splits()
    RP.from_uniform_row_length(3,nrows=2).row_splits()
    RP.from_uniform_row_length(3)
    RP([0,1])
    RP.from_row_lengths([1,2],dtype=tf.int32).dtype
    RP.from_row_lengths(np.array([1,2],np.int32)).dtype
    ds
    ds2
    ds.rank
    ds.num_row_partitions
    ds.inner_rank
    ds.inner_shape
    ds.row_partitions
    ds.static_lengths()
    ds.static_lengths(ragged_lengths=False)
    ds.is_uniform(0)
    ds.is_uniform(1)
    ds[0]
    ds[1]
    ds.dtype
    DS.from_lengths([2,(1,2)])
    DS.from_lengths([2,3])
    DS.from_lengths([2,(1,2),4])
    DS.from_row_partitions([p])
    DS.from_tensor(tf.zeros([2,3]))
    tf.broadcast_to(5,DS.from_lengths([2,(1,2)]))
    tf.broadcast_to(tf.constant([[1],[2]]),DS.from_lengths([2,(1,2)]))
    tf.reshape(tf.constant([1,2,3]),DS.from_lengths([2,(1,2)]))
    tf.zeros(ds)
    tf.ones(ds)
    copy.copy(rt)
    copy.deepcopy(rt)
    copy.deepcopy(st)
    tf.TensorSpec([2,None]).most_specific_common_supertype([tf.TensorSpec([3,None])])
    tf.TensorSpec([2]).is_subtype_of(tf.TensorSpec([None]))
    tf.RaggedTensorSpec([2,None]).is_subtype_of(tf.RaggedTensorSpec([None,None]))
    tf.RaggedTensorSpec([2,None]).most_specific_common_supertype([tf.RaggedTensorSpec([3,None])])
    tf.SparseTensorSpec([2,None]).most_specific_common_supertype([tf.SparseTensorSpec([3,None])])
    tf.SparseTensorSpec([2,3]).is_subtype_of(tf.SparseTensorSpec([None,3]))
    tf.RaggedTensorSpec([2,None]).flatten()
    tf.TensorSpec([2]).flatten()
    tf.RaggedTensorSpec([2,None],tf.int32).to_tensors(tf.ragged.constant([[1],[2]]))
    hash(tf.RaggedTensorSpec([2,None]))==hash(tf.RaggedTensorSpec([2,None]))
    {tf.RaggedTensorSpec([2,None]):1}[tf.RaggedTensorSpec([2,None])]
    tf.nest.map_structure(lambda a,b:a+b,rt,rt)
    tf.nest.is_nested(rt)
    tf.ragged.constant([[1.5,2.25],[3]]).numpy()
    tf.ragged.constant([['a']*30]*3)
    tf.ragged.constant([list(range(60)),[1]])
    tf.ragged.constant([[True],[False,True]])
    tf.ragged.constant([[1+2j],[]])
    tf.ragged.constant([[1e10,1e-5],[3.14159265]])
    tf.ragged.constant([[1]],dtype=tf.uint8)+tf.ragged.constant([[1]],dtype=tf.uint8)
    rt[1:][0]
    rt[0][1].numpy()
    rt.values[0]
    tf.stack([rt[0],rt[0]])
    tf.math.top_k(rt,1)
    tf.sort(rt)
    tf.argmax(rt,axis=1)
    tf.einsum('ij->i',rt)
    tf.unique(rt)
    tf.unstack(rt)
    tf.transpose(rt)
    tf.pad(rt,[[0,1],[0,0]])
    tf.equal(rt,rt)
    tf.not_equal(rt,2)
    tf.greater(2,rt)
    rt*np.array(3)
    rt+tf.Variable(1)
    tf.Variable(rt)
    tf.data.Dataset.from_tensor_slices(rt).element_spec
    list(tf.data.Dataset.from_tensor_slices(rt).as_numpy_iterator())
    list(tf.data.Dataset.from_tensors(rt).as_numpy_iterator())
    """,
    values,
)
