"""StructuredValues: nests of TensorSpecs and Python values as SavedModels hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tfjax._src.core import dtypes, nest
from tfjax._src.core.specs import TensorSpec, TypeSpec
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.saved_model import protos
from tfjax._src.saved_model.bundle import shape_proto


def encode(value: Any) -> Any:
    """The StructuredValue of a nest; TypeError for a leaf that has none."""
    result = protos.StructuredValue()
    if value is None:
        result.none_value.SetInParent()
    elif isinstance(value, bool):
        result.bool_value = value
    elif isinstance(value, int):
        result.int64_value = value
    elif isinstance(value, float):
        result.float64_value = value
    elif isinstance(value, str):
        result.string_value = value
    elif isinstance(value, TensorSpec):
        spec = result.tensor_spec_value
        spec.name = value.name or ""
        spec.dtype = value.dtype.as_datatype_enum
        if value.shape.rank is None:
            spec.shape.unknown_rank = True
        else:
            spec.shape.CopyFrom(shape_proto(value.shape.as_list()))
    elif isinstance(value, dtypes.DType):
        result.tensor_dtype_value = value.as_datatype_enum
    elif isinstance(value, TensorShape):
        if value.rank is None:
            result.tensor_shape_value.unknown_rank = True
        else:
            result.tensor_shape_value.CopyFrom(shape_proto(value.as_list()))
    elif type(value).__name__ in _SPECS and isinstance(value, TypeSpec):
        _type_spec(result.type_spec_value, value)
    elif isinstance(value, Mapping):
        result.dict_value.SetInParent()
        for key, item in value.items():
            result.dict_value.fields[str(key)].CopyFrom(encode(item))
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        _named(result, type(value).__name__, zip(value._fields, value))
    elif isinstance(value, Sequence):
        items = result.tuple_value if isinstance(value, tuple) else result.list_value
        items.SetInParent()
        items.values.extend([encode(item) for item in value])
    else:
        raise TypeError(f"No encoder for {value!r} of type {type(value).__name__} in a SavedModel's signature.")
    return result


#: Names of the specs that files may hold -> their numbers in the enum TypeSpecClass.
_SPECS = {
    "".join(part.title() for part in label.split("_")): number
    for label, number in protos.SPEC_CLASSES.items()
}


def _type_spec(result: Any, spec: TypeSpec) -> None:
    name = type(spec).__name__
    result.type_spec_class, result.type_spec_class_name = _SPECS[name], name
    result.type_state.CopyFrom(encode(spec._serialize()))
    components = spec._component_specs  # type: ignore[attr-defined]
    result.num_flat_components = len(nest.flatten(components, expand_composites=True))


def _spec_class(name: str, cls: type = TypeSpec) -> Any:
    """The spec of that name among those that are defined."""
    found = [_spec_class(name, c) for c in cls.__subclasses__()]
    return cls if cls.__name__ == name else next(filter(None, found), None)


def _named(result: Any, name: str, pairs: Any) -> None:
    result.named_tuple_value.name = name
    for key, item in pairs:
        result.named_tuple_value.values.append(protos.PairValue(key=key, value=encode(item)))


def full_arg_spec(args: list[str], defaults: Sequence[Any], keyword_only: list[str]) -> Any:
    """The FullArgSpec of a Python function."""
    result = protos.StructuredValue()
    _named(
        result,
        "FullArgSpec",
        [
            ("args", args), ("varargs", None), ("varkw", None), ("defaults", tuple(defaults) or None),
            ("kwonlyargs", keyword_only), ("kwonlydefaults", None), ("annotations", {}),
        ],
    )
    return result


def decode(value: Any) -> Any:
    """The nest of a StructuredValue; named tuples come as dicts."""
    kind = value.WhichOneof("kind")
    if kind in (None, "none_value"):
        return None
    content = getattr(value, kind)
    if kind == "tensor_spec_value":
        shape = None if content.shape.unknown_rank else [d.size if d.size >= 0 else None for d in content.shape.dim]
        return TensorSpec(shape, dtypes.as_dtype(content.dtype), content.name or None)
    if kind == "list_value":
        return [decode(v) for v in content.values]
    if kind == "tuple_value":
        return tuple([decode(v) for v in content.values])
    if kind == "dict_value":
        return {k: decode(v) for k, v in content.fields.items()}
    if kind == "named_tuple_value":
        return {p.key: decode(p.value) for p in content.values}
    if kind == "tensor_shape_value":
        return TensorShape(None if content.unknown_rank else [d.size if d.size >= 0 else None for d in content.dim])
    if kind == "tensor_dtype_value":
        return dtypes.as_dtype(content)
    if kind == "type_spec_value":
        cls = _spec_class(content.type_spec_class_name)
        if cls is None:
            raise ValueError(f"There is no spec {content.type_spec_class_name!r}.")
        return cls._deserialize(decode(content.type_state))
    return content
