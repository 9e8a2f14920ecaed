"""Layer: weights, a `call`, and everything that happens around the call."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable
from tfjax._src.function.module import Module
from tfjax._src.keras.distribution.current import distribution, lay_out_outputs
from tfjax._src.keras.engine import flax_view, naming
from tfjax._src.keras.engine.arguments import Arguments
from tfjax._src.keras.engine.context import call_context
from tfjax._src.keras.engine.masks import first_masks, pass_masks, set_masks, symbolic_call
from tfjax._src.keras.engine.policy import as_policy
from tfjax._src.keras.engine.symbolic import KerasTensor, Node, any_symbolic, output_spec
from tfjax._src.keras.engine.variable import KerasVariable, keras2_tracking
from tfjax._src.keras.engine.input_spec import check_inputs
from tfjax._src.keras.engine.layer_support import Files, autocast, build_by_call, check_arguments, has_tensor, map_shapes, policy_here, shape_of, wrapped_build

_HIDDEN = frozenset({
    "_inbound_nodes", "_name_scope", "_policy", "_call_losses", "input_spec", "_lock", "_call_signature", "_call_names",
    "_takes_masks",
})


@export("keras.layers.Layer", "keras.Layer")
class Layer(Arguments, Files, Module):
    """Base class of layers.

    Subclasses make weights with `add_weight` in `build(input_shape)` (or in the constructor) and
    compute in `call(inputs)`. A Layer is a Flax NNX graph node as well.

    Args:
      activity_regularizer: a penalty on the outputs.
      trainable: whether its weights are trained.
      dtype: a dtype or dtype policy.
      autocast: casts float inputs to the compute dtype.
      name: by default the class's name with a number.

    >>> import tfjax as tf
    >>> class Scale(tf.keras.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight(shape=(), initializer="ones")
    ...     def call(self, inputs):
    ...         return inputs * self.factor
    >>> Scale()(tf.constant([2.0])).numpy()
    array([2.], dtype=float32)
    """

    # Whether a Python string may be an input, as of the layers that look strings up.
    _accepts_text = False
    _nnx_hidden = Module._nnx_hidden | _HIDDEN
    _nnx_flatten = flax_view.flatten
    _nnx_clear = flax_view.clear
    _nnx_init = flax_view.init

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        layer = object.__new__(cls)
        # What `get_config` returns for a class that does not define it.
        layer.__dict__["_auto_config"] = (args, kwargs)
        return layer

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = wrapped_build(cls.__dict__["build"])  # type: ignore[method-assign]

    def __init__(
        self, *, activity_regularizer: Any = None, trainable: bool = True, dtype: Any = None,
        autocast: bool = True, name: str | None = None, **kwargs: Any,
    ) -> None:
        input_shape = kwargs.pop("input_shape", None)
        input_dim = kwargs.pop("input_dim", None)
        batch_input_shape = kwargs.pop("batch_input_shape", None)
        kwargs.pop("weights", None) if kwargs.get("weights", 0) is None else None
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments passed to {type(self).__name__}: {kwargs}")
        if name is None:
            name = naming.auto_name(naming.to_snake_case(type(self).__name__))
        if not isinstance(name, str) or "/" in name:
            raise ValueError(f"Argument `name` must be a string and cannot contain character `/`. Received: name={name} (of type {type(name)})")
        from tfjax._src.keras import regularizers

        self._name = name
        self._policy = as_policy(dtype)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._trainable = trainable
        self.autocast = autocast
        self.built = False
        self.input_spec: Any = None
        self.supports_masking = type(self).compute_mask is not Layer.compute_mask
        self._call_losses: list[Any] = []
        self._inbound_nodes: list[Node] = []
        if input_dim is not None and input_shape is None:
            input_shape = (input_dim,)
        if batch_input_shape is None and input_shape is not None:
            batch_input_shape = (None, *input_shape)
        self._first_input_shape = batch_input_shape

    # -- dtype ---------------------------------------------------------------------------------
    @property
    def dtype_policy(self) -> Any:
        """The dtype policy."""
        return self._policy

    @dtype_policy.setter
    def dtype_policy(self, value: Any) -> None:
        self._policy = as_policy(value)

    @property
    def dtype(self) -> str:
        """The dtype of the weights."""
        return policy_here(self).variable_dtype

    variable_dtype = dtype

    @property
    def compute_dtype(self) -> str:
        """The dtype of the computation."""
        return policy_here(self).compute_dtype

    input_dtype = compute_dtype

    # -- weights -------------------------------------------------------------------------------
    def add_weight(
        self, shape: Any = None, initializer: Any = None, dtype: Any = None, trainable: bool = True,
        autocast: bool = True, regularizer: Any = None, constraint: Any = None,
        aggregation: Any = "none", overwrite_with_gradient: bool = False, name: str | None = None,
        **legacy: Any,
    ) -> Any:
        """Makes a weight.

        Args:
          shape: its shape; scalar by default.
          initializer: glorot_uniform for floats and zeros otherwise, by default.
          dtype: the layer's variable dtype by default.
          trainable: whether it is trained.
          autocast: casts it to the compute dtype when read inside the layer's call.
          regularizer: a penalty added to `losses`.
          constraint: applied after each update.
          aggregation: for tf.distribute.
          overwrite_with_gradient: no effect.
          name: its name.
        """
        if isinstance(shape, str):
            # Keras 2's order: name, shape, dtype, initializer.
            shape, name, given = (initializer if not isinstance(initializer, (str, type(None))) and not callable(initializer) else legacy.pop("shape", ())), shape, initializer
            initializer = legacy.pop("initializer", None) if given is shape else initializer
        synchronization = legacy.pop("synchronization", "auto")
        legacy.pop("use_resource", None)
        if legacy:
            raise TypeError(f"add_weight() got unexpected keyword arguments {sorted(legacy)}")
        from tfjax._src.keras import constraints, initializers, regularizers

        kind = dtypes.as_dtype(dtype or self.variable_dtype)
        if initializer is None:
            initializer = "glorot_uniform" if kind.is_floating else "zeros"
        initializer = initializers.get(initializer)
        dims = () if shape is None else (shape,) if isinstance(shape, int) else tuple(shape)
        with frames.init_scope(), naming.scope(self._name, self):
            if None in dims:
                raise ValueError(f"Shapes used to initialize variables must be fully-defined (no `None` dimensions). Received: shape={dims} for variable path='{naming.current_path()}/{name or 'variable'}'")
            value = initializer(dims, dtype=kind.name)
            variable = KerasVariable(
                value, trainable=trainable, dtype=kind, name=name, autocast=autocast and kind.is_floating, aggregation=aggregation,
                synchronization=synchronization,
            )
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        self.__dict__.setdefault("_weights", []).append(variable)
        return variable

    @property
    def path(self) -> str:
        """The layer's name behind the names of those that contain it, once it is built."""
        return self.__dict__.get("_built_path", self._name)

    def _children(self) -> Iterator[Any]:
        """Own Variables and sublayers, in the order of their attributes."""
        seen, owned = set[int](), (Variable, Module) if keras2_tracking() else (KerasVariable, Layer)

        def scan(value: Any) -> Iterator[Any]:
            if hasattr(value, "apply_gradients") or hasattr(value, "update_state"):
                return  # an optimizer's or a metric's Variables are not the layer's
            if isinstance(value, owned) or hasattr(value, "_is_seed_generator"):
                if id(value) not in seen:
                    seen.add(id(value))
                    yield value
            elif isinstance(value, (list, tuple)):
                for item in value:
                    yield from scan(item)
            elif isinstance(value, dict):
                for item in value.values():
                    yield from scan(item)

        for key, value in list(vars(self).items()):
            if key not in ("_metrics_list", "_auto_config", "_optimizer", "optimizer", "_inbound_nodes", "_compile_metrics", "_loss_tracker", "_nodes") and key not in _HIDDEN:
                yield from scan(value)

    def _flatten_layers(self, include_self: bool = True, recursive: bool = True) -> list[Any]:
        found: list[Any] = [self] if include_self else []
        seen = {id(self)}
        stack = [c for c in self._children() if isinstance(c, Layer)]
        while stack:
            layer = stack.pop(0)
            if id(layer) in seen:
                continue
            seen.add(id(layer))
            found.append(layer)
            if recursive:
                stack = [c for c in layer._children() if isinstance(c, Layer)] + stack
        return found

    def _own_variables(self) -> list[Any]:
        own = [c for c in self._children() if isinstance(c, Variable)]
        return [v for v in own if v.trainable] + [v for v in own if not v.trainable]

    def _collect(self, seeds: bool = False) -> list[Any]:
        """All Variables of this layer and those inside it, once each."""
        found: dict[int, Any] = {}

        def visit(node: Any) -> None:
            own = node._own_variables() if isinstance(node, Layer) else []
            for v in own:
                found.setdefault(id(v), v)
            for child in node._children() if isinstance(node, Layer) else []:
                if isinstance(child, Layer):
                    visit(child)
                elif isinstance(child, Module):
                    for v in child.variables:
                        found.setdefault(id(v), v)
                elif seeds and hasattr(child, "_is_seed_generator"):
                    found.setdefault(id(child.state), child.state)

        visit(self)
        return list(found.values())

    @property
    def weights(self) -> list[Any]:
        """All weights: those of each layer in turn, trainable before non-trainable."""
        return self._collect()

    @property
    def variables(self) -> list[Any]:
        """All weights and the states of random generators."""
        return self._collect(seeds=True)

    @property
    def trainable(self) -> bool:
        """Whether the weights are trained; set it to freeze a layer and those inside it."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self.__dict__["_trainable"] = bool(value)
        for layer in self._flatten_layers(include_self=False):
            layer.__dict__["_trainable"] = bool(value)

    def _frozen(self) -> set[int]:
        """Ids of Variables that belong to a layer with `trainable = False`."""
        frozen: set[int] = set()
        for layer in self._flatten_layers():
            if not layer._trainable:
                frozen.update(id(v) for v in layer._own_variables())
        return frozen

    @property
    def trainable_variables(self) -> list[Any]:
        """The weights that training changes."""
        frozen = self._frozen()
        return [v for v in self._collect() if v.trainable and id(v) not in frozen]

    trainable_weights = trainable_variables

    @property
    def non_trainable_variables(self) -> list[Any]:
        """The other weights, and the states of random generators."""
        frozen = self._frozen()
        return [v for v in self._collect(seeds=True) if not v.trainable or id(v) in frozen]

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The other weights."""
        frozen = self._frozen()
        return [v for v in self._collect() if not v.trainable or id(v) in frozen]

    def get_weights(self) -> list[np.ndarray]:
        """The weights' values as NumPy arrays."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights: Any) -> None:
        """Sets the weights from arrays, in the order of `weights`."""
        own = self.weights
        if len(own) != len(weights):
            raise ValueError(
                f"You called `set_weights(weights)` on layer '{self.name}' with a weight list of "
                f"length {len(weights)}, but the layer was expecting {len(own)} weights."
            )
        for variable, value in zip(own, weights):
            if tuple(variable.shape) != np.shape(value):
                raise ValueError(
                    f"Layer {self.name} weight shape {tuple(variable.shape)} is not compatible "
                    f"with provided weight shape {np.shape(value)}."
                )
            variable.assign(np.asarray(value, variable._raw_value.dtype))

    def count_params(self) -> int:
        """The number of scalars in the weights."""
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on layer '{self.name}', but the layer isn't "
                f"built. You can build it manually via: `layer.build(input_shape)`."
            )
        return sum(int(np.prod(v.shape.as_list(), dtype=np.int64)) for v in self.weights)

    # -- losses --------------------------------------------------------------------------------
    def add_loss(self, loss: Any) -> None:
        """Adds a scalar (tensor or function without arguments) to the training loss."""
        for value in loss if isinstance(loss, (list, tuple)) else [loss]:
            self._call_losses.append(value)

    @property
    def losses(self) -> list[Any]:
        """Losses added by the last call, and penalties of regularised weights."""
        found: list[Any] = []
        for layer in self._flatten_layers():
            found.extend(value() if callable(value) else value for value in layer._call_losses)
        for v in self.trainable_weights:
            regularizer = getattr(v, "regularizer", None)
            if regularizer is not None:
                found.append(regularizer(v))
        return found

    def add_metric(self, *args: Any, **kwargs: Any) -> None:
        """Removed in Keras 3; raises ValueError that says what to do instead."""
        raise ValueError("`add_metric` was removed in Keras 3: make the metric an attribute and call its `update_state`.")

    @property
    def metrics(self) -> list[Any]:
        """Metrics that are attributes of this layer or of layers inside it."""
        from tfjax._src.keras.metrics.base import Metric

        found: list[Any] = []
        for layer in self._flatten_layers():
            for value in vars(layer).values():
                for item in value if isinstance(value, (list, tuple)) else [value]:
                    if isinstance(item, Metric) and not any(item is f for f in found):
                        found.append(item)
        return found

    # -- building and calling ------------------------------------------------------------------
    def build(self, input_shape: Any) -> None:
        """Makes the weights; subclasses override it."""
        self.built = True

    # A layer whose `build` has this mark makes its weights, if any, in its first call.
    build._by_call = True  # type: ignore[attr-defined]

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Computes the outputs; subclasses override it."""
        raise NotImplementedError(f"Layer {type(self).__name__} does not have a `call()` method implemented.")

    @functools.cached_property
    def _call_signature(self) -> tuple[frozenset[str], bool]:
        parameters = inspect.signature(self.call).parameters
        extra = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        return frozenset(parameters), extra

    @functools.cached_property
    def _call_names(self) -> tuple[str, ...]:
        return tuple(inspect.signature(self.call).parameters)

    @functools.cached_property
    def _takes_masks(self) -> bool:
        return any(name.endswith("mask") for name in self._call_names)

    def _accepts(self, name: str) -> bool:
        names, extra = self._call_signature
        return name in names

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._require_init()
        check_arguments(self, args, kwargs)
        args, kwargs = self._convert_arguments(args, kwargs)
        if self.input_spec is not None and args:
            check_inputs(self.input_spec, args[0], self.name)
        with naming.scope(self._name, self):
            self._maybe_build(args, kwargs)
            if any_symbolic((args, kwargs)):
                return self._symbolic_call(args, kwargs)
            return self._concrete_call(args, kwargs)

    def _require_init(self) -> None:
        if "_inbound_nodes" not in self.__dict__:
            raise RuntimeError(
                f"In layer {type(self).__name__}, you forgot to call `super().__init__()` as the "
                "first statement in the `__init__()` method. Go add it!"
            )

    def _maybe_build(self, args: Any, kwargs: Any) -> None:
        if self.built:
            return
        given = {**dict(zip(self._call_names, args)), **kwargs}
        shapes = {f"{k}_shape": nest.map_structure(shape_of, v) for k, v in given.items() if has_tensor(v)}
        if getattr(type(self).build, "_by_call", False):
            self.__dict__.setdefault("_build_shapes", dict(list(shapes.items())[:1]))
            self.built = True
            with frames.init_scope():
                build_by_call(self, args, kwargs)
            return
        names = list(inspect.signature(self.build).parameters)
        with frames.init_scope():
            if len(names) > 1 and len(shapes) > 1:
                known = {n: shapes[n] for n in names if n in shapes}
                self.build(**known) if known else self.build(*list(shapes.values())[: len(names)])
            else:
                self.build(next(iter(shapes.values()), None))
        self.built = True

    def _resolve_training(self, kwargs: dict[str, Any]) -> Any:
        training = kwargs.get("training")
        if training is None:
            training = call_context.training
        return training

    def _concrete_call(self, args: Any, kwargs: Any) -> Any:
        training = self._resolve_training(kwargs)
        call_kwargs = dict(kwargs)
        if self._accepts("training"):
            if training is not None:
                call_kwargs["training"] = training
        elif not self._call_signature[1]:
            call_kwargs.pop("training", None)
        pass_masks(self, args, call_kwargs)
        first = first_masks(self, args, kwargs)
        outer = call_context.training
        call_context.training = training
        call_context.depth += 1
        if call_context.depth == 1:
            for layer in self._flatten_layers():
                layer._call_losses.clear()
        try:
            with autocast(self.compute_dtype):
                outputs = self.call(*args, **call_kwargs)
        finally:
            call_context.training = outer
            call_context.depth -= 1
        if distribution() is not None:
            outputs = lay_out_outputs(self.path, outputs)
        if self.activity_regularizer is not None:
            for leaf in nest.flatten(outputs):
                batch = leaf.shape[0] if len(leaf.shape) else 1
                self.add_loss(self.activity_regularizer(leaf) / float(batch or 1))
        if first is not None:
            set_masks(self, first, outputs, type(self).compute_mask is Layer.compute_mask)
        return outputs

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The mask of the outputs: the inputs' for layers that support masking."""
        return previous_mask

    def _converted_call(self, args: Any, kwargs: Any) -> Any:
        return self._concrete_call(*self._convert_arguments(args, kwargs))

    def _symbolic_call(self, args: Any, kwargs: Any) -> Any:
        outputs, masks = symbolic_call(self._converted_call, args, kwargs)
        self._call_losses.clear()
        Node(self, args, kwargs, outputs)
        for tensor, mask in zip(nest.flatten(outputs), masks):
            if mask is not None:
                tensor._keras_mask = mask
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the outputs for inputs of a shape (or nest of shapes)."""
        leaves = map_shapes(lambda s: KerasTensor(s, self.compute_dtype), input_shape)
        if not self.built:
            self._maybe_build((leaves,), {})
        outputs = output_spec(lambda x: self._converted_call((x,), {}), (leaves,), {})
        return nest.map_structure(lambda k: k.shape, outputs)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """KerasTensors like what a call would give."""
        return output_spec(lambda *a, **k: self._converted_call(a, k), args, kwargs)

    def stateless_call(self, trainable_variables: Any, non_trainable_variables: Any, *args: Any, return_losses: bool = False, **kwargs: Any) -> Any:
        """A pure call: (outputs, new non-trainable values) for given values of the Variables."""
        frame = frames.Frame()
        for v, value in zip(self.trainable_variables, trainable_variables):
            frame.values[id(v)] = to_tensor(value).jax()
        others = self.non_trainable_variables
        for v, value in zip(others, non_trainable_variables):
            frame.values[id(v)] = to_tensor(value).jax()
        with frames.enter(frame):
            outputs = self(*args, **kwargs)
            losses = self.losses if return_losses else None
            finals = [Tensor(frame.read(v)) for v in others]
        return (outputs, finals, losses) if return_losses else (outputs, finals)

    # -- symbolic facts ------------------------------------------------------------------------
    @property
    def input(self) -> Any:
        """The symbolic inputs of the first call."""
        return self._node_value(lambda node: node.inputs)

    @property
    def output(self) -> Any:
        """The symbolic outputs of the first call."""
        return self._node_value(lambda node: node.outputs)

    def _node_value(self, pick: Any) -> Any:
        if not self._inbound_nodes:
            raise AttributeError(f"The layer {self.name} has never been called and thus has no defined input.")
        values = pick(self._inbound_nodes[0])
        return values[0] if len(values) == 1 else values

    @property
    def input_shape(self) -> Any:
        """The shape of `input`."""
        return nest.map_structure(lambda t: t.shape, self.input)

    @property
    def output_shape(self) -> Any:
        """The shape of `output`; of several outputs, however they are nested, a list."""
        if isinstance(self.output, dict):
            return [t.shape for t in nest.flatten(self.output)]
        return nest.map_structure(lambda t: t.shape, self.output)

    # -- config --------------------------------------------------------------------------------
    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        config: dict[str, Any] = {"name": self.name, "trainable": self._trainable, "dtype": self._policy.serialize()}
        if type(self).get_config is Layer.get_config and type(self).__init__ is not Layer.__init__:
            config.update(self._constructor_config())
        return config

    def _constructor_config(self) -> dict[str, Any]:
        args, kwargs = self._auto_config
        try:
            bound = inspect.signature(type(self).__init__).bind(self, *args, **kwargs)
        except TypeError:
            return {}
        found = {k: v for k, v in bound.arguments.items() if k not in ("self", "kwargs", "args")}
        found.update(bound.arguments.get("kwargs", {}))
        return found

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A layer from `get_config`'s result."""
        return cls(**config)

    def get_build_config(self) -> dict[str, Any] | None:
        """What `build_from_config` needs to make the weights."""
        shapes = self.__dict__.get("_build_shapes")
        if not shapes:
            shape = self.__dict__.get("_build_shape")
            return None if shape is None else {"input_shape": shape}
        return {"input_shape": next(iter(shapes.values()))} if len(shapes) == 1 else {"shapes_dict": shapes}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Makes the weights from `get_build_config`'s result."""
        if config and not self.built:
            if "input_shape" in config:
                self.build(config["input_shape"])
            elif "shapes_dict" in config:
                self.build(**config["shapes_dict"])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

    __str__ = __repr__
