"""Protocol buffers of dtypes, shapes and specs."""

from __future__ import annotations

from typing import Any

from tfjax._src.core import dtypes
from tfjax._src.core.dtypes import DType
from tfjax._src.core.specs import TensorSpec
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.saved_model import protos, structured


def proto_class(cls: type) -> Any:
    """The message class of DType, TensorShape, TensorSpec or another TypeSpec."""
    if issubclass(cls, DType):
        return protos.SerializedDType
    if issubclass(cls, TensorShape):
        return protos.TensorShapeProto
    return protos.TensorSpecProto if issubclass(cls, TensorSpec) else protos.TypeSpecProto


def to_proto(value: Any) -> Any:
    """A dtype, shape or spec as a message."""
    if isinstance(value, DType):
        return protos.SerializedDType(datatype=value.as_datatype_enum)
    held = structured.encode(value)
    return getattr(held, held.WhichOneof("kind"))


def from_proto(cls: type, proto: Any) -> Any:
    """What `to_proto` made the message of."""
    if issubclass(cls, DType):
        return dtypes.as_dtype(proto.datatype)
    held = protos.StructuredValue()
    names = {
        protos.TensorShapeProto: "tensor_shape_value",
        protos.TensorSpecProto: "tensor_spec_value",
        protos.TypeSpecProto: "type_spec_value",
    }
    getattr(held, names[proto_class(cls)]).CopyFrom(proto)
    return structured.decode(held)
