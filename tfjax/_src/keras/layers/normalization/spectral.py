"""SpectralNormalization: bounds a layer's Lipschitz constant."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras import initializers
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.layers.core.wrapper import Wrapper
from tfjax._src.ops.array.shaping import cast, reshape, stop_gradient, transpose
from tfjax._src.ops.math.arithmetic import maximum
from tfjax._src.ops.math.elementwise import rsqrt, square
from tfjax._src.ops.math.linear import matmul
from tfjax._src.ops.math.reductions import reduce_sum


def _unit(x: Any) -> Any:
    return x * rsqrt(maximum(reduce_sum(square(x)), 1e-12))


@export("keras.layers.SpectralNormalization")
class SpectralNormalization(Wrapper):
    """Divides the kernel (or the table) of a layer by its largest singular value. Miyato et al. 2018.

    In training, `power_iterations` steps of the power method improve the estimate and the kernel is
    divided for good.

    Args:
      layer: a layer with `kernel` or `embeddings`.
      power_iterations: a positive int.

    >>> import tfjax as tf
    >>> tf.keras.layers.SpectralNormalization(tf.keras.layers.Dense(2))(tf.ones((1, 3))).shape
    TensorShape([1, 2])
    """

    def __init__(self, layer: Any, power_iterations: int = 1, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        if power_iterations <= 0:
            raise ValueError(f"`power_iterations` should be greater than zero. Received: `power_iterations={power_iterations}`")
        self.power_iterations = power_iterations

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.input_spec = InputSpec(shape=[None, *tuple(input_shape)[1:]])
        for name in ("kernel", "embeddings"):
            if getattr(self.layer, name, None) is not None:
                self.kernel = getattr(self.layer, name)
                break
        else:
            raise ValueError(f"{type(self.layer).__name__} object has no attribute 'kernel' nor 'embeddings'")
        self.kernel_shape = self.kernel.shape.as_list()
        self.vector_u = self.add_weight(
            shape=(1, self.kernel_shape[-1]), initializer=initializers.TruncatedNormal(stddev=0.02), trainable=False,
            name="vector_u", dtype=self.kernel.dtype,
        )

    def call(self, inputs: Any, training: Any = False) -> Any:
        if training:
            kernel, vector = self._normalised()
            self.kernel.assign(cast(kernel, self.kernel.dtype))
            self.vector_u.assign(cast(vector, self.vector_u.dtype))
        extra = {"training": training} if self.layer._accepts("training") else {}
        return self.layer(inputs, **extra)

    def _normalised(self) -> tuple[Any, Any]:
        columns = self.kernel_shape[-1]
        rows = int(np.prod(self.kernel_shape[:-1], dtype=np.int64))
        w = reshape(to_tensor(self.kernel), [rows, columns])
        u = to_tensor(self.vector_u)
        for _ in range(self.power_iterations):
            v = _unit(matmul(u, transpose(w)))
            u = _unit(matmul(v, w))
        u, v = stop_gradient(u), stop_gradient(v)
        sigma = matmul(matmul(v, w), transpose(u))
        return reshape(w / sigma, self.kernel_shape), u
