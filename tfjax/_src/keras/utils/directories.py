"""Files in folders named by class, as datasets of paths and labels."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec
from tfjax._src.data.dataset import Dataset
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.keras.utils.console import print_message
from tfjax._src.ops.array.creation import one_hot
from tfjax._src.ops.array.shaping import cast, expand_dims


class Options:
    """The arguments that all `…_dataset_from_directory` functions share, checked.

    Raises ValueError as Keras does.
    """

    def __init__(self, labels: Any, label_mode: Any, class_names: Any, shuffle: bool, seed: Any, validation_split: Any, subset: Any, what: str) -> None:
        if labels not in ("inferred", None):
            if not isinstance(labels, (list, tuple)):
                raise ValueError(
                    f"`labels` argument should be a list/tuple of integer labels, of the same size as the number of {what} files in the target "
                    "directory. If you wish to infer the labels from the subdirectory names in the target directory, pass `labels=\"inferred\"`. "
                    f"If you wish to get a dataset that only contains {what}s (no labels), pass `labels=None`."
                )
            if class_names:
                raise ValueError(f"You can only pass `class_names` if `labels=\"inferred\"`. Received: labels={labels}, and class_names={class_names}")
        if label_mode not in ("int", "categorical", "binary", None):
            raise ValueError(f'`label_mode` argument must be one of "int", "categorical", "binary", or None. Received: label_mode={label_mode}')
        if validation_split and not 0 < validation_split < 1:
            raise ValueError(f"`validation_split` must be between 0 and 1, received: {validation_split}")
        if (validation_split or subset) and not (validation_split and subset):
            raise ValueError("If `subset` is set, `validation_split` must be set, and inversely.")
        if subset not in ("training", "validation", "both", None):
            raise ValueError(f'`subset` must be either "training", "validation" or "both", received: {subset}')
        if validation_split and shuffle and seed is None:
            raise ValueError(
                "If using `validation_split` and shuffling the data, you must provide a `seed` argument, to make sure that there is no overlap "
                "between the training and validation subset."
            )
        self.labels = None if label_mode is None else labels
        self.label_mode = None if labels is None else label_mode
        self.class_names, self.shuffle, self.validation_split, self.subset = class_names, shuffle, validation_split, subset
        self.seed = int(np.random.randint(1e6)) if seed is None else seed

    def index(self, directory: Any, formats: tuple[str, ...], follow_links: bool, verbose: bool) -> tuple[list[str], Any, list[str]]:
        """(paths, labels, class names) of the files below `directory`, in the order to read them."""
        directory = os.fspath(directory)
        inferred = self.labels == "inferred"
        if self.labels is None:
            names = [""] if not self.class_names else list(self.class_names)
            folders = [directory]
        else:
            found = sorted(e.rstrip("/") for e in os.listdir(directory) if os.path.isdir(os.path.join(directory, e)))
            names = found if not self.class_names else list(self.class_names)
            if self.class_names and not set(names) <= set(found):
                raise ValueError(
                    "The `class_names` passed did not match the names of the subdirectories of the target directory. Expected: "
                    f"{found} (or a subset of it), but received: class_names={self.class_names}"
                )
            folders = [os.path.join(directory, name) for name in names]
        if not os.path.isdir(directory):
            raise FileNotFoundError(f"[Errno 2] No such file or directory: '{directory}'")
        groups = [_files(folder, formats, follow_links) for folder in folders]
        paths = [path for group in groups for path in group]
        labels: Any = np.array([i for i, group in enumerate(groups) for _ in group], dtype="int32")
        if self.labels is None:
            labels = None
            if verbose:
                print_message(f"Found {len(paths)} files.")
        else:
            if not inferred:
                if len(self.labels) != len(paths):
                    raise ValueError(
                        "Expected the lengths of `labels` to match the number of files in the target directory. len(labels) is "
                        f"{len(self.labels)} while we found {len(paths)} files in directory {directory}."
                    )
                names = [str(label) for label in sorted(set(self.labels))]
                labels = np.asarray(self.labels, dtype="int32")
            if verbose:
                print_message(f"Found {len(paths)} files belonging to {len(names)} classes.")
        if self.shuffle:
            np.random.RandomState(self.seed).shuffle(paths)
            if labels is not None:
                np.random.RandomState(self.seed).shuffle(labels)
        if self.label_mode == "binary" and len(names) != 2:
            raise ValueError(f'When passing `label_mode="binary"`, there must be exactly 2 class_names. Received: class_names={names}')
        return paths, labels, names

    def parts(self, paths: list[str], labels: Any, verbose: bool) -> list[tuple[list[str], Any]]:
        """(paths, labels) of the dataset, or of training and validation."""
        if not self.validation_split:
            return [(paths, labels)]
        held = int(self.validation_split * len(paths))
        cut = len(paths) - held
        whole = {"training": (paths[:cut], None if labels is None else labels[:cut]), "validation": (paths[cut:], None if labels is None else labels[cut:])}
        chosen = ["training", "validation"] if self.subset == "both" else [self.subset]
        for name in chosen if verbose else []:
            print_message(f"Using {cut if name == 'training' else held} files for {name}.")
        return [whole[name] for name in chosen]

    def labelled(self, files: Any, labels: Any, names: list[str]) -> Any:
        """A dataset of (file, label), or of files alone."""
        if labels is None or self.label_mode is None:
            return files
        found = Dataset.from_tensor_slices(np.asarray(labels))
        if self.label_mode == "binary":
            found = found.map(lambda label: expand_dims(cast(label, "float32"), -1))
        elif self.label_mode == "categorical":
            found = found.map(lambda label: one_hot(label, len(names)))
        return Dataset.zip((files, found))

    def finish(self, dataset: Any, batch_size: int | None) -> Any:
        """Shuffled and cut into batches."""
        if self.shuffle:
            dataset = dataset.shuffle(1024 if batch_size is None else batch_size * 8, seed=self.seed)
        return dataset.prefetch(-1) if batch_size is None else dataset.batch(batch_size).prefetch(-1)


def _files(folder: str, formats: tuple[str, ...], follow_links: bool) -> list[str]:
    found = []
    for root, _, names in sorted(os.walk(folder, followlinks=follow_links), key=lambda entry: entry[0]):
        found += [os.path.join(root, name) for name in sorted(names) if name.lower().endswith(formats)]
    return found


class Loaded(Dataset):
    """What `load` makes of each of these files, read when asked for."""

    def __init__(self, paths: list[str], load: Callable[[str], Any], spec: TensorSpec) -> None:
        self._paths, self._load, self._of = paths, load, spec

    def _elements(self) -> Iterator[Any]:
        return (self._load(path) for path in self._paths)

    def _size(self) -> int:
        return len(self._paths)

    def _spec(self) -> Any:
        return self._of


def annotate(dataset: Any, paths: list[str], names: list[str]) -> Any:
    """Notes what a dataset was made of, as Keras does."""
    dataset.class_names = names
    dataset.file_paths = paths
    return dataset


@export("keras.utils.text_dataset_from_directory", "keras.preprocessing.text_dataset_from_directory")
def text_dataset_from_directory(
    directory: Any, labels: Any = "inferred", label_mode: Any = "int", class_names: Any = None, batch_size: int | None = 32,
    max_length: int | None = None, shuffle: bool = True, seed: int | None = None, validation_split: float | None = None,
    subset: str | None = None, follow_links: bool = False, format: str = "tf", verbose: bool = True,
) -> Any:
    """A dataset of the texts in `.txt` files, one folder for each class.

    Args:
      directory: the folder that holds the classes' folders.
      labels: "inferred" from the folders, None for no labels, or a list.
      label_mode: "int", "categorical", "binary" or None.
      class_names: the folders to use, in the order of their labels.
      batch_size: texts per batch; None gives single ones.
      max_length: longer texts are cut.
      shuffle: reorders the files.
      seed: of the order.
      validation_split: the share of files kept for validation.
      subset: "training", "validation" or "both".
      follow_links: enters folders that are symbolic links.
      format: "tf".
      verbose: prints how many files there are.

    Raises:
      ValueError: contradicting arguments, or no file.
    """
    if format != "tf":
        raise ValueError(f'`format` should be "tf". Received: format={format}')
    options = Options(labels, label_mode, class_names, shuffle, seed, validation_split, subset, "text")
    paths, found, names = options.index(directory, (".txt",), follow_links, verbose)
    if not paths:
        raise ValueError(f"No text files found in directory {directory}. Allowed format: .txt")
    results = []
    for files, part in options.parts(paths, found, verbose):
        if not files:
            raise ValueError(f"No text files found in directory {directory}. Allowed format: .txt")
        texts = Loaded(files, functools.partial(_text, max_length), TensorSpec([], dtypes.string))
        results.append(annotate(options.finish(options.labelled(texts, part, names), batch_size), files, names))
    return results if options.subset == "both" else results[0]


def _text(max_length: int | None, path: str) -> Tensor:
    with open(path, "rb") as file:
        content = file.read()
    return to_tensor(content if max_length is None else content[:max_length])
