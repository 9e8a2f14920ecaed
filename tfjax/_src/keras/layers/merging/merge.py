"""Layers that join several inputs."""

from __future__ import annotations

import functools
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.ops.array.join import concat
from tfjax._src.ops.array.shaping import expand_dims, squeeze
from tfjax._src.ops.math import arithmetic
from tfjax._src.ops.math.elementwise import rsqrt, square
from tfjax._src.ops.math.linear import matmul
from tfjax._src.ops.math.reductions import reduce_sum


class Merge(Layer):
    """Base of layers that take a list of tensors of shapes that broadcast."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        if not isinstance(input_shape, (list, tuple)) or not input_shape or not isinstance(input_shape[0], (list, tuple)):
            raise ValueError(f"A merge layer should be called on a list of inputs. Received: input_shape={input_shape} (not a list of shapes)")
        if len(input_shape) < 1:
            raise ValueError("A merge layer should be called on a list of at least 1 input.")

    def call(self, inputs: Any) -> Any:
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
        masks = [m for m in mask or [] if m is not None]
        if not masks:
            return None
        from tfjax._src.ops.math.logical import logical_and

        return functools.reduce(logical_and, masks)


@export("keras.layers.Add")
class Add(Merge):
    """The sum of the inputs."""

    def _merge(self, inputs: list[Any]) -> Any:
        return functools.reduce(arithmetic.add, inputs)


@export("keras.layers.Subtract")
class Subtract(Merge):
    """The first input minus the second."""

    def _merge(self, inputs: list[Any]) -> Any:
        if len(inputs) != 2:
            raise ValueError(f"A `Subtract` layer should be called on exactly 2 inputs. Received: inputs={inputs}")
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
        return functools.reduce(arithmetic.add, inputs) / float(len(inputs))


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
    """Joins the inputs along `axis`."""

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        shapes = [list(s) for s in input_shape]
        for shape in shapes:
            if len(shape) == len(shapes[0]):
                shape[self.axis] = None
        for shape in shapes[1:]:
            if len(shape) != len(shapes[0]) or any(a is not None and b is not None and a != b for a, b in zip(shape, shapes[0])):
                raise ValueError(f"A `Concatenate` layer requires inputs with matching shapes except for the concatenation axis. Received: input_shape={input_shape}")

    def call(self, inputs: Any) -> Any:
        return concat(list(inputs), self.axis)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


@export("keras.layers.Dot")
class Dot(Merge):
    """Dot products of two inputs along `axes`, normalised first with `normalize`."""

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axes, self.normalize = axes, normalize

    def call(self, inputs: Any) -> Any:
        a, b = inputs
        axes = [self.axes, self.axes] if isinstance(self.axes, int) else list(self.axes)
        axes = [axis % len(x.shape) for axis, x in zip(axes, (a, b))]
        if self.normalize:
            a, b = [x * rsqrt(arithmetic.maximum(reduce_sum(square(x), axis=i, keepdims=True), 1e-12)) for x, i in zip((a, b), axes)]
        ranks = (len(a.shape), len(b.shape))
        if ranks == (2, 2):
            return reduce_sum(a * b, axis=1, keepdims=True)
        from tfjax._src.ops.array.shaping import transpose

        first = transpose(a, [*[i for i in range(ranks[0]) if i != axes[0]], axes[0]])
        second = transpose(b, [0, axes[1], *[i for i in range(1, ranks[1]) if i != axes[1]]])
        if ranks[0] == 2:
            return squeeze(matmul(expand_dims(first, 1), second), 1)
        if ranks[1] == 2:
            return squeeze(matmul(first, expand_dims(second, -1)), -1)
        return matmul(first, second)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}


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
