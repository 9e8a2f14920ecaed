"""Layers without weights: activations, shapes, functions, masking, rescaling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras import activations
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.ops.array.join import stack
from tfjax._src.ops.array.shaping import cast, expand_dims, pad, repeat, reshape, transpose
from tfjax._src.ops.math.comparison import not_equal
from tfjax._src.ops.math.reductions import reduce_any


@export("keras.layers.Activation")
class Activation(Layer):
    """Applies an activation function."""

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:
        return self.activation(inputs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activation": activations.serialize(self.activation)}


class _Function(Layer):
    """A layer around an activation function with settings."""

    fields: tuple[str, ...] = ()

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **{f: getattr(self, f) for f in self.fields}}


@export("keras.layers.ReLU")
class ReLU(_Function):
    """max(x, 0), with a cap, slope and threshold if given."""

    fields = ("max_value", "negative_slope", "threshold")

    def __init__(self, max_value: Any = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope or 0.0, threshold or 0.0
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


@export("keras.layers.LeakyReLU")
class LeakyReLU(_Function):
    """x above 0, negative_slope * x below; `alpha` is Keras 2's name of the slope."""

    fields = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        negative_slope = kwargs.pop("alpha", negative_slope)
        super().__init__(**kwargs)
        if negative_slope is None or negative_slope < 0:
            raise ValueError(f"The negative_slope value of a Leaky ReLU layer cannot be None or negative value. Expected a float. Received: negative_slope={negative_slope}")
        self.negative_slope = negative_slope
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return activations.leaky_relu(inputs, self.negative_slope)


@export("keras.layers.ELU")
class ELU(_Function):
    """x above 0, alpha * (exp(x) - 1) below."""

    fields = ("alpha",)

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return activations.elu(inputs, self.alpha)


@export("keras.layers.Softmax")
class Softmax(_Function):
    """exp(x) / sum(exp(x)) along `axis`; masked elements get 0."""

    fields = ("axis",)

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is not None:
            inputs = inputs + (1.0 - cast(mask, inputs.dtype)) * -1e9
        return activations.softmax(inputs, self.axis)


@export("keras.layers.Flatten")
class Flatten(Layer):
    """[batch, ...] to [batch, n]; `data_format` "channels_first" moves the channels last before."""

    def __init__(self, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = data_format or "channels_last"

    def call(self, inputs: Any) -> Any:
        rank = len(inputs.shape)
        if self.data_format == "channels_first" and rank > 2:
            inputs = transpose(inputs, [0, *range(2, rank), 1])
        if rank == 1:
            return expand_dims(inputs, -1)
        return reshape(inputs, [inputs.shape[0], int(np.prod(inputs.shape[1:].as_list(), dtype=np.int64))])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format}


@export("keras.layers.Reshape")
class Reshape(Layer):
    """[batch, ...] to [batch, *target_shape]; one size may be -1."""

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)

    def call(self, inputs: Any) -> Any:
        total = int(np.prod(inputs.shape[1:].as_list(), dtype=np.int64))
        known = int(np.prod([d for d in self.target_shape if d != -1], dtype=np.int64))
        if (total != known if -1 not in self.target_shape else known == 0 or total % known):
            raise ValueError(f"The total size of the tensor must be unchanged. Received: input_shape={tuple(inputs.shape)[1:]}, target_shape={self.target_shape}")
        return reshape(inputs, [inputs.shape[0], *self.target_shape])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "target_shape": self.target_shape}


@export("keras.layers.Permute")
class Permute(Layer):
    """Reorders the axes behind the batch axis; `dims` counts from 1."""

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(f"Invalid permutation argument `dims` for Permute Layer. The set of indices in `dims` must be consecutive and start from 1. Received dims={dims}")

    def call(self, inputs: Any) -> Any:
        return transpose(inputs, (0, *self.dims))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dims": self.dims}


@export("keras.layers.RepeatVector")
class RepeatVector(Layer):
    """[batch, features] to [batch, n, features]."""

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(n, int):
            raise TypeError(f"Expected an integer value for `n`, got {type(n)}.")
        self.n = n

    def call(self, inputs: Any) -> Any:
        return repeat(expand_dims(inputs, 1), self.n, axis=1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "n": self.n}


@export("keras.layers.ZeroPadding2D")
class ZeroPadding2D(Layer):
    """Adds rows and columns of zeros: an int, (vertical, horizontal), or pairs of (before, after)."""

    def __init__(self, padding: Any = (1, 1), data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(padding, int):
            padding = ((padding, padding), (padding, padding))
        elif all(isinstance(p, int) for p in padding):
            padding = tuple((p, p) for p in padding)
        self.padding, self.data_format = tuple(tuple(p) for p in padding), data_format or "channels_last"

    def call(self, inputs: Any) -> Any:
        if self.data_format == "channels_last":
            return pad(inputs, ((0, 0), *self.padding, (0, 0)))
        return pad(inputs, ((0, 0), (0, 0), *self.padding))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": self.padding, "data_format": self.data_format}


@export("keras.layers.ZeroPadding1D")
class ZeroPadding1D(Layer):
    """Adds zeros before and after the steps."""

    def __init__(self, padding: Any = 1, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.padding = (padding, padding) if isinstance(padding, int) else tuple(padding)
        self.data_format = data_format or "channels_last"

    def call(self, inputs: Any) -> Any:
        if self.data_format == "channels_last":
            return pad(inputs, ((0, 0), self.padding, (0, 0)))
        return pad(inputs, ((0, 0), (0, 0), self.padding))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": self.padding, "data_format": self.data_format}


@export("keras.layers.UpSampling2D")
class UpSampling2D(Layer):
    """Repeats rows and columns; `interpolation` must be "nearest"."""

    def __init__(self, size: Any = (2, 2), data_format: Any = None, interpolation: str = "nearest", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if interpolation != "nearest":
            raise ValueError(f"`interpolation` must be 'nearest', got {interpolation!r}.")
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        self.data_format, self.interpolation = data_format or "channels_last", interpolation

    def call(self, inputs: Any) -> Any:
        first = 1 if self.data_format == "channels_last" else 2
        return repeat(repeat(inputs, self.size[0], axis=first), self.size[1], axis=first + 1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size, "data_format": self.data_format, "interpolation": self.interpolation}


@export("keras.layers.Lambda")
class Lambda(Layer):
    """A function as a layer.

    Args:
      function: called with the inputs (and `mask` or `training` if it takes them).
      output_shape: no effect: shapes are found by tracing.
      mask: the outputs' mask, or a function of (inputs, mask).
      arguments: keyword arguments for `function`.
    """

    def __init__(self, function: Callable[..., Any], output_shape: Any = None, mask: Any = None, arguments: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.function, self.mask, self.arguments = function, mask, arguments or {}
        self._output_shape = output_shape
        self.supports_masking = mask is not None

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        import inspect

        names = inspect.signature(self.function).parameters
        extra = {k: v for k, v in (("mask", mask), ("training", training)) if k in names and k not in self.arguments}
        return self.function(inputs, **self.arguments, **extra)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "function": self.function, "arguments": self.arguments}


@export("keras.layers.Masking")
class Masking(Layer):
    """Marks steps whose features all equal `mask_value` as padding."""

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mask_value = mask_value
        self.supports_masking = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return reduce_any(not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        keep = reduce_any(not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        return inputs * cast(keep, inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mask_value": self.mask_value}


@export("keras.layers.Rescaling", "keras.layers.experimental.preprocessing.Rescaling")
class Rescaling(Layer):
    """inputs * scale + offset."""

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale, self.offset = scale, offset
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        x = cast(to_tensor(inputs), self.compute_dtype) if not isinstance(inputs, (list, tuple)) else stack(inputs)
        return x * to_tensor(self.scale, None, x.dtype) + to_tensor(self.offset, None, x.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.scale, "offset": self.offset}


@export("keras.layers.Identity")
class Identity(Layer):
    """The inputs, unchanged."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return inputs
