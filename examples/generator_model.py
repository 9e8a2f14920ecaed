"""A subclassed model fed by a generator: with fit, and with a training loop of its own."""

import tensorflow as tf

import numpy as np

tf.keras.utils.set_random_seed(0)
centres = np.random.RandomState(0).normal(size=(3, 8)) * 2


def samples():
    random = np.random.RandomState(1)
    for _ in range(960):
        label = random.randint(3)
        yield (centres[label] + random.normal(size=8)).astype("float32"), label


dataset = tf.data.Dataset.from_generator(
    samples, output_types=(tf.float32, tf.int32), output_shapes=((8,), ())
).batch(32).prefetch(tf.data.experimental.AUTOTUNE)


class Classifier(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = tf.keras.layers.Dense(16, activation="relu")
        self.scores = tf.keras.layers.Dense(3)

    def call(self, inputs):
        return self.scores(self.hidden(inputs))


model = Classifier()
model.build((None, 8))
model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
history = model.fit(dataset, epochs=3, verbose=0)
print("fit:", [f"{loss:.4f}" for loss in history.history["loss"]])
loss, accuracy = model.evaluate(dataset, verbose=0)
print(f"evaluate: loss {loss:.4f}, accuracy {accuracy:.4f}")

model = Classifier()
model.build((None, 8))
optimizer = tf.keras.optimizers.Adam()
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
mean_loss, mean_accuracy = tf.keras.metrics.Mean(), tf.keras.metrics.SparseCategoricalAccuracy()


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        scores = model(x, training=True)
        loss = loss_fn(y, scores)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    mean_loss(loss)
    mean_accuracy(y, scores)


for epoch in range(3):
    mean_loss.reset_state()
    mean_accuracy.reset_state()
    for x, y in dataset:
        train_step(x, y)
    print(f"epoch {epoch + 1}: loss {mean_loss.result():.4f}, accuracy {mean_accuracy.result():.4f}")
