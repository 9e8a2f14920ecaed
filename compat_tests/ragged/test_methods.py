"""tf.RaggedTensor: properties, methods, indexing, text."""

from __future__ import annotations

from compat_tests.expressions import expression_table


def values(tf):
    return {
        "rt": tf.ragged.constant([[1, 2], [], [3]]),
        "rt2": tf.ragged.constant([[[1, 2], []], [[3]]]),
        "ru": tf.RaggedTensor.from_uniform_row_length(tf.ragged.constant([[1, 2], [], [3], [4, 5, 6]]), 2),
        "rs": tf.ragged.constant([["a", "bc"], ["d"]]),
        "rf": tf.ragged.constant([[[1.0, 2], [3, 4]], [[5, 6]]], ragged_rank=1),
    }


test_methods = expression_table(
    r"""
    rt
    str(rt)
    rt2
    ru
    ru.shape
    rs
    str(rs)
    rf
    rf.shape
    rt.shape
    rt2.shape
    rt._type_spec
    rt2._type_spec
    ru._type_spec
    rf._type_spec
    tf.nest.flatten(rt2,expand_composites=True)
    tf.nest.flatten(ru,expand_composites=True)
    rt2._type_spec._component_specs
    rt2._type_spec._serialize()
    ru._type_spec._serialize()
    rt._type_spec.is_compatible_with(rt)
    rt+1
    rt+rt
    rt+tf.constant([[1],[2],[3]])
    rt+tf.constant([1,2])
    rt+tf.constant([[1,2],[3,4],[5,6]])
    rt==rt
    rt!=rt
    rt==None
    rt==[[1]]
    rt<2
    -rt
    abs(rt)
    rt2+rt
    bool(rt)
    len(rt)
    rt.numpy()
    rs.numpy()
    rf.numpy()
    rt.to_list()
    ru.numpy()
    rt2.numpy()
    rt[0]
    rt[1]
    rt[-1]
    rt[3]
    rt[-4]
    rt[0,1]
    rt[0:2]
    rt[:,0]
    rt[:,:1]
    rt[:,1:]
    rt[:,-1:]
    rt[::2]
    rt[::-1]
    rt[...,:1]
    rt[:,tf.newaxis]
    rt[tf.newaxis]
    rt[:,:,tf.newaxis]
    rt2[:,0]
    rt2[0,0]
    rt2[:,:,0]
    rt2[...,0]
    rt2[:,:,::-1]
    rf[...,0]
    rf[:,:,1]
    rf[0]
    rf[:,0:1,:]
    rt[tf.constant(0)]
    rt['a']
    rt[1.0]
    rt[[True,False,True]]
    rt[0:2:0]
    rt[0,5]
    rt.nrows()
    rt.row_lengths()
    rt2.row_lengths(axis=2)
    rt2.row_lengths(axis=0)
    rt2.row_lengths(axis=3)
    rt2.nested_row_lengths()
    rt.value_rowids()
    rt.row_starts()
    rt.row_limits()
    rt2.bounding_shape()
    rt2.bounding_shape(axis=1)
    rt2.bounding_shape(axis=[0,2])
    rt2.bounding_shape(out_type=tf.int32)
    rt2.merge_dims(0,1)
    rt2.merge_dims(1,2)
    rt2.merge_dims(0,2)
    rf.merge_dims(1,2)
    rf.merge_dims(0,1)
    rt.merge_dims(1,0)
    ru.uniform_row_length
    rt.uniform_row_length
    rt.ragged_rank
    ru.flat_values
    rt.to_tensor()
    rt.to_tensor(-1)
    rt.to_tensor(shape=[None,3])
    rt.to_tensor(shape=[2,1])
    rt.to_tensor(default_value='a')
    rf.to_tensor()
    rt2.to_tensor()
    ru.to_tensor()
    rt.to_sparse()
    rt2.to_sparse()
    rt.dtype
    rt.consumers()
    rt.get_shape()
    rt.values
    rt.row_splits
    rt.with_values([4,5,6])
    rt.with_values([4,5])
    rt.with_values(tf.constant([4,5]))
    rt.with_row_splits_dtype(tf.int32)
    rt2.with_flat_values([4.,5.,6.])
    tf.convert_to_tensor(rt)
    tf.linalg.det(rf)
    tf.type_spec_from_value(rt)
    isinstance(rt,tf.Tensor)
    tf.is_tensor(rt)
    """,
    values,
)
