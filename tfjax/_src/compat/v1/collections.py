"""Collections: lists under names, with which parts of a program find what others made.

Under eager execution Variables are in no collection on their own.
"""

from __future__ import annotations

import re
from typing import Any

from tfjax._src.core import names
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager.variable import Variable


@export("compat.v1.GraphKeys")
class GraphKeys:
    """The usual names of collections.

    >>> import tfjax.compat.v1 as tf
    >>> tf.GraphKeys.GLOBAL_VARIABLES
    'variables'
    """

    GLOBAL_VARIABLES = VARIABLES = "variables"
    LOCAL_VARIABLES = "local_variables"
    METRIC_VARIABLES = "metric_variables"
    MODEL_VARIABLES = "model_variables"
    TRAINABLE_VARIABLES = "trainable_variables"
    MOVING_AVERAGE_VARIABLES = "moving_average_variables"
    CONCATENATED_VARIABLES = "concatenated_variables"
    TRAINABLE_RESOURCE_VARIABLES = "trainable_resource_variables"
    SUMMARIES = "summaries"
    QUEUE_RUNNERS = "queue_runners"
    TABLE_INITIALIZERS = "table_initializer"
    ASSET_FILEPATHS = "asset_filepaths"
    REGULARIZATION_LOSSES = "regularization_losses"
    SAVERS = "savers"
    SAVEABLE_OBJECTS = "saveable_objects"
    WEIGHTS = "weights"
    BIASES = "biases"
    ACTIVATIONS = "activations"
    UPDATE_OPS = "update_ops"
    LOSSES = "losses"
    RESOURCES = "resources"
    LOCAL_RESOURCES = "local_resources"
    INIT_OP = "init_op"
    LOCAL_INIT_OP = "local_init_op"
    READY_OP = "ready_op"
    READY_FOR_LOCAL_INIT_OP = "ready_for_local_init_op"
    SUMMARY_OP = "summary_op"
    GLOBAL_STEP = "global_step"
    EVAL_STEP = "eval_step"
    TRAIN_OP = "train_op"
    COND_CONTEXT = "cond_context"
    WHILE_CONTEXT = "while_context"


class _Store:
    """What TensorFlow keeps in the default graph."""

    def __init__(self) -> None:
        self.collections: dict[Any, list[Any]] = {}
        # How often each variable scope was opened, which numbers scopes with a default name.
        self.scopes: dict[str, int] = {}
        self.global_step: Variable | None = None


store = _Store()


@export("compat.v1.add_to_collection")
def add_to_collection(name: Any, value: Any) -> None:
    """Appends `value` to the collection `name`.

    >>> import tfjax.compat.v1 as tf
    >>> tf.add_to_collection("example", 3)
    >>> tf.get_collection("example")
    [3]
    """
    store.collections.setdefault(name, []).append(value)


@export("compat.v1.add_to_collections")
def add_to_collections(names: Any, value: Any) -> None:
    """Appends `value` to each of the collections `names`, or to one if it is a string."""
    for name in dict.fromkeys([names] if isinstance(names, str) else names):
        add_to_collection(name, value)


@export("compat.v1.get_collection_ref")
def get_collection_ref(key: Any) -> list[Any]:
    """The list behind a collection: changing it changes the collection."""
    return store.collections.setdefault(key, [])


@export("compat.v1.get_collection")
def get_collection(key: Any, scope: str | None = None) -> list[Any]:
    """A copy of the collection; with `scope`, of the members whose name that pattern begins."""
    found = store.collections.get(key, [])
    if scope is None:
        return list(found)
    pattern = re.compile(scope)
    return [item for item in found if hasattr(item, "name") and pattern.match(item.name)]


@export("compat.v1.global_variables")
def global_variables(scope: str | None = None) -> list[Any]:
    """The collection `GraphKeys.GLOBAL_VARIABLES`."""
    return get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


@export("compat.v1.all_variables")
def all_variables() -> list[Any]:
    """The collection `GraphKeys.GLOBAL_VARIABLES`."""
    return global_variables()


@export("compat.v1.local_variables")
def local_variables(scope: str | None = None) -> list[Any]:
    """The collection `GraphKeys.LOCAL_VARIABLES`."""
    return get_collection(GraphKeys.LOCAL_VARIABLES, scope)


@export("compat.v1.model_variables")
def model_variables(scope: str | None = None) -> list[Any]:
    """The collection `GraphKeys.MODEL_VARIABLES`."""
    return get_collection(GraphKeys.MODEL_VARIABLES, scope)


@export("compat.v1.moving_average_variables")
def moving_average_variables(scope: str | None = None) -> list[Any]:
    """The collection `GraphKeys.MOVING_AVERAGE_VARIABLES`."""
    return get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


@export("compat.v1.trainable_variables")
def trainable_variables(scope: str | None = None) -> list[Any]:
    """The collection `GraphKeys.TRAINABLE_VARIABLES`."""
    return get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


@export("compat.v1.train.get_global_step")
def get_global_step(graph: Any = None) -> Variable | None:
    """The Variable that counts training steps, or None; `graph` has no effect."""
    return store.global_step


@export("compat.v1.train.create_global_step")
def create_global_step(graph: Any = None) -> Variable:
    """Makes the Variable that counts training steps.

    Raises:
      ValueError: there is one.
    """
    if store.global_step is not None:
        raise ValueError('"global_step" already exists.')
    with names.name_scope(None):
        store.global_step = Variable(0, trainable=False, name="global_step", dtype="int64")
    return store.global_step


@export("compat.v1.train.get_or_create_global_step")
def get_or_create_global_step(graph: Any = None) -> Variable:
    """The Variable that counts training steps.

    >>> import tfjax.compat.v1 as tf
    >>> tf.train.get_or_create_global_step()
    <tf.Variable 'global_step:0' shape=() dtype=int64, numpy=0>
    """
    return create_global_step() if store.global_step is None else store.global_step


@export("compat.v1.train.global_step")
def global_step(sess: Any, global_step_tensor: Any) -> int:
    """The number of steps as an int; `sess` counts in graphs."""
    if frames.current() is not None:
        return int(sess.run(global_step_tensor))
    return int(global_step_tensor)
