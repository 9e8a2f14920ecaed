"""DTypePolicyMap: dtype policies by the paths of layers."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.keras.engine import policy
from tfjax._src.keras.engine.policy import DTypePolicy


@export("keras.dtype_policies.DTypePolicyMap")
class DTypePolicyMap(DTypePolicy, MutableMapping):  # type: ignore[misc]
    """Policies by layer path; keys are whole paths or regular expressions of them.

    Args:
      default_policy: the policy of layers that no key fits; the global one if None.
      policy_map: a dict to start with.

    >>> import tfjax as tf
    >>> policies = tf.keras.dtype_policies.DTypePolicyMap(default_policy="float32")
    >>> policies["encoder/.*"] = tf.keras.dtype_policies.DTypePolicy("mixed_bfloat16")
    >>> policies["encoder/dense"], policies["head"]
    (<DTypePolicy "mixed_bfloat16">, <DTypePolicy "float32">)
    """

    def __init__(
        self, default_policy: Any = None, policy_map: dict[str, Any] | None = None
    ) -> None:
        if policy_map is not None and not isinstance(policy_map, dict):
            raise TypeError(
                "If specified, `policy_map` must be a dict. "
                f"Received: policy_map={policy_map} of type {type(policy_map)}"
            )
        self._given_default = None if default_policy is None else get(default_policy)
        self._map: dict[str, DTypePolicy] = dict(policy_map or {})
        super().__init__(self.default_policy.name)
        self._name = f"map_{self.default_policy.name}"

    @property
    def default_policy(self) -> DTypePolicy:
        """The policy of layers that no key fits."""
        return self._given_default or policy.global_policy()

    def __getitem__(self, key: str) -> DTypePolicy:
        """The policy for a path. Raises ValueError where several keys fit."""
        if key in self._map:
            return self._map[key]
        fitting = [k for k in self._map if re.fullmatch(k, key)]
        if len(fitting) > 1:
            raise ValueError(
                f"Path '{key}' matches multiple dtype policy specification keys: {fitting}. Please make sure each "
                "path only matches at most one dtype policy specification key in the DTypePolicyMap."
            )
        return self._map[fitting[0]] if fitting else self.default_policy

    def __setitem__(self, key: str, value: Any) -> None:
        """Adds a policy (or its name). Raises ValueError for a key that is there already."""
        if key in self._map:
            raise ValueError(
                f"{key} already exist in the DTypePolicyMap with value {self._map[key]}. "
                "Please make sure to not use duplicated keys."
            )
        try:
            self._map[key] = get(value)
        except Exception:
            raise ValueError(
                "Cannot interpret the assigned value by `keras.dtype_policies.get`. "
                f"Received: {value} of type {type(value)}"
            ) from None

    def __delitem__(self, key: str) -> None:
        """Removes a key."""
        del self._map[key]

    def __contains__(self, key: object) -> bool:
        return key in self._map

    def __len__(self) -> int:
        return len(self._map)

    def __iter__(self) -> Iterator[str]:
        return iter(self._map)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        default = None if self._given_default is None else self._given_default.name
        return {
            "default_policy": default,
            "policy_map": {k: serialize(v) for k, v in self._map.items()},
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> DTypePolicyMap:
        """A map from `get_config`'s result."""
        entries = {k: deserialize(v) for k, v in (config.get("policy_map") or {}).items()}
        return cls(config.get("default_policy"), entries)

    def serialize(self) -> dict[str, Any]:
        """The map as it stands in a layer's config."""
        return {
            "module": "keras.dtype_policies",
            "class_name": "DTypePolicyMap",
            "config": self.get_config(),
            "registered_name": None,
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicyMap) and self.get_config() == other.get_config()

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        mapping = [(k, v.name) for k, v in self._map.items()]
        return f"<DTypePolicyMap at {hex(id(self))} default_policy={self.default_policy.name}, mapping={mapping}>"


@export("keras.dtype_policies.get")
def get(identifier: Any) -> DTypePolicy:
    """A policy from a policy, a name, a dtype, a config, or None (the global one).

    Raises ValueError for anything else.

    >>> import tfjax as tf
    >>> tf.keras.dtype_policies.get("mixed_float16")
    <DTypePolicy "mixed_float16">
    """
    if identifier is None or isinstance(identifier, (DTypePolicy, str)):
        return policy.as_policy(identifier)
    if isinstance(identifier, dict):
        return deserialize(identifier)
    try:
        if isinstance(identifier, int):
            raise TypeError("an enum number")
        return DTypePolicy(dtypes.as_dtype(identifier).name)
    except (TypeError, ValueError):
        raise ValueError(
            "Cannot interpret `dtype` argument. Expected a string or an instance of DTypePolicy. "
            f"Received: dtype={identifier}"
        ) from None


@export("keras.dtype_policies.serialize")
def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """The config of a policy."""
    return dtype_policy.serialize()


@export("keras.dtype_policies.deserialize")
def deserialize(config: dict[str, Any], custom_objects: Any = None) -> DTypePolicy:
    """A policy from its config.

    >>> import tfjax as tf
    >>> policies = tf.keras.dtype_policies
    >>> policies.deserialize(policies.serialize(policies.get("bfloat16")))
    <DTypePolicy "bfloat16">
    """
    if config.get("class_name") == "DTypePolicyMap":
        return DTypePolicyMap.from_config(config["config"])
    return DTypePolicy(config.get("config", config)["name"])


policy.DESERIALIZERS["DTypePolicyMap"] = deserialize
