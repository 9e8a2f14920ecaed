"""tf.RaggedTensor: factories and the functions of tf.ragged."""

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


test_factories = expression_table(
    r"""
    tf.RaggedTensorSpec([None,None],tf.int32).is_compatible_with(rt)
    tf.RaggedTensorSpec([None,None],tf.int32).is_compatible_with(tf.constant([[1]]))
    tf.RaggedTensorSpec([2,None],tf.int32)
    tf.RaggedTensorSpec([2,None,3],tf.int32,ragged_rank=0)
    tf.RaggedTensorSpec()
    tf.RaggedTensorSpec(ragged_rank=1,dtype=tf.string,row_splits_dtype=tf.int32)
    tf.RaggedTensorSpec([3,None],ragged_rank=2)
    tf.RaggedTensorSpec([3,None])==tf.RaggedTensorSpec([3,None])
    tf.ragged.constant([[1,2],[3,4]]).numpy()
    tf.RaggedTensor([1],[0,1])
    tf.RaggedTensor.from_row_splits([1,2,3],[0,2,2,3])
    tf.RaggedTensor.from_row_splits([1,2,3],[0,2,2,4])
    tf.RaggedTensor.from_row_splits([1,2,3],[1,2,2,3])
    tf.RaggedTensor.from_row_splits([1,2,3],[0,2,1,3])
    tf.RaggedTensor.from_row_splits([1,2,3],[])
    tf.RaggedTensor.from_row_splits([1,2,3],[0.,3.])
    tf.RaggedTensor.from_row_splits(5,[0,3])
    tf.RaggedTensor.from_row_splits([1,2,3],[[0,3]])
    tf.RaggedTensor.from_row_lengths([1,2,3],[2,0,1])
    tf.RaggedTensor.from_row_lengths([1,2,3],[2,0,2])
    tf.RaggedTensor.from_row_lengths([1,2,3],[2,-1,2])
    tf.RaggedTensor.from_row_starts([1,2,3],[0,2,2])
    tf.RaggedTensor.from_row_starts([1,2,3],[1,2,2])
    tf.RaggedTensor.from_row_limits([1,2,3],[2,2,3])
    tf.RaggedTensor.from_row_limits([1,2,3],[2,2,4])
    tf.RaggedTensor.from_value_rowids([1,2,3],[0,0,2])
    tf.RaggedTensor.from_value_rowids([1,2,3],[0,0,2],nrows=5)
    tf.RaggedTensor.from_value_rowids([1,2,3],[0,0,2],nrows=2)
    tf.RaggedTensor.from_value_rowids([1,2,3],[0,2,0])
    tf.RaggedTensor.from_value_rowids([1,2,3],[0,2])
    tf.RaggedTensor.from_uniform_row_length([1,2,3,4],2)
    tf.RaggedTensor.from_uniform_row_length([1,2,3,4],3)
    tf.RaggedTensor.from_uniform_row_length([],0,nrows=3)
    tf.RaggedTensor.from_nested_row_splits([1,2,3],[[0,2],[0,1,3]])
    tf.RaggedTensor.from_nested_row_lengths([1,2,3],[[2],[1,2]])
    tf.RaggedTensor.from_nested_value_rowids([1,2,3],[[0,0],[0,1,1]])
    tf.RaggedTensor.from_nested_value_rowids([1,2,3],[[0,0],[0,1,1]],[2,4])
    tf.RaggedTensor.from_tensor([[1,2],[3,0]])
    tf.RaggedTensor.from_tensor([[1,2],[3,0]],lengths=[1,2])
    tf.RaggedTensor.from_tensor([[1,2],[3,0]],padding=0)
    tf.RaggedTensor.from_tensor([[[1,2],[3,0]]],ragged_rank=2)
    tf.RaggedTensor.from_tensor([[[1,2],[3,0]]],ragged_rank=2,padding=0)
    tf.RaggedTensor.from_tensor([[[1,2],[3,0]]],lengths=([2],[1,2]))
    tf.RaggedTensor.from_tensor([1,2])
    tf.RaggedTensor.from_tensor([[1,2],[3,0]],lengths=[1,2],padding=0)
    tf.RaggedTensor.from_sparse(tf.sparse.from_dense([[1,2,0],[3,0,0]]))
    tf.ragged.constant([])
    tf.ragged.constant([[]])
    tf.ragged.constant([[],[]],dtype=tf.int32)
    tf.ragged.constant(5)
    tf.ragged.constant([1,2])
    tf.ragged.constant([[1],2])
    tf.ragged.constant([[1,[2]]])
    tf.ragged.constant([[1,2.5]])
    tf.ragged.constant([[[1,2]],[[3,4],[5,6]]],inner_shape=(2,))
    tf.ragged.constant([[[1,2]],[[3,4],[5,6]]],ragged_rank=1)
    tf.ragged.constant([[[1,2]],[[3,4],[5]]],ragged_rank=1)
    tf.ragged.constant([[1,2]],ragged_rank=2)
    tf.ragged.constant([[1,2]],row_splits_dtype=tf.int32)
    tf.ragged.constant(np.array([[1,2],[3,4]]))
    tf.ragged.constant([np.array([1,2]),np.array([3.0])])
    tf.ragged.range([3,5,0])
    tf.ragged.range([3,5,0],[5,6,2])
    tf.ragged.range([0,0],[5.,3.],[2.,1.])
    tf.ragged.range(3)
    tf.ragged.range([0],[5],0)
    tf.ragged.stack([rt,rt])
    tf.ragged.stack([rt,rt],axis=1)
    tf.ragged.stack([rt,rt],axis=2)
    tf.ragged.stack([[1,2],[3]])
    tf.ragged.stack([tf.constant([1,2]),tf.constant([3])])
    tf.ragged.stack(tf.constant([1,2]))
    tf.ragged.boolean_mask([[1,2,3],[4,5,6]],[[True,False,True],[False]*3])
    tf.ragged.boolean_mask(rt,[True,False,True])
    tf.ragged.boolean_mask(rt,tf.ragged.constant([[True,False],[],[True]]))
    tf.ragged.boolean_mask(rt,[[True,False,True]])
    tf.ragged.map_flat_values(tf.square,rt)
    tf.ragged.map_flat_values(tf.add,rt,rt)
    tf.ragged.map_flat_values(tf.add,rt,tf.ragged.constant([[1],[2]]))
    tf.ragged.map_flat_values(tf.reduce_sum,rt)
    tf.ragged.row_splits_to_segment_ids([0,3,3,5])
    tf.ragged.row_splits_to_segment_ids([0,3,3,5],out_type=tf.int32)
    tf.ragged.segment_ids_to_row_splits([0,0,0,2,2])
    tf.ragged.segment_ids_to_row_splits([0,0,0,2,2],num_segments=5)
    tf.ragged.stack_dynamic_partitions(['a','b','c','d'],[0,2,0,1],3)
    """,
    values,
)
