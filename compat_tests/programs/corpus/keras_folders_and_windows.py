"""Datasets from folders of texts, windows over a series, datasets cut in two."""

import os

import numpy as np
import tensorflow as tf
from tensorflow import keras

for c in ("pos", "neg"):
    os.makedirs(f"txt/{c}")
    for i in range(5):
        open(f"txt/{c}/{i}.txt", "w").write(f"{c} text number {i}")
d = keras.utils.text_dataset_from_directory("txt", batch_size=3, seed=4)
for x, y in d:
    print(x.numpy(), y.numpy())
print(d.class_names, d.element_spec)
d = keras.utils.text_dataset_from_directory(
    "txt", batch_size=3, seed=4, max_length=6, validation_split=0.4, subset="validation"
)
for x, y in d:
    print(x.numpy(), y.numpy())
data = np.arange(20)
d = keras.utils.timeseries_dataset_from_array(
    data[:-5], data[5:], sequence_length=4, sequence_stride=2, sampling_rate=1, batch_size=3
)
for x, y in d:
    print(x.numpy().tolist(), y.numpy().tolist())
d = keras.utils.timeseries_dataset_from_array(
    np.arange(40.0).reshape(20, 2),
    None,
    sequence_length=3,
    sampling_rate=2,
    batch_size=4,
    shuffle=True,
    seed=3,
    start_index=2,
    end_index=15,
)
for x in d:
    print(x.numpy()[:, :, 0].tolist())
for kw in (
    dict(start_index=-1),
    dict(start_index=30),
    dict(end_index=0),
    dict(sampling_rate=0),
    dict(sampling_rate=30),
    dict(sequence_stride=0),
):
    try:
        keras.utils.timeseries_dataset_from_array(data, None, sequence_length=3, **kw)
        print("ok")
    except Exception as e:
        print(type(e).__name__, e)
l, r = keras.utils.split_dataset(tf.data.Dataset.range(10), right_size=3, shuffle=True, seed=1)
print(list(l.as_numpy_iterator()), list(r.as_numpy_iterator()))
l, r = keras.utils.split_dataset((np.arange(6), np.arange(6) * 2), left_size=0.5)
print(list(l.as_numpy_iterator()))
for kw in (
    dict(),
    dict(left_size=2.0),
    dict(left_size=20),
    dict(left_size=0.7, right_size=0.7),
    dict(left_size="a"),
):
    try:
        keras.utils.split_dataset(np.arange(10), **kw)
        print("ok")
    except Exception as e:
        print(type(e).__name__, str(e)[:160])
