"""Layers of one's own: weights on first call, nested layers, losses added in call, config."""

import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(5)


class Linear(keras.layers.Layer):
    def __init__(self, units=32, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal", trainable=True)
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True, name="bias")

    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units})
        return config


x = tf.ones((2, 2))
linear_layer = Linear(4)
print(linear_layer.built, linear_layer.weights)
y = linear_layer(x)
print(y)
print(linear_layer.built, [(w.name, tuple(w.shape), tf.as_dtype(w.dtype).name) for w in linear_layer.weights])


class ComputeSum(keras.layers.Layer):
    def __init__(self, input_dim):
        super().__init__()
        self.total = self.add_weight(initializer="zeros", shape=(input_dim,), trainable=False)

    def call(self, inputs):
        self.total.assign_add(tf.reduce_sum(inputs, axis=0))
        return self.total


my_sum = ComputeSum(2)
my_sum(x)
print(my_sum(x).numpy(), len(my_sum.non_trainable_weights), my_sum.trainable_weights)


class MLPBlock(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.linear_1 = Linear(32)
        self.blocks = [Linear(8), Linear(1)]

    def call(self, inputs):
        x = tf.nn.relu(self.linear_1(inputs))
        for block in self.blocks:
            x = block(x)
        return x


mlp = MLPBlock()
print(mlp(tf.ones(shape=(3, 64))).shape)
print("weights:", len(mlp.weights), "trainable weights:", len(mlp.trainable_weights))


class ActivityRegularizationLayer(keras.layers.Layer):
    def __init__(self, rate=1e-2):
        super().__init__()
        self.rate = rate

    def call(self, inputs):
        self.add_loss(self.rate * tf.reduce_mean(inputs))
        return inputs


class OuterLayer(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.activity_reg = ActivityRegularizationLayer(1e-2)
        self.dense = keras.layers.Dense(3, kernel_regularizer=keras.regularizers.l2(1e-3))

    def call(self, inputs):
        return self.dense(self.activity_reg(inputs))


layer = OuterLayer()
print(len(layer.losses))
_ = layer(tf.zeros((1, 1)))
print(len(layer.losses))
_ = layer(tf.ones((1, 1)))
print(len(layer.losses), [f"{float(v):.5f}" for v in layer.losses])

config = Linear(64, name="my_linear").get_config()
print(sorted(config.items(), key=str)[:2], config["units"], config["name"])
new_layer = Linear.from_config(config)
print(new_layer.name, new_layer.units, new_layer.trainable, new_layer.dtype)


class CustomDropout(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seed_generator = keras.random.SeedGenerator(1337)

    def call(self, inputs, training=None):
        if training:
            return keras.random.dropout(inputs, rate=self.rate, seed=self.seed_generator)
        return inputs


drop = CustomDropout(0.5)
print(drop(tf.ones((1, 6)), training=True).numpy(), drop(tf.ones((1, 3))).numpy())
inputs = keras.Input((3,))
model = keras.Model(inputs, Linear(2)(CustomDropout(0.1)(inputs)))
model.compile("sgd", "mse")
print(f"{model.evaluate(tf.ones((4, 3)), tf.zeros((4, 2)), verbose=0):.5f}")
try:
    Linear(3)(tf.constant([1, 2, 3]))
except Exception as error:
    print(type(error).__name__)
