"""Rows of different lengths: building, slicing, computing with and converting ragged tensors."""

import tensorflow as tf

digits = tf.ragged.constant([[3, 1, 4, 1], [], [5, 9, 2], [6], []])
words = tf.ragged.constant([["So", "long"], ["thanks", "for", "all", "the", "fish"]])
print(tf.add(digits, 3))
print(tf.reduce_mean(digits, axis=1))
print(tf.concat([digits, [[5, 3]]], axis=0))
print(tf.tile(digits, [1, 2]))
print(tf.strings.substr(words, 0, 2))
print(tf.map_fn(tf.math.square, digits))

print(digits[0])
print(digits[:, :2])
print(digits[:, -2:])
print(digits + 3)
print(digits + tf.ragged.constant([[1, 2, 3, 4], [], [5, 6, 7], [8], []]))
print(tf.ragged.map_flat_values(lambda x: x * 2 + 1, digits))
print(digits.to_list())
print(digits.numpy())

for row in tf.RaggedTensor.from_value_rowids(values=[3, 1, 4, 1, 5, 9, 2], value_rowids=[0, 0, 0, 0, 2, 2, 3]):
    print("row", row.numpy())
print(tf.RaggedTensor.from_row_lengths(values=[3, 1, 4, 1, 5, 9, 2], row_lengths=[4, 0, 2, 1]))
print(tf.RaggedTensor.from_row_splits(values=[3, 1, 4, 1, 5, 9, 2], row_splits=[0, 4, 4, 6, 7]))
try:
    tf.ragged.constant([["one", "two"], [3, 4]])
except ValueError as error:
    print("ValueError:", error)
try:
    tf.ragged.constant(["A", ["B", "C"]])
except ValueError as error:
    print("ValueError:", error)

queries = tf.ragged.constant([["Who", "is", "Dan", "Smith"], ["Pause"], ["Will", "it", "rain", "later", "today"]])
buckets = tf.strings.to_hash_bucket_fast(queries, 1024)
print(buckets)
table = tf.reshape(tf.range(1024 * 2, dtype=tf.float32), [1024, 2])
embedded = tf.nn.embedding_lookup(table, buckets)
print(embedded.shape, tf.reduce_mean(embedded, axis=1).shape)
marker = tf.fill([queries.nrows(), 1], "#")
padded = tf.concat([marker, queries, marker], axis=1)
bigrams = tf.strings.join([padded[:, :-1], padded[:, 1:]], separator="+")
print(bigrams)

nested = tf.RaggedTensor.from_nested_row_splits(flat_values=[3, 1, 4, 1, 5, 9, 2], nested_row_splits=([0, 2, 3], [0, 4, 6, 7]))
print(nested, nested.shape, nested.ragged_rank)
pairs = tf.RaggedTensor.from_row_splits(values=[[1, 3], [0, 0], [1, 3], [5, 3], [3, 3], [1, 2]], row_splits=[0, 3, 4, 6])
print(pairs.shape, pairs.flat_values.shape, pairs.bounding_shape().numpy())
uniform = tf.RaggedTensor.from_uniform_row_length(tf.RaggedTensor.from_row_splits([10, 11, 12, 13, 14, 15, 16], [0, 3, 5, 6, 7]), 2)
print(uniform.shape, uniform.uniform_row_length.numpy())

sentences = tf.ragged.constant([["Hi"], ["Welcome", "to", "the", "fair"], ["Have", "fun"]])
print(sentences.to_tensor(default_value="", shape=[None, 10]).shape)
print(sentences.to_sparse().dense_shape.numpy())
print(tf.RaggedTensor.from_tensor([[1, 3, -1, -1], [2, -1, -1, -1], [4, 5, 8, 9]], padding=-1))
print(tf.RaggedTensor.from_sparse(tf.SparseTensor([[0, 0], [2, 0], [2, 1]], ["a", "b", "c"], [3, 3])))


@tf.function
def make_palindrome(x, axis):
    return tf.concat([x, tf.reverse(x, [axis])], axis)


print(make_palindrome(tf.constant([[1, 2], [3, 4], [5, 6]]), axis=1))
print(make_palindrome(tf.ragged.constant([[1, 2], [3], [4, 5, 6]]), axis=1))


@tf.function(input_signature=[tf.RaggedTensorSpec(shape=[None, None], dtype=tf.int32)])
def max_and_min(rt):
    return tf.math.reduce_max(rt, axis=-1), tf.math.reduce_min(rt, axis=-1)


print(max_and_min(tf.ragged.constant([[1, 4], [3]])))

x = tf.ragged.constant([[1, 2], [3, 4, 5], [6], []])
y = tf.ragged.constant([[1, 1], [2, 2, 2], [3], []])
print(x + y, x * 3 > y, -x, abs(-x), x // 2, x == y)
print(x + tf.constant([[10], [20], [30], [40]]))
print(tf.ragged.constant([[[1, 2], [3]], [[4]]]) + tf.constant([[[100]]]))
try:
    print(tf.ragged.constant([[1, 2], [3, 4, 5]]) + tf.constant([[1, 2, 3], [4, 5, 6]]))
except tf.errors.InvalidArgumentError as error:
    print("InvalidArgumentError:", str(error).splitlines()[0])

values = tf.constant([1.0, 2.0, 3.0, 4.0])
with tf.GradientTape() as tape:
    tape.watch(values)
    rows = tf.RaggedTensor.from_row_lengths(values, [3, 1])
    loss = tf.reduce_sum(tf.reduce_sum(rows, axis=1) ** 2)
print(tape.gradient(loss, values).numpy())

dataset = tf.data.Dataset.from_tensor_slices(digits)
for batch in dataset.batch(2):
    print(batch)
for batch in tf.data.Dataset.from_tensor_slices([1, 5, 3, 2, 8]).map(lambda n: tf.range(n)).ragged_batch(2):
    print(batch)
print(tf.ragged.stack([digits[0], digits[2]]))
print(tf.where(digits > 2, digits, 0))
print(digits.row_lengths(), digits.row_starts(), digits.value_rowids())
