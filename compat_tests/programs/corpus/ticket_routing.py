"""A model with three inputs and two outputs; losses, weights and data given by name."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(1)
num_tags, num_words, num_departments = 6, 50, 4

title_input = keras.Input(shape=(None,), name="title")
body_input = keras.Input(shape=(None,), name="body")
tags_input = keras.Input(shape=(num_tags,), name="tags")
title_features = layers.Embedding(num_words, 8)(title_input)
body_features = layers.Embedding(num_words, 8)(body_input)
title_features = layers.LSTM(12)(title_features)
body_features = layers.LSTM(6)(body_features)
x = layers.concatenate([title_features, body_features, tags_input])
priority_pred = layers.Dense(1, name="priority")(x)
department_pred = layers.Dense(num_departments, name="department")(x)
model = keras.Model(inputs=[title_input, body_input, tags_input],
                    outputs={"priority": priority_pred, "department": department_pred})
model.summary()

model.compile(
    optimizer=keras.optimizers.RMSprop(1e-3),
    loss={
        "priority": keras.losses.BinaryCrossentropy(from_logits=True),
        "department": keras.losses.CategoricalCrossentropy(from_logits=True),
    },
    loss_weights={"priority": 1.0, "department": 0.2},
    metrics={"department": ["accuracy", keras.metrics.TopKCategoricalAccuracy(k=2, name="top2")]},
)
random = np.random.RandomState(0)
title_data = random.randint(num_words, size=(128, 5))
body_data = random.randint(num_words, size=(128, 9))
tags_data = random.randint(2, size=(128, num_tags)).astype("float32")
priority_targets = random.random_sample(size=(128, 1))
dept_targets = keras.utils.to_categorical(random.randint(num_departments, size=128), num_departments)

history = model.fit(
    {"title": title_data, "body": body_data, "tags": tags_data},
    {"priority": priority_targets, "department": dept_targets},
    epochs=2, batch_size=32, verbose=0,
)
for name in sorted(history.history):
    print(name, np.round(history.history[name], 4))

dataset = tf.data.Dataset.from_tensor_slices((
    {"title": title_data, "body": body_data, "tags": tags_data},
    {"priority": priority_targets, "department": dept_targets},
)).batch(64)
results = model.evaluate(dataset, return_dict=True, verbose=0)
print({k: round(v, 4) for k, v in sorted(results.items())})
predictions = model.predict({"title": title_data[:2], "body": body_data[:2], "tags": tags_data[:2]}, verbose=0)
print({k: v.shape for k, v in predictions.items()})
print([layer.name for layer in model.layers])
print(model.input_shape, model.output_shape)
print(model.get_layer("priority").get_config()["units"], [i.name for i in model.inputs])
