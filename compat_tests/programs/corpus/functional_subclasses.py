"""Subclasses of a functional model: their configs, files and clones; shapes of inputs and outputs; vocabularies as text."""

import numpy as np
import keras
from keras import layers

inputs = keras.Input((3,))
other = keras.Input((4,))
outputs = layers.Dense(2)(inputs)


class Passing(keras.Model):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)


class Extra(keras.Model):
    def __init__(self, inputs, outputs, extra=3, **kwargs):
        super().__init__(inputs, outputs, **kwargs)


class Same(keras.Model):
    def __init__(self, inputs, outputs, name=None, **kwargs):
        super().__init__(inputs, outputs, name=name, **kwargs)


class OldLoss(keras.Model):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, allow_empty=False):
        return keras.ops.mean(keras.ops.abs(y - y_pred)) + 1.0


class Sized(keras.Model):
    def __init__(self, units=3):
        inputs = keras.Input((3,))
        super().__init__(inputs, layers.Dense(units)(inputs))


x = np.ones((2, 3), "float32")
for cls in (Passing, Extra, Same, OldLoss, Sized):
    try:
        model = Sized() if cls is Sized else cls(inputs, outputs)
        model.compile("sgd", "mse")
        model.fit(x, np.ones((2, model.output_shape[-1])), verbose=0)
        print(cls.__name__, sorted(model.get_config()))
        copy = cls.from_config(model.get_config())
        print(type(copy).__name__, len(copy.layers))
        model.save("model.keras")
        loaded = keras.models.load_model("model.keras", custom_objects={cls.__name__: cls})
        print(type(loaded).__name__, np.allclose(loaded(x), model(x)), loaded.input.shape)
        print(type(keras.models.clone_model(model)).__name__)
    except TypeError as error:
        print(type(error).__name__, str(error)[:150])
wide = layers.Dense(5)(other)
for ins, outs in (([inputs], [outputs]), ({"q": inputs}, (outputs, outputs)), ({"b": inputs, "a": other}, {"y": outputs, "x": wide})):
    model = keras.Model(ins, outs)
    print(model.input_shape, model.output_shape)
text = layers.TextVectorization()
text.adapt(["a b c", "a b"])
print(text.get_vocabulary(), layers.StringLookup(vocabulary=["q", "r"]).get_vocabulary(), layers.IntegerLookup(vocabulary=[1, 2]).get_vocabulary())
for outs in ([outputs], (outputs,), {"a": outputs}, [outputs, outputs]):
    model = keras.Model([inputs], outs)
    print(type(keras.ops.convert_to_numpy(model(x)) if hasattr(model(x), "shape") else model(x)).__name__, type(model.predict(x, verbose=0)).__name__)
model = keras.Model([inputs], [outputs])
model.compile("sgd", "mse", metrics=["mae"])
print(sorted(model.fit([x], [np.ones((2, 2))], verbose=0).history), type(model(keras.Input((3,)))).__name__)
