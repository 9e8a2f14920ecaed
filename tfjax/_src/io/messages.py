"""Protocol buffer classes from schemas written as text.

The classes live in descriptor pools of their own: a process may import TensorFlow as well.
"""

from __future__ import annotations

import math
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "double": _Field.TYPE_DOUBLE, "float": _Field.TYPE_FLOAT, "int64": _Field.TYPE_INT64,
    "uint64": _Field.TYPE_UINT64, "int32": _Field.TYPE_INT32, "uint32": _Field.TYPE_UINT32,
    "fixed32": _Field.TYPE_FIXED32, "sint64": _Field.TYPE_SINT64, "bool": _Field.TYPE_BOOL,
    "string": _Field.TYPE_STRING, "bytes": _Field.TYPE_BYTES,
}


def _set_type(field: Any, kind: str, package: str) -> None:
    if kind.startswith("="):
        field.type, field.type_name = _Field.TYPE_ENUM, f".{package}.{kind[1:]}"
    elif kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type, field.type_name = _Field.TYPE_MESSAGE, f".{package}.{kind}"


def _add_map(message: Any, field: Any, kinds: str, package: str) -> None:
    """Maps are repeated entries with a key and a value, as protoc writes them."""
    entry = message.nested_type.add(name="".join(p.title() for p in field.name.split("_")) + "Entry")
    entry.options.map_entry = True
    for number, (name, kind) in enumerate(zip(("key", "value"), kinds.split(",")), 1):
        _set_type(entry.field.add(name=name, number=number, label=_Field.LABEL_OPTIONAL), kind, package)
    field.label, field.type = _Field.LABEL_REPEATED, _Field.TYPE_MESSAGE
    field.type_name = f".{package}.{message.name}.{entry.name}"


def _add_field(message: Any, text: str, package: str) -> None:
    number, name, kind = text.split()
    field = message.field.add(name=name, number=int(number), label=_Field.LABEL_OPTIONAL)
    if kind.startswith("<"):
        _add_map(message, field, kind[1:], package)
        return
    if "/" in kind:
        group, kind = kind.split("/")
        names = [one.name for one in message.oneof_decl]
        if group not in names:
            message.oneof_decl.add(name=group)
            names.append(group)
        field.oneof_index = names.index(group)
    if kind.startswith("*"):
        field.label, kind = _Field.LABEL_REPEATED, kind[1:]
    _set_type(field, kind, package)


def build(schema: str, package: str, enums: dict[str, dict[str, int]] | None = None) -> dict[str, Any]:
    """Message classes by name.

    Args:
      schema: one message a line, `Name: number field type; …`. `*type` repeats, `<K,V` is a map,
        `kind/type` a member of oneof kind, `=Name` an enum.
      package: the messages' package.
      enums: values by name of each enum.
    """
    file = descriptor_pb2.FileDescriptorProto(name=f"{package.replace('.', '/')}.proto", package=package, syntax="proto3")
    for name, values in (enums or {}).items():
        enum = file.enum_type.add(name=name)
        for label, number in values.items():
            enum.value.add(name=label, number=number)
    for line in schema.strip().splitlines():
        name, fields = line.split(":", 1)
        message = file.message_type.add(name=name)
        for text in filter(None, (part.strip() for part in fields.split(";"))):
            _add_field(message, text, package)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        m.name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{m.name}"))
        for m in file.message_type
    }


def parse_text(text: str, message: Any) -> Any:
    """Fills a message from its text format.

    Raises:
      google.protobuf.text_format.ParseError: the text does not describe such a message.
    """
    return text_format.Parse(text, message)


def close_to(a: Any, b: Any, tolerance: float | None = None) -> bool:
    """Whether two messages of one type are equal, floats to a relative tolerance."""
    if tolerance is None:
        return a == b
    left, right = ({field.name: value for field, value in m.ListFields()} for m in (a, b))
    return left.keys() == right.keys() and all(_values_close(left[n], right[n], tolerance) for n in left)


def _values_close(a: Any, b: Any, tolerance: float) -> bool:
    if isinstance(a, float):
        return math.isclose(a, b, rel_tol=tolerance) or (math.isnan(a) and math.isnan(b))
    if hasattr(a, "ListFields"):
        return close_to(a, b, tolerance)
    if hasattr(a, "keys"):
        return a.keys() == b.keys() and all(_values_close(a[k], b[k], tolerance) for k in a)
    if isinstance(a, (str, bytes)) or not hasattr(a, "__len__"):
        return a == b
    return len(a) == len(b) and all(_values_close(x, y, tolerance) for x, y in zip(a, b))
