"""tf.compat.v1.Variable: makes Variables with the arguments of TensorFlow 1."""

from __future__ import annotations

from typing import Any

from tfjax._src.compat.v1.collections import add_to_collection
from tfjax._src.core.export import export
from tfjax._src.eager.variable import Variable as BaseVariable
from tfjax._src.eager.variable import VariableAggregation, VariableSynchronization


class _VariableV1Type(type):
    """Every Variable counts as an instance: there is one kind of them, and calling the class makes one."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return super().__call__(*args, **kwargs).made

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, BaseVariable)


@export("compat.v1.Variable")
class Variable(metaclass=_VariableV1Type):
    """A Variable, by `tf.Variable`.

    Args:
      collections: collections that it goes into; in a graph these take the place of the usual ones.
      expected_shape, use_resource, validate_shape, caching_device, import_scope: no effect.
      Others: as in `tf.Variable`.

    >>> import tfjax as tf
    >>> tf.compat.v1.Variable(1.0, name="v")
    <tf.Variable 'v:0' shape=() dtype=float32, numpy=1.0>
    """

    def __init__(
        self, initial_value: Any = None, trainable: Any = None, collections: Any = None, validate_shape: bool = True,
        caching_device: Any = None, name: Any = None, variable_def: Any = None, dtype: Any = None,
        expected_shape: Any = None, import_scope: Any = None, constraint: Any = None, use_resource: Any = None,
        synchronization: Any = VariableSynchronization.AUTO, aggregation: Any = VariableAggregation.NONE, shape: Any = None,
    ) -> None:
        self.made = made = BaseVariable(
            initial_value, trainable, validate_shape, caching_device, name, variable_def, dtype, import_scope, constraint,
            synchronization, aggregation, shape,
        )
        graph = made.__dict__.get("_graph_initializer")
        if collections is not None and graph is not None:
            graph.graph.set_collections(made, collections)
        elif collections is not None:
            for key in collections:
                add_to_collection(key, made)
