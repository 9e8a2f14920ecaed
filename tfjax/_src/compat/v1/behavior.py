"""Switches between TensorFlow 1 and 2 that are on in tfjax, and initialisers of variables.

Variables have their values from the start, so what would initialise them has nothing to do.
"""

from __future__ import annotations

from typing import Any

from tfjax._src.compat.v1 import blocks, collections
from tfjax._src.compat.v1 import graph as graphs
from tfjax._src.core import tensor_shape
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager import printing
from tfjax._src.eager.convert import to_tensor
from tfjax._src.ops import operators


@export("compat.v1.enable_v2_behavior", "enable_v2_behavior")
def enable_v2_behavior() -> None:
    """Does nothing: TensorFlow 2 behaviour is on.

    >>> import tfjax.compat.v1 as tf
    >>> tf.enable_v2_behavior()
    """


@export("compat.v1.enable_eager_execution")
def enable_eager_execution(config: Any = None, device_policy: Any = None, execution_mode: Any = None) -> None:
    """Does nothing: eager execution is on. The arguments are hints without effect."""


@export("compat.v1.enable_resource_variables")
def enable_resource_variables() -> None:
    """Lets Variables print as TensorFlow 2's."""
    printing.reference_variables[0] = False


@export("compat.v1.enable_control_flow_v2")
def enable_control_flow_v2() -> None:
    """In branches and loops of graphs all assignments run, as in TensorFlow 2."""
    blocks.automatic[0] = True


@export("compat.v1.enable_tensor_equality")
def enable_tensor_equality() -> None:
    """Makes `==` compare the elements of tensors."""
    operators.by_elements[0] = True


@export("compat.v1.enable_v2_tensorshape")
def enable_v2_tensorshape() -> None:
    """Makes the sizes of shapes ints or None."""
    tensor_shape.show_dimensions(False)


@export("compat.v1.disable_resource_variables")
def disable_resource_variables() -> None:
    """Lets Variables print as those of TensorFlow 1; they behave as before."""
    printing.reference_variables[0] = True


@export("compat.v1.resource_variables_enabled")
def resource_variables_enabled() -> bool:
    """Whether Variables show as TensorFlow 2's."""
    return not printing.reference_variables[0]


@export("compat.v1.disable_control_flow_v2")
def disable_control_flow_v2() -> None:
    """In branches and loops of graphs only what their results need runs from now on, as in TensorFlow 1."""
    blocks.automatic[0] = False


@export("compat.v1.control_flow_v2_enabled")
def control_flow_v2_enabled() -> bool:
    """Whether branches and loops of graphs run all their assignments."""
    return blocks.automatic[0]


@export("compat.v1.disable_tensor_equality")
def disable_tensor_equality() -> None:
    """Makes `==` of tensors and Variables ask whether they are the same object."""
    operators.by_elements[0] = False


@export("compat.v1.disable_v2_tensorshape")
def disable_v2_tensorshape() -> None:
    """Makes the sizes of shapes `Dimension`s, as in TensorFlow 1."""
    tensor_shape.show_dimensions(True)


@export("compat.v1.executing_eagerly")
def executing_eagerly() -> bool:
    """Whether operations run at once: False inside a `tf.function`."""
    return frames.current() is None


@export("compat.v1.executing_eagerly_outside_functions")
def executing_eagerly_outside_functions() -> bool:
    """True."""
    return True


@export(
    "compat.v1.global_variables_initializer",
    "compat.v1.initializers.global_variables",
    "compat.v1.initialize_all_variables",
)
def global_variables_initializer() -> Any:
    """The operation that initialises a graph's Variables; None without a graph, where they have their values.

    >>> import tfjax.compat.v1 as tf
    >>> tf.global_variables_initializer()
    """
    return variables_initializer(collections.global_variables())


@export(
    "compat.v1.local_variables_initializer",
    "compat.v1.initializers.local_variables",
    "compat.v1.initialize_local_variables",
)
def local_variables_initializer() -> Any:
    """The same for the collection of local Variables."""
    return variables_initializer(collections.local_variables())


@export(
    "compat.v1.variables_initializer", "compat.v1.initializers.variables", "compat.v1.initialize_variables"
)
def variables_initializer(var_list: Any, name: Any = "init") -> Any:
    """The same for the Variables given."""
    graph = graphs.active()
    return None if graph is None else graph.group([v.initializer for v in var_list], name)


@export(
    "compat.v1.tables_initializer", "compat.v1.initializers.tables_initializer", "compat.v1.initialize_all_tables"
)
def tables_initializer(name: Any = "init_all_tables") -> Any:
    """Does nothing, as an operation in a graph: tables are filled when they are made."""
    return variables_initializer((), name)


@export("compat.v1.is_variable_initialized")
def is_variable_initialized(variable: Any) -> Any:
    """A scalar True."""
    return to_tensor(variable.is_initialized())
