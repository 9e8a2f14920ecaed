"""Metric: state that batches update and `result` reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.core.export import export
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable
from tfjax._src.function.module import Module
from tfjax._src.keras.engine.naming import auto_name, to_snake_case
from tfjax._src.keras.engine.variable import KerasVariable, keras2_tracking
from tfjax._src.keras.lookup import Family
from tfjax._src.keras.losses.base import _align, squeeze_or_expand
from tfjax._src.ops.array.shaping import cast
from tfjax._src.ops.math.arithmetic import divide_no_nan
from tfjax._src.ops.math.reductions import reduce_sum

FAMILY = Family("metric")


@export("keras.metrics.Metric", "keras.Metric")
class Metric(Module):
    """Base class of metrics: `update_state(...)`, `result()`, `reset_state()`.

    Args:
      dtype: of the state; float32 by default.
      name: shown in logs.

    >>> import tfjax as tf
    >>> m = tf.keras.metrics.Mean()
    >>> m.update_state([1.0, 3.0])
    >>> float(m.result())
    2.0
    """

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self._name = name or auto_name(to_snake_case(type(self).__name__))
        self._dtype = getattr(dtype, "compute_dtype", dtype) or "float32"

    @property
    def name(self) -> str:
        """The name in logs."""
        return self._name

    @property
    def dtype(self) -> str:
        """The dtype of the state."""
        return dtypes.as_dtype(self._dtype).name

    def add_variable(self, shape: Any = (), initializer: Any = "zeros", dtype: Any = None, aggregation: Any = "sum", synchronization: Any = "on_read", name: str | None = None) -> Any:
        """Makes a state Variable; `aggregation` and `synchronization` are for tf.distribute."""
        from tfjax._src.keras import initializers

        kind = dtype or self._dtype
        with frames.init_scope():
            value = initializers.get(initializer)(shape, dtype=kind)
        name = name or auto_name("variable")
        variable = KerasVariable(value, trainable=False, dtype=kind, name=name, path=f"{self.name}/{name}", autocast=False, aggregation=aggregation, synchronization=synchronization)
        self.__dict__.setdefault("_own", []).append(variable)
        return variable

    def add_weight(self, *args: Any, **kwargs: Any) -> Any:
        """Makes a state Variable: (shape, initializer, dtype, name), or Keras 2's (name, shape, …)."""
        if args and isinstance(args[0], str):
            kwargs["name"], args = args[0], args[1:]
        kwargs.pop("trainable", None)
        return self.add_variable(*args, **kwargs)

    @property
    def variables(self) -> list[Any]:
        """The state, that of metrics inside this one included."""
        found = {id(v): v for v in self.__dict__.get("_own", [])}
        owned = Variable if keras2_tracking() else KerasVariable
        for value in vars(self).values():
            for item in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(item, Metric):
                    found.update((id(v), v) for v in item.variables)
                elif isinstance(item, owned):
                    found.setdefault(id(item), item)
        return list(found.values())

    weights = variables

    def reset_state(self) -> None:
        """Sets the state to zeros."""
        for v in self.variables:
            v.assign(np.zeros(v.shape.as_list(), v._raw_value.dtype))

    def reset_states(self) -> None:
        """Keras 2's name of `reset_state`."""
        self.reset_state()

    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Takes a batch into the state; subclasses override it."""
        raise NotImplementedError("A Metric subclass must implement `update_state()`.")

    def result(self) -> Any:
        """The value of the metric; subclasses override it."""
        raise NotImplementedError("A Metric subclass must implement `result()`.")

    def stateless_update_state(self, metric_variables: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """A pure update: new state values from given ones."""
        frame = frames.Frame()
        own = self.variables
        for v, value in zip(own, metric_variables):
            frame.values[id(v)] = to_tensor(value).jax()
        with frames.enter(frame):
            self.update_state(*args, **kwargs)
        return [Tensor(frame.values[id(v)]) for v in own]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.update_state(*args, **kwargs)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A metric from `get_config`'s result."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"

    __str__ = __repr__


def weighted(values: Any, sample_weight: Any, dtype: str) -> tuple[Any, Any]:
    """(sum of weighted values, sum of weights)."""
    values = cast(to_tensor(values), dtype)
    if sample_weight is None:
        count = float(np.prod(values.shape, dtype=np.int64))
        return reduce_sum(values), to_tensor(count, values.dtype)
    weight = cast(to_tensor(sample_weight), dtype)
    values, weight = _align(values, weight)
    weight = weight + values * 0.0 if tuple(weight.shape) != tuple(values.shape) else weight
    return reduce_sum(values * weight), reduce_sum(weight)


@FAMILY.register()
@export("keras.metrics.Sum")
class Sum(Metric):
    """The (weighted) sum of all values."""

    def __init__(self, name: str = "sum", dtype: Any = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable((), name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        self.total.assign_add(weighted(values, sample_weight, self.dtype)[0])

    def result(self) -> Any:
        return self.total.read_value()


@FAMILY.register()
@export("keras.metrics.Mean")
class Mean(Metric):
    """The (weighted) mean of all values."""

    def __init__(self, name: str = "mean", dtype: Any = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable((), name="total")
        self.count = self.add_variable((), name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        total, count = weighted(values, sample_weight, self.dtype)
        self.total.assign_add(total)
        self.count.assign_add(count)

    def result(self) -> Any:
        return divide_no_nan(self.total, self.count)


@export("keras.metrics.MeanMetricWrapper")
class MeanMetricWrapper(Mean):
    """The mean of a function of (y_true, y_pred)."""

    def __init__(self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name or getattr(fn, "__name__", "metric"), dtype)
        self._fn, self._fn_kwargs = fn, kwargs

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if not nest.is_nested(y_pred):
            mask = getattr(y_pred, "_keras_mask", None)
            values = self._fn(y_true, y_pred, **self._fn_kwargs)
            if sample_weight is not None and mask is not None:
                sample_weight = cast(to_tensor(sample_weight), self.dtype)
                sample_weight, mask = _align(sample_weight, cast(mask, self.dtype))
                sample_weight = sample_weight * mask
            elif mask is not None:
                sample_weight = cast(mask, self.dtype)
        else:
            values = self._fn(y_true, y_pred, **self._fn_kwargs)
        super().update_state(values, sample_weight)

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), **self._fn_kwargs}
        if type(self) is MeanMetricWrapper:
            config["fn"] = self._fn
        return config


def align_ranks(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Labels and predictions as tensors of matching rank."""
    return squeeze_or_expand(to_tensor(y_true), to_tensor(y_pred))
