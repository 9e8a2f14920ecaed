"""MirroredStrategy with a training loop of one's own, after TensorFlow's tutorial on custom training.

Trains on all GPUs, or on two virtual CPU devices where there is none.
"""

import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow.keras import layers

if not tf.config.list_physical_devices("GPU"):
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
else:
    strategy = tf.distribute.MirroredStrategy()
print(f"Number of devices: {strategy.num_replicas_in_sync}")

EPOCHS = 3
BATCH_SIZE_PER_REPLICA = 32
GLOBAL_BATCH_SIZE = BATCH_SIZE_PER_REPLICA * strategy.num_replicas_in_sync

digits = load_digits()
images = (digits.images[..., None] / 16.0).astype("float32")
train_dataset = tf.data.Dataset.from_tensor_slices((images[:1500], digits.target[:1500])).batch(
    GLOBAL_BATCH_SIZE
)
test_dataset = tf.data.Dataset.from_tensor_slices((images[1500:], digits.target[1500:])).batch(
    GLOBAL_BATCH_SIZE
)
train_dist_dataset = strategy.experimental_distribute_dataset(train_dataset)
test_dist_dataset = strategy.experimental_distribute_dataset(test_dataset)

tf.keras.utils.set_random_seed(0)
with strategy.scope():
    loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")

    def compute_loss(labels, predictions, model_losses):
        per_example_loss = loss_object(labels, predictions)
        loss = tf.nn.compute_average_loss(per_example_loss, global_batch_size=GLOBAL_BATCH_SIZE)
        if model_losses:
            loss += tf.nn.scale_regularization_loss(tf.add_n(model_losses))
        return loss

    test_loss = tf.keras.metrics.Mean(name="test_loss")
    train_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="train_accuracy")
    test_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="test_accuracy")

    regularizer = tf.keras.regularizers.L2(1e-5)
    model = tf.keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(16, 3, activation="relu", kernel_regularizer=regularizer),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu", kernel_regularizer=regularizer),
            layers.Dense(10, kernel_regularizer=regularizer),
        ]
    )
    optimizer = tf.keras.optimizers.Adam(learning_rate=0.003)
    optimizer.build(model.trainable_variables)


def train_step(inputs):
    batch, labels = inputs
    with tf.GradientTape() as tape:
        predictions = model(batch, training=True)
        loss = compute_loss(labels, predictions, model.losses)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    train_accuracy.update_state(labels, predictions)
    return loss


def test_step(inputs):
    batch, labels = inputs
    predictions = model(batch, training=False)
    test_loss.update_state(loss_object(labels, predictions))
    test_accuracy.update_state(labels, predictions)


# `run` calls the function on every replica; under tf.function all of it is one program.
@tf.function
def distributed_train_step(inputs):
    per_replica_losses = strategy.run(train_step, args=(inputs,))
    return strategy.reduce(tf.distribute.ReduceOp.SUM, per_replica_losses, axis=None)


@tf.function
def distributed_test_step(inputs):
    return strategy.run(test_step, args=(inputs,))


for epoch in range(EPOCHS):
    total_loss = 0.0
    num_batches = 0
    for batch in train_dist_dataset:
        total_loss += distributed_train_step(batch)
        num_batches += 1
    for batch in test_dist_dataset:
        distributed_test_step(batch)
    print(
        f"Epoch {epoch + 1}, Loss: {total_loss / num_batches:.2f}, Accuracy: {train_accuracy.result():.2f}, "
        f"Test Loss: {test_loss.result():.2f}, Test Accuracy: {test_accuracy.result():.2f}"
    )
    test_loss.reset_state()
    train_accuracy.reset_state()
    test_accuracy.reset_state()
