"""tf.make_tensor_proto and tf.make_ndarray; protobuf loads when one of them is called."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor


@export("make_tensor_proto")
def make_tensor_proto(values: Any, dtype: Any = None, shape: Any = None, verify_shape: bool = False, allow_broadcast: bool = False) -> Any:
    """A TensorProto of a value.

    Args:
      values: what `tf.constant` takes.
      dtype: of the elements.
      shape: to give them; a single value fills it.
      verify_shape: raises TypeError if the value has another shape.
      allow_broadcast: no effect: a single value always fills `shape`.

    >>> import tfjax as tf
    >>> tf.make_ndarray(tf.make_tensor_proto([1, 2]))
    array([1, 2], dtype=int32)
    """
    from tfjax._src.io import protos

    if isinstance(values, type(protos.TensorProto())):
        return values
    tensor: Tensor = to_tensor(values, None if dtype is None else dtypes.as_dtype(dtype))
    array = tensor.host_value()
    if shape is not None:
        dims = tuple(int(d) for d in shape)
        if verify_shape and dims != array.shape:
            raise TypeError(f"Expected Tensor's shape: {dims}, got {array.shape}.")
        array = array.reshape(dims) if array.size == int(np.prod(dims)) else np.broadcast_to(array.reshape(-1)[-1:], dims)
    return protos.to_proto(array, tensor.dtype)


@export("make_ndarray")
def make_ndarray(tensor: Any) -> np.ndarray:
    """The NumPy array of a TensorProto.

    >>> import tfjax as tf
    >>> tf.make_ndarray(tf.make_tensor_proto(1.5))
    array(1.5, dtype=float32)
    """
    from tfjax._src.io import protos

    return protos.from_proto(tensor)
