"""Batches of images of an array or a directory, for ImageDataGenerator."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.engine.policy import floatx
from tfjax._src.keras.layers.convolutional.base import checked_format
from tfjax._src.keras.utils.images import array_to_img, img_to_array, load_img
from tfjax._src.keras.utils.py_dataset import PyDataset


@export("keras.preprocessing.image.Iterator")
class Iterator(PyDataset):
    """Batches of samples by their numbers, without end.

    Args:
      n: how many samples.
      batch_size: how many in a batch.
      shuffle: in a new order in every round.
      seed: of the order.
    """

    white_list_formats = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n, self.batch_size, self.seed, self.shuffle = n, batch_size, seed, shuffle
        self.batch_index = self.total_batches_seen = 0
        self.index_array: Any = None
        self._numbers = self._flow()

    def _order(self) -> None:
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def __getitem__(self, idx: int) -> Any:
        if idx >= len(self):
            raise ValueError(f"Asked to retrieve element {idx}, but the Sequence has length {len(self)}")
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)
        self.total_batches_seen += 1
        if self.index_array is None:
            self._order()
        return self._get_batches_of_transformed_samples(self.index_array[self.batch_size * idx : self.batch_size * (idx + 1)])

    def __len__(self) -> int:
        return (self.n + self.batch_size - 1) // self.batch_size

    def on_epoch_end(self) -> None:
        """Draws a new order."""
        self._order()

    def reset(self) -> None:
        """Starts with the first batch."""
        self.batch_index = 0

    def _flow(self) -> Any:
        self.reset()
        while True:
            if self.seed is not None:
                np.random.seed(self.seed + self.total_batches_seen)
            if self.batch_index == 0:
                self._order()
            current = 0 if self.n == 0 else (self.batch_index * self.batch_size) % self.n
            if self.n > current + self.batch_size:
                self.batch_index += 1
            else:
                self.batch_index = 0
            self.total_batches_seen += 1
            yield self.index_array[current : current + self.batch_size]

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        return self._get_batches_of_transformed_samples(next(self._numbers))

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        raise NotImplementedError


class _ImageIterator(Iterator):
    """An Iterator that changes images and may write them."""

    image_data_generator: Any
    save_to_dir: Any
    save_prefix: str
    save_format: str
    data_format: str
    dtype: Any

    def _changed(self, image: Any) -> Any:
        generator = self.image_data_generator
        parameters = generator.get_random_transform(image.shape)
        return generator.standardize(generator.apply_transform(image, parameters))

    def _write(self, images: Any, numbers: Any) -> None:
        if self.save_to_dir:
            for image, i in zip(images, numbers):
                name = f"{self.save_prefix}_{i}_{np.random.randint(10000)}.{self.save_format}"
                array_to_img(image, self.data_format, scale=True).save(os.path.join(self.save_to_dir, name))


def _subset(count: int, split: float, subset: Any) -> slice:
    """The part of `count` samples that a subset has: validation comes first."""
    if subset is None:
        return slice(None)
    if subset not in ("training", "validation"):
        raise ValueError(f'Invalid subset name:{subset};expected "training" or "validation".')
    border = int(count * split)
    return slice(border) if subset == "validation" else slice(border, None)


@export("keras.preprocessing.image.NumpyArrayIterator")
class NumpyArrayIterator(_ImageIterator):
    """Batches of an array of images; made by `ImageDataGenerator.flow`."""

    def __init__(
        self, x: Any, y: Any, image_data_generator: Any, batch_size: int = 32, shuffle: bool = False, sample_weight: Any = None,
        seed: Any = None, data_format: Any = None, save_to_dir: Any = None, save_prefix: str = "", save_format: str = "png",
        subset: Any = None, ignore_class_split: bool = False, dtype: Any = None,
    ) -> None:
        self.data_format, self.dtype = checked_format(data_format), dtype or floatx()
        others = [np.asarray(v) for v in x[1]] if isinstance(x, (tuple, list)) and len(x) == 2 and isinstance(x[1], list) else []
        x = x[0] if isinstance(x, (tuple, list)) and len(x) == 2 and not np.isscalar(x[0]) and np.ndim(x[0]) == 4 else x
        for name, value in (("labels", y), ("sample weights", sample_weight)):
            if value is not None and len(x) != len(value):
                raise ValueError(f"`x` (images tensor) and `{'y' if name == 'labels' else 'sample_weight'}` ({name}) should have the same length. Found: x.shape = {np.asarray(x).shape}, {'y' if name == 'labels' else 'sample_weight'}.shape = {np.asarray(value).shape}")
        part = _subset(len(x), image_data_generator._validation_split, subset)
        if y is not None and subset is not None and not ignore_class_split:
            border = int(len(x) * image_data_generator._validation_split)
            if not np.array_equal(np.unique(y[:border]), np.unique(y[border:])):
                raise ValueError("Training and validation subsets have different number of classes after the split. If your numpy arrays are sorted by the label, you might want to shuffle them.")
        self.x = np.asarray(x, dtype=self.dtype)[part]
        self.x_misc = [v[part] for v in others]
        if self.x.ndim != 4:
            raise ValueError(f"Input data in `NumpyArrayIterator` should have rank 4. You passed an array with shape {self.x.shape}")
        self.y = None if y is None else np.asarray(y)[part]
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)[part]
        self.image_data_generator = image_data_generator
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        images = np.stack([self._changed(self.x[j].astype(self.dtype)) for j in index_array]).astype(self.dtype)
        self._write(images, index_array)
        first: Any = [images, *[v[index_array] for v in self.x_misc]] if self.x_misc else images
        if self.y is None:
            return first
        batch = (first, self.y[index_array])
        return batch if self.sample_weight is None else (*batch, self.sample_weight[index_array])


@export("keras.preprocessing.image.DirectoryIterator")
class DirectoryIterator(_ImageIterator):
    """Batches of image files; made by `ImageDataGenerator.flow_from_directory`."""

    allowed_class_modes = ("categorical", "binary", "sparse", "input", None)

    def __init__(
        self, directory: Any, image_data_generator: Any, target_size: Any = (256, 256), color_mode: str = "rgb", classes: Any = None,
        class_mode: Any = "categorical", batch_size: int = 32, shuffle: bool = True, seed: Any = None, data_format: Any = None,
        save_to_dir: Any = None, save_prefix: str = "", save_format: str = "png", follow_links: bool = False, subset: Any = None,
        interpolation: str = "nearest", keep_aspect_ratio: bool = False, dtype: Any = None,
    ) -> None:
        if class_mode not in self.allowed_class_modes:
            raise ValueError(f"Invalid class_mode: {class_mode}; expected one of: {self.allowed_class_modes}")
        self.data_format, self.dtype = checked_format(data_format), dtype or floatx()
        self.directory, self.image_data_generator = directory, image_data_generator
        self.target_size, self.color_mode, self.class_mode = tuple(target_size), color_mode, class_mode
        self.interpolation, self.keep_aspect_ratio = interpolation, keep_aspect_ratio
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        channels = {"rgb": 3, "rgba": 4, "grayscale": 1}[color_mode]
        last = self.data_format == "channels_last"
        self.image_shape = (*self.target_size, channels) if last else (channels, *self.target_size)
        if not classes:
            classes = sorted(d for d in os.listdir(directory) if os.path.isdir(os.path.join(directory, d)))
        self.num_classes, self.class_indices = len(classes), {name: i for i, name in enumerate(classes)}
        self.filenames, labels = [], []
        for name, i in self.class_indices.items():
            found = self._files(os.path.join(directory, name), follow_links)
            found = found[_subset(len(found), image_data_generator._validation_split, subset)]
            self.filenames += [os.path.join(name, f) for f in found]
            labels += [i] * len(found)
        self.classes, self.labels = np.array(labels, "int32"), np.array(labels, "int32")
        self.samples = len(self.filenames)
        print(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _files(self, folder: str, follow_links: bool) -> list[str]:
        """Image files below a folder, sorted, relative to it."""
        found = []
        for root, _, names in sorted(os.walk(folder, followlinks=follow_links), key=lambda entry: entry[0]):
            for name in sorted(names):
                if name.lower().endswith(tuple(f".{f}" for f in self.white_list_formats)):
                    found.append(os.path.relpath(os.path.join(root, name), folder))
        return found

    @property
    def filepaths(self) -> list[str]:
        """The files' paths."""
        return [os.path.join(self.directory, name) for name in self.filenames]

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        images = []
        for j in index_array:
            image = load_img(self.filepaths[j], self.color_mode, self.target_size, self.interpolation, self.keep_aspect_ratio)
            images.append(self._changed(img_to_array(image, data_format=self.data_format).astype(self.dtype)))
        batch = np.stack(images).astype(self.dtype)
        self._write(batch, index_array)
        labels = self.classes[index_array]
        if self.class_mode is None:
            return batch
        if self.class_mode == "input":
            return batch, batch.copy()
        if self.class_mode == "categorical":
            return batch, np.eye(self.num_classes, dtype=self.dtype)[labels]
        return batch, labels.astype(self.dtype)
