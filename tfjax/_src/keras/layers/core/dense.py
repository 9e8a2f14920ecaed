"""Dense and EinsumDense: layers that are one product."""

from __future__ import annotations

import re
from typing import Any

from tfjax._src.core.export import export
from tfjax._src.keras.initializers import with_fans
from tfjax._src.keras.engine.input_spec import InputSpec
from tfjax._src.keras.layers.settings import ConfiguredLayer, keep, weight
from tfjax._src.ops.math.arithmetic import add
from tfjax._src.ops.math.clipping import einsum
from tfjax._src.ops.math.linear import matmul, tensordot
from tfjax._src.ops.sparse.arithmetic import sparse_dense_matmul
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor


def refuse_variants(layer: str, **arguments: Any) -> None:
    """Raises for LoRA and quantization."""
    for name, value in arguments.items():
        if value is not None:
            raise ValueError(f"`{name}` of {layer} must be None: LoRA and quantization are not supported. Received: {value}")


@export("keras.layers.Dense")
class Dense(ConfiguredLayer):
    """activation(inputs @ kernel + bias) over the last axis.

    Args:
      units: the size of the outputs' last axis.
      activation: a name or function.
      use_bias: adds a bias.
      kernel_initializer, bias_initializer: initial values.
      kernel_regularizer, bias_regularizer, activity_regularizer: penalties.
      kernel_constraint, bias_constraint: projections.
      lora_rank, lora_alpha, quantization_config: must be None.

    >>> import tfjax as tf
    >>> tf.keras.layers.Dense(2, kernel_initializer="ones")(tf.ones((1, 3))).numpy()
    array([[3., 3.]], dtype=float32)
    """

    _promotes_inputs = True

    hidden = ("lora_rank", "lora_alpha")

    def __init__(
        self, units: int, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None,
        lora_rank: Any = None, lora_alpha: Any = None, quantization_config: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        refuse_variants("Dense", lora_rank=lora_rank, lora_alpha=lora_alpha, quantization_config=quantization_config)
        if not isinstance(units, int) or units <= 0:
            raise ValueError(f"Received an invalid value for `units`, expected a positive integer. Received: units={units}")
        keep(self, locals())
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        size = input_shape[-1]
        self.kernel = weight(self, "kernel", (size, self.units))
        self.bias = weight(self, "bias", (self.units,)) if self.use_bias else None
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})

    def call(self, inputs: Any, training: Any = None) -> Any:
        if isinstance(inputs, SparseTensor):
            x = sparse_dense_matmul(inputs, self.kernel)
        else:
            x = matmul(inputs, self.kernel) if len(inputs.shape) == 2 else tensordot(inputs, self.kernel, 1)
        if self.bias is not None:
            x = add(x, self.bias)
        return self.activation(x)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*tuple(input_shape)[:-1], self.units)


@export("keras.layers.EinsumDense")
class EinsumDense(ConfiguredLayer):
    """A dense layer whose product is an einsum of inputs and kernel.

    Args:
      equation: as "ab,bc->ac": inputs, kernel, outputs; an ellipsis may stand for leading or trailing
        axes of inputs and outputs.
      output_shape: of the outputs without the batch axis; None where it follows from the inputs.
      bias_axes: output axes that the bias has; no bias if None.
      activation, kernel_initializer, …: as of Dense.
      lora_rank, lora_alpha, gptq_unpacked_column_size, quantization_config: must be None.

    >>> import tfjax as tf
    >>> tf.keras.layers.EinsumDense("abc,cd->abd", (None, 4), bias_axes="d")(tf.ones((2, 3, 5))).shape
    TensorShape([2, 3, 4])
    """

    _promotes_inputs = True

    hidden = ("lora_rank", "lora_alpha", "gptq_unpacked_column_size", "output_shape")
    extra = ("activity_regularizer",)

    def __init__(
        self, equation: str, output_shape: Any, activation: Any = None, bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        bias_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None, lora_rank: Any = None,
        lora_alpha: Any = None, gptq_unpacked_column_size: Any = None, quantization_config: Any = None, **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        refuse_variants(
            "EinsumDense", lora_rank=lora_rank, lora_alpha=lora_alpha, quantization_config=quantization_config,
            gptq_unpacked_column_size=gptq_unpacked_column_size,
        )
        shape = (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        values = locals()
        values.pop("output_shape")
        keep(self, {k: v for k, v in values.items() if k != "shape"})
        self.partial_output_shape = shape

    def build(self, input_shape: Any) -> None:
        kernel_shape, bias_shape = _einsum_shapes(self.equation, self.bias_axes, tuple(input_shape), self.partial_output_shape)
        self.kernel = self.add_weight(
            name="kernel", shape=kernel_shape, initializer=with_fans(self.kernel_initializer, *_fans(self.equation)),
            regularizer=self.kernel_regularizer, constraint=self.kernel_constraint,
        )
        self.bias = None if bias_shape is None else weight(self, "bias", bias_shape)

    def call(self, inputs: Any, training: Any = None) -> Any:
        x = einsum(self.equation, inputs, self.kernel)
        if self.bias is not None:
            x = add(x, self.bias)
        return self.activation(x)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "output_shape": self.partial_output_shape}


_EQUATION = re.compile(r"^(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?$")


def _einsum_shapes(equation: str, bias_axes: str | None, inputs: tuple[Any, ...], outputs: tuple[Any, ...]) -> tuple[Any, Any]:
    """(kernel shape, bias shape or None) from the letters' sizes."""
    parts = _EQUATION.match(equation.replace(" ", ""))
    if parts is None or bool(parts[1]) != bool(parts[5]) or bool(parts[3]) != bool(parts[7]):
        raise ValueError(f"Invalid einsum equation '{equation}'. Equations must be in the form [X],[Y]->[Z], ...[X],[Y]->...[Z], or [X]...,[Y]->[Z]....")
    left, kernel, right = parts[2], parts[4], parts[6]
    more = len(inputs) - len(left) if parts[1] or parts[3] else 0
    # The axes that letters name: an ellipsis in front shifts them.
    given = inputs[more:] if parts[1] else inputs[: len(left)]
    wanted = _complete(outputs, inputs, right, more, bool(parts[1]), bool(parts[3]))
    known = dict(zip(left, given))
    for letter, size in zip(right, wanted):
        if size is not None and known.get(letter) is not None and known[letter] != size:
            raise ValueError(f"Input shape and output shape do not match at shared dimension '{letter}'. Input shape is {known[letter]}, and output shape is {size}.")
        known[letter] = size if size is not None else known.get(letter)
    for letter in left:
        if letter not in kernel and letter not in right:
            raise ValueError(f"Dimension '{letter}' was specified in the input '{left}' but has no corresponding dim in the weight or output spec '{right}'")
    for letter in kernel:
        if letter not in known:
            raise ValueError(f"Weight dimension '{letter}' did not have a match in either the input spec '{left}' or the output spec '{right}'. For this layer, the weight must be fully specified.")
    kernel_shape = tuple(known[letter] for letter in kernel)
    if bias_axes is None:
        return kernel_shape, None
    for letter in bias_axes:
        if letter not in right:
            raise ValueError(f"Bias dimension '{letter}' was requested, but is not part of the output spec '{right}'")
    first = min(right.index(letter) for letter in bias_axes)
    tail = (1,) * more if parts[3] else ()
    bias = tuple(known[letter] if letter in bias_axes else 1 for letter in right[first:])
    return kernel_shape, bias + tail


def _fans(equation: str) -> tuple[list[int], list[int]]:
    """(axes of the kernel that come from the inputs, axes that go to the outputs)."""
    left, _, rest = equation.replace(" ", "").partition(",")
    kernel, _, right = rest.partition("->")
    inner = [i for i, letter in enumerate(kernel) if letter in left and letter not in right]
    return inner, [i for i, letter in enumerate(kernel) if letter in right and letter not in left]


def _complete(outputs: tuple[Any, ...], inputs: tuple[Any, ...], right: str, more: int, front: bool, back: bool) -> tuple[Any, ...]:
    """Sizes of the output letters; the batch axis is not among `outputs`."""
    if front:
        # [batch, ...] belong to the ellipsis; the letters are the last axes.
        return outputs[-len(right) :]
    full = (inputs[0], *outputs)
    return full[: len(right)] if back else full
