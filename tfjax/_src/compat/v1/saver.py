"""tf.compat.v1.train.Saver: the Variables of a session in TensorFlow's checkpoint files."""

from __future__ import annotations

import os
from typing import Any

from tfjax._src.checkpoint import state, storage
from tfjax._src.compat.v1 import collections
from tfjax._src.core import errors
from tfjax._src.core.export import export
from tfjax._src.saved_model import bundle


@export("compat.v1.train.Saver")
class Saver:
    """Saves Variables of a session under their names, and restores them.

    Args:
      var_list: Variables, or a dict of them by name in the files; by default all in the collection
        of global Variables.
      max_to_keep: how many of the last checkpoints stay; None or 0 for all.
      pad_step_number: fills up step numbers in file names to eight digits.
      allow_empty: lets there be no Variables.
      defer_build: the Variables are looked for at the first use.
      reshape, saver_def, builder: not supported: raise UnimplementedError.
      sharded, keep_checkpoint_every_n_hours, name, restore_sequentially, write_version, save_relative_paths, filename: no
        effect.

    Differs from TensorFlow: no `.meta` file of the graph is written.
    """

    def __init__(
        self, var_list: Any = None, reshape: bool = False, sharded: bool = False, max_to_keep: Any = 5,
        keep_checkpoint_every_n_hours: float = 10000.0, name: Any = None, restore_sequentially: bool = False,
        saver_def: Any = None, builder: Any = None, defer_build: bool = False, allow_empty: bool = False,
        write_version: Any = 2, pad_step_number: bool = False, save_relative_paths: bool = False, filename: Any = None,
    ) -> None:
        for argument, value in (("reshape", reshape), ("saver_def", saver_def), ("builder", builder)):
            if value:
                raise errors.UnimplementedError(None, None, f"Saver does not support the argument `{argument}`.")
        self._var_list, self._allow_empty, self._keep, self._pad = var_list, allow_empty, max_to_keep, pad_step_number
        self._paths: list[str] = []
        self._found: dict[str, Any] | None = None
        if not defer_build:
            self.build()

    def build(self) -> None:
        """Looks for the Variables."""
        chosen = collections.global_variables() if self._var_list is None else self._var_list
        if not isinstance(chosen, dict):
            chosen = {v._shared_name: v for v in chosen}
        if not chosen and not self._allow_empty:
            raise ValueError("No variables to save")
        self._found = dict(chosen)

    def _variables(self) -> dict[str, Any]:
        if self._found is None:
            self.build()
        return self._found or {}

    def save(
        self, sess: Any, save_path: Any, global_step: Any = None, latest_filename: Any = None,
        meta_graph_suffix: str = "meta", write_meta_graph: bool = True, write_state: bool = True,
        strip_default_attrs: bool = False, save_debug_info: bool = False,
    ) -> str:
        """Writes a checkpoint; returns the prefix of its files.

        Args:
          sess: the session that has the values.
          save_path: the prefix.
          global_step: a number, Variable or tensor, put behind the prefix.
          latest_filename: the name of the file that lists checkpoints, `checkpoint` by default.
          write_state: whether that file is written.
          Others: no effect.
        """
        path = os.fspath(save_path)
        if global_step is not None:
            step = int(global_step if isinstance(global_step, int) else sess.run(global_step))
            path += f"-{step:08d}" if self._pad else f"-{step}"
        folder = os.path.dirname(path) or "."
        if not os.path.isdir(folder):
            raise ValueError(f"Parent directory of {path} doesn't exist, can't save.")
        variables = self._variables()
        values = sess.run(dict(variables)) if variables else {}
        bundle.write(path, values)
        self._paths = [other for other in self._paths if other != path] + [path]
        while self._keep and len(self._paths) > self._keep:
            storage.remove(self._paths.pop(0))
        if write_state:
            state.update_checkpoint_state(folder, path, list(self._paths), latest_filename=latest_filename)
        return path

    def restore(self, sess: Any, save_path: Any) -> None:
        """Gives the session's Variables the values of a checkpoint, by which they are initialised.

        Raises:
          ValueError: there is no such checkpoint.
          NotFoundError: it lacks a Variable.
        """
        if save_path is None:
            raise ValueError("Can't load save_path when it is None.")
        path = os.fspath(save_path)
        if not storage.exists(path):
            raise ValueError(f"The passed save_path is not a valid checkpoint: {path}")
        reader = storage.open_reader(path)
        values = []
        for name, variable in self._variables().items():
            if name not in reader:
                raise errors.NotFoundError(None, None, f"Key {name} not found in checkpoint")
            values.append((variable, reader.read(name)))
        sess.load(values)

    @property
    def last_checkpoints(self) -> list[str]:
        """The prefixes of the checkpoints that have been kept, the oldest first."""
        return list(self._paths)

    def set_last_checkpoints(self, last_checkpoints: Any) -> None:
        """Replaces the list of checkpoints."""
        self._paths = list(last_checkpoints)


@export("compat.v1.train.checkpoint_exists")
def checkpoint_exists(checkpoint_prefix: Any) -> bool:
    """Whether there is a checkpoint of this path.

    >>> import tfjax.compat.v1 as tf
    >>> tf.train.checkpoint_exists("/no/such/checkpoint")
    False
    """
    return storage.exists(os.fspath(checkpoint_prefix))


@export("compat.v1.train.remove_checkpoint")
def remove_checkpoint(checkpoint_prefix: Any, checkpoint_format_version: Any = 2, meta_graph_suffix: str = "meta") -> None:
    """Deletes the files of a checkpoint; the other arguments have no effect."""
    storage.remove(os.fspath(checkpoint_prefix))


@export("compat.v1.train.update_checkpoint_state")
def update_checkpoint_state(
    save_dir: Any, model_checkpoint_path: Any, all_model_checkpoint_paths: Any = None, latest_filename: Any = None,
    all_model_checkpoint_timestamps: Any = None, last_preserved_timestamp: Any = None,
) -> None:
    """Writes the file that lists the checkpoints of a directory."""
    state.update_checkpoint_state(
        save_dir, model_checkpoint_path, all_model_checkpoint_paths, latest_filename, all_model_checkpoint_timestamps,
        last_preserved_timestamp,
    )
