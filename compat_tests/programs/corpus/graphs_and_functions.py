"""Graphs from Python functions: what is traced, what runs, and what a function keeps."""

import numpy as np
import tensorflow as tf


def regular(x, y, b):
    return tf.matmul(x, y) + b


compiled = tf.function(regular)
row, column, bias = tf.constant([[1.0, 2.0]]), tf.constant([[2.0], [3.0]]), tf.constant(4.0)
print(regular(row, column, bias).numpy(), compiled(row, column, bias).numpy())


@tf.function
def my_relu(x):
    return tf.maximum(0.0, x)


print(my_relu(tf.constant(5.5)), my_relu([1, -1]), my_relu(tf.constant([3.0, -3.0])))
print(my_relu(tf.constant(-2.5)), my_relu(tf.constant([-1.0, 1.0])))
print(my_relu.pretty_printed_concrete_signatures())


@tf.function
def mse(y_true, y_pred):
    print("Calculating MSE!")
    return tf.reduce_mean(tf.pow(y_true - y_pred, 2))


truth = tf.random.uniform([5], maxval=10, dtype=tf.int32, seed=1)
guess = tf.random.uniform([5], maxval=10, dtype=tf.int32, seed=2)
mse(truth, guess), mse(truth, guess)
tf.config.run_functions_eagerly(True)
mse(truth, guess), mse(truth, guess)
tf.config.run_functions_eagerly(False)


@tf.function
def fizzbuzz(n):
    for i in tf.range(1, n + 1):
        print("Tracing for loop")
        if i % 15 == 0:
            print("Tracing fizzbuzz branch")
        elif i % 3 == 0:
            print("Tracing fizz branch")
        else:
            print("Tracing default branch")


fizzbuzz(tf.constant(5)), fizzbuzz(tf.constant(20))


@tf.function
def running_sums(data, start):
    rows = tf.transpose(data, [1, 0, 2])
    count = tf.shape(rows)[0]
    states = tf.TensorArray(tf.float32, size=count)
    state = start
    for i in tf.range(count):
        state = rows[i] + state
        states = states.write(i, state)
    return tf.transpose(states.stack(), [1, 0, 2])


print(running_sums(tf.reshape(tf.range(24.0), [2, 3, 4]), tf.zeros([2, 4])))


@tf.function
def total(dataset):
    loss = tf.constant(0)
    for x, y in dataset:
        loss += tf.abs(y - x)
    return loss


print(total([(1, 3)] * 3), total(tf.data.Dataset.from_tensor_slices(([1, 2], [5, 5]))))

seen = []


@tf.function
def side_effect(x):
    print("Python side effect")
    seen.append(x)


side_effect(1), side_effect(1), side_effect(1)
print(seen)


class Model(tf.Module):
    def __init__(self):
        self.v = tf.Variable(0)
        self.counter = 0

    @tf.function
    def __call__(self):
        if self.counter == 0:
            self.counter += 1
            self.v.assign_add(1)
        return self.v


m = Model()
print([m().numpy() for _ in range(3)])


class Plain:
    def __init__(self):
        self.bias, self.weight = 0.0, 2.0


@tf.function
def evaluate(model, x):
    return model.weight * x + model.bias


plain = Plain()
print(evaluate(plain, tf.constant(10.0)))
plain.bias += 5.0
print(evaluate(plain, tf.constant(10.0)))
plain.bias = tf.Variable(1.0)
print(evaluate(Plain(), tf.constant(10.0)), evaluate.experimental_get_tracing_count())


class FruitType(tf.types.experimental.TraceType):
    def __init__(self, fruit):
        self.kind, self.fruit = type(fruit), fruit

    def is_subtype_of(self, other):
        return type(other) is FruitType and self.kind is other.kind

    def most_specific_common_supertype(self, others):
        return self if all(self == other for other in others) else None

    def placeholder_value(self, placeholder_context=None):
        return self.fruit

    def __eq__(self, other):
        return type(other) is FruitType and self.kind == other.kind

    def __hash__(self):
        return hash(self.kind)


class Fruit:
    def __tf_tracing_type__(self, context):
        return FruitType(self)


class Apple(Fruit):
    flavor = tf.constant([1, 2])


class Mango(Fruit):
    flavor = tf.constant([3, 4])


@tf.function
def mixed(a, b):
    print("mixing")
    return a.flavor + b.flavor


print(mixed(Apple(), Mango()), mixed(Apple(), Mango()), mixed(Mango(), Apple()), mixed.experimental_get_tracing_count())


def huber(x, delta):
    if tf.abs(x) <= delta:
        return x * x / 2
    return delta * (tf.abs(x) - delta / 2)


@tf.function
def slope(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.py_function(func=huber, inp=[x, 2.0], Tout=tf.float32)
    return tape.gradient(y, x)


print(slope(tf.constant(1.0)), slope(tf.constant(5.0)))
collected = []


@tf.function
def effects(x):
    tf.py_function(lambda v: collected.append(float(v)), [x], [])
    return tf.numpy_function(np.sinh, [x], tf.float32)


print(effects(tf.constant(1.0)), effects(tf.constant(0.0)), collected)
power = tf.function(lambda a, b: a**b)
square = power.get_concrete_function(a=tf.TensorSpec(None, tf.float32), b=2)
print(square(tf.constant(10.0)), square.structured_input_signature)
for attempt in (lambda: square(tf.constant(10.0), b=3), lambda: power()):
    try:
        attempt()
    except TypeError as error:
        print(str(error).splitlines()[0])
