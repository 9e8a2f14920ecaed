"""tf.io: tensors as bytes and back: serialized tensors, raw numbers, base64, compression, JSON examples."""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import DataLossError, InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.io.files import host_strings, strings


def _cc_name(dtype: dtypes.DType) -> str:
    return {"float32": "float", "float64": "double", "float16": "half"}.get(dtype.name, dtype.name)


def _each(function: Callable[[bytes], bytes], value: Any) -> Tensor:
    array = host_strings(value)
    return strings([function(s) for s in array.reshape(-1).tolist()], array.shape)


@export("io.serialize_tensor")
def serialize_tensor(tensor: Any, name: str | None = None) -> Tensor:
    """A tensor as the bytes of a TensorProto, for `parse_tensor`.

    >>> import tfjax as tf
    >>> tf.io.parse_tensor(tf.io.serialize_tensor([1, 2]), tf.int32).numpy()
    array([1, 2], dtype=int32)
    """
    from tfjax._src.io.protos import to_proto

    value = to_tensor(tensor)
    return strings([to_proto(value.host_value(), value.dtype).SerializeToString()], ())


@export("io.parse_tensor")
def parse_tensor(serialized: Any, out_type: Any, name: str | None = None) -> Tensor:
    """The tensor that `serialize_tensor` wrote. Raises InvalidArgumentError for another dtype.

    >>> import tfjax as tf
    >>> tf.io.parse_tensor(tf.io.serialize_tensor(1.5), tf.float32).numpy()
    np.float32(1.5)
    """
    from tfjax._src.io import protos

    data, dtype = host_strings(serialized)[()], dtypes.as_dtype(out_type)
    try:
        proto = protos.TensorProto.FromString(data)
    except Exception:
        text = base64.b64encode(data).decode()
        raise InvalidArgumentError(None, None, f"Could not parse `serialized` as TensorProto, base64: {text} [Op:ParseTensor]") from None
    found = dtypes.as_dtype(proto.dtype)
    if found is not dtype:
        raise InvalidArgumentError(
            None, None,
            f"Type mismatch between parsed tensor ({_cc_name(found)}) and dtype ({_cc_name(dtype)}) [Op:ParseTensor] name: ",
        )
    return Tensor(protos.from_proto(proto))


@export("io.decode_raw")
def decode_raw(input_bytes: Any, out_type: Any, little_endian: bool = True, fixed_length: Any = None, name: str | None = None) -> Tensor:
    """Bytes as numbers, along a new last axis.

    Args:
      input_bytes: string tensor; all elements of one length, unless `fixed_length` is given.
      out_type: the dtype of the numbers.
      little_endian: the order of bytes.
      fixed_length: bytes to take of each element, filled up with zeros.

    >>> import tfjax as tf
    >>> tf.io.decode_raw(b"\\x01\\x02", tf.uint8).numpy()
    array([1, 2], dtype=uint8)
    """
    array, dtype = host_strings(input_bytes), dtypes.as_dtype(out_type)
    flat = array.reshape(-1).tolist()
    if fixed_length is not None:
        length = statics.integer(fixed_length)
        if length <= 0:
            raise InvalidArgumentError(None, None, "fixed_length must be greater than zero [Op:DecodePaddedRaw]")
        flat = [s[:length].ljust(length, b"\0") for s in flat]
    sizes = [len(s) for s in flat]
    for i, size in enumerate(sizes):
        if size != sizes[0]:
            raise InvalidArgumentError(
                None, None,
                f"DecodeRaw requires input strings to all be the same size, but element {i} has size {sizes[0]} != {size} [Op:DecodeRaw]",
            )
    if sizes and sizes[0] % dtype.np.itemsize:
        raise InvalidArgumentError(
            None, None,
            f"Input to DecodeRaw has length {sizes[0]} that is not a multiple of {dtype.np.itemsize}, the size of "
            f"{_cc_name(dtype)} [Op:DecodeRaw]",
        )
    numbers = np.frombuffer(b"".join(flat), dtype.np if little_endian else dtype.np.newbyteorder(">")).astype(dtype.np)
    return Tensor(numbers.reshape(*array.shape, -1) if flat else numbers.reshape(*array.shape, 0))


@export("io.encode_base64")
def encode_base64(input: Any, pad: bool = False, name: str | None = None) -> Tensor:
    """Web-safe base64 of each string; `pad` adds "=" at the end.

    >>> import tfjax as tf
    >>> tf.io.encode_base64("ab").numpy()
    b'YWI'
    """

    def encode(data: bytes) -> bytes:
        found = base64.urlsafe_b64encode(data)
        return found if pad else found.rstrip(b"=")

    return _each(encode, input)


@export("io.decode_base64")
def decode_base64(input: Any, name: str | None = None) -> Tensor:
    """The bytes behind web-safe base64.

    >>> import tfjax as tf
    >>> tf.io.decode_base64("YWI").numpy()
    b'ab'
    """

    def decode(data: bytes) -> bytes:
        body = data.rstrip(b"=")
        if len(body) % 4 == 1 or not set(body) <= set(base64.urlsafe_b64encode(bytes(range(256)) * 3) + b"-_"):
            raise InvalidArgumentError(None, None, "Invalid character found in base64. [Op:DecodeBase64]")
        return base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4))

    return _each(decode, input)


@export("io.decode_compressed")
def decode_compressed(bytes: Any, compression_type: str = "", name: str | None = None) -> Tensor:
    """Strings decompressed: "GZIP", "ZLIB" or "" (as they are).

    >>> import gzip, tfjax as tf
    >>> tf.io.decode_compressed(gzip.compress(b"hi"), "GZIP").numpy()
    b'hi'
    """
    known = {"": lambda s: s, "GZIP": gzip.decompress, "ZLIB": zlib.decompress}
    if compression_type not in known:
        raise InvalidArgumentError(None, None, "Only ZLIB, GZIP or NONE are supported compressions [Op:DecodeCompressed]")

    def decode(data: Any) -> Any:
        try:
            return known[compression_type](data)
        except (OSError, EOFError, zlib.error) as error:
            raise DataLossError(None, None, f"{error} [Op:DecodeCompressed]") from None

    return _each(decode, bytes)


@export("io.decode_json_example")
def decode_json_example(json_examples: Any, name: str | None = None) -> Tensor:
    """Examples in JSON as serialized `tf.train.Example`s.

    >>> import tfjax as tf
    >>> tf.io.decode_json_example("{}").numpy()
    b''
    """
    from google.protobuf import json_format

    from tfjax._src.io.protos import Example

    def decode(data: bytes) -> bytes:
        try:
            return json_format.Parse(data.decode(), Example()).SerializeToString()
        except json_format.ParseError as error:
            raise InvalidArgumentError(None, None, f"Error while parsing JSON: {error} [Op:DecodeJSONExample]") from None

    return _each(decode, json_examples)
