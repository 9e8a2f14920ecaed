"""What programs of v1 are made of: app.run, files by their old names, seeds, updates of Variables."""

from __future__ import annotations

import functools
import sys
from typing import Any

from tfjax._src.core import names, nest
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.io import gfile
from tfjax._src.keras.optimizers import schedules
from tfjax._src.ops.random import state


@export("compat.v1.app.run")
def run(main: Any = None, argv: Any = None) -> None:
    """Calls `main` with the command line and exits with what it returns.

    Without `main` it is the function of that name in the program. If the program has imported
    `absl.flags`, the flags that it knows are parsed and taken out of the command line.
    """
    main = main or sys.modules["__main__"].main  # type: ignore[attr-defined]
    argv = sys.argv if argv is None else argv
    if (flags := sys.modules.get("absl.flags")) is not None:
        argv = flags.FLAGS(argv, known_only=True)
    sys.exit(main(argv))


@export("compat.v1.set_random_seed", "compat.v1.random.set_random_seed")
def set_random_seed(seed: Any) -> None:
    """Sets the global seed, as `tf.random.set_seed`.

    >>> import tfjax.compat.v1 as tf
    >>> tf.set_random_seed(1)
    """
    state.set_seed(seed)


@export("compat.v1.name_scope")
class name_scope(names.name_scope):  # noqa: N801 (TensorFlow's public name)
    """`tf.name_scope` with a default name; `values` has no effect."""

    def __init__(self, name: Any, default_name: Any = None, values: Any = None) -> None:
        if name is None and default_name is None and values is not None:
            raise ValueError(
                f"At least one of name ({name}) and default_name ({default_name}) should be provided."
            )
        super().__init__(name, default_name, values)


# -- updates of Variables ----------------------------------------------------------------------
@export("compat.v1.assign")
def assign(ref: Any, value: Any, validate_shape: Any = None, use_locking: Any = None, name: Any = None) -> Any:
    """`ref.assign(value)`; the other arguments have no effect.

    >>> import tfjax.compat.v1 as tf
    >>> v = tf.get_variable("v", initializer=1.0)
    >>> tf.assign(v, 3.0).numpy()
    np.float32(3.0)
    """
    return ref.assign(value)


@export("compat.v1.assign_add")
def assign_add(ref: Any, value: Any, use_locking: Any = None, name: Any = None) -> Any:
    """`ref.assign_add(value)`; `use_locking` has no effect."""
    return ref.assign_add(value)


@export("compat.v1.assign_sub")
def assign_sub(ref: Any, value: Any, use_locking: Any = None, name: Any = None) -> Any:
    """`ref.assign_sub(value)`; `use_locking` has no effect."""
    return ref.assign_sub(value)


# -- learning rates ----------------------------------------------------------------------------
def _rate(schedule: Any, step: Any) -> Any:
    """The rate at a step: in a graph a tensor, else a function that gives it as it is when called."""
    return functools.partial(schedule, step) if frames.recording() is None else schedule(step)


@export("compat.v1.train.exponential_decay")
def exponential_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, decay_rate: Any, staircase: bool = False, name: Any = None
) -> Any:
    """A function that gives the rate of `keras.optimizers.schedules.ExponentialDecay` at the step.

    >>> import tfjax.compat.v1 as tf
    >>> tf.train.exponential_decay(0.5, 2, 1, 0.5)().numpy()
    np.float32(0.125)
    """
    schedule = schedules.ExponentialDecay(learning_rate, decay_steps, decay_rate, staircase)
    return _rate(schedule, global_step)


@export("compat.v1.train.inverse_time_decay")
def inverse_time_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, decay_rate: Any, staircase: bool = False, name: Any = None
) -> Any:
    """A function that gives the rate of `keras.optimizers.schedules.InverseTimeDecay` at the step."""
    schedule = schedules.InverseTimeDecay(learning_rate, decay_steps, decay_rate, staircase)
    return _rate(schedule, global_step)


@export("compat.v1.train.polynomial_decay")
def polynomial_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, end_learning_rate: Any = 0.0001, power: Any = 1.0,
    cycle: bool = False, name: Any = None,
) -> Any:
    """A function that gives the rate of `keras.optimizers.schedules.PolynomialDecay` at the step."""
    schedule = schedules.PolynomialDecay(learning_rate, decay_steps, end_learning_rate, power, cycle)
    return _rate(schedule, global_step)


@export("compat.v1.train.cosine_decay")
def cosine_decay(learning_rate: Any, global_step: Any, decay_steps: Any, alpha: Any = 0.0, name: Any = None) -> Any:
    """A function that gives the rate of `keras.optimizers.schedules.CosineDecay` at the step."""
    return _rate(schedules.CosineDecay(learning_rate, decay_steps, alpha), global_step)


@export("compat.v1.train.piecewise_constant", "compat.v1.train.piecewise_constant_decay")
def piecewise_constant(x: Any, boundaries: Any, values: Any, name: Any = None) -> Any:
    """A function that gives the value between the boundaries around `x`."""
    return _rate(schedules.PiecewiseConstantDecay(boundaries, values), x)


# -- datasets ----------------------------------------------------------------------------------
@export("compat.v1.data.get_output_types")
def get_output_types(dataset_or_iterator: Any) -> Any:
    """The dtypes of the elements, in their structure."""
    return nest.map_structure(lambda spec: spec.dtype, dataset_or_iterator.element_spec)


@export("compat.v1.data.get_output_shapes")
def get_output_shapes(dataset_or_iterator: Any) -> Any:
    """The static shapes of the elements, in their structure."""
    return nest.map_structure(lambda spec: spec.shape, dataset_or_iterator.element_spec)


@export("compat.v1.data.get_output_classes")
def get_output_classes(dataset_or_iterator: Any) -> Any:
    """The Python types of the elements, in their structure."""
    return nest.map_structure(lambda spec: spec.value_type, dataset_or_iterator.element_spec)


# -- files -------------------------------------------------------------------------------------
@export("compat.v1.gfile.Exists")
def exists(filename: Any) -> bool:
    """`tf.io.gfile.exists`."""
    return gfile.exists(filename)


@export("compat.v1.gfile.IsDirectory")
def is_directory(dirname: Any) -> bool:
    """`tf.io.gfile.isdir`."""
    return gfile.isdir(dirname)


@export("compat.v1.gfile.ListDirectory")
def list_directory(dirname: Any) -> list[str]:
    """`tf.io.gfile.listdir`."""
    return gfile.listdir(dirname)


@export("compat.v1.gfile.Glob")
def glob(filename: Any) -> list[str]:
    """`tf.io.gfile.glob`."""
    return gfile.glob(filename)


@export("compat.v1.gfile.MkDir")
def mkdir(dirname: Any) -> None:
    """`tf.io.gfile.mkdir`."""
    gfile.mkdir(dirname)


@export("compat.v1.gfile.MakeDirs")
def makedirs(dirname: Any) -> None:
    """`tf.io.gfile.makedirs`."""
    gfile.makedirs(dirname)


@export("compat.v1.gfile.Remove")
def remove(filename: Any) -> None:
    """`tf.io.gfile.remove`."""
    gfile.remove(filename)


@export("compat.v1.gfile.DeleteRecursively")
def delete_recursively(dirname: Any) -> None:
    """`tf.io.gfile.rmtree`."""
    gfile.rmtree(dirname)


@export("compat.v1.gfile.Copy")
def copy(oldpath: Any, newpath: Any, overwrite: bool = False) -> None:
    """`tf.io.gfile.copy`."""
    gfile.copy(oldpath, newpath, overwrite)


@export("compat.v1.gfile.Rename")
def rename(oldname: Any, newname: Any, overwrite: bool = False) -> None:
    """`tf.io.gfile.rename`."""
    gfile.rename(oldname, newname, overwrite)
