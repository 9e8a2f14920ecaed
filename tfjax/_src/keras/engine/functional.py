"""Functional models: a graph of layers from Inputs to outputs."""

from __future__ import annotations

from typing import Any

from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.keras.engine import naming
from tfjax._src.keras.engine.policy import floatx
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.engine.symbolic import KerasTensor, Node


@export("keras.layers.InputLayer")
class InputLayer(Layer):
    """The entry of a model; made by `Input`.

    Args:
      shape: without the batch axis.
      batch_size: the batch axis.
      dtype: `keras.config.floatx()` by default.
      sparse, ragged: whether SparseTensors or RaggedTensors will be fed.
      batch_shape: with the batch axis, instead of `shape`.
      input_tensor: an existing KerasTensor.
      optional: the input may be None.
      name: its name.
    """

    def __init__(
        self, shape: Any = None, batch_size: int | None = None, dtype: Any = None, sparse: Any = None,
        ragged: Any = None, batch_shape: Any = None, input_tensor: Any = None, optional: bool = False,
        name: str | None = None, **kwargs: Any,
    ) -> None:
        automatic = name is None
        if automatic:
            name = naming.auto_name("input_layer")
        shape = kwargs.pop("input_shape", shape)
        batch_shape = kwargs.pop("batch_input_shape", batch_shape)
        super().__init__(name=name)
        tensor_name = None if automatic else name
        self.sparse, self.ragged = bool(sparse), bool(ragged)
        if batch_shape is None:
            if shape is None:
                raise ValueError("You must pass a `shape` argument.")
            if isinstance(shape, int):
                raise ValueError(f"Cannot convert '{shape}' to a shape.")
            batch_shape = (batch_size, *shape)
        self.batch_shape = tuple(batch_shape)
        self._input_dtype = dtype or floatx()
        self.optional = optional
        tensor = input_tensor if input_tensor is not None else KerasTensor(
            self.batch_shape, self._input_dtype, self.sparse, self.ragged, name=tensor_name
        )
        self.built = True
        Node(self, (), {}, tensor)

    @property
    def dtype(self) -> str:
        """The input's dtype."""
        from tfjax._src.core.dtypes import as_dtype

        return as_dtype(self._input_dtype).name

    def call(self) -> Any:
        """Inputs are fed, not computed."""
        raise ValueError("An InputLayer cannot be called.")

    def get_config(self) -> dict[str, Any]:
        return {"batch_shape": self.batch_shape, "dtype": self.dtype, "sparse": self.sparse, "ragged": self.ragged, "optional": self.optional, "name": self.name}


@export("keras.Input", "keras.layers.Input")
def Input(
    shape: Any = None, batch_size: int | None = None, dtype: Any = None, sparse: Any = None, ragged: Any = None,
    batch_shape: Any = None, name: str | None = None, tensor: Any = None, optional: bool = False,
) -> KerasTensor:
    """A symbolic input of a functional model.

    Args:
      shape: without the batch axis; None for free sizes.
      batch_size: the batch axis, if fixed.
      dtype: `keras.config.floatx()` by default.
      sparse, ragged: whether SparseTensors or RaggedTensors will be fed.
      batch_shape: with the batch axis, instead of `shape`.
      name: the input's name.
      tensor: an existing KerasTensor.
      optional: the input may be None.

    >>> import tfjax as tf
    >>> tf.keras.Input(shape=(4,)).shape
    (None, 4)
    """
    layer = InputLayer(
        shape=shape, batch_size=batch_size, dtype=dtype, sparse=sparse, ragged=ragged,
        batch_shape=batch_shape, name=name, input_tensor=tensor, optional=optional,
    )
    return layer._inbound_nodes[0].outputs[0]


class Graph:
    """The nodes between inputs and outputs, in an order that computes them.

    Raises:
      ValueError: an output that does not follow from the inputs.
    """

    def __init__(self, inputs: Any, outputs: Any) -> None:
        self.inputs, self.outputs = inputs, outputs
        self.flat_inputs = nest.flatten(inputs)
        self.flat_outputs = nest.flatten(outputs)
        for tensor in [*self.flat_inputs, *self.flat_outputs]:
            if not isinstance(tensor, KerasTensor):
                raise ValueError(
                    "All `inputs` and `outputs` values must be KerasTensors. Received: "
                    f"{tensor!r} of type {type(tensor)}"
                )
        self.nodes = self._sort()
        self.layers = self._layers()

    def _sort(self) -> list[Node]:
        given = {id(t) for t in self.flat_inputs}
        order: list[Node] = []
        state: dict[int, bool] = {}
        # Depth first, without recursion: deep models have thousands of nodes.
        stack = [(t, False) for t in reversed(self.flat_outputs)]
        while stack:
            tensor, done = stack.pop()
            if id(tensor) in given or tensor._keras_history is None:
                if id(tensor) not in given:
                    raise ValueError(f"Output tensor {tensor} has no history.")
                continue
            node = tensor._keras_history.node
            if done:
                if not state.get(id(node)):
                    state[id(node)] = True
                    order.append(node)
                continue
            if state.get(id(node)):
                continue
            if isinstance(node.operation, InputLayer):
                raise ValueError(
                    f"`inputs` not connected to `outputs`: the input {tensor} is needed but is not among them."
                )
            stack.append((tensor, True))
            stack.extend((t, False) for t in reversed(node.inputs))
        return order

    def _layers(self) -> list[Any]:
        """Operations by depth from the outputs, as Keras lists them."""
        depth: dict[int, int] = {}
        for node in reversed(self.nodes):
            depth.setdefault(id(node), 0)
            for parent in node.parents:
                depth[id(parent)] = max(depth.get(id(parent), 0), depth[id(node)] + 1)
        input_nodes = [t._keras_history.node for t in self.flat_inputs]
        layer_depth: dict[int, int] = {}
        operations: dict[int, Any] = {}
        for node in [*input_nodes, *self.nodes]:
            op_id = id(node.operation)
            operations.setdefault(op_id, node.operation)
            layer_depth[op_id] = max(layer_depth.get(op_id, 0), depth.get(id(node), 0))
        deepest = max(layer_depth.values(), default=0)
        for node in input_nodes:
            layer_depth[id(node.operation)] = max(layer_depth[id(node.operation)], deepest if not node.outputs else layer_depth[id(node.operation)])
        visited = self._visiting_order()
        order = sorted(operations, key=lambda key: (-layer_depth[key], visited.get(key, -1)))
        return [operations[key] for key in order]

    def _visiting_order(self) -> dict[int, int]:
        """When a depth-first walk from the outputs first meets each operation, by id."""
        visited: dict[int, int] = {}
        stack = list(reversed(self.flat_outputs))
        done: set[int] = set()
        while stack:
            history = stack.pop()._keras_history
            if history is None or id(history.node) in done:
                continue
            node = history.node
            done.add(id(node))
            visited.setdefault(id(node.operation), len(visited))
            stack.extend(reversed(node.inputs))
        return visited

    def run(self, inputs: Any, call: Any) -> Any:
        """The outputs for actual inputs; `call(operation, args, kwargs)` runs one operation."""
        values = {id(t): v for t, v in zip(self.flat_inputs, inputs)}

        def fill(leaf: Any) -> Any:
            return values[id(leaf)] if isinstance(leaf, KerasTensor) else leaf

        for node in self.nodes:
            args = nest.map_structure(fill, node.args)
            kwargs = nest.map_structure(fill, node.kwargs)
            outputs = call(node.operation, args, kwargs)
            for tensor, value in zip(node.outputs, nest.flatten(outputs)):
                values[id(tensor)] = value
        return nest.pack_sequence_as(self.outputs, [values[id(t)] for t in self.flat_outputs])
