"""In the style of the guide to mixed precision: policies, dtypes of layers, fit, a loop of one's own."""

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow import keras
from tensorflow.keras import layers, mixed_precision

policy = mixed_precision.Policy("mixed_float16")
mixed_precision.set_global_policy(policy)
print("Compute dtype: %s" % policy.compute_dtype)
print("Variable dtype: %s" % policy.variable_dtype)

keras.utils.set_random_seed(1)
inputs = keras.Input(shape=(64,), name="digits")
dense1 = layers.Dense(48, activation="relu", name="dense_1")
x = dense1(inputs)
dense2 = layers.Dense(48, activation="relu", name="dense_2")
x = dense2(x)
print(inputs.dtype, dense1.dtype_policy, x.dtype, dense1.kernel.dtype, dense1.bias.dtype)

# A softmax in float16 at the end would lose precision.
wrong = layers.Dense(10, activation="softmax", name="predictions")(x)
print("Outputs dtype: %s" % wrong.dtype)
x = layers.Dense(10, name="dense_logits")(x)
outputs = layers.Activation("softmax", dtype="float32", name="predictions")(x)
print("Outputs dtype: %s" % outputs.dtype)
print(layers.Activation("linear", dtype="float32")(x).dtype)

digits = load_digits()
images = (digits.data / 16.0).astype("float32")
x_train, y_train, x_test, y_test = images[:1024], digits.target[:1024], images[1024:], digits.target[1024:]

model = keras.Model(inputs=inputs, outputs=outputs)
model.compile(loss="sparse_categorical_crossentropy", optimizer=keras.optimizers.RMSprop(), metrics=["accuracy"])
initial_weights = model.get_weights()
history = model.fit(x_train, y_train, batch_size=256, epochs=3, shuffle=False, verbose=0)
print(["%.2f" % loss for loss in history.history["loss"]])
print("Test loss %.2f" % model.evaluate(x_test, y_test, verbose=0)[0])
print(type(model.optimizer).__name__, float(model.optimizer.dynamic_scale), int(model.optimizer.step_counter))
print(type(model.optimizer.inner_optimizer).__name__, int(model.optimizer.iterations))
print(model.predict(x_test[:2], verbose=0).dtype, {v.dtype for v in model.trainable_variables})

# Why losses are scaled.
x = tf.constant(256, dtype="float16")
print((x**2).numpy())
x = tf.constant(1e-5, dtype="float16")
print((x**2).numpy())

optimizer = mixed_precision.LossScaleOptimizer(keras.optimizers.RMSprop(), dynamic_growth_steps=6)
loss_object = keras.losses.SparseCategoricalCrossentropy()
train_dataset = tf.data.Dataset.from_tensor_slices((x_train, y_train)).batch(256)
test_dataset = tf.data.Dataset.from_tensor_slices((x_test, y_test)).batch(256)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        predictions = model(x)
        loss = loss_object(y, predictions)
        scaled_loss = optimizer.scale_loss(loss)
    gradients = tape.gradient(scaled_loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


@tf.function
def test_step(x):
    return model(x, training=False)


model.set_weights(initial_weights)
for epoch in range(3):
    epoch_loss_avg = keras.metrics.Mean()
    test_accuracy = keras.metrics.SparseCategoricalAccuracy(name="test_accuracy")
    for x, y in train_dataset:
        epoch_loss_avg(train_step(x, y))
    for x, y in test_dataset:
        test_accuracy.update_state(y, test_step(x))
    print("Epoch %d: loss=%.2f, accuracy above 0.5: %s, scale %g" % (
        epoch, float(epoch_loss_avg.result()), float(test_accuracy.result()) > 0.5, float(optimizer.dynamic_scale)))

# A step with gradients that are not finite changes nothing but the scale.
before = [v.numpy() for v in model.trainable_variables]
gradients = [tf.fill(v.shape, np.float32("inf")) for v in model.trainable_variables]
steps = int(optimizer.iterations)
optimizer.apply_gradients(zip(gradients, model.trainable_variables))
print(all((a == b.numpy()).all() for a, b in zip(before, model.trainable_variables)))
print(int(optimizer.iterations) - steps, float(optimizer.dynamic_scale), int(optimizer.step_counter))

mixed_precision.set_global_policy("mixed_bfloat16")
keras.utils.set_random_seed(1)
model = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(8, 3, activation="relu", name="conv"),
    layers.BatchNormalization(name="norm"),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dropout(0.25),
    layers.Dense(10, name="logits", dtype="float32"),
])
model.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
history = model.fit(x_train.reshape(-1, 8, 8, 1), y_train, batch_size=256, epochs=2, shuffle=False, verbose=0)
# bfloat16 has two digits: what they add up to depends on the order.
losses = history.history["loss"]
print(2.0 < losses[0] < 3.0, 1.2 < losses[1] < 2.0, type(model.optimizer).__name__)
for layer in model.layers:
    print(layer.name, layer.dtype_policy, layer.compute_dtype, layer.variable_dtype, [(v.path, v.dtype) for v in layer.weights])


class Scaled(layers.Layer):
    def build(self, input_shape):
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")
        self.exact = self.add_weight(shape=(), initializer="ones", name="exact", autocast=False)

    def call(self, inputs):
        print("call:", inputs.dtype.name, self.scale.dtype, (self.scale + 0.0).dtype.name, (self.exact + 0.0).dtype.name)
        return tf.cast(inputs, "float32") * self.scale


layer = Scaled()
print(layer(tf.ones([2], "float64")).dtype, layer(np.ones(2, "float32")).dtype, layer.scale.dtype)
print(Scaled(dtype="float32")(tf.ones([2], "bfloat16")).dtype)
print(Scaled(dtype=mixed_precision.Policy("float64"))(tf.ones([2])).dtype)

policies = keras.dtype_policies.DTypePolicyMap(default_policy="float32")
policies["outer/.*"] = keras.DTypePolicy("mixed_float16")
print(policies["outer/dense"], policies["elsewhere"], len(policies))
print(keras.dtype_policies.deserialize(keras.dtype_policies.serialize(keras.DTypePolicy("bfloat16"))))
for wrong in ("mixed_float64", 3):
    try:
        mixed_precision.Policy(wrong)
    except (ValueError, TypeError) as error:
        print(type(error).__name__, error)
try:
    mixed_precision.set_global_policy(None)
except ValueError as error:
    print(error)
try:
    mixed_precision.LossScaleOptimizer(keras.optimizers.SGD(), clipnorm=1.0)
except ValueError as error:
    print(error)
mixed_precision.set_global_policy("float32")
keras.config.set_floatx("float64")
print(keras.Input((2,)).dtype, keras.config.floatx(), layers.Dense(2).dtype_policy)
