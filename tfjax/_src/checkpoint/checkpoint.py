"""tf.train.Checkpoint: objects' Variables saved by the names of attributes, through Orbax."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from tfjax._src.checkpoint import state, storage, trackable
from tfjax._src.checkpoint.restore import LoadStatus, Restoration
from tfjax._src.core.export import export
from tfjax._src.eager.variable import Variable


@export("train.CheckpointOptions")
class CheckpointOptions:
    """Options of checkpoints. None has an effect: a checkpoint is written by this process before
    `save` returns, whatever `experimental_enable_async_checkpoint` says.
    """

    def __init__(
        self,
        experimental_io_device: str | None = None,
        experimental_enable_async_checkpoint: bool = False,
        experimental_write_callbacks: Any = None,
        enable_async: bool = False,
        experimental_skip_slot_variables: bool = False,
        experimental_sharding_callback: Any = None,
    ) -> None:
        if experimental_write_callbacks or experimental_skip_slot_variables:
            raise ValueError("`experimental_write_callbacks` and `experimental_skip_slot_variables` are not supported.")
        self.experimental_io_device = experimental_io_device
        self.experimental_enable_async_checkpoint = enable_async or experimental_enable_async_checkpoint
        self.enable_async = self.experimental_enable_async_checkpoint
        self.experimental_write_callbacks = experimental_write_callbacks
        self.experimental_skip_slot_variables = experimental_skip_slot_variables
        self.experimental_sharding_callback = experimental_sharding_callback


@export("train.Checkpoint")
class Checkpoint:
    """Groups objects whose Variables are saved and restored together.

    `save` writes an Orbax directory `<prefix>-<number>` and the file `checkpoint`; `restore` reads
    it, and checkpoints that TensorFlow wrote. Objects that make their Variables later get their
    values when they do.

    Args:
      root: an object whose children belong to the checkpoint itself.
      **kwargs: trackable objects by name: modules, models, optimizers, Variables, lists and dicts
        of these, dataset iterators.

    Raises:
      ValueError: something that cannot be tracked.

    >>> import tempfile
    >>> import tfjax as tf
    >>> step = tf.Variable(3)
    >>> path = tf.train.Checkpoint(step=step).save(tempfile.mkdtemp() + "/ckpt")
    >>> _ = step.assign(0)
    >>> _ = tf.train.Checkpoint(step=step).restore(path).assert_consumed()
    >>> int(step)
    3
    """

    def __init__(self, root: Any = None, **kwargs: Any) -> None:
        self._root = root
        if root is not None and not trackable.is_trackable(root):
            raise ValueError(f"Expected an object of type `Trackable`, got {root!r} as root.")
        for name, value in sorted(kwargs.items()):
            if not _may_be_tracked(value):
                raise ValueError(f"`Checkpoint` was expecting {name} to be a trackable object (an object derived from `Trackable`), got {value}. If you believe this object should be trackable (i.e. it is part of the TensorFlow Python API and manages state), please open an issue.")
            if root is not None and name in (own := dict(trackable.children(root))) and own[name] is not value:
                raise ValueError(f"Cannot create a Checkpoint with keyword argument {name} if root.{name} already exists.")
            setattr(self, name, value)
        self._save_counter: Variable | None = None

    def _trackable_children(self) -> dict[str, Any]:
        found = {} if self._root is None else dict(trackable.children(self._root))
        found.update({k: v for k, v in vars(self).items() if not k.startswith("_") and trackable.is_trackable(v)})
        if self._save_counter is not None:
            found["save_counter"] = self._save_counter
        return found

    @property
    def save_counter(self) -> Variable:
        """How often `save` was called; saved and restored with the rest."""
        if self._save_counter is None:
            self._save_counter = Variable(np.int64(0), trainable=False, name="save_counter", dtype="int64")
        return self._save_counter

    def write(self, file_prefix: Any, options: Any = None) -> str:
        """Writes a checkpoint of exactly this path, without number or state file; returns the path."""
        path = os.fspath(file_prefix)
        nodes = trackable.graph(self)
        values = {trackable.key(n): trackable.value_of(n.obj) for n in nodes if trackable.holds_value(n.obj)}
        storage.write(path, values, trackable.proto(nodes))
        return path

    def save(self, file_prefix: Any, options: Any = None) -> str:
        """Writes `<file_prefix>-<n>` and updates the directory's `checkpoint` file.

        Returns:
          The path, for `restore`.
        """
        if isinstance(file_prefix, os.PathLike):
            file_prefix = os.fspath(file_prefix)
        self.save_counter.assign_add(1)
        path = self.write(f"{file_prefix}-{int(self.save_counter.numpy())}", options)
        state.update_checkpoint_state(os.path.dirname(path) or ".", path)
        return path

    def read(self, save_path: Any, options: Any = None) -> LoadStatus:
        """Restores what `write` wrote.

        Raises:
          NotFoundError: there is no checkpoint.
        """
        reader = storage.open_reader(os.fspath(save_path))
        return LoadStatus(Restoration(self, reader.graph, reader.read))

    def restore(self, save_path: Any, options: Any = None) -> LoadStatus:
        """Restores what `save` wrote, or TensorFlow.

        Args:
          save_path: what `save` returned, or None, which does nothing.
          options: no effect.

        Returns:
          A status with `assert_consumed()`, `assert_existing_objects_matched()`, `expect_partial()`.

        Raises:
          NotFoundError: there is no checkpoint.
          ValueError: a saved shape differs from a Variable's.
        """
        if save_path is None:
            return LoadStatus(None)
        path = os.fspath(save_path)
        if not os.path.isdir(path) and os.path.isfile(path) and path.endswith((".h5", ".keras")):
            raise ValueError(f"{path} is a Keras file, not a checkpoint: use load_weights or load_model.")
        self.save_counter  # noqa: B018 (made here, so that it is restored as well)
        return self.read(path, options)

    def sync(self) -> None:
        """Waits for pending writes; there never are any."""


def _may_be_tracked(value: Any) -> bool:
    return trackable.is_trackable(value) or isinstance(value, (list, tuple, dict)) or callable(getattr(value, "_trackable_children", None))


class CheckpointReader:
    """The values of a checkpoint by key."""

    def __init__(self, path: str) -> None:
        self._reader = storage.open_reader(path)

    def get_tensor(self, tensor_str: Any) -> Any:
        """The value of a key as NumPy."""
        value = self._reader[_text(tensor_str)]
        return value.item() if value.dtype == object and value.ndim == 0 else value

    def has_tensor(self, tensor_str: Any) -> bool:
        """True if there is such a key."""
        return _text(tensor_str) in self._reader

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """Shapes by key."""
        return {k: self._reader.shape(k) for k in self._reader}

    def get_variable_to_dtype_map(self) -> dict[str, Any]:
        """DTypes by key."""
        return {k: self._reader.dtype(k) for k in self._reader}


def _text(key: Any) -> str:
    return key.decode() if isinstance(key, bytes) else key


@export("train.load_checkpoint")
def load_checkpoint(ckpt_dir_or_file: Any) -> CheckpointReader:
    """A reader of the values of a checkpoint, or of the newest one in a directory.

    Raises:
      ValueError: a directory without checkpoints.
      NotFoundError: no such checkpoint.
    """
    path = os.fspath(ckpt_dir_or_file)
    if os.path.isdir(path) and not storage.exists(path) and not os.path.isdir(os.path.join(path, "variables")):
        newest = state.latest_checkpoint(path)
        if newest is None:
            raise ValueError(f"Couldn't find 'checkpoint' file or checkpoints in given directory {path}")
        path = newest
    return CheckpointReader(path)


@export("train.load_variable")
def load_variable(ckpt_dir_or_file: Any, name: str) -> Any:
    """One value of a checkpoint as NumPy; `name` may end in ":0"."""
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


@export("train.list_variables")
def list_variables(ckpt_dir_or_file: Any) -> list[tuple[str, list[int]]]:
    """(key, shape) of the values of a checkpoint, sorted by key."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


@export("train.CheckpointManager")
class CheckpointManager:
    """Keeps the newest checkpoints of a directory and deletes older ones.

    Args:
      checkpoint: a `tf.train.Checkpoint`.
      directory: where checkpoints go; made if it does not exist.
      max_to_keep: how many are kept; None keeps all.
      keep_checkpoint_every_n_hours: one in this time is kept for good.
      checkpoint_name: prefix of the file names.
      step_counter: a Variable with the step number, for `checkpoint_interval`.
      checkpoint_interval: steps between two saves.
      init_fn: called by `restore_or_initialize` where nothing is to restore.
      last_checkpoint_step: the step of the newest checkpoint before this manager.

    >>> import tempfile
    >>> import tfjax as tf
    >>> manager = tf.train.CheckpointManager(tf.train.Checkpoint(v=tf.Variable(1.0)), tempfile.mkdtemp(), max_to_keep=2)
    >>> for _ in range(3):
    ...     path = manager.save()
    >>> [p[-6:] for p in manager.checkpoints]
    ['ckpt-2', 'ckpt-3']
    """

    def __init__(
        self, checkpoint: Checkpoint, directory: Any, max_to_keep: int | None, keep_checkpoint_every_n_hours: float | None = None,
        checkpoint_name: str = "ckpt", step_counter: Any = None, checkpoint_interval: int | None = None, init_fn: Any = None,
        last_checkpoint_step: int | None = None,
    ) -> None:
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(f"Expected a positive integer or `None` for `max_to_keep`, got {max_to_keep}.")
        if checkpoint_interval is not None and step_counter is None:
            raise ValueError("`step_counter` should be passed if `checkpoint_interval` is not None.")
        self._checkpoint, self._directory = checkpoint, os.fspath(directory)
        self._max_to_keep, self._hours = max_to_keep, keep_checkpoint_every_n_hours
        self._prefix = os.path.join(self._directory, checkpoint_name)
        self._step_counter, self._interval, self._init_fn = step_counter, checkpoint_interval, init_fn
        self._last_step = last_checkpoint_step
        known = state.get_checkpoint_state(self._directory)
        self._kept: dict[str, float] = {}
        self._preserved = time.time() if known is None or not known.last_preserved_timestamp else known.last_preserved_timestamp
        if known is not None:
            times = known.all_model_checkpoint_timestamps or [self._preserved] * len(known.all_model_checkpoint_paths)
            self._kept = {p: t for p, t in zip(known.all_model_checkpoint_paths, times) if storage.exists(p)}
        self._latest = state.latest_checkpoint(self._directory)

    @property
    def directory(self) -> str:
        """Where checkpoints go."""
        return self._directory

    @property
    def checkpoint(self) -> Checkpoint:
        """The Checkpoint that is saved."""
        return self._checkpoint

    @property
    def checkpoint_interval(self) -> int | None:
        """Steps between two saves, or None."""
        return self._interval

    @property
    def latest_checkpoint(self) -> str | None:
        """The path of the newest checkpoint, or None."""
        return self._latest

    @property
    def checkpoints(self) -> list[str]:
        """The paths of those that are kept, the oldest first."""
        return list(self._kept)

    def save(self, checkpoint_number: Any = None, check_interval: bool = True, options: Any = None) -> str | None:
        """Saves, deletes what is too old, and returns the path; None if the interval has not passed."""
        step = None if self._step_counter is None else int(self._step_counter.numpy())
        if self._interval is not None and check_interval and self._last_step is not None and step < self._last_step + self._interval:
            return None
        counter = self._checkpoint.save_counter
        counter.assign_add(1)
        number = int(counter.numpy()) if checkpoint_number is None else int(np.asarray(checkpoint_number))
        path = self._checkpoint.write(f"{self._prefix}-{number}", options)
        self._last_step = step
        self._kept.pop(path, None)
        self._kept[path] = time.time()
        self._latest = path
        self._sweep()
        state.update_checkpoint_state(
            self._directory, path, list(self._kept), all_model_checkpoint_timestamps=list(self._kept.values()),
            last_preserved_timestamp=self._preserved,
        )
        return path

    def _sweep(self) -> None:
        if self._max_to_keep is None:
            return
        while len(self._kept) > self._max_to_keep:
            path, when = next(iter(self._kept.items()))
            del self._kept[path]
            if self._hours is not None and when - self._preserved > self._hours * 3600:
                self._preserved = when
                continue
            storage.remove(path)

    def restore_or_initialize(self) -> str | None:
        """Restores the newest checkpoint; without one calls `init_fn`. Returns the path or None."""
        if self._latest is not None:
            self._checkpoint.restore(self._latest)
            if self._step_counter is not None:
                self._last_step = int(self._step_counter.numpy())
            return self._latest
        if self._init_fn is not None:
            self._init_fn()
        return None

    def sync(self) -> None:
        """Waits for pending writes; there never are any."""

