"""Updates of parts of a Variable: `v[i].assign(x)` and the scatter methods."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from tfjax._src.core import dtypes, errors
from tfjax._src.eager.convert import short_name, to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable
from tfjax._src.ops.array.indexing import gather, gather_nd
from tfjax._src.ops.array.slicing import getitem


def _plain(key: Any) -> Any:
    """An index with arrays in place of tensors."""
    if isinstance(key, tuple):
        return tuple(_plain(k) for k in key)
    if isinstance(key, slice):
        return slice(*(_scalar(k) for k in (key.start, key.stop, key.step)))
    return _scalar(key) if not isinstance(key, (list,)) else jnp.asarray(key)


def _scalar(key: Any) -> Any:
    if isinstance(key, Tensor) or hasattr(key, "_dense_var_to_tensor"):
        tensor = to_tensor(key)
        return tensor.jax() if tensor.is_symbolic else int(tensor)
    return key


def _assign_part(variable: Variable, key: Any, value: Any, name: Any = None) -> Variable:
    """Changes `variable[key]`; returns the Variable."""
    variable.set_array(variable.current_array().at[_plain(key)].set(to_tensor(value, variable._dtype).jax()))
    return variable


def _getitem(self: Variable, key: Any) -> Any:
    result = getitem(self._dense_var_to_tensor(), key)
    if isinstance(result, Tensor):
        result.assign = functools.partial(_assign_part, self, key)  # type: ignore[attr-defined]
    return result


def _apply(how: str) -> Callable[..., Any]:
    """A method that combines rows, `IndexedSlices` of them, with the Variable."""

    def scatter(self: Variable, sparse_delta: Any, use_locking: bool = False, name: Any = None) -> Variable:
        if not hasattr(sparse_delta, "indices"):
            raise TypeError(f"Argument `sparse_delta` must be a `tf.IndexedSlices`. Received arg: {sparse_delta}")
        place = self.current_array().at[to_tensor(sparse_delta.indices).jax()]
        self.set_array(_combine(place, how, to_tensor(sparse_delta.values, self._dtype).jax()))
        return self

    scatter.__doc__ = f"Rows combined ({how}) with those of `sparse_delta`, a `tf.IndexedSlices`; other arguments have no effect."
    return scatter


def _apply_nd(how: str) -> Callable[..., Any]:
    """A method that combines elements or slices with the Variable."""

    def scatter(self: Variable, indices: Any, updates: Any, name: Any = None) -> Variable:
        index = to_tensor(indices).jax()
        place = self.current_array().at[tuple(index[..., k] for k in range(index.shape[-1]))]
        self.set_array(_combine(place, how, to_tensor(updates, self._dtype).jax()))
        return self

    scatter.__doc__ = f"Elements or slices at `indices` combined ({how}) with `updates`; `name` has no effect."
    return scatter


def _combine(place: Any, how: str, values: Any) -> Any:
    if how == "update":
        return place.set(values)
    if how == "sub":
        return place.add(-values)
    if how == "div":
        return place.divide(values)
    return getattr(place, {"mul": "multiply"}.get(how, how))(values)


def _sparse_read(self: Variable, indices: Any, name: Any = None) -> Any:
    """Rows of the Variable; the same as `tf.gather`."""
    return gather(self, indices)


def _gather_nd(self: Variable, indices: Any, name: Any = None) -> Any:
    """Elements or slices of the Variable; the same as `tf.gather_nd`."""
    return gather_nd(self, indices)


def _batch_scatter_update(self: Variable, sparse_delta: Any, use_locking: bool = False, name: Any = None) -> Variable:
    """Rows replaced in each batch: `v[b, indices[b, i]] = values[b, i]`."""
    index = to_tensor(sparse_delta.indices).jax()
    batch = jnp.meshgrid(*(jnp.arange(n) for n in index.shape), indexing="ij")[:-1]
    values = to_tensor(sparse_delta.values, self._dtype).jax()
    self.set_array(self.current_array().at[(*batch, index)].set(values))
    return self


def _count_up_to(self: Variable, limit: int) -> Tensor:
    """The value of an integer Variable, to which 1 is added.

    Raises:
      OutOfRangeError: it has reached `limit`.
    """
    if self._dtype not in dtypes.INDEX:
        raise errors.InvalidArgumentError(
            None, None, f"Value for attr 'T' of {short_name(self._dtype)} is not in the list of allowed values: int32, int64"
        )
    value = self.read_value()
    if int(value) >= limit:
        raise errors.with_op(errors.OutOfRangeError, f"Reached limit of {limit}", "ResourceCountUpTo")
    self.assign_add(1)
    return value


class SaveSliceInfo:
    """Where a Variable lies in a larger one of which it is a slice.

    Args:
      full_name: the larger one's name.
      full_shape: its shape.
      var_offset: where the slice begins, per axis.
      var_shape: its shape.
      save_slice_info_def: must be None.
      import_scope: no effect.
    """

    def __init__(
        self, full_name: Any = None, full_shape: Any = None, var_offset: Any = None, var_shape: Any = None,
        save_slice_info_def: Any = None, import_scope: Any = None,
    ) -> None:
        if save_slice_info_def is not None:
            raise errors.UnimplementedError(None, None, "SaveSliceInfo: save_slice_info_def is not implemented.")
        self.full_name, self.full_shape = full_name, full_shape
        self.var_offset, self.var_shape = var_offset, var_shape

    @property
    def spec(self) -> str:
        """Shape, then offset and size per axis, as checkpoints name slices: `"4 0,2"`."""
        shape = " ".join(map(str, self.full_shape))
        return f"{shape} " + ":".join(f"{o},{s}" for o, s in zip(self.var_offset, self.var_shape))


Variable.count_up_to, Variable.SaveSliceInfo = _count_up_to, SaveSliceInfo  # type: ignore[attr-defined]
Variable.__getitem__ = _getitem  # type: ignore[method-assign]
for _how in ("update", "add", "sub", "max", "min", "mul", "div"):
    setattr(Variable, f"scatter_{_how}", _apply(_how))
for _how in ("update", "add", "sub", "max", "min"):
    setattr(Variable, f"scatter_nd_{_how}", _apply_nd(_how))
Variable.sparse_read, Variable.gather_nd = _sparse_read, _gather_nd  # type: ignore[attr-defined]
Variable.batch_scatter_update = _batch_scatter_update  # type: ignore[attr-defined]

