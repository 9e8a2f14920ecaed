"""Python control flow on tensors inside tf.function."""

import sys

import tensorflow as tf


@tf.function
def fizzbuzz(n):
    for i in tf.range(1, n + 1):
        if i % 15 == 0:
            tf.print("FizzBuzz", output_stream=sys.stdout)
        elif i % 3 == 0:
            tf.print("Fizz", output_stream=sys.stdout)
        elif i % 5 == 0:
            tf.print("Buzz", output_stream=sys.stdout)
        else:
            tf.print(i, output_stream=sys.stdout)


fizzbuzz(tf.constant(15))


@tf.function
def collatz(n):
    steps = 0
    highest = n
    while n != 1:
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3 * n + 1
        highest = tf.maximum(highest, n)
        steps += 1
    return steps, highest


print([tuple(int(v) for v in collatz(tf.constant(k, tf.int64))) for k in (1, 6, 27, 97)])


@tf.function
def first_above(values, limit):
    """Early return from inside a loop."""
    position = -1
    for i in tf.range(tf.shape(values)[0]):
        if values[i] > limit:
            position = i
            break
    if position < 0:
        return tf.constant(-1.0)
    return values[position]


data = tf.constant([0.5, 1.5, 2.5, 3.5])
print(first_above(data, 2.0), first_above(data, 9.0))


@tf.function
def sum_even(items):
    s = 0
    for c in items:
        if c % 2 > 0:
            continue
        s += c
    return s


print(sum_even(tf.constant([10, 12, 15, 20])))


@tf.function
def sign_name(x):
    if x > 0:
        return "positive"
    if tf.equal(x, 0):
        return "zero"
    return "negative"


print(sign_name(tf.constant(3)).numpy(), sign_name(tf.constant(0)).numpy(), sign_name(tf.constant(-3)).numpy())


@tf.function
def guarded(x, y, flag=True):
    if flag and tf.reduce_all(x > 0) and not tf.reduce_any(y < 0):
        z = tf.sqrt(x) + tf.sqrt(y)
    else:
        z = tf.zeros_like(x)
    return z if tf.reduce_sum(z) > 1 else -z


print(guarded(tf.constant([4.0, 9.0]), tf.constant([1.0, 16.0])))
print(guarded(tf.constant([-4.0, 9.0]), tf.constant([1.0, 16.0])))


@tf.function
def nested(n):
    total = tf.constant(0)
    for i in tf.range(n):
        for j in tf.range(i):
            if (i + j) % 2 == 1:
                continue
            if j > 4:
                break
            total += i * j
    return total


print("nested", nested(tf.constant(10)).numpy())


@tf.function
def newton_sqrt(a):
    x = a
    count = 0
    while tf.abs(x * x - a) > 1e-4 and count < 50:
        x = 0.5 * (x + a / x)
        count += 1
    tf.print("iterations:", count, output_stream=sys.stdout)
    return x


print(newton_sqrt(tf.constant(2.0)))
print(tf.autograph.to_code(sum_even.python_function) is not None)
