"""Sequential models: layers added, summaries, feature extraction, freezing."""

import keras
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(1)
model = keras.Sequential(
    [
        layers.Dense(2, activation="relu", name="layer1"),
        layers.Dense(3, activation="relu", name="layer2"),
        layers.Dense(4, name="layer3"),
    ]
)
x = tf.ones((3, 3))
y = model(x)
print(y.shape, [l.name for l in model.layers])
model.pop()
print(len(model.layers))
model = keras.Sequential(name="my_sequential")
model.add(layers.Dense(2, activation="relu", name="layer1"))
model.add(layers.Dense(3, activation="relu", name="layer2"))
model.add(layers.Dense(4, name="layer3"))
layer = layers.Dense(3)
print(layer.weights)
x = tf.ones((1, 4))
y = layer(x)
print([w.shape for w in layer.weights])
model = keras.Sequential(
    [layers.Dense(2, activation="relu"), layers.Dense(3, activation="relu"), layers.Dense(4)]
)
try:
    model.summary()
except Exception as e:
    print(type(e).__name__, e)
try:
    print(model.weights)
except Exception as e:
    print(type(e).__name__, e)
x = tf.ones((1, 4))
y = model(x)
print("Number of weights after calling the model:", len(model.weights))
model.summary()
model = keras.Sequential()
model.add(keras.Input(shape=(4,)))
model.add(layers.Dense(2, activation="relu"))
model.summary()
print(model.layers, model.inputs, model.outputs)
model = keras.Sequential()
model.add(keras.Input(shape=(250, 250, 3)))
model.add(layers.Conv2D(32, 5, strides=2, activation="relu"))
model.add(layers.Conv2D(32, 3, activation="relu"))
model.add(layers.MaxPooling2D(3))
model.summary()
model.add(layers.Conv2D(32, 3, activation="relu"))
model.add(layers.Conv2D(32, 3, activation="relu"))
model.add(layers.MaxPooling2D(3))
model.add(layers.Conv2D(32, 3, activation="relu"))
model.add(layers.Conv2D(32, 3, activation="relu"))
model.add(layers.MaxPooling2D(2))
model.summary()
model.add(layers.GlobalMaxPooling2D())
model.add(layers.Dense(10))
initial_model = keras.Sequential(
    [
        keras.Input(shape=(25, 25, 3)),
        layers.Conv2D(4, 5, strides=2, activation="relu"),
        layers.Conv2D(4, 3, activation="relu", name="my_intermediate_layer"),
        layers.Conv2D(4, 3, activation="relu"),
    ]
)
feature_extractor = keras.Model(
    inputs=initial_model.inputs, outputs=[layer.output for layer in initial_model.layers]
)
x = tf.ones((1, 25, 25, 3))
features = feature_extractor(x)
print([f.shape for f in features])
fe = keras.Model(
    inputs=initial_model.inputs,
    outputs=initial_model.get_layer(name="my_intermediate_layer").output,
)
print(fe(x).shape, fe.name)
# transfer
m = keras.Sequential([keras.Input(shape=(8,)), layers.Dense(4), layers.Dense(4), layers.Dense(2)])
for l in m.layers[:-1]:
    l.trainable = False
m.summary()
print(len(m.trainable_weights), len(m.non_trainable_weights))
base = keras.Sequential(
    [keras.Input((5, 5, 1)), layers.Conv2D(2, 3), layers.GlobalAveragePooling2D()], name="base"
)
base.trainable = False
m2 = keras.Sequential([base, layers.Dense(3)])
m2.summary()
m2.summary(expand_nested=True, show_trainable=True)
print(m2.get_config()["layers"][0]["class_name"], len(m2.get_config()["layers"]))
print(m2.layers[0].name, m2.input_shape, m2.output_shape, m2.count_params())
try:
    keras.Sequential([layers.Dense(2, name="a"), layers.Dense(2, name="a")])
except ValueError as e:
    print("ValueError", e)
m3 = keras.Sequential([layers.Dense(2, input_shape=(3,)), layers.Dense(1)])
m3.build()
m3.summary()
print(m3.built, m3.input_shape)
