"""Tensors of which few elements are stored: making, changing and multiplying them."""

import tensorflow as tf

st1 = tf.sparse.SparseTensor(indices=[[0, 3], [2, 4]], values=[10, 20], dense_shape=[3, 10])
print(st1)


def pprint_sparse_tensor(st):
    rows = [f" {index}: {value}" for index, value in zip(st.indices.numpy().tolist(), st.values.numpy().tolist())]
    return f"<SparseTensor shape={st.dense_shape.numpy().tolist()} \n values={{{','.join(rows)}}}>"


print(pprint_sparse_tensor(st1))
st2 = tf.sparse.from_dense([[1, 0, 0, 8], [0, 0, 0, 0], [0, 0, 3, 0]])
print(pprint_sparse_tensor(st2))
print(tf.sparse.to_dense(st2))

a = tf.sparse.SparseTensor(indices=[[0, 2], [3, 4]], values=[31, 2], dense_shape=[4, 10])
b = tf.sparse.SparseTensor(indices=[[0, 2], [3, 0]], values=[56, 38], dense_shape=[4, 10])
print(pprint_sparse_tensor(tf.sparse.add(a, b)))

c = tf.sparse.SparseTensor(indices=([0, 1], [1, 0], [1, 1]), values=[13, 15, 17], dense_shape=(2, 2))
print(tf.sparse.sparse_dense_matmul(c, tf.constant([[4], [6]])))

patches = [
    tf.sparse.SparseTensor(indices=[[0, 2], [3, 3], [3, 4], [4, 3], [4, 4], [5, 4]], values=[1, 1, 1, 1, 1, 1], dense_shape=[8, 5]),
    tf.sparse.SparseTensor(indices=[[0, 2], [1, 1], [1, 3], [2, 0], [2, 4], [2, 5]], values=[1, 1, 1, 1, 1, 1], dense_shape=[8, 6]),
]
joined = tf.sparse.concat(axis=1, sp_inputs=patches)
print(tf.sparse.to_dense(joined))
print(tf.sparse.to_dense(tf.sparse.slice(joined, start=[2, 0], size=[4, 6])))
for part in tf.sparse.split(sp_input=joined, num_split=3, axis=1):
    print(part.dense_shape.numpy(), part.values.numpy())

print(tf.sparse.to_dense(tf.sparse.map_values(tf.add, st2, 5)))
print(pprint_sparse_tensor(tf.sparse.transpose(st2)), pprint_sparse_tensor(tf.sparse.reshape(st2, [2, 6])))
messy = tf.sparse.SparseTensor(indices=[[2, 1], [0, 0]], values=[5, 7], dense_shape=[3, 2])
try:
    tf.sparse.to_dense(messy)
except tf.errors.InvalidArgumentError as error:
    print(str(error).splitlines()[0].split("}}")[-1].strip())
print(pprint_sparse_tensor(tf.sparse.reorder(messy)))
filled, empty = tf.sparse.fill_empty_rows(st2, -1)
print(pprint_sparse_tensor(filled), empty.numpy())
print(tf.sparse.reduce_sum(st2, axis=1), tf.sparse.reduce_max(st2, axis=0), tf.sparse.reduce_sum(st2).numpy())
print(pprint_sparse_tensor(tf.sparse.retain(st2, st2.values > 2)))
print(pprint_sparse_tensor(tf.sparse.expand_dims(st2, 0)))
print(pprint_sparse_tensor(tf.sparse.maximum(a, b)), tf.sparse.eye(2).values.numpy())
print(tf.sparse.softmax(tf.cast(st2, tf.float32)).values.numpy().round(4))
print(pprint_sparse_tensor(st2 * tf.constant([[2], [3], [4]])), tf.abs(st2).dtype, tf.shape(st2).numpy())


@tf.function
def scaled(x, y):
    return tf.sparse.sparse_dense_matmul(x, y) * 2.0


weights = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])
features = tf.cast(st2, tf.float32)
print(scaled(features, weights))
with tf.GradientTape() as tape:
    loss = tf.reduce_sum(tf.sparse.sparse_dense_matmul(features, weights) ** 2)
print(tape.gradient(loss, weights).numpy())

values = tf.constant([1.0, 2.0])
with tf.GradientTape() as tape:
    tape.watch(values)
    st = tf.sparse.SparseTensor([[0, 0], [1, 1]], values, [2, 2])
    loss = tf.reduce_sum(tf.sparse.to_dense(st) * [[3.0, 1.0], [1.0, 4.0]])
print(tape.gradient(loss, values).numpy())

dataset = tf.data.Dataset.from_tensor_slices(st1)
for element in dataset:
    print(pprint_sparse_tensor(element))
for element in dataset.batch(2):
    print(pprint_sparse_tensor(element))
print(dataset.element_spec)
print(tf.sets.intersection([[1, 2, 3], [4, 5, 6]], [[2, 3, 9], [6, 7, 8]]).values.numpy())
print(tf.sets.size(tf.sets.union([[1, 2, 3], [4, 5, 6]], [[2, 3, 9], [6, 7, 8]])).numpy())
print(tf.sparse.bincount([[1, 1, 3], [0, 2, 2]], axis=-1).values.numpy())
cross = tf.sparse.cross([tf.constant([["red"], ["blue"]]), tf.constant([["S", "L"], ["M", "M"]])])
print(tf.sparse.to_dense(cross))
