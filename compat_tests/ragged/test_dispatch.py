"""Ordinary operations on ragged tensors, their gradients, tf.function and nests."""

from __future__ import annotations

from compat_tests.expressions import expression_table


def gradient(tf, function, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x)


def values(tf):
    return {
        "rt": tf.ragged.constant([[1, 2], [], [3]]),
        "ra": tf.ragged.constant([[1.0, 2.0], [], [3.0]]),
        "rb": tf.ragged.constant([[10], [20], [30]]),
        "rt2": tf.ragged.constant([[[1, 2], []], [[3]]]),
        "r3": tf.ragged.constant([[[1.0, 2], [3, 4]], [[5, 6]]], ragged_rank=1),
        "rs": tf.ragged.constant([["a", "bc"], ["d"]]),
        "grad": lambda f, x: gradient(tf, f, x),
        "fn": lambda f, *a: tf.function(f)(*a),
    }


test_operations = expression_table(
    r"""
    rt+rb
    rt*tf.constant([[1],[2],[3]])
    rt2+tf.constant([[[1]]])
    rt2+tf.constant([[[1]],[[2]]])
    r3+tf.constant([10.,20.])
    r3+tf.constant([[[1.]],[[2.]]])
    rt2+tf.ragged.constant([[[10,20],[]],[[30]]])
    rt2+tf.ragged.constant([[10,20],[]])
    1+rt
    [[1],[2],[3]]+rt
    rt+[[1],[2],[3]]
    rt+1.5
    ra+1
    rt**2
    rt%2
    rt//2
    rt/2
    rt==1
    rt==rb
    rt!=rb
    rt==rs
    rt!=tf.constant([1,2,3,4])
    rt=='a'
    rt==1.5
    rt<=rt
    ~tf.ragged.constant([[True],[]])
    tf.add(rt,rt)
    tf.maximum(rt,2)
    tf.where(tf.ragged.constant([[True,False],[],[True]]),rt,-rt)
    tf.where(tf.ragged.constant([[True,False],[],[True]]),rt,0)
    tf.where(tf.ragged.constant([[True,False],[],[True]]))
    tf.clip_by_value(rt,2,3)
    tf.add_n([rt,rt,rt])
    tf.cast(rt,tf.float32)
    tf.zeros_like(rt)
    tf.ones_like(rt,dtype=tf.float32)
    tf.size(rt)
    tf.rank(rt)
    tf.shape(rt)
    tf.shape(rt2)
    tf.shape(r3)
    tf.identity(rt)
    tf.one_hot(rt,4)
    tf.square(rt)
    tf.nn.relu(ra)
    tf.nn.leaky_relu(ra)
    tf.nn.softmax(ra)
    tf.nn.softmax(r3)
    tf.nn.softmax(r3,axis=1)
    tf.nn.gelu(ra)
    tf.cumsum(rt,axis=1)
    tf.cumsum(rt,axis=1,exclusive=True)
    tf.cumsum(rt,axis=1,reverse=True)
    tf.cumsum(rt)
    tf.reduce_sum(rt)
    tf.reduce_sum(rt,0)
    tf.reduce_sum(rt,1)
    tf.reduce_sum(rt,-1,keepdims=True)
    tf.reduce_sum(rt,0,keepdims=True)
    tf.reduce_sum(rt,keepdims=True)
    tf.reduce_sum(rt,[0,1])
    tf.reduce_sum(rt2,0)
    tf.reduce_sum(rt2,1)
    tf.reduce_sum(rt2,2)
    tf.reduce_sum(rt2,[1,2])
    tf.reduce_sum(rt2,[0,2])
    tf.reduce_sum(r3,1)
    tf.reduce_sum(r3,2)
    tf.reduce_sum(r3,0)
    tf.reduce_sum(rt,2)
    tf.reduce_mean(rt)
    tf.reduce_mean(rt,1)
    tf.reduce_mean(ra,1)
    tf.reduce_mean(ra,0)
    tf.reduce_mean(r3,[0,1])
    tf.reduce_max(rt,1)
    tf.reduce_max(ra,1)
    tf.reduce_min(rt,1)
    tf.reduce_min(ra,0)
    tf.reduce_prod(rt,1)
    tf.reduce_any(rt>1,1)
    tf.reduce_all(rt>1,1)
    tf.reduce_all(rt>1)
    tf.math.reduce_variance(ra,1)
    tf.math.reduce_std(ra,1)
    tf.math.reduce_std(ra)
    tf.math.reduce_variance(r3,1)
    tf.concat([rt,rt],0)
    tf.concat([rt,rt],1)
    tf.concat([rt,rt],-1)
    tf.concat([rt2,rt2],2)
    tf.concat([rt,tf.constant([[7,8],[9,10],[11,12]])],1)
    tf.concat([rt,tf.constant([[7,8]])],0)
    tf.concat([rt,[[4,5]]],0)
    tf.concat([rt,rt],2)
    tf.concat([rt],0)
    tf.stack([rt,rt])
    tf.stack([rt,rt],1)
    tf.stack([rt,rt],2)
    tf.stack([rt,rt],-1)
    tf.stack([rt,tf.constant([[1]])])
    tf.gather(rt,[2,0])
    tf.gather(rt,[[2,0],[1,1]])
    tf.gather(rt,1)
    tf.gather(rt,tf.ragged.constant([[2],[0,1]]))
    tf.gather(tf.constant([10,20,30,40]),rt)
    tf.gather(tf.constant([[1,2],[3,4],[5,6],[7,8]]),rt)
    tf.gather(rt,[5])
    tf.gather(rt2,[0],axis=1)
    tf.gather(r3,[1],axis=2)
    tf.gather(rt,tf.ragged.constant([[1,0],[],[0]]),batch_dims=1)
    tf.gather(tf.constant([[1,2],[3,4],[5,6]]),tf.ragged.constant([[1,0],[],[0]]),batch_dims=1)
    tf.gather(tf.ragged.constant([[1,2],[3]]),tf.constant([[0],[0]]),batch_dims=1)
    tf.gather_nd(rt,[[0,1],[2,0]])
    tf.gather_nd(rt,[[0],[2]])
    tf.gather_nd(rt2,[[0,0]])
    tf.gather_nd(rt2,[[0,0,1]])
    tf.tile(rt,[1,2])
    tf.tile(rt,[2,1])
    tf.tile(rt,[2,2])
    tf.tile(rt2,[1,2,1])
    tf.tile(rt,[1,0])
    tf.expand_dims(rt,0)
    tf.expand_dims(rt,1)
    tf.expand_dims(rt,2)
    tf.expand_dims(rt,-1)
    tf.expand_dims(rt,3)
    tf.squeeze(tf.expand_dims(rt,1),1)
    tf.squeeze(tf.expand_dims(rt,0),0)
    tf.squeeze(tf.expand_dims(rt,2),[2])
    tf.squeeze(rt)
    tf.reverse(rt,[0])
    tf.reverse(rt,[1])
    tf.reverse(rt,[0,1])
    tf.split(rt,3)
    tf.split(rt,[1,2])
    tf.split(r3,2,axis=2)
    tf.matmul(tf.ragged.constant([[[1.,2],[3,4]],[[5,6]]],ragged_rank=1),tf.ones([2,2,3]))
    tf.nn.embedding_lookup(tf.constant([[1.],[2.],[3.],[4.]]),rt)
    tf.math.unsorted_segment_sum(rt,[0,1,0],2)
    tf.math.unsorted_segment_mean(ra,[0,1,0],2)
    tf.strings.length(rs)
    tf.strings.upper(rs)
    tf.strings.join([rs,rs],separator='-')
    tf.strings.reduce_join(rs,axis=1)
    tf.strings.reduce_join(rs,axis=0)
    tf.strings.reduce_join(rs)
    tf.strings.substr(rs,0,1)
    tf.strings.regex_replace(rs,'a','z')
    tf.strings.as_string(rt)
    tf.strings.to_number(tf.strings.as_string(rt),tf.int32)
    rs+'x'
    rs+rs
    rs=='d'
    list(rt)
    [r for r in rt2]
    tf.boolean_mask(rt,[True,False,True])
    tf.sequence_mask(rt.row_lengths())
    grad(lambda x:tf.reduce_sum(x*x),ra)
    grad(lambda x:x.to_tensor(),ra)
    grad(lambda x:tf.reduce_max(x,1),ra)
    grad(lambda x:tf.reduce_mean(x,0),ra)
    grad(lambda x:tf.concat([x,x*2],1).to_tensor(),ra)
    grad(lambda v:tf.reduce_sum(tf.RaggedTensor.from_row_splits(v,[0,2,3])**2,1),tf.constant([1.,2.,3.]))
    fn(lambda x:x*2,rt)
    fn(lambda x:tf.reduce_sum(x,1),rt)
    fn(lambda x:(x+x).to_tensor(),rt)
    fn(lambda x:x[:,:1],rt)
    fn(lambda x:x.with_values(x.values+1),rt2)
    fn(lambda x:{'a':x,'b':[x.row_lengths()]},rt)
    fn(lambda x:tf.concat([x,x],0),rt)
    fn(lambda x:tf.strings.upper(x),rs)
    fn(lambda x:x.nrows(),rt)
    tf.function(lambda x:x,input_signature=[tf.RaggedTensorSpec([None,None],tf.int32)])(rt)
    tf.nest.map_structure(lambda x:x,{'a':rt})
    tf.nest.pack_sequence_as(rt,[tf.constant([4,5,6]),rt.row_splits],expand_composites=True)
    tf.nest.assert_same_structure(rt,rb,expand_composites=True)
    tf.nest.assert_same_structure(rt,rt2,expand_composites=True)
    tf.debugging.assert_equal(rt,rt)
    tf.print(rt)
    tf.strings.format('{}',rt)
    tf.type_spec_from_value(tf.constant([1]))
    """,
    values,
)
