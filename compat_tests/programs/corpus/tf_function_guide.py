"""tf.function: when it traces, what it caches, and what differs from Python."""

import tensorflow as tf


@tf.function
def double(a):
    print("Tracing with", a)
    return a + a


print(double(tf.constant(1)))
print(double(tf.constant(1.1)))
print(double(tf.constant("a")))
print(double(tf.constant(7)).numpy())
print(double(2), double(3))

double_strings = double.get_concrete_function(tf.TensorSpec(shape=None, dtype=tf.string))
print(double_strings(tf.constant("b")).numpy())


@tf.function(input_signature=(tf.TensorSpec(shape=[None], dtype=tf.int32),))
def next_collatz(x):
    print("Tracing with", x)
    return tf.where(x % 2 == 0, x // 2, 3 * x + 1)


print(next_collatz(tf.constant([1, 2])))
print(next_collatz(tf.constant([4, 5, 6])))
for bad in (tf.constant([[1, 2], [3, 4]]), tf.constant([1.0, 2.0])):
    try:
        next_collatz(bad)
    except (TypeError, ValueError) as error:
        print("rejected:", type(error).__name__)


@tf.function
def f(x):
    print("Traced with", x)
    tf.print("Executed with", x)


external_list = []


@tf.function
def side_effect(x):
    external_list.append(x)
    return x + 1


side_effect(1), side_effect(1), side_effect(tf.constant(1)), side_effect(tf.constant(2))
print(len(external_list))


class Counter(tf.Module):
    def __init__(self):
        self.count = None
        self.total = tf.Variable(0)

    @tf.function
    def __call__(self, step=1):
        if self.count is None:
            self.count = tf.Variable(0)
        self.total.assign_add(10)
        return self.count.assign_add(step)


c = Counter()
print(c(), c(), c(tf.constant(5)), c.total.numpy(), len(c.variables))


@tf.function
def creates_each_time(x):
    v = tf.Variable(1.0)
    return v + x


try:
    creates_each_time(1.0)
except ValueError as error:
    print("ValueError", "non-first call" in str(error))


@tf.function(reduce_retracing=True)
def square(x):
    print("trace", x.shape)
    return x * x


for n in (1, 2, 3, 4):
    square(tf.ones([n]))


@tf.function
def train_step(weights, inputs, config):
    return {"out": weights["w"] * inputs + weights["b"], "pair": (inputs, [config["scale"] * inputs])}


result = train_step({"w": tf.constant(2.0), "b": tf.constant(1.0)}, inputs=tf.constant(3.0), config={"scale": 10.0})
print(result)
concrete = train_step.get_concrete_function(
    {"w": tf.TensorSpec([], tf.float32), "b": tf.TensorSpec([], tf.float32)}, tf.TensorSpec([], tf.float32), {"scale": 2.0})
print(concrete.structured_outputs)


@tf.function
def inner(x):
    return x**2


@tf.function
def outer(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = inner(x) + tf.cond(x > 2.0, lambda: x, lambda: -x)
    return y, tape.gradient(y, x)


print(outer(tf.constant(3.0)), outer(tf.constant(1.0)))
tf.config.run_functions_eagerly(True)
print(double(tf.constant([4])))
tf.config.run_functions_eagerly(False)
print(double.experimental_get_tracing_count() >= 4, callable(double.python_function))
print(tf.executing_eagerly(), tf.function(lambda: tf.constant(tf.executing_eagerly()))().numpy(), tf.inside_function())
