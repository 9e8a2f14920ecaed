"""Padding, cropping and repetition along the spatial axes."""

from __future__ import annotations

from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.layers.convolutional.base import checked_format, sizes
from tfjax._src.keras.layers.settings import ConfiguredLayer, with_defaults
from tfjax._src.ops.array.shaping import pad, repeat


def _pairs(value: Any, rank: int, name: str) -> tuple[tuple[int, int], ...]:
    """(before, after) per axis from an int, an int per axis, or pairs."""
    if isinstance(value, int):
        return ((value, value),) * rank
    if not hasattr(value, "__len__") or len(value) != rank:
        raise ValueError(f"`{name}` should have {rank} elements. Received: {name}={value}.")
    return tuple(sizes(v, 2, f"{name} entry", zero=True) for v in value)  # type: ignore[misc]


class Borders(ConfiguredLayer):
    """A layer with a (before, after) pair for each of `rank` spatial axes."""

    rank = 2
    kind = "padding"

    def _start(self, value: Any, data_format: Any) -> None:
        pairs = _pairs(value, self.rank, self.kind) if self.rank > 1 else (sizes(value, 2, self.kind, zero=True),)
        setattr(self, self.kind, pairs if self.rank > 1 else pairs[0])
        self._borders = pairs
        self.data_format = checked_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _around(self, axis: Any) -> list[Any]:
        """One entry per axis, `axis` standing for batch and channels."""
        return [axis, *self._borders, axis] if self.data_format == "channels_last" else [axis, axis, *self._borders]


class ZeroPadding(Borders):
    """Adds zeros."""

    def __init__(self, padding: Any = 1, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._start(padding, data_format)

    def call(self, inputs: Any) -> Any:
        return pad(inputs, tuple(self._around((0, 0))))


@export("keras.layers.ZeroPadding1D")
class ZeroPadding1D(ZeroPadding):
    """Adds zeros before and after the steps: an int, or (before, after)."""

    rank = 1


@export("keras.layers.ZeroPadding2D")
class ZeroPadding2D(ZeroPadding):
    """Adds rows and columns of zeros.

    Args:
      padding: an int, (vertical, horizontal), or pairs of (before, after).
      data_format: "channels_last" or "channels_first".

    >>> import tfjax as tf
    >>> tf.keras.layers.ZeroPadding2D(((1, 0), (2, 2)))(tf.ones((1, 3, 3, 1))).shape
    TensorShape([1, 4, 7, 1])
    """

    rank = 2
    __init__ = with_defaults(ZeroPadding.__init__, padding=(1, 1))


@export("keras.layers.ZeroPadding3D")
class ZeroPadding3D(ZeroPadding):
    """Adds zeros around volumes; arguments as of ZeroPadding2D, with three axes."""

    rank = 3
    __init__ = with_defaults(ZeroPadding.__init__, padding=((1, 1), (1, 1), (1, 1)))


class Cropping(Borders):
    """Cuts off borders."""

    kind = "cropping"

    def __init__(self, cropping: Any = 1, data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._start(cropping, data_format)

    def call(self, inputs: Any) -> Any:
        cuts = self._around((0, 0))
        if any(before + after >= size for (before, after), size in zip(cuts, inputs.shape) if (before, after) != (0, 0)):
            raise ValueError(f"Values in `cropping` argument should be smaller than the corresponding spatial dimension of the input. Received: input_shape={tuple(inputs.shape)}, cropping={getattr(self, self.kind)}")
        return inputs[tuple(slice(before, size - after) for (before, after), size in zip(cuts, inputs.shape))]


@export("keras.layers.Cropping1D")
class Cropping1D(Cropping):
    """Cuts steps off the beginning and end: an int, or (before, after)."""

    rank = 1

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        ConfiguredLayer.__init__(self, **kwargs)
        self._start(cropping, "channels_last")


@export("keras.layers.Cropping2D")
class Cropping2D(Cropping):
    """Cuts rows and columns off; arguments as of ZeroPadding2D.

    >>> import tfjax as tf
    >>> tf.keras.layers.Cropping2D(1)(tf.ones((1, 5, 5, 1))).shape
    TensorShape([1, 3, 3, 1])
    """

    rank = 2
    __init__ = with_defaults(Cropping.__init__, cropping=((0, 0), (0, 0)))


@export("keras.layers.Cropping3D")
class Cropping3D(Cropping):
    """Cuts borders off volumes; arguments as of ZeroPadding2D, with three axes."""

    rank = 3
    __init__ = with_defaults(Cropping.__init__, cropping=((1, 1), (1, 1), (1, 1)))


@export("keras.layers.UpSampling1D")
class UpSampling1D(ConfiguredLayer):
    """Repeats each step `size` times."""

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = int(size)
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any) -> Any:
        return repeat(inputs, self.size, axis=1)


@export("keras.layers.UpSampling2D")
class UpSampling2D(ConfiguredLayer):
    """Makes images larger by whole factors.

    Args:
      size: an int, or (rows, columns).
      data_format: "channels_last" or "channels_first".
      interpolation: "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".

    >>> import tfjax as tf
    >>> tf.keras.layers.UpSampling2D()(tf.ones((1, 2, 3, 1))).shape
    TensorShape([1, 4, 6, 1])
    """

    def __init__(self, size: Any = (2, 2), data_format: Any = None, interpolation: str = "nearest", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = checked_format(data_format)
        self.size = sizes(size, 2, "size")
        self.interpolation = interpolation.lower()
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        first = 1 if self.data_format == "channels_last" else 2
        if self.interpolation == "nearest":
            return repeat(repeat(inputs, self.size[0], axis=first), self.size[1], axis=first + 1)
        from tfjax._src.keras.layers.preprocessing.images import resize

        shape = [inputs.shape[first + i] * self.size[i] for i in range(2)]
        return resize(inputs, shape, self.interpolation, self.data_format)


@export("keras.layers.UpSampling3D")
class UpSampling3D(ConfiguredLayer):
    """Repeats the cells of volumes."""

    def __init__(self, size: Any = (2, 2, 2), data_format: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = checked_format(data_format)
        self.size = sizes(size, 3, "size")
        self.input_spec = InputSpec(ndim=5)

    def call(self, inputs: Any) -> Any:
        first = 1 if self.data_format == "channels_last" else 2
        for i, times in enumerate(self.size):
            inputs = repeat(inputs, times, axis=first + i)
        return inputs
