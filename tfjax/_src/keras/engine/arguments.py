"""What a layer's `call` gets for the arguments of a call."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from tfjax._src.core import dtypes, nest
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable
from tfjax._src.keras.engine.layer_support import CONVERTIBLE
from tfjax._src.keras.engine.symbolic import KerasTensor
from tfjax._src.ops.array.shaping import cast


class Arguments:
    """Converts the arguments of a layer's call to tensors of the dtypes that it computes in."""

    # Whether integer inputs meet float weights at once, which Keras promotes to the weights' dtype.
    _promotes_inputs = False
    autocast: bool
    compute_dtype: str

    def _convert_arguments(self, args: Any, kwargs: Any) -> tuple[Any, dict[str, Any]]:
        args, kwargs = self._as_tensors(args), {k: self._as_tensors(v) for k, v in kwargs.items()}
        if self._promotes_inputs and args and isinstance(args[0], Tensor):
            if args[0].dtype.is_integer or args[0].dtype == dtypes.bool:
                args = (cast(args[0], self.compute_dtype), *args[1:])
        return args, kwargs

    def _as_tensors(self, value: Any) -> Any:
        """Arrays and Variables as tensors; floats in the compute dtype."""

        def convert(leaf: Any) -> Any:
            if isinstance(leaf, KerasTensor):
                return leaf
            if isinstance(leaf, (np.ndarray, np.generic, jax.Array, Variable, *CONVERTIBLE)):
                leaf = to_tensor(leaf)
            if isinstance(leaf, Tensor) and self.autocast and leaf.dtype.is_floating:
                if leaf.dtype.name != self.compute_dtype:
                    mask = leaf.__dict__.get("_keras_mask")
                    leaf = cast(leaf, self.compute_dtype)
                    if mask is not None:
                        leaf._keras_mask = mask
            return leaf

        return nest.map_structure(convert, value)
