"""tf.SparseTensor, tf.sparse and tf.sets, with gradients."""

from __future__ import annotations

from compat_tests.expressions import expression_table


def gradient(tf, function, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x)


def values(tf):
    return {
        "st": tf.SparseTensor([[0, 1], [1, 2]], [1.0, 2.0], [2, 4]),
        "grad": lambda f, x: gradient(tf, f, x),
    }


test_sparse = expression_table(
    r"""
    st
    str(st)
    st.shape
    st.get_shape()
    st._type_spec
    st.dense_shape
    st.dtype
    st.eval()
    st.graph
    st.op
    st.consumers()
    st.name
    st.device
    st.rank
    st==st
    st*2.
    2.*st
    st/2.
    st*tf.constant([[1.,2,3,4],[5,6,7,8]])
    st+st
    st+1.
    -st
    st-st
    abs(st)
    st[0]
    st[0,0]
    st[:,1:3]
    st.with_values([3.,4.])
    st.with_values([3.])
    st.set_shape([2,4])
    st.set_shape([2,5])
    tf.SparseTensor([[0,1]],[1.,2.],[2,4])
    tf.SparseTensor([[0,1,2]],[1.],[2,4])
    tf.SparseTensor([0],[1.],[2,4])
    tf.SparseTensor([[0]],[[1.]],[2])
    tf.SparseTensor([[0]],[1.],2)
    tf.SparseTensor([[0]],[1.],[2])
    tf.SparseTensor(tf.constant([[0]]),[1.],[2])
    tf.SparseTensor(np.array([[0]],np.int32),[1.],[2])
    tf.SparseTensor(indices=[[0,1]],values=['a'],dense_shape=[2,4])
    tf.SparseTensor.from_value(st)
    tf.SparseTensorSpec([None,3],tf.int32)
    tf.SparseTensorSpec()
    tf.SparseTensorSpec([2,4])==st._type_spec
    tf.SparseTensorSpec([None,4]).is_compatible_with(st)
    tf.SparseTensorSpec.from_value(st)
    tf.SparseTensorSpec([2,4])._component_specs
    tf.nest.flatten(st,expand_composites=True)
    tf.sparse.to_dense(st)
    tf.sparse.to_dense(st,-1.)
    tf.sparse.to_dense(tf.SparseTensor([[0,1],[0,0]],[1,2],[1,2]))
    tf.sparse.to_dense(tf.SparseTensor([[0,1],[0,0]],[1,2],[1,2]),validate_indices=False)
    tf.sparse.to_dense(tf.SparseTensor([[0,0],[0,0]],[1,2],[1,2]))
    tf.sparse.to_dense(tf.SparseTensor([[0,3]],[1],[1,2]))
    tf.sparse.to_dense(tf.SparseTensor([[0,1]],['a'],[1,2]))
    tf.sparse.to_dense(tf.constant([1]))
    tf.sparse.from_dense([[0,1],[2,0]])
    tf.sparse.from_dense(['','a'])
    tf.sparse.from_dense([True,False])
    tf.sparse.from_dense([0.,float('nan')])
    tf.sparse.reorder(tf.SparseTensor([[0,1],[0,0]],[1,2],[1,2]))
    tf.sparse.add(st,st)
    tf.sparse.add(st,tf.ones([2,4]))
    tf.sparse.add(tf.ones([2,4]),st)
    tf.sparse.add(tf.ones([2,4]),tf.ones([2,4]))
    tf.sparse.add(st,tf.SparseTensor([[0,1]],[-1.],[2,4]))
    tf.sparse.add(st,tf.SparseTensor([[0,1]],[-1.],[2,4]),threshold=0.1)
    tf.sparse.add(st,tf.SparseTensor([[0,1]],[-1.],[2,5]))
    tf.sparse.add(st,tf.SparseTensor([[0,1]],[1],[2,4]))
    tf.sparse.concat(0,[st,st])
    tf.sparse.concat(1,[st,st])
    tf.sparse.concat(-1,[st,tf.SparseTensor([[0,1]],[-1.],[2,2])])
    tf.sparse.concat(0,[st,tf.SparseTensor([[0,1]],[-1.],[2,2])])
    tf.sparse.concat(0,[st,tf.SparseTensor([[0,1]],[-1.],[2,2])],expand_nonconcat_dims=True)
    tf.sparse.concat(2,[st,st])
    tf.sparse.slice(st,[0,1],[2,2])
    tf.sparse.slice(st,[0,1],[5,9])
    tf.sparse.split(st,2,1)
    tf.sparse.split(st,3,1)
    tf.sparse.split(sp_input=st,num_split=2,axis=0)
    tf.sparse.split(sp_input=st,num_split=3,axis=0)
    tf.sparse.expand_dims(st)
    tf.sparse.expand_dims(st,0)
    tf.sparse.expand_dims(st,1)
    tf.sparse.expand_dims(st,-2)
    tf.sparse.expand_dims(st,5)
    tf.sparse.reshape(st,[4,2])
    tf.sparse.reshape(st,[-1])
    tf.sparse.reshape(st,[3,2])
    tf.sparse.reset_shape(st)
    tf.sparse.reset_shape(st,[3,5])
    tf.sparse.reset_shape(st,[1,5])
    tf.sparse.reset_shape(st,[3])
    tf.sparse.reduce_sum(st)
    tf.sparse.reduce_sum(st,1)
    tf.sparse.reduce_sum(st,1,keepdims=True)
    tf.sparse.reduce_sum(st,[0,1])
    tf.sparse.reduce_sum(st,-1)
    tf.sparse.reduce_sum(st,0,output_is_sparse=True)
    tf.sparse.reduce_sum(st,2)
    tf.sparse.reduce_max(st)
    tf.sparse.reduce_max(st,1)
    tf.sparse.reduce_max(st,0)
    tf.sparse.reduce_max(tf.SparseTensor([[0,0]],[-3],[2,2]),1)
    tf.sparse.reduce_max(st,1,output_is_sparse=True)
    tf.sparse.sparse_dense_matmul(st,tf.ones([4,3]))
    tf.sparse.sparse_dense_matmul(st,tf.ones([3,3]))
    tf.sparse.sparse_dense_matmul(st,tf.ones([2,3]),adjoint_a=True)
    tf.sparse.sparse_dense_matmul(st,tf.ones([3,4]),adjoint_b=True)
    tf.sparse.sparse_dense_matmul(tf.ones([3,2]),st)
    tf.sparse.sparse_dense_matmul(st,tf.ones([4],tf.float64))
    tf.sparse.softmax(st)
    tf.sparse.softmax(tf.SparseTensor([[0,0],[0,1],[1,1]],[1.,2.,3.],[2,2]))
    tf.sparse.fill_empty_rows(tf.SparseTensor([[0,1],[2,0]],[1,2],[4,3]),9)
    tf.sparse.fill_empty_rows(tf.SparseTensor([[2,0],[0,1]],[1,2],[4,3]),9)
    tf.sparse.segment_sum(tf.constant([[1.,2],[3,4],[5,6]]),[0,2,1],[0,0,2])
    tf.sparse.segment_sum(tf.constant([[1.,2],[3,4],[5,6]]),[0,2,1],[0,0,2],num_segments=5)
    tf.sparse.segment_sum(tf.constant([[1.,2],[3,4],[5,6]]),[0,2,1],[0,0,2],num_segments=2)
    tf.sparse.segment_sum(tf.constant([[1.,2],[3,4],[5,6]]),[0,2,1],[1,0,2])
    tf.sparse.segment_sum(tf.constant([[1.,2],[3,4],[5,6]]),[0,3,1],[0,0,2])
    tf.sparse.segment_mean(tf.constant([[1.,2],[3,4],[5,6]]),[0,2,1],[0,0,2])
    tf.sparse.transpose(st)
    tf.sparse.transpose(st,[0,1])
    tf.sparse.transpose(st,[0])
    tf.sparse.retain(st,[True,False])
    tf.sparse.retain(st,[True])
    tf.sparse.maximum(st,tf.SparseTensor([[0,0]],[5.],[2,4]))
    tf.sparse.minimum(st,tf.SparseTensor([[0,0]],[5.],[2,4]))
    tf.sparse.map_values(tf.square,st)
    tf.sparse.map_values(tf.add,st,tf.SparseTensor([[0,0]],[5.],[2,4]))
    tf.sparse.map_values(tf.add,st,5.)
    tf.sparse.map_values(tf.reduce_sum,st)
    tf.sparse.map_values(tf.add,1.,2.)
    tf.sparse.eye(2)
    tf.sparse.eye(2,3,tf.int32)
    tf.sparse.to_indicator(tf.SparseTensor([[0,0],[1,1]],[2,0],[2,2]),4)
    tf.sparse.cross([tf.SparseTensor([[0,0],[1,0]],['a','b'],[2,1]),[['x','y'],['z','w']]])
    tf.sparse.cross([tf.sparse.from_dense([['a'],['b']]),[['x','y'],['z','w']]],separator='_Y_')
    tf.sparse.cross([tf.sparse.from_dense([[1],[2]]),[['x','y'],['z','w']]])
    tf.sparse.cross_hashed([tf.sparse.from_dense([['a'],['b']]),[['x','y'],['z','w']]],num_buckets=1000)
    tf.sparse.cross_hashed([tf.sparse.from_dense([[1],[2]]),[['x','y'],['z','w']]],num_buckets=0)
    tf.sparse.cross_hashed([tf.sparse.from_dense([[1],[2]]),[[5,6],[7,8]]],num_buckets=10,hash_key=5)
    tf.sparse.bincount([1,1,3])
    tf.sparse.bincount([[1,1,3],[0,0,0]],axis=-1)
    tf.sparse.bincount([[1,1,3],[0,0,0]],axis=-1,weights=[[.5,1.,2.],[1.,1.,1.]])
    tf.sparse.bincount([[1,1,3],[0,0,0]],axis=-1,minlength=5,maxlength=3,binary_output=True)
    tf.sparse.bincount(tf.sparse.from_dense([[1,1,3],[0,0,2]]),axis=-1)
    tf.sparse.bincount(tf.ragged.constant([[1,1,3],[0,0]]),axis=-1)
    tf.sparse.sampled_addmm([[0,0],[1,1]],[1.,2.],[2,2],tf.ones([2,3]),tf.ones([3,2]))
    tf.sets.size(tf.sparse.from_dense([[1,2],[3,3]]))
    tf.sets.intersection([[1,2],[3,4]],[[2,5],[3,4]])
    tf.sets.union([[1,2],[3,4]],[[2,5],[3,4]])
    tf.sets.difference([[1,2],[3,4]],[[2,5],[3,4]])
    tf.sets.difference([[1,2],[3,4]],[[2,5],[3,4]],aminusb=False)
    tf.sets.intersection([['a','b']],tf.sparse.from_dense([['b','c']]))
    tf.sets.intersection([1,2],[2])
    tf.abs(st)
    tf.is_tensor(st)
    tf.shape(st)
    tf.size(st)
    tf.cast(st,tf.int32)
    tf.identity(st)
    tf.rank(st)
    tf.sqrt(st)
    tf.negative(st)
    tf.function(lambda s: s)(st)
    grad(lambda v:tf.sparse.to_dense(tf.SparseTensor([[0,1],[1,0]],v,[2,2]))*3.,tf.constant([1.,2.]))
    grad(lambda v:tf.sparse.sparse_dense_matmul(tf.SparseTensor([[0,1],[1,0]],v,[2,2]),tf.constant([[1.,2],[3,4]])),tf.constant([1.,2.]))
    grad(lambda b:tf.sparse.sparse_dense_matmul(tf.SparseTensor([[0,1],[1,0]],[5.,6.],[2,2]),b),tf.constant([[1.,2],[3,4]]))
    grad(lambda v:tf.sparse.reduce_sum(tf.sparse.add(tf.SparseTensor([[0,1],[1,0]],v,[2,2]),tf.SparseTensor([[0,1],[1,1]],v,[2,2])),1),tf.constant([1.,2.]))
    grad(lambda v:tf.sparse.softmax(tf.SparseTensor([[0,0],[0,1]],v,[2,2])).values*tf.constant([1.,2.]),tf.constant([1.,2.]))
    tf.function(lambda x:x,input_signature=[tf.SparseTensorSpec([None,2])])(tf.sparse.eye(2))
    """,
    values,
)
