"""ImageDataGenerator: random changes of images from `np.random`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.engine.policy import floatx
from tfjax._src.keras.layers.convolutional.base import checked_format
from tfjax._src.keras.preprocessing import image_iterators
from tfjax._src.keras.preprocessing.image_transforms import apply_affine_transform, apply_brightness_shift, apply_channel_shift


def _shift(limit: Any, size: int) -> float:
    """A shift in pixels: one of a list, or up to a number of pixels or a share of the size."""
    try:
        shift = np.random.choice(limit) * np.random.choice([-1, 1])
    except ValueError:
        shift = np.random.uniform(-limit, limit)
    return shift * size if np.max(limit) < 1 else shift


@export("keras.preprocessing.image.ImageDataGenerator")
class ImageDataGenerator:
    """Batches of randomly changed images.

    Args:
      featurewise_center, featurewise_std_normalization: by mean and deviation of the data given to
        `fit`.
      samplewise_center, samplewise_std_normalization: by those of each image.
      zca_whitening, zca_epsilon: whitening; must be off.
      rotation_range, shear_range: in degrees.
      width_shift_range, height_shift_range: a share, pixels, or a list of pixels.
      brightness_range: (lower, upper) factors.
      zoom_range: (lower, upper), or a number for 1 - it to 1 + it.
      channel_shift_range: largest number added.
      fill_mode, cval: outside the image.
      horizontal_flip, vertical_flip: flips half of the images.
      rescale: a factor, applied at the end.
      preprocessing_function: applied to each image.
      data_format: "channels_last" or "channels_first".
      validation_split: the share of the "validation" subset.
      interpolation_order: of the interpolating splines.
      dtype: of the images.

    >>> import numpy as np, tfjax as tf
    >>> generator = tf.keras.preprocessing.image.ImageDataGenerator(horizontal_flip=True)
    >>> next(generator.flow(np.ones((5, 4, 4, 1)), batch_size=2)).shape
    (2, 4, 4, 1)
    """

    def __init__(
        self, featurewise_center: bool = False, samplewise_center: bool = False, featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False, zca_whitening: bool = False, zca_epsilon: float = 1e-6, rotation_range: float = 0,
        width_shift_range: Any = 0.0, height_shift_range: Any = 0.0, brightness_range: Any = None, shear_range: float = 0.0,
        zoom_range: Any = 0.0, channel_shift_range: float = 0.0, fill_mode: str = "nearest", cval: float = 0.0,
        horizontal_flip: bool = False, vertical_flip: bool = False, rescale: Any = None,
        preprocessing_function: Callable[[Any], Any] | None = None, data_format: Any = None, validation_split: float = 0.0,
        interpolation_order: int = 1, dtype: Any = None,
    ) -> None:
        if zca_whitening:
            raise ValueError("`zca_whitening` must be False: whitening is not supported.")
        self.featurewise_center, self.samplewise_center = featurewise_center, samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening, self.zca_epsilon = zca_whitening, zca_epsilon
        self.rotation_range, self.shear_range = rotation_range, shear_range
        self.width_shift_range, self.height_shift_range = width_shift_range, height_shift_range
        self.channel_shift_range, self.fill_mode, self.cval = channel_shift_range, fill_mode, cval
        self.horizontal_flip, self.vertical_flip, self.rescale = horizontal_flip, vertical_flip, rescale
        self.preprocessing_function, self.interpolation_order = preprocessing_function, interpolation_order
        self.dtype = dtype or floatx()
        self.data_format = checked_format(data_format)
        axes = (3, 1, 2) if self.data_format == "channels_last" else (1, 2, 3)
        self.channel_axis, self.row_axis, self.col_axis = axes
        if validation_split and not 0 < validation_split < 1:
            raise ValueError(f"`validation_split` must be strictly between 0 and 1.  Received: {validation_split}")
        self._validation_split = validation_split
        self.mean = self.std = None
        if isinstance(zoom_range, (float, int)):
            self.zoom_range = [1 - zoom_range, 1 + zoom_range]
        elif len(zoom_range) == 2 and all(isinstance(v, (float, int)) for v in zoom_range):
            self.zoom_range = [zoom_range[0], zoom_range[1]]
        else:
            raise ValueError(f"`zoom_range` should be a float or a tuple or list of two floats. Received: {zoom_range}")
        if featurewise_std_normalization:
            self.featurewise_center = True
        if samplewise_std_normalization:
            self.samplewise_center = True
        if brightness_range is not None and (not isinstance(brightness_range, (tuple, list)) or len(brightness_range) != 2):
            raise ValueError(f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}")
        self.brightness_range = brightness_range

    def flow(
        self, x: Any, y: Any = None, batch_size: int = 32, shuffle: bool = True, sample_weight: Any = None, seed: Any = None,
        save_to_dir: Any = None, save_prefix: str = "", save_format: str = "png", ignore_class_split: bool = False, subset: Any = None,
    ) -> Any:
        """Batches of an array of images, without end.

        Args:
          x: [images, rows, columns, channels].
          y: labels, if any.
          batch_size, shuffle, sample_weight, seed, subset: as of `fit`; subset "training" or "validation".
          save_to_dir, save_prefix, save_format: writes the images there as well.
          ignore_class_split: allows classes that one subset lacks.
        """
        return image_iterators.NumpyArrayIterator(
            x, y, self, batch_size=batch_size, shuffle=shuffle, sample_weight=sample_weight, seed=seed, data_format=self.data_format,
            save_to_dir=save_to_dir, save_prefix=save_prefix, save_format=save_format, ignore_class_split=ignore_class_split,
            subset=subset, dtype=self.dtype,
        )

    def flow_from_directory(
        self, directory: Any, target_size: Any = (256, 256), color_mode: str = "rgb", classes: Any = None, class_mode: Any = "categorical",
        batch_size: int = 32, shuffle: bool = True, seed: Any = None, save_to_dir: Any = None, save_prefix: str = "",
        save_format: str = "png", follow_links: bool = False, subset: Any = None, interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
    ) -> Any:
        """Batches of the images below a directory with one folder per class, without end.

        Args:
          directory: the directory.
          target_size: (rows, columns).
          color_mode: "rgb", "rgba" or "grayscale".
          classes: the folders; all if None.
          class_mode: "categorical", "binary", "sparse", "input" or None.
          batch_size, shuffle, seed, subset, save_to_dir, save_prefix, save_format: as of `flow`.
          follow_links: follows links.
          interpolation, keep_aspect_ratio: as of `load_img`.
        """
        return image_iterators.DirectoryIterator(
            directory, self, target_size=target_size, color_mode=color_mode, keep_aspect_ratio=keep_aspect_ratio, classes=classes,
            class_mode=class_mode, data_format=self.data_format, batch_size=batch_size, shuffle=shuffle, seed=seed,
            save_to_dir=save_to_dir, save_prefix=save_prefix, save_format=save_format, follow_links=follow_links, subset=subset,
            interpolation=interpolation, dtype=self.dtype,
        )

    def standardize(self, x: Any) -> Any:
        """One image, or a batch, after the changes that are not random."""
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x = x * self.rescale
        if self.samplewise_center:
            x = x - np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x = x / (np.std(x, keepdims=True) + 1e-6)
        for wanted, value in ((self.featurewise_center, self.mean), (self.featurewise_std_normalization, self.std)):
            if wanted and value is None:
                warnings.warn("This ImageDataGenerator specifies a featurewise normalization, but it hasn't been fit on any training data. Fit it first by calling `.fit(numpy_data)`.", stacklevel=2)
        if self.featurewise_center and self.mean is not None:
            x = x - self.mean
        if self.featurewise_std_normalization and self.std is not None:
            x = x / (self.std + 1e-6)
        return x

    def get_random_transform(self, img_shape: Any, seed: Any = None) -> dict[str, Any]:
        """Draws one random change for an image of a shape, for `apply_transform`."""
        rows, columns = img_shape[self.row_axis - 1], img_shape[self.col_axis - 1]
        if seed is not None:
            np.random.seed(seed)
        theta = np.random.uniform(-self.rotation_range, self.rotation_range) if self.rotation_range else 0
        tx = _shift(self.height_shift_range, rows) if np.any(self.height_shift_range) else 0
        ty = _shift(self.width_shift_range, columns) if np.any(self.width_shift_range) else 0
        shear = np.random.uniform(-self.shear_range, self.shear_range) if self.shear_range else 0
        same = self.zoom_range[0] == 1 and self.zoom_range[1] == 1
        zx, zy = (1, 1) if same else np.random.uniform(self.zoom_range[0], self.zoom_range[1], 2)
        horizontal = (np.random.random() < 0.5) * self.horizontal_flip
        vertical = (np.random.random() < 0.5) * self.vertical_flip
        channel = brightness = None
        if self.channel_shift_range != 0:
            channel = np.random.uniform(-self.channel_shift_range, self.channel_shift_range)
        if self.brightness_range is not None:
            brightness = np.random.uniform(self.brightness_range[0], self.brightness_range[1])
        return {
            "theta": theta, "tx": tx, "ty": ty, "shear": shear, "zx": zx, "zy": zy, "flip_horizontal": horizontal,
            "flip_vertical": vertical, "channel_shift_intensity": channel, "brightness": brightness,
        }

    def apply_transform(self, x: Any, transform_parameters: dict[str, Any]) -> Any:
        """An image after the change that `get_random_transform` drew."""
        rows, columns, channels = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        given = transform_parameters.get
        x = apply_affine_transform(
            x, given("theta", 0), given("tx", 0), given("ty", 0), given("shear", 0), given("zx", 1), given("zy", 1), row_axis=rows,
            col_axis=columns, channel_axis=channels, fill_mode=self.fill_mode, cval=self.cval, order=self.interpolation_order,
        )
        if given("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, given("channel_shift_intensity"), channels)
        for name, axis in (("flip_horizontal", columns), ("flip_vertical", rows)):
            if given(name, False):
                x = np.flip(x, axis)
        if given("brightness") is not None:
            x = apply_brightness_shift(x, given("brightness"), False)
        return x

    def random_transform(self, x: Any, seed: Any = None) -> Any:
        """An image after a random change."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: Any = None) -> None:
        """Takes mean and deviation of images for the featurewise settings.

        Args:
          x: [images, rows, columns, channels].
          augment: of randomly changed images.
          rounds: how often, with `augment`.
          seed: of the changes.
        """
        x = np.asarray(x, dtype=self.dtype)
        if x.ndim != 4:
            raise ValueError(f"Input to `.fit()` should have rank 4. Got array with shape: {x.shape}")
        if seed is not None:
            np.random.seed(seed)
        x = np.copy(x)
        if augment:
            x = np.concatenate([np.stack([self.random_transform(image) for image in x]) for _ in range(rounds)]).astype(self.dtype)
        shape = [1, 1, 1]
        shape[self.channel_axis - 1] = x.shape[self.channel_axis]
        if self.featurewise_center:
            self.mean = np.mean(x, axis=(0, self.row_axis, self.col_axis)).reshape(shape)
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=(0, self.row_axis, self.col_axis)).reshape(shape)
