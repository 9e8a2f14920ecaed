"""keras.Model: a layer that can be trained, saved and summarised."""

from __future__ import annotations

import inspect
from typing import Any

from tfjax._src.checkpoint import trackable
from tfjax._src.core import nest
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.keras.engine import naming
from tfjax._src.keras.engine.functional import Graph, Input, InputLayer
from tfjax._src.keras.engine.layer import Layer
from tfjax._src.keras.engine.layer_support import map_shapes
from tfjax._src.keras.engine.symbolic import KerasTensor
from tfjax._src.keras.models.trainer import Trainer
from tfjax._src.ops.array.shaping import cast, expand_dims
from tfjax._src.ops.composite.base import CompositeTensor


def _is_functional(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    if len(args) >= 2 and args[1] is not None or "outputs" in kwargs:
        return True
    return len(args) == 1 and "outputs" in kwargs


@export("keras.Model", "keras.models.Model")
class Model(Trainer, Layer):
    """A model: subclass it with a `call`, or give it symbolic inputs and outputs.

    Args:
      inputs: KerasTensors from `Input`.
      outputs: KerasTensors computed from them.
      name: the model's name.
      trainable: whether its weights are trained.

    >>> import tfjax as tf
    >>> x = tf.keras.Input((3,))
    >>> tf.keras.Model(x, tf.keras.layers.Dense(2)(x)).output_shape
    (None, 2)
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is Model and _is_functional(args, kwargs):
            return Layer.__new__(Functional, *args, **kwargs)
        model = Layer.__new__(cls, *args, **kwargs)
        Trainer._init_trainer(model)
        return model

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        Trainer._init_trainer(self)
        if _is_functional(args, kwargs) and not isinstance(self, Functional):
            self._init_functional(*args, **kwargs)
        else:
            super().__init__(*args, **kwargs)

    def _init_functional(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any) -> None:
        """A subclass that gives inputs and outputs to its base's constructor is functional too."""
        Layer.__init__(self, name=name, **kwargs)
        _set_graph(self, inputs, outputs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        result = super().__call__(*args, **kwargs)
        # Of a graph's list of one output, values come without the list, symbolic tensors within it.
        if type(result) in (list, tuple) and len(result) == 1 and "_graph" in self.__dict__ and not isinstance(result[0], (KerasTensor, list, tuple, dict)):
            return result[0]
        return result

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Computes the outputs; subclasses override it."""
        if "_graph" in self.__dict__:
            return _run_graph(self, inputs, training)
        raise NotImplementedError(
            f"Model {type(self).__name__} does not have a `call()` method implemented."
        )

    # -- structure -----------------------------------------------------------------------------
    @property
    def layers(self) -> list[Any]:
        """The layers of this model, not those inside them."""
        if "_graph_layers" in self.__dict__:
            return list(self._graph_layers)
        return self._flatten_layers(include_self=False, recursive=False)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Any:
        """The layer of this name, or at this position. Raises ValueError if there is none."""
        if index is not None and name is not None:
            raise ValueError(f"Provide only a layer name or a layer index. Received: index={index}, name={name}.")
        if index is not None:
            if len(self.layers) <= index:
                raise ValueError(f"Was asked to retrieve layer at index {index} but model only has {len(self.layers)} layers.")
            return self.layers[index]
        if name is None:
            raise ValueError("Provide either a layer name or layer index at `get_layer`.")
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(f"No such layer: {name}. Existing layers are: {[layer.name for layer in self.layers]}.")

    @property
    def inputs(self) -> Any:
        """The symbolic inputs of a functional model, as a list; None for others."""
        graph = self.__dict__.get("_graph")
        return None if graph is None else graph.flat_inputs

    @property
    def outputs(self) -> Any:
        """The symbolic outputs of a functional model, as a list; None for others."""
        graph = self.__dict__.get("_graph")
        return None if graph is None else graph.flat_outputs

    @property
    def input(self) -> Any:
        graph = self.__dict__.get("_graph")
        return graph.inputs if graph is not None else super().input

    @property
    def output(self) -> Any:
        graph = self.__dict__.get("_graph")
        return graph.outputs if graph is not None else super().output

    @property
    def input_shape(self) -> Any:
        """The shape of the only input, or a list of shapes."""
        return _shapes(self.input)

    @property
    def output_shape(self) -> Any:
        """The shape of the only output, or a list of shapes."""
        return _shapes(self.output)

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs."""
        return [t._keras_history[0].name for t in self.inputs or []]

    @property
    def output_names(self) -> list[str]:
        """The names of the layers that give the outputs."""
        return [t._keras_history[0].name for t in self.outputs or []]

    def build(self, input_shape: Any) -> None:
        """Makes all weights by a symbolic call with inputs of `input_shape` (a shape or a nest)."""
        if self.built:
            return
        shape = input_shape
        if isinstance(shape, (tuple, list)) and all(d is None or isinstance(d, int) for d in shape):
            leaves: Any = KerasTensor(shape, self.compute_dtype)
        else:
            leaves = map_shapes(lambda s: KerasTensor(s, self.compute_dtype), shape)
        self.__dict__["_build_shape"] = input_shape
        self.built = True
        parameters = list(inspect.signature(self.call).parameters)
        try:
            if isinstance(leaves, (list, tuple)) and len(parameters) > 1 and parameters[1] not in ("training", "mask"):
                self.compute_output_spec(*leaves)
            else:
                self.compute_output_spec(leaves)
        except NotImplementedError:
            self.built = False
            raise

    build._by_call = True  # type: ignore[attr-defined]

    # -- views ---------------------------------------------------------------------------------
    def summary(
        self, line_length: int | None = None, positions: Any = None, print_fn: Any = None,
        expand_nested: bool = False, show_trainable: bool = False, layer_range: Any = None,
    ) -> None:
        """Prints a table of the layers, their output shapes and numbers of parameters.

        Args:
          line_length: the table's width.
          positions: relative positions of the columns' ends.
          print_fn: takes the text; `print` by default.
          expand_nested: shows the layers of nested models.
          show_trainable: adds a column.
          layer_range: names of the first and last layer to show.
        """
        from tfjax._src.keras.utils import summary

        summary.print_summary(
            self, line_length=line_length, positions=positions, print_fn=print_fn,
            expand_nested=expand_nested, show_trainable=show_trainable, layer_range=layer_range,
        )

    def to_json(self, **kwargs: Any) -> str:
        """The architecture as JSON, for `keras.models.model_from_json`."""
        import json

        from tfjax._src.keras.saving import serialization

        return json.dumps(serialization.serialize_keras_object(self), **kwargs)

    def save(self, filepath: Any, overwrite: bool = True, zipped: Any = None, **kwargs: Any) -> None:
        """Saves architecture, weights and optimizer state.

        Args:
          filepath: `name.keras`, or a directory.
          overwrite: False asks nothing and raises FileExistsError if the file exists.
          zipped: True by default for `.keras`.
          **kwargs: `include_optimizer`; `save_format` ("tf", "h5", "keras") as Keras 2 had it.
        """
        from tfjax._src.keras.saving import saving_api

        saving_api.save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(self, filepath: Any, overwrite: bool = True, max_shard_size: Any = None) -> None:
        """Saves the weights in a `.weights.h5` file ."""
        from tfjax._src.keras.saving import saving_api

        saving_api.save_weights(self, filepath, overwrite=overwrite, max_shard_size=max_shard_size)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, by_name: bool = False, **kwargs: Any) -> None:
        """Loads weights saved by `save_weights` or `save`, by us or by Keras."""
        from tfjax._src.keras.saving import saving_api

        saving_api.load_weights(self, filepath, skip_mismatch=skip_mismatch, by_name=by_name, **kwargs)

    def export(self, filepath: Any, format: str = "tf_saved_model", verbose: bool | None = None, input_signature: Any = None, **kwargs: Any) -> None:
        """Writes the forward pass as a SavedModel for serving.

        Args:
          filepath: the directory.
          format: "tf_saved_model".
          verbose: prints the endpoints; on by default.
          input_signature: TensorSpecs of the inputs; those of the model, or of its first call, by default.
          **kwargs: none is known: raises ValueError.

        Raises:
          ValueError: another format, or a model that was never built.
        """
        from tfjax._src.keras.saving import directory

        directory.export_model(self, filepath, format, verbose, input_signature, kwargs)

    def _set_save_spec(self, inputs: Any, args: Any = None, kwargs: Any = None) -> None:
        """Says what the first argument looks like, for saving before the first call.

        Keras 2 has it, and libraries of models call it. `args` and `kwargs` have no effect.
        """
        self.__dict__.setdefault("_call_spec", inputs)

    def _trackable_children(self) -> dict[str, Any]:
        """What checkpoints store, by TensorFlow's names."""
        hidden = ("_layers", "_graph_layers", "_loss_tracker", "_compile_metrics", "_compile_loss", "_inbound_nodes", "_weights")
        found = {k: v for k, v in sorted(vars(self).items()) if k not in hidden and trackable.is_trackable(v)}
        if "_layers" in self.__dict__:
            found["_functional"] = {"_operations": list(self._layers)}
        elif "_graph_layers" in self.__dict__:
            found["_operations"] = list(self._graph_layers)
        return found

    def _as_tensors(self, value: Any) -> Any:
        value = super()._as_tensors(value)
        if "_call_spec" not in self.__dict__ and isinstance(value, tuple) and value:
            leaves = nest.flatten(value[0])
            if leaves and all(isinstance(leaf, Tensor) for leaf in leaves):
                self.__dict__["_call_spec"] = nest.map_structure(lambda t: TensorSpec(t.shape, t.dtype), value[0])
        return value

    # -- config --------------------------------------------------------------------------------
    def get_config(self) -> dict[str, Any]:
        from tfjax._src.keras.saving import functional_config

        graph = self.__dict__.get("_graph")
        if graph is None or not functional_config.takes_graph(type(self)):
            return super().get_config()
        return functional_config.get_config(self, graph)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """A model from `get_config`'s result."""
        if "layers" in config and "input_layers" in config:
            from tfjax._src.keras.saving import functional_config

            return functional_config.from_config(cls, config, custom_objects)
        try:
            return cls(**config)
        except TypeError as error:
            raise TypeError(
                "Unable to revive model from config. When overriding the `get_config()` method, make sure that the "
                f"returned config contains all items used as arguments in the constructor of {cls}. "
                f"Received: config={config}. Error: {error}"
            ) from error

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)


def _shapes(tensors: Any) -> Any:
    shapes = [t.shape for t in nest.flatten(tensors)]
    return shapes[0] if len(shapes) == 1 else shapes


def _set_graph(model: Any, inputs: Any, outputs: Any) -> None:
    graph = Graph(inputs, outputs)
    # Sublayers are found through this list, in the order of the graph.
    model.__dict__["_graph"] = graph
    model.__dict__["_graph_layers"] = [op for op in graph.layers if isinstance(op, Layer)]
    model.built = True


def _run_graph(model: Any, inputs: Any, training: Any) -> Any:
    graph = model._graph
    flat = _standardize(graph, inputs)
    # A model that Flax merged has the graph of the model that was split, and layers of its own.
    own = {id(a): b for a, b in zip((op for op in graph.layers if isinstance(op, Layer)), model.__dict__.get("_graph_layers", ())) if a is not b}

    def call(operation: Any, args: Any, kwargs: Any) -> Any:
        # Keras 3 lets the model's own `training` win over the one that the layer was connected with.
        if isinstance(operation, Layer) and training is not None and operation._accepts("training"):
            kwargs = {**kwargs, "training": training}
        return own.get(id(operation), operation)(*args, **kwargs)

    return graph.run(flat, call)


def _standardize(graph: Graph, inputs: Any) -> list[Any]:
    """Inputs in the order of the graph's, with dicts by name and ranks adjusted by one axis."""
    if isinstance(graph.inputs, dict):
        if isinstance(inputs, dict):
            flat = [inputs[k] for k in sorted(graph.inputs)]
        else:
            flat = nest.flatten(inputs)
    elif isinstance(inputs, dict):
        names = [t._keras_history[0].name for t in graph.flat_inputs]
        for name in names:
            if name not in inputs:
                raise ValueError(f'Missing data for input "{name}". You passed a data dictionary with keys {list(inputs)}. Expected the following keys: {names}')
        flat = [inputs[name] for name in names]
    else:
        flat = nest.flatten(inputs)
    if len(flat) != len(graph.flat_inputs):
        raise ValueError(
            f"Model expected {len(graph.flat_inputs)} input(s) but received {len(flat)}: the "
            "structure of `inputs` doesn't match the expected structure."
        )
    return [_adjust(x, t) for x, t in zip(flat, graph.flat_inputs)]


def _adjust(x: Any, reference: KerasTensor) -> Any:
    if isinstance(x, KerasTensor) or x is None:
        return x
    if isinstance(x, CompositeTensor):
        return x
    x = to_tensor(x)
    if len(x.shape) == len(reference.shape) - 1 and reference.shape[-1] == 1:
        x = expand_dims(x, -1)
    expected = reference.shape
    actual = tuple(x.shape)
    if len(actual) != len(expected) or any(e is not None and a != e for a, e in zip(actual[1:], expected[1:])):
        raise ValueError(
            f'Input 0 of layer "functional" is incompatible with the layer: expected shape={expected}, found shape={actual}'
        )
    if x.dtype != reference._dtype and isinstance(x, Tensor) and x.dtype.name != "string":
        x = cast(x, reference._dtype)
    return x


class Functional(Model):
    """A model made of symbolic inputs and outputs; see `Model`."""

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any) -> None:
        Trainer._init_trainer(self)
        if name is None:
            name = naming.auto_name("functional")
        Layer.__init__(self, name=name, **kwargs)
        _set_graph(self, inputs, outputs)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        return _run_graph(self, inputs, training)


def _is_one_shape(shape: Any) -> bool:
    return isinstance(shape, (list, tuple)) and all(not isinstance(size, (list, tuple, dict)) for size in shape)


@export("keras.Sequential", "keras.models.Sequential")
class Sequential(Model):
    """A stack of layers.

    Args:
      layers: the first layers.
      trainable: whether its weights are trained.
      name: the model's name.

    >>> import tfjax as tf
    >>> m = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2)])
    >>> m.output_shape
    (None, 2)
    """

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None) -> None:
        Trainer._init_trainer(self)
        Layer.__init__(self, name=name or naming.auto_name("sequential"), trainable=trainable)
        self._layers: list[Any] = []
        for layer in layers or []:
            self._add(layer)
        self._maybe_rebuild()

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Appends a layer."""
        self._add(layer)
        if rebuild:
            self._maybe_rebuild()

    def _add(self, layer: Any) -> None:
        if isinstance(layer, KerasTensor):
            layer = layer._keras_history[0]
        if not isinstance(layer, Layer) and callable(layer) and not isinstance(layer, type):
            from tfjax._src.keras.layers.core.functions import Lambda

            layer = Lambda(layer)
        if not isinstance(layer, Layer):
            raise ValueError(f"Only instances of `keras.Layer` can be added to a Sequential model. Received: {layer} (of type {type(layer)})")
        if any(layer.name == other.name for other in self._layers):
            raise ValueError(
                "All layers added to a Sequential model should have unique names. Name "
                f"'{layer.name}' is already the name of a layer in this model. Update the `name` "
                "argument to pass a unique name."
            )
        if isinstance(layer, InputLayer) and self._layers and isinstance(self._layers[0], InputLayer):
            raise ValueError(f"Sequential model '{self.name}' has already been configured to use input shape {self._layers[0].batch_shape}. You cannot add a different Input layer to it.")
        first_shape = getattr(layer, "_first_input_shape", None)
        if not self._layers and first_shape is not None:
            self._layers.append(Input(batch_shape=first_shape)._keras_history[0])
        elif not self._layers and isinstance(layer, Model) and layer.inputs and len(layer.inputs) == 1:
            self._layers.append(Input(batch_shape=layer.inputs[0].shape, dtype=layer.inputs[0].dtype)._keras_history[0])
        if isinstance(layer, InputLayer):
            self._layers.insert(0, layer)
        else:
            self._layers.append(layer)

    def pop(self, rebuild: bool = True) -> Any:
        """Removes and returns the last layer."""
        layer = self._layers.pop()
        self.built = False
        self.__dict__.pop("_graph", None)
        if rebuild:
            self._maybe_rebuild()
        return layer

    def _maybe_rebuild(self) -> None:
        self.built = False
        self.__dict__.pop("_graph", None)
        if len(self._layers) > 1 and isinstance(self._layers[0], InputLayer):
            self._connect(self._layers[0]._inbound_nodes[0].outputs[0])

    def _connect(self, tensor: KerasTensor) -> None:
        start = tensor
        # Keras makes an inner functional model here, which takes a number from the names.
        naming.auto_name("functional")
        for layer in self._layers:
            if isinstance(layer, InputLayer):
                continue
            try:
                with naming.scope(self._name, self):
                    tensor = layer(tensor)
            except NotImplementedError:
                return
        self.__dict__["_graph"] = Graph(start, tensor)
        self.built = True

    @property
    def layers(self) -> list[Any]:
        """The layers, without the input."""
        return [layer for layer in self._layers if not isinstance(layer, InputLayer)]

    def build(self, input_shape: Any = None) -> None:
        """Makes the weights for inputs of `input_shape` (with the batch axis)."""
        if self.built:
            return
        if not self._layers:
            raise ValueError(f"Sequential model {self.name} cannot be built because it has no layers. Call `model.add(layer)`.")
        if input_shape is None:
            if isinstance(self._layers[0], InputLayer):
                self._maybe_rebuild()
                return
            raise ValueError("You must provide an `input_shape` argument.")
        if not _is_one_shape(input_shape):
            self._build_in_turn(input_shape)
            return
        if not isinstance(self._layers[0], InputLayer):
            self._layers.insert(0, Input(batch_shape=tuple(input_shape))._keras_history[0])
        self.__dict__["_build_shape"] = tuple(input_shape)
        self._maybe_rebuild()

    def _build_in_turn(self, shape: Any) -> None:
        """Builds layers that say what they give for a nest of shapes; others are built when called."""
        for layer in self._layers:
            if type(layer).compute_output_shape is Layer.compute_output_shape and not _is_one_shape(shape):
                return
            if not layer.built:
                layer.build(shape)
            shape = layer.compute_output_shape(shape)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        graph = self.__dict__.get("_graph")
        if graph is not None and not isinstance(inputs, KerasTensor):
            self._check_rank(graph, inputs)
        for layer in self.layers:
            kwargs = {"training": training} if training is not None and layer._accepts("training") else {}
            inputs = layer(inputs, **kwargs)
        return inputs

    def _check_rank(self, graph: Graph, inputs: Any) -> None:
        # Sizes are the layers' business: a Sequential that was built by a call takes others, too.
        expected = graph.flat_inputs[0].shape
        shape = tuple(getattr(inputs, "shape", ()))
        if isinstance(inputs, Tensor) and len(shape) != len(expected):
            raise ValueError(
                f"Invalid input shape for input {inputs}. Expected shape {expected}, but input has "
                f"incompatible shape {shape}"
            )

    def _as_tensors(self, value: Any) -> Any:
        graph = self.__dict__.get("_graph")
        value = super()._as_tensors(value)
        if graph is not None and isinstance(value, tuple) and value and isinstance(value[0], Tensor):
            reference = graph.flat_inputs[0]
            x = value[0]
            if len(x.shape) == len(reference.shape) - 1 and reference.shape[-1] == 1:
                x = expand_dims(x, -1)
            if x.dtype != reference._dtype and "string" not in (x.dtype.name, reference._dtype.name):
                x = cast(x, reference._dtype)
            value = (x, *value[1:])
        return value

    def get_config(self) -> dict[str, Any]:
        from tfjax._src.keras.saving import serialization

        config: dict[str, Any] = {"name": self.name, "trainable": self._trainable, "dtype": self._policy.name}
        config["layers"] = [serialization.serialize_keras_object(layer) for layer in self._layers]
        if "_build_shape" in self.__dict__:
            config["build_input_shape"] = self.__dict__["_build_shape"]
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        from tfjax._src.keras.saving import serialization

        model = cls(name=config.get("name"))
        for entry in config["layers"]:
            model.add(serialization.deserialize_keras_object(entry, custom_objects=custom_objects), rebuild=False)
        model._maybe_rebuild()
        shape = config.get("build_input_shape")
        if shape is not None and not model.built:
            model.build(tuple(shape) if _is_one_shape(shape) else shape)
        return model


