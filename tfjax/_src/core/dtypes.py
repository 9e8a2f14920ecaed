"""TensorFlow's element types: one `DType` object per type, and the way from anything to one.

Every type is a singleton, so `is` compares two of them. The NumPy side of a type is the plain
attribute `np` (an `np.dtype`), the way back is the dict `FROM_NUMPY`; both are a single look-up.
"""

from __future__ import annotations

import builtins
from typing import Any

import ml_dtypes
import numpy as np

from tfjax._src.core.export import export
from tfjax._src.core.trace_type import Serializable, TraceType

_SINGLETONS: dict[int, DType] = {}


@export("DType", "dtypes.DType")
class DType(TraceType, Serializable):
    """The type of a tensor's elements.

    Args:
      type_enum: the number that TensorFlow's `DataType` protocol buffer gives the type, its name,
        or anything else that `tf.as_dtype` takes.
      handle_data: must be None: what a resource stands for is not part of its type here.

    >>> as_dtype("float32")
    tf.float32
    >>> as_dtype("float32") == np.float32
    True

    Attributes:
      np: the `np.dtype` that holds such elements; None for `resource` and `variant`.
      name: TensorFlow's name, such as `"float32"`.
    """

    __slots__ = (
        "__weakref__",
        "as_datatype_enum",
        "is_bool",
        "is_complex",
        "is_floating",
        "is_integer",
        "is_numeric",
        "is_numpy_compatible",
        "is_quantized",
        "is_unsigned",
        "name",
        "np",
        "size",
    )

    name: str
    np: Any
    as_datatype_enum: int
    is_bool: builtins.bool
    is_complex: builtins.bool
    is_floating: builtins.bool
    is_integer: builtins.bool
    is_numeric: builtins.bool
    is_numpy_compatible: builtins.bool
    is_quantized: builtins.bool
    is_unsigned: builtins.bool
    size: int

    def __new__(cls, type_enum: Any, handle_data: Any = None) -> DType:
        if handle_data is not None:
            raise TypeError("handle_data must be of the type HandleData")
        return as_dtype(type_enum)

    @property
    def as_numpy_dtype(self) -> Any:
        """The NumPy scalar type (`np.float32`, `ml_dtypes.bfloat16`, `object` for strings).

        Raises:
          KeyError: for `resource` and `variant`, which NumPy cannot hold.
        """
        if self.np is None:
            raise KeyError(self.as_datatype_enum)
        if self is string:
            return object
        return self.np if self.is_quantized else self.np.type

    @property
    def base_dtype(self) -> DType:
        """The type itself: TensorFlow 2 has no reference types."""
        return self

    @property
    def real_dtype(self) -> DType:
        """The type of the real part: `float32` for `complex64`, else the type itself."""
        return _REAL.get(self, self)

    @property
    def min(self) -> Any:
        """The least finite value. Raises TypeError where the type has no order."""
        return self._extreme("min", "minimum")

    @property
    def max(self) -> Any:
        """The greatest finite value. Raises TypeError where the type has no order."""
        return self._extreme("max", "maximum")

    @property
    def limits(self) -> tuple[Any, Any]:
        """The pair of intensities `(black, white)` that images of this type use.

        Raises:
          ValueError: if no convention exists for the type.
        """
        if self in _LIMITS:
            return _LIMITS[self]
        raise ValueError(f"{self} does not have defined limits.")

    def is_compatible_with(self, other: Any) -> builtins.bool:
        """Whether a tensor of type `other` (anything `tf.as_dtype` takes) may stand in here."""
        return as_dtype(other) is self

    def is_subtype_of(self, other: Any) -> builtins.bool:
        """Whether `other` is the same type: element types have no hierarchy."""
        return self is other

    def most_specific_common_supertype(self, types: Any) -> DType | None:
        """This type if all `types` are the same type, else None."""
        return self if all(other is self for other in types) else None

    def _extreme(self, attribute: str, word: str) -> Any:
        if self.is_quantized:
            raise TypeError(f"Cannot find {word} value of {self} with quantized type {self}.")
        if self.is_floating:
            return getattr(ml_dtypes.finfo(self.np), attribute)
        if self.is_integer:
            return getattr(ml_dtypes.iinfo(self.np), attribute)
        kind = f" with type {self}" if self.is_numpy_compatible else ""
        raise TypeError(f"Cannot find {word} value of {self}{kind}.")

    def __eq__(self, other: object) -> builtins.bool:
        if self is other:
            return True
        if other is None or other.__class__ is DType:
            return False
        try:
            return as_dtype(other) is self
        except TypeError:
            return False

    def __ne__(self, other: object) -> builtins.bool:
        return not self == other

    def __hash__(self) -> int:
        return self.as_datatype_enum

    def __int__(self) -> int:
        return self.as_datatype_enum

    def __repr__(self) -> str:
        return "tf." + self.name

    def __str__(self) -> str:
        return f"<dtype: {self.name!r}>"

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return as_dtype, (self.name,)

    def __copy__(self) -> DType:
        return self

    def __deepcopy__(self, memo: Any) -> DType:
        return self


_NUMERIC_KINDS = frozenset({"float", "int", "uint", "complex"})


def _define(enum: int, name: str, kind: str, scalar: Any, numeric: builtins.bool = True) -> DType:
    """Makes the singleton for one row of TensorFlow's type table."""
    dtype = object.__new__(DType)
    dtype.name = name
    dtype.as_datatype_enum = enum
    dtype.np = None if scalar is None else np.dtype(scalar)
    dtype.size = dtype.np.itemsize if dtype.np is not None and kind != "string" else 0
    dtype.is_bool = kind == "bool"
    dtype.is_complex = kind == "complex"
    dtype.is_floating = kind == "float"
    dtype.is_integer = kind in ("int", "uint")
    dtype.is_unsigned = kind == "uint"
    dtype.is_quantized = kind == "quantized"
    # TensorFlow's `is_numeric` leaves out the types of 8 bits and fewer that came after int8.
    dtype.is_numeric = numeric and kind in _NUMERIC_KINDS
    dtype.is_numpy_compatible = dtype.np is not None
    _SINGLETONS[enum] = dtype
    return dtype


float32 = _define(1, "float32", "float", np.float32)
float64 = _define(2, "float64", "float", np.float64)
int32 = _define(3, "int32", "int", np.int32)
uint8 = _define(4, "uint8", "uint", np.uint8)
int16 = _define(5, "int16", "int", np.int16)
int8 = _define(6, "int8", "int", np.int8)
string = _define(7, "string", "string", object)
complex64 = _define(8, "complex64", "complex", np.complex64)
int64 = _define(9, "int64", "int", np.int64)
bool = _define(10, "bool", "bool", np.bool_)  # noqa: A001 - TensorFlow's name
qint8 = _define(11, "qint8", "quantized", [("qint8", np.int8)])
quint8 = _define(12, "quint8", "quantized", [("quint8", np.uint8)])
qint32 = _define(13, "qint32", "quantized", [("qint32", np.int32)])
bfloat16 = _define(14, "bfloat16", "float", ml_dtypes.bfloat16)
qint16 = _define(15, "qint16", "quantized", [("qint16", np.int16)])
quint16 = _define(16, "quint16", "quantized", [("quint16", np.uint16)])
uint16 = _define(17, "uint16", "uint", np.uint16)
complex128 = _define(18, "complex128", "complex", np.complex128)
float16 = _define(19, "float16", "float", np.float16)
resource = _define(20, "resource", "handle", None)
variant = _define(21, "variant", "handle", None)
uint32 = _define(22, "uint32", "uint", np.uint32)
uint64 = _define(23, "uint64", "uint", np.uint64)
float8_e5m2 = _define(24, "float8_e5m2", "float", ml_dtypes.float8_e5m2, numeric=False)
float8_e4m3fn = _define(25, "float8_e4m3fn", "float", ml_dtypes.float8_e4m3fn, numeric=False)
float8_e4m3fnuz = _define(26, "float8_e4m3fnuz", "float", ml_dtypes.float8_e4m3fnuz, numeric=False)
float8_e4m3b11fnuz = _define(
    27, "float8_e4m3b11fnuz", "float", ml_dtypes.float8_e4m3b11fnuz, numeric=False
)
float8_e5m2fnuz = _define(28, "float8_e5m2fnuz", "float", ml_dtypes.float8_e5m2fnuz, numeric=False)
int4 = _define(29, "int4", "int", ml_dtypes.int4, numeric=False)
uint4 = _define(30, "uint4", "uint", ml_dtypes.uint4, numeric=False)
int2 = _define(31, "int2", "int", ml_dtypes.int2, numeric=False)
uint2 = _define(32, "uint2", "uint", ml_dtypes.uint2, numeric=False)
float4_e2m1fn = _define(33, "float4_e2m1fn", "float", ml_dtypes.float4_e2m1fn, numeric=False)

half = float16
double = float64

ALL = frozenset(_SINGLETONS.values())
QUANTIZED = frozenset(t for t in ALL if t.is_quantized)
NUMERIC = frozenset(t for t in ALL if t.is_numeric)
FLOATS = frozenset({bfloat16, float16, float32, float64})
COMPLEX = frozenset({complex64, complex128})
INEXACT = FLOATS | COMPLEX
SIGNED_INTS = frozenset({int8, int16, int32, int64})
UNSIGNED_INTS = frozenset({uint8, uint16, uint32, uint64})
INTS = SIGNED_INTS | UNSIGNED_INTS
REAL = FLOATS | INTS
INDEX = frozenset({int32, int64})

_REAL = {complex64: float32, complex128: float64}
_LIMITS: dict[DType, tuple[Any, Any]] = {
    bool: (0, True),
    float32: (0, 1),
    float64: (0, 1),
    **{t: (0, t.max) for t in INTS},
}

#: NumPy dtype → DType, for every type that NumPy holds. Sized strings (`S3`, `<U5`) are not keys:
#: `as_dtype` knows them.
FROM_NUMPY: dict[np.dtype[Any], DType] = {
    t.np: t for t in _SINGLETONS.values() if t.np is not None
} | {np.dtype(np.longlong): int64, np.dtype(np.ulonglong): uint64}

_FROM_ANY: dict[Any, DType] = {
    **_SINGLETONS,
    **{t.name: t for t in ALL},
    **FROM_NUMPY,
    **{numpy_type.type: t for numpy_type, t in FROM_NUMPY.items() if not t.is_quantized},
    "half": float16,
    "float": float32,
    "double": float64,
    builtins.float: float32,
    builtins.bool: bool,
    object: string,
    np.str_: string,
    np.bytes_: string,
}


@export("as_dtype", "dtypes.as_dtype")
def as_dtype(type_value: Any) -> DType:
    """Finds the `DType` that `type_value` stands for.

    Args:
      type_value: a DType, its name or enum number, a NumPy dtype or scalar type, the Python types
        `float`, `bool`, `object`, or a value with a NumPy `dtype`.

    Raises:
      TypeError: if it stands for none. As in TensorFlow, Python's `int` is refused: it does not
        say how many bits are meant.

    >>> as_dtype(np.int16), as_dtype("half")
    (tf.int16, tf.float16)
    """
    if type_value.__class__ is DType:
        return type_value
    try:
        return _FROM_ANY[type_value]
    except (KeyError, TypeError):  # TypeError: not hashable, an array for example
        pass
    found = _from_numpy_like(type_value)
    if found is None:
        raise TypeError(
            f"Cannot convert the argument `type_value`: {type_value!r} to a TensorFlow DType."
        )
    return found


def _from_numpy_like(value: Any) -> DType | None:
    """The DType of a byte-swapped or sized-string dtype, or of a value that has a NumPy dtype."""
    numpy_dtype = value if isinstance(value, np.dtype) else getattr(value, "dtype", None)
    if not isinstance(numpy_dtype, np.dtype):
        return None
    if numpy_dtype.kind in "SU":
        return string
    return FROM_NUMPY.get(numpy_dtype.newbyteorder("="))


QUANTIZED_DTYPES = QUANTIZED

EXPORTS = {
    "bfloat16": "bfloat16",
    "bool": "bool",
    "complex128": "complex128",
    "complex64": "complex64",
    "double": "double",
    "float16": "float16",
    "float32": "float32",
    "float64": "float64",
    "half": "half",
    "int16": "int16",
    "int32": "int32",
    "int64": "int64",
    "int8": "int8",
    "qint16": "qint16",
    "qint32": "qint32",
    "qint8": "qint8",
    "quint16": "quint16",
    "quint8": "quint8",
    "resource": "resource",
    "string": "string",
    "uint16": "uint16",
    "uint32": "uint32",
    "uint64": "uint64",
    "uint8": "uint8",
    "variant": "variant",
    "dtypes.QUANTIZED_DTYPES": "QUANTIZED_DTYPES",
    "dtypes.bfloat16": "bfloat16",
    "dtypes.bool": "bool",
    "dtypes.complex128": "complex128",
    "dtypes.complex64": "complex64",
    "dtypes.double": "double",
    "dtypes.float16": "float16",
    "dtypes.float32": "float32",
    "dtypes.float64": "float64",
    "dtypes.half": "half",
    "dtypes.int16": "int16",
    "dtypes.int32": "int32",
    "dtypes.int64": "int64",
    "dtypes.int8": "int8",
    "dtypes.qint16": "qint16",
    "dtypes.qint32": "qint32",
    "dtypes.qint8": "qint8",
    "dtypes.quint16": "quint16",
    "dtypes.quint8": "quint8",
    "dtypes.resource": "resource",
    "dtypes.string": "string",
    "dtypes.uint16": "uint16",
    "dtypes.uint32": "uint32",
    "dtypes.uint64": "uint64",
    "dtypes.uint8": "uint8",
    "dtypes.variant": "variant",
    "dtypes.experimental.float8_e4m3fn": "float8_e4m3fn",
    "dtypes.experimental.float8_e5m2": "float8_e5m2",
    "dtypes.experimental.int4": "int4",
    "dtypes.experimental.uint4": "uint4",
    "dtypes.experimental.int2": "int2",
    "dtypes.experimental.uint2": "uint2",
    "dtypes.experimental.float4_e2m1fn": "float4_e2m1fn",
    "experimental.int2": "int2",
    "experimental.uint2": "uint2",
    "experimental.float4_e2m1fn": "float4_e2m1fn",
    "dtypes.experimental.float8_e4m3b11fnuz": "float8_e4m3b11fnuz",
    "dtypes.experimental.float8_e4m3fnuz": "float8_e4m3fnuz",
    "dtypes.experimental.float8_e5m2fnuz": "float8_e5m2fnuz",
    "experimental.float8_e4m3b11fnuz": "float8_e4m3b11fnuz",
    "experimental.float8_e4m3fn": "float8_e4m3fn",
    "experimental.float8_e4m3fnuz": "float8_e4m3fnuz",
    "experimental.float8_e5m2": "float8_e5m2",
    "experimental.float8_e5m2fnuz": "float8_e5m2fnuz",
    "experimental.int4": "int4",
    "experimental.uint4": "uint4",
}
