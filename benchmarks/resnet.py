"""A step of `fit` of a residual network in float32 and in mixed_bfloat16; a Keras program.

Prints {workload: microseconds}.
"""

import json
import os
import sys

import keras
from keras import layers

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import models
from harness import median_us

SIZES = models.resnet_sizes()


def block(x, width, stride):
    shortcut = x
    if stride > 1 or x.shape[-1] != 4 * width:
        shortcut = layers.BatchNormalization()(layers.Conv2D(4 * width, 1, stride, use_bias=False)(x))
    for size, steps, channels in ((1, 1, width), (3, stride, width), (1, 1, 4 * width)):
        x = layers.Conv2D(channels, size, steps, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        if channels == width:
            x = layers.Activation("relu")(x)
    return layers.Activation("relu")(x + shortcut)


def resnet():
    images = keras.Input((SIZES.image, SIZES.image, 3))
    x = layers.Conv2D(SIZES.width, 7, 2, padding="same", use_bias=False)(images)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    x = layers.MaxPooling2D(3, 2, padding="same")(x)
    for stage, blocks in enumerate(SIZES.blocks):
        for number in range(blocks):
            x = block(x, SIZES.width * 2**stage, 2 if stage and not number else 1)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, layers.Dense(SIZES.classes, dtype="float32")(x))


def fit(policy):
    keras.mixed_precision.set_global_policy(policy)
    images, labels = models.resnet_data()
    model = resnet()
    model.compile(
        keras.optimizers.SGD(0.01, momentum=0.9), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )

    def epoch():
        model.fit(images, labels, batch_size=SIZES.batch, epochs=1, shuffle=False, verbose=0)

    for _ in range(2):
        epoch()
    return median_us(epoch, number=1, repeats=5) / (len(images) // SIZES.batch)


print(json.dumps({f"{SIZES.name}, a step, {p}": fit(p) for p in ("float32", "mixed_bfloat16")}))
