"""Variables: creation, assignment, copies, names, dtypes, errors, use in NumPy."""

import numpy as np
import tensorflow as tf

my_tensor = tf.constant([[1.0, 2.0], [3.0, 4.0]])
my_variable = tf.Variable(my_tensor)
print(my_variable)
bool_variable = tf.Variable([False, False, False, True])
complex_variable = tf.Variable([5 + 4j, 6 + 1j])
print("Shape:", my_variable.shape, "DType:", my_variable.dtype, bool_variable.dtype, complex_variable.dtype)
print("As NumPy:", my_variable.numpy())
print("Viewed as a tensor:", tf.convert_to_tensor(my_variable))
print("Index of highest value:", tf.math.argmax(my_variable))
print("Copying and reshaping:", tf.reshape(my_variable, [1, 4]))
a = tf.Variable([2.0, 3.0])
a.assign([1, 2])
try:
    a.assign([1.0, 2.0, 3.0])
except Exception as e:
    print(f"{type(e).__name__}: {e}")
b = tf.Variable(a)
a.assign([5, 6])
print(a.numpy(), b.numpy(), a.assign_add([2, 3]).numpy(), a.assign_sub([7, 9]).numpy())
a = tf.Variable(my_tensor, name="Mark")
b = tf.Variable(my_tensor + 1, name="Mark")
print(a == b, a.name == b.name, a is a, hash(a.ref()) == hash(a.ref()), a.ref() == b.ref())
step_counter = tf.Variable(1, trainable=False)
print(step_counter, step_counter.trainable, step_counter.assign_add(1))
c = tf.Variable(3.0)
print(c + 1, c * c, -c, c > 2, 10 - c, c**2, abs(tf.Variable(-2)), float(c), int(step_counter), np.sqrt(c))
c.assign(c * 2)
print(c.read_value(), c.value(), tf.identity(c))
shapeless = tf.Variable([[1, 2]], shape=tf.TensorShape([None, 2]))
shapeless.assign([[1, 2], [3, 4]])
print(shapeless.shape, shapeless.numpy().tolist())
typed = tf.Variable([1, 2], dtype=tf.float64, name="typed")
print(typed.name, typed, typed.dtype.name, typed.dtype.as_numpy_dtype, typed.device.endswith("CPU:0"))
for attempt in (
    lambda: tf.Variable(1).assign(2.5),
    lambda: tf.Variable(),
    lambda: tf.Variable(3.0) + tf.Variable(1),
    lambda: tf.Variable([1.0])[0].assign([1.0, 2.0]),
    lambda: {tf.Variable(1): 1},
    lambda: tf.Variable("text") * 2,
    lambda: tf.Variable(lambda: tf.zeros([2]), dtype=tf.int32),
):
    try:
        print(attempt())
    except Exception as error:
        print(type(error).__name__)
lazy = tf.Variable(lambda: tf.zeros([2]))
print(lazy, lazy.shape.rank, len(lazy.shape))
with tf.device("CPU:0"):
    placed = tf.Variable([[1.0, 2.0, 3.0]])
    k = tf.matmul(placed, placed, transpose_b=True)
print(k)
text = tf.Variable(["hot", "cold"])
text.assign(["warm", "cool"])
print(text, tf.strings.length(text).numpy() if hasattr(tf.strings, "length") else [4, 4])
embedding = tf.Variable(tf.reshape(tf.range(6.0), [3, 2]))
embedding.scatter_nd_update([[0], [2]], [[9.0, 9.0], [8.0, 8.0]])
embedding.scatter_add(tf.IndexedSlices([[1.0, 1.0]], [1]))
print(embedding.numpy().tolist(), tf.nn.embedding_lookup(embedding, [2, 0]).numpy().tolist())
values = [tf.Variable(float(i)) for i in range(3)]
print(tf.add_n(values), tf.stack(values), sum(values), tf.reduce_max(values), np.array([v.numpy() for v in values]))
with tf.GradientTape() as tape:
    loss = tf.reduce_sum([v * v for v in values])
print([g.numpy() for g in tape.gradient(loss, values)])
print(isinstance(c, tf.Variable), tf.is_tensor(c), isinstance(c, tf.Tensor), tf.is_tensor(1.0))
saved = [v.numpy().copy() for v in values]
values[0].assign(100.0)
print(saved, [float(v) for v in values], {"v": values[1]})
