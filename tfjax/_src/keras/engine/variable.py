"""keras.Variable: a tf.Variable as Keras shows it."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager import replicas
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import (
    TrainableVariable,
    Variable,
    VariableAggregation,
    VariableSynchronization,
)
from tfjax._src.keras.distribution.current import home_of
from tfjax._src.keras.engine import naming
from tfjax._src.ops.array.shaping import cast

_AGGREGATIONS = {None: VariableAggregation.NONE, **{a.name.lower(): a for a in VariableAggregation}}
_SYNCHRONIZATIONS = {s.name.lower(): s for s in VariableSynchronization}


class _AutocastScope(threading.local):
    dtype: Any = None


class DTypeName(str):
    """A dtype's name, as Keras 3 has it, with a DType's attributes, as Keras 2 had them."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(dtypes.as_dtype(str(self)), name)


def keras2_tracking() -> bool:
    """Whether layers and metrics own every `tf.Variable` among their attributes, as in Keras 2.

    Keras 3 counts only its own Variables (`add_weight`, `keras.Variable`): a `tf.Variable` set as an
    attribute is neither trained nor saved with the weights. Programs that ask for Keras 2 (they
    import `tf_keras`, or set TF_USE_LEGACY_KERAS) get its rule.
    """
    return "tf_keras" in sys.modules or os.environ.get("TF_USE_LEGACY_KERAS", "").lower() in ("1", "true")


@export("keras.Variable")
class KerasVariable(Variable):
    """A weight of a layer: a `tf.Variable` with a path.

    Args:
      initializer: a value, or a function of (shape, dtype) with `shape`.
      shape: the shape for a function.
      dtype: the dtype; float32 by default.
      trainable: whether it is trained.
      autocast: reads inside a layer's call give the compute dtype.
      aggregation: for tf.distribute.
      synchronization: for tf.distribute.
      name: its name.
      layout: a keras.distribution.TensorLayout; by default the distribution in force decides.

    >>> import tfjax as tf
    >>> tf.keras.Variable([1.0], name="w").path
    'w'
    """

    __slots__ = ()
    # Operators with tensors of another dtype promote, as Keras has it (and TensorFlow has not).
    _promotes = True
    autocast_scope = _AutocastScope()

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is KerasVariable:
            cls = KerasVariable if kwargs.get("trainable") is False else TrainableKerasVariable
        return object.__new__(cls)

    def __init__(
        self, initializer: Any, shape: Any = None, dtype: Any = None, trainable: bool = True,
        autocast: bool = True, aggregation: Any = "none", synchronization: Any = "auto",
        name: str | None = None, layout: Any = None, path: str | None = None,
    ) -> None:
        if callable(initializer) and not isinstance(initializer, (Tensor, Variable)):
            initializer = initializer(shape, dtype=dtype)
        name = name or naming.auto_name("variable")
        outer = naming.current_path()
        Variable.__init__(
            self, initializer, trainable=trainable, dtype=dtype, name=name,
            aggregation=_AGGREGATIONS.get(aggregation, aggregation),
            synchronization=_SYNCHRONIZATIONS.get(synchronization, synchronization),
        )
        self._var_metadata["keras_path"] = path or (f"{outer}/{name}" if outer else name)
        self._var_metadata["keras_autocast"] = autocast
        self.regularizer: Any = None
        if (home := home_of(self, layout)) is not None and replicas.state.place is None:
            self._home = home
            with frames.init_scope():
                self.set_array(self._raw_value)

    @property
    def name(self) -> str:
        """The name given."""
        return self._var_metadata["tf_name"].rpartition("/")[2]

    @property
    def dtype(self) -> Any:
        """The dtype that reads give here: the compute dtype inside a layer's call."""
        wanted = self.autocast_scope.dtype
        casts = wanted is not None and self._var_metadata.get("keras_autocast")
        return DTypeName((wanted if casts else self._dtype).name)

    @property
    def path(self) -> str:
        """The layer's name and the variable's."""
        return self._var_metadata["keras_path"]

    @property
    def _shared_name(self) -> str:
        return self.path

    @property
    def value(self) -> Any:  # type: ignore[override]
        """The current value as a Tensor."""
        return self._dense_var_to_tensor()

    @property
    def trainable(self) -> bool:
        """Whether it is trained; may be set."""
        return self._var_metadata.get("tf_trainable", True)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._var_metadata["tf_trainable"] = bool(value)

    def assign(self, value: Any, use_locking: bool = False, name: Any = None, read_value: bool = True) -> Any:
        """Replaces the value, converting its dtype as Keras does."""
        if hasattr(value, "dtype") and dtypes.as_dtype(value.dtype) != self._dtype:
            value = cast(value, self._dtype)
        return super().assign(value, use_locking, name, read_value)

    def _update(self, which: str, value: Any, read_value: bool) -> Any:
        if hasattr(value, "dtype") and dtypes.as_dtype(value.dtype) != self._dtype:
            value = cast(value, self._dtype)
        return super()._update(which, value, read_value)

    def _dense_var_to_tensor(self, dtype: Any = None, name: Any = None, as_ref: bool = False) -> Tensor:
        return self._autocast(super()._dense_var_to_tensor())

    def _autocast(self, tensor: Tensor) -> Tensor:
        """What a read gives: inside a layer's call a tensor of the compute dtype."""
        wanted = self.autocast_scope.dtype
        if wanted is not None and self._var_metadata.get("keras_autocast") and tensor.dtype != wanted:
            return cast(tensor, wanted)
        return tensor

    def __repr__(self) -> str:
        value = np.asarray(self._raw_value) if not _is_tracer(self._raw_value) else "?"
        return f"<Variable path={self.path}, shape={tuple(self.shape)}, dtype={self._dtype.name}, value={value}>"

    __str__ = __repr__


class TrainableKerasVariable(KerasVariable, TrainableVariable):
    """A keras.Variable that Flax counts as a parameter."""


def _is_tracer(value: Any) -> bool:
    import jax

    return isinstance(value, jax.core.Tracer)
