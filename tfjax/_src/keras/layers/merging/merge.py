"""Layers that join several inputs."""

from __future__ import annotations

import functools
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.layers.settings import ConfiguredLayer
from tfjax._src.ops.array.join import concat
from tfjax._src.ops.array.shaping import expand_dims, squeeze, transpose
from tfjax._src.ops.math import arithmetic
from tfjax._src.ops.math.elementwise import rsqrt, square
from tfjax._src.ops.math.linear import matmul
from tfjax._src.ops.math.logical import logical_and
from tfjax._src.ops.math.reductions import reduce_sum


def _shapes(layer: Any, input_shape: Any, least: int = 1) -> list[tuple[Any, ...]]:
    """The inputs' shapes. Raises ValueError for what is not a list of at least `least`."""
    if not isinstance(input_shape, (list, tuple)) or not input_shape or not isinstance(input_shape[0], (list, tuple)):
        raise ValueError(f"A merge layer should be called on a list of inputs. Received: input_shape={input_shape} (not a list of shapes)")
    if len(input_shape) < least:
        raise ValueError(f"A merge layer should be called on a list of at least {least} input. Received {len(input_shape)} inputs. Full input_shape received: {input_shape}")
    return [tuple(s) for s in input_shape]


class Merge(ConfiguredLayer):
    """Base of layers that take a list of tensors of shapes that broadcast."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        shapes = _shapes(self, input_shape)
        batches = {s[0] for s in shapes if s and s[0] is not None}
        if len(batches) > 1:
            raise ValueError(f"Cannot merge tensors with different batch sizes. Received tensors with shapes {input_shape}")
        functools.reduce(_broadcast, [s[1:] for s in shapes])

    def call(self, inputs: Any) -> Any:
        if not isinstance(inputs, (list, tuple)):
            raise ValueError(f"A merge layer should be called on a list of inputs. Received: inputs={inputs} (not a list of tensors)")
        rank = max(len(x.shape) for x in inputs)
        aligned = []
        for x in inputs:
            while len(x.shape) < rank:
                x = expand_dims(x, 1)
            aligned.append(x)
        return self._merge(aligned)

    def _merge(self, inputs: list[Any]) -> Any:
        raise NotImplementedError

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if not mask or any(m is None for m in mask):
            return None
        return functools.reduce(logical_and, mask)


def _broadcast(first: tuple[Any, ...], second: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(first) < len(second):
        first, second = second, first
    result = list(first[: len(first) - len(second)])
    for a, b in zip(first[len(first) - len(second) :], second):
        if a is None or b is None:
            result.append(None)
        elif a == 1 or b == 1 or a == b:
            result.append(max(a, b))
        else:
            raise ValueError(f"Inputs have incompatible shapes. Received shapes {first} and {second}")
    return tuple(result)


@export("keras.layers.Add")
class Add(Merge):
    """The sum of the inputs.

    >>> import tfjax as tf
    >>> tf.keras.layers.Add()([tf.constant([1.0]), tf.constant([2.0])]).numpy()
    array([3.], dtype=float32)
    """

    def _merge(self, inputs: list[Any]) -> Any:
        return functools.reduce(arithmetic.add, inputs)


@export("keras.layers.Subtract")
class Subtract(Merge):
    """The first input minus the second."""

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        if len(input_shape) != 2:
            raise ValueError(f"A `Subtract` layer should be called on exactly 2 inputs. Received: input_shape={input_shape}")

    def _merge(self, inputs: list[Any]) -> Any:
        return arithmetic.subtract(*inputs)


@export("keras.layers.Multiply")
class Multiply(Merge):
    """The product of the inputs."""

    def _merge(self, inputs: list[Any]) -> Any:
        return functools.reduce(arithmetic.multiply, inputs)


@export("keras.layers.Average")
class Average(Merge):
    """The mean of the inputs."""

    def _merge(self, inputs: list[Any]) -> Any:
        return functools.reduce(arithmetic.add, inputs) / len(inputs)


@export("keras.layers.Maximum")
class Maximum(Merge):
    """The element-wise maximum of the inputs."""

    def _merge(self, inputs: list[Any]) -> Any:
        return functools.reduce(arithmetic.maximum, inputs)


@export("keras.layers.Minimum")
class Minimum(Merge):
    """The element-wise minimum of the inputs."""

    def _merge(self, inputs: list[Any]) -> Any:
        return functools.reduce(arithmetic.minimum, inputs)


@export("keras.layers.Concatenate")
class Concatenate(Merge):
    """Joins the inputs along `axis`.

    >>> import tfjax as tf
    >>> tf.keras.layers.Concatenate()([tf.ones((1, 2)), tf.ones((1, 3))]).shape
    TensorShape([1, 5])
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def build(self, input_shape: Any) -> None:
        if not isinstance(input_shape, (list, tuple)) or not input_shape or not isinstance(input_shape[0], (list, tuple)):
            raise ValueError(f"A `Concatenate` layer should be called on a list of at least 1 input. Received: input_shape={input_shape}")
        shapes = [list(s) for s in input_shape]
        for shape in shapes:
            if len(shape) == len(shapes[0]):
                shape[self.axis] = None
        for shape in shapes[1:]:
            if len(shape) != len(shapes[0]) or any(a is not None and b is not None and a != b for a, b in zip(shape, shapes[0])):
                raise ValueError(f"A `Concatenate` layer requires inputs with matching shapes except for the concatenation axis. Received: input_shape={input_shape}")

    def call(self, inputs: Any) -> Any:
        return concat(list(inputs), self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None or all(m is None for m in mask):
            return None
        from tfjax._src.ops.array.creation import ones_like
        from tfjax._src.ops.array.shaping import broadcast_to, cast
        from tfjax._src.ops.math.reductions import reduce_all

        parts = []
        for x, m in zip(inputs, mask):
            if m is None:
                parts.append(cast(ones_like(x), "bool"))
            elif len(m.shape) < len(x.shape):
                parts.append(broadcast_to(expand_dims(m, -1), x.shape))
            else:
                parts.append(m)
        return reduce_all(concat(parts, self.axis), axis=-1)


@export("keras.layers.Dot")
class Dot(Merge):
    """Dot products of two inputs along `axes`.

    Args:
      axes: an int, or one per input.
      normalize: scales both to length 1 first: cosines.

    >>> import tfjax as tf
    >>> tf.keras.layers.Dot(1)([tf.ones((2, 3)), tf.ones((2, 3))]).numpy()
    array([[3.],
           [3.]], dtype=float32)
    """

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(axes, int):
            if not isinstance(axes, (list, tuple)):
                raise TypeError(f"Invalid type for argument `axes`: it should be a list or an int. Received: axes={axes}")
            if len(axes) != 2:
                raise ValueError(f"Invalid format for argument `axes`: it should contain two elements. Received: axes={axes}")
        self.axes, self.normalize = axes, normalize

    def build(self, input_shape: Any) -> None:
        if not isinstance(input_shape, (list, tuple)) or not isinstance(input_shape[0], (list, tuple)) or len(input_shape) != 2:
            raise ValueError(f"A `Dot` layer should be called on a list of 2 inputs. Received: input_shape={input_shape}")
        first, second = input_shape
        a, b = self._two_axes(len(first), len(second))
        if first[a] is not None and second[b] is not None and first[a] != second[b]:
            raise ValueError(f"Incompatible input shapes: axis values {first[a]} (at axis {a}) != {second[b]} (at axis {b}). Full input shapes: {tuple(first)}, {tuple(second)}")

    def _two_axes(self, *ranks: int) -> list[int]:
        axes = [self.axes, self.axes] if isinstance(self.axes, int) else list(self.axes)
        return [axis % rank for axis, rank in zip(axes, ranks)]

    def call(self, inputs: Any) -> Any:
        a, b = inputs
        ranks = (len(a.shape), len(b.shape))
        axes = self._two_axes(*ranks)
        if self.normalize:
            a, b = [x * rsqrt(arithmetic.maximum(reduce_sum(square(x), axis=i, keepdims=True), 1e-12)) for x, i in zip((a, b), axes)]
        if ranks == (2, 2):
            return reduce_sum(a * b, axis=1, keepdims=True)
        first = transpose(a, [*[i for i in range(ranks[0]) if i != axes[0]], axes[0]])
        second = transpose(b, [0, axes[1], *[i for i in range(1, ranks[1]) if i != axes[1]]])
        if ranks[0] == 2:
            return squeeze(matmul(expand_dims(first, 1), second), 1)
        if ranks[1] == 2:
            return squeeze(matmul(first, expand_dims(second, -1)), -1)
        return matmul(first, second)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None


@export("keras.layers.add")
def add(inputs: Any, **kwargs: Any) -> Any:
    """The sum of a list of tensors."""
    return Add(**kwargs)(inputs)


@export("keras.layers.concatenate")
def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """A list of tensors joined along `axis`."""
    return Concatenate(axis=axis, **kwargs)(inputs)


@export("keras.layers.multiply")
def multiply(inputs: Any, **kwargs: Any) -> Any:
    """The product of a list of tensors."""
    return Multiply(**kwargs)(inputs)


@export("keras.layers.average")
def average(inputs: Any, **kwargs: Any) -> Any:
    """The mean of a list of tensors."""
    return Average(**kwargs)(inputs)


@export("keras.layers.dot")
def dot(inputs: Any, axes: Any = -1, **kwargs: Any) -> Any:
    """Dot products of two tensors along `axes`."""
    return Dot(axes=axes, **kwargs)(inputs)


@export("keras.layers.subtract")
def subtract(inputs: Any, **kwargs: Any) -> Any:
    """The first of two tensors minus the second."""
    return Subtract(**kwargs)(inputs)


@export("keras.layers.maximum")
def maximum(inputs: Any, **kwargs: Any) -> Any:
    """The element-wise maximum of a list of tensors."""
    return Maximum(**kwargs)(inputs)


@export("keras.layers.minimum")
def minimum(inputs: Any, **kwargs: Any) -> Any:
    """The element-wise minimum of a list of tensors."""
    return Minimum(**kwargs)(inputs)
