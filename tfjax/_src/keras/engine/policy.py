"""Dtype policies: what layers compute in and what they keep their weights in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.ops.array.shaping import cast

_state: dict[str, Any] = {"floatx": "float32", "policy": None, "epsilon": 1e-7, "format": "channels_last"}


# How configs of other classes become policies; their modules add themselves.
DESERIALIZERS: dict[str, Callable[[dict[str, Any]], DTypePolicy]] = {}


@export(
    "keras.DTypePolicy", "keras.dtype_policies.DTypePolicy", "keras.mixed_precision.Policy",
    "keras.mixed_precision.DTypePolicy",
)
class DTypePolicy:
    """A pair of dtypes: `compute_dtype` for calls, `variable_dtype` for weights.

    Args:
      name: a dtype ("float32"), "mixed_float16" or "mixed_bfloat16"; the default float if None.

    >>> import tfjax as tf
    >>> tf.keras.mixed_precision.Policy("mixed_bfloat16").compute_dtype
    'bfloat16'
    """

    def __init__(self, name: Any = None) -> None:
        name = floatx() if name is None else name
        if not isinstance(name, str):
            raise TypeError(
                "'name' must be a string, such as 'mixed_float16'. "
                f"Received: name={name} (of type {type(name)})"
            )
        self._name = name
        if name in ("mixed_float16", "mixed_bfloat16"):
            self._compute, self._variable = name.removeprefix("mixed_"), "float32"
        else:
            try:
                self._compute = self._variable = dtypes.as_dtype(name).name
            except TypeError:
                raise ValueError(
                    f"Cannot convert '{name}' to a mixed precision DTypePolicy. Valid policies "
                    "include 'mixed_float16', 'mixed_bfloat16', and the name of any float dtype "
                    "such as 'float32'."
                ) from None

    @property
    def name(self) -> str:
        """The policy's name."""
        return self._name

    @property
    def compute_dtype(self) -> str:
        """The dtype that calls compute in."""
        return self._compute

    @property
    def variable_dtype(self) -> str:
        """The dtype of weights."""
        return self._variable

    @property
    def quantization_mode(self) -> None:
        """None: the weights are not quantized."""
        return None

    def convert_input(self, x: Any, autocast: bool, dtype: Any) -> Any:
        """An argument of a layer's call as its `call` gets it: floats as `dtype`, if `autocast`."""
        if isinstance(x, (np.ndarray, np.generic)) or hasattr(x, "_dense_var_to_tensor"):
            x = to_tensor(x)
        floats = isinstance(x, Tensor) and x.dtype.is_floating
        return cast(x, dtype) if floats and autocast and x.dtype != dtypes.as_dtype(dtype) else x

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"name": self._name}

    def serialize(self) -> dict[str, Any]:
        """The policy as it stands in a layer's config."""
        return {"module": "keras", "class_name": "DTypePolicy", "config": self.get_config(), "registered_name": None}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DTypePolicy:
        """A policy from `get_config`'s result."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and self._name == other._name

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self._name}">'


@export("keras.FloatDTypePolicy", "keras.dtype_policies.FloatDTypePolicy")
class FloatDTypePolicy(DTypePolicy):
    """The older name of DTypePolicy for policies of floats."""


def as_policy(value: Any) -> DTypePolicy:
    """A policy from a policy, a name, a dtype, a config, or None (the global one)."""
    if value is None:
        return global_policy()
    if isinstance(value, DTypePolicy):
        return value
    if isinstance(value, dict):
        if value.get("class_name") in DESERIALIZERS:
            return DESERIALIZERS[value["class_name"]](value)
        return DTypePolicy(value.get("config", value)["name"])
    return DTypePolicy(value if isinstance(value, str) else dtypes.as_dtype(value).name)


@export("keras.mixed_precision.global_policy", "keras.mixed_precision.dtype_policy", "keras.config.dtype_policy")
def global_policy() -> DTypePolicy:
    """The policy of layers that name none."""
    return _state["policy"] or DTypePolicy(floatx())


@export(
    "keras.mixed_precision.set_global_policy", "keras.mixed_precision.set_dtype_policy",
    "keras.config.set_dtype_policy",
)
def set_global_policy(policy: Any) -> None:
    """Sets the policy of layers that name none, by a policy or its name.

    Raises ValueError for anything else.

    >>> import tfjax as tf
    >>> tf.keras.mixed_precision.set_global_policy("float32")
    """
    if not isinstance(policy, (str, DTypePolicy)):
        raise ValueError(
            "Invalid `policy` argument. Expected the string name of a policy (such as 'mixed_float16') or a "
            f"`DTypePolicy` instance. Received: policy={policy} (of type {type(policy)})"
        )
    _state["policy"] = as_policy(policy)


def forget_global_policy() -> None:
    """Goes back to the policy of `floatx`."""
    _state["policy"] = None


@export("keras.backend.floatx", "keras.config.floatx")
def floatx() -> str:
    """The default float dtype, "float32" unless changed."""
    return _state["floatx"]


@export("keras.backend.set_floatx", "keras.config.set_floatx")
def set_floatx(value: str) -> None:
    """Sets the default float dtype."""
    if value not in ("float16", "bfloat16", "float32", "float64"):
        raise ValueError(
            f"Unknown `floatx` value: {value}. Expected one of {{'float16', 'bfloat16', 'float32', 'float64'}}"
        )
    _state["floatx"] = value


@export("keras.backend.epsilon", "keras.config.epsilon")
def epsilon() -> float:
    """The small number that keeps divisions and logarithms away from 0; 1e-7."""
    return _state["epsilon"]


@export("keras.backend.set_epsilon", "keras.config.set_epsilon")
def set_epsilon(value: float) -> None:
    """Sets `epsilon`."""
    _state["epsilon"] = value


@export("keras.backend.image_data_format", "keras.config.image_data_format")
def image_data_format() -> str:
    """"channels_last" or "channels_first"."""
    return _state["format"]


@export("keras.backend.set_image_data_format", "keras.config.set_image_data_format")
def set_image_data_format(data_format: str) -> None:
    """Sets the default layout of images."""
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError("The `data_format` argument must be one of {'channels_first', 'channels_last'}. " f"Received: data_format={data_format}")
    _state["format"] = data_format


@export("keras.backend.backend", "keras.config.backend")
def backend() -> str:
    """"tensorflow": scripts that ask want to know whose rules hold, and these are TensorFlow's."""
    return "tensorflow"
