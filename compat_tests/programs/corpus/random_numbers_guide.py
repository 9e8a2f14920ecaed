"""Generators, stateless draws and seeds: what repeats and what does not."""

import tensorflow as tf

first = tf.random.Generator.from_seed(1)
print("normal", first.normal(shape=[2, 3]).numpy())
print("state", first.state.numpy(), "algorithm", first.algorithm, "key", first.key.numpy())
second = tf.random.Generator.from_seed(1, alg="philox")
print("the same", bool(tf.reduce_all(second.normal([2, 3]) == tf.random.Generator.from_seed(1).normal([2, 3]))))

tf.random.set_global_generator(tf.random.Generator.from_seed(42))
print("global", tf.random.get_global_generator().uniform([3]).numpy())
children = tf.random.Generator.from_seed(7).split(count=3)
print("split", [float(child.normal([])) for child in children])
first.reset_from_seed(5)
print("reset", first.uniform([2], minval=0, maxval=100, dtype=tf.int32).numpy(), first.make_seeds(2).numpy())


@tf.function
def draw(generator):
    return generator.normal([2])


made = []


@tf.function
def lazily():
    if not made:
        made.append(tf.random.Generator.from_seed(2))
    return made[0].uniform([2])


print("in a function", draw(first).numpy(), draw(first).numpy())
print("made inside", lazily().numpy(), lazily().numpy())


class Noise(tf.Module):
    def __init__(self):
        self.generator = tf.random.Generator.from_seed(3)

    @tf.function
    def __call__(self, x, stddev=0.1):
        return x + self.generator.normal(tf.shape(x), stddev=stddev)


noise = Noise()
print("module", noise(tf.zeros([3])).numpy(), noise(tf.zeros([3])).numpy())

seed = tf.random.split([1, 2], num=2)
print("seeds", seed.numpy(), tf.random.fold_in([1, 2], 7).numpy())
for name in ("stateless_uniform", "stateless_normal", "stateless_truncated_normal"):
    print(name, getattr(tf.random, name)([3], seed=[1, 2]).numpy())
print("gamma", tf.random.stateless_gamma([3], [1, 2], alpha=[0.5, 1.0, 4.0]).numpy())
print("poisson", tf.random.stateless_poisson([3], [1, 2], lam=[1.0, 10.0, 100.0]).numpy())
print("binomial", tf.random.stateless_binomial([3], [1, 2], counts=[10.0, 10.0, 100.0], probs=[0.2, 0.5, 0.3]).numpy())
print("categorical", tf.random.stateless_categorical(tf.math.log([[0.1, 0.9], [0.5, 0.5]]), 6, [1, 2]).numpy())

tf.random.set_seed(1234)
print("global seed", tf.random.uniform([2]).numpy(), tf.random.uniform([2]).numpy())
print("and op seed", tf.random.uniform([2], seed=1).numpy(), tf.random.uniform([2], seed=1).numpy())
tf.random.set_seed(1234)
print("again", tf.random.uniform([2]).numpy(), tf.random.shuffle(tf.range(6)).numpy())


@tf.function
def f():
    return tf.random.uniform([1]), tf.random.uniform([1])


@tf.function
def g():
    return tf.random.uniform([1]), tf.random.uniform([1])


print("two functions", [v.numpy() for v in (*f(), *g(), *f())])
try:
    tf.random.Generator.from_seed(1, alg="none")
except ValueError as error:
    print("ValueError:", error)
