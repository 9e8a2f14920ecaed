"""Annotations that tell the gate what each parameter of an op is.

`Numeric`, `Float`, … mark tensors: converted, checked against the allowed dtypes, and of one dtype
per letter. `Axis`, `Shape`, … mark static arguments: read from Python values or known tensors.
To a type checker all of them are `Any`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from tfjax._src.core import dtypes
from tfjax._src.core.dtypes import DType


@dataclass(frozen=True)
class TensorArg:
    """A tensor parameter.

    Attributes:
      letter: parameters with the same letter share one dtype; "" stands alone.
      allowed: dtypes the op takes; None allows all.
      many: a list of tensors.
      optional: None is passed through.
      default: dtype of Python numbers when no tensor decides.
    """

    letter: str = "T"
    allowed: frozenset[DType] | None = None
    many: bool = False
    optional: bool = False
    default: DType | None = None


@dataclass(frozen=True)
class StaticArg:
    """A parameter whose value must be known while tracing; `kind` picks the normaliser."""

    kind: str


_FLOATS = frozenset(dtypes.FLOATS)
_INTS = frozenset(dtypes.INTS)
_COMPLEX = frozenset(dtypes.COMPLEX)
_NUMERIC = _FLOATS | _INTS | _COMPLEX
_BOOL = frozenset({dtypes.bool})
_STRING = frozenset({dtypes.string})

AnyTensor = Annotated[Any, TensorArg("T")]
AnyOther = Annotated[Any, TensorArg("")]
Numeric = Annotated[Any, TensorArg("T", _NUMERIC)]
NumericOther = Annotated[Any, TensorArg("", _NUMERIC)]
NumericOrBool = Annotated[Any, TensorArg("T", _NUMERIC | _BOOL)]
Real = Annotated[Any, TensorArg("T", _FLOATS | _INTS)]
Float = Annotated[Any, TensorArg("T", _FLOATS)]
FloatOther = Annotated[Any, TensorArg("", _FLOATS)]
FloatOrComplex = Annotated[Any, TensorArg("T", _FLOATS | _COMPLEX)]
Complex = Annotated[Any, TensorArg("T", _COMPLEX)]
Int = Annotated[Any, TensorArg("T", _INTS)]
IntOther = Annotated[Any, TensorArg("I", _INTS)]
BoolTensor = Annotated[Any, TensorArg("", _BOOL)]
String = Annotated[Any, TensorArg("", _STRING)]
Tensors = Annotated[Any, TensorArg("T", many=True)]
NumericTensors = Annotated[Any, TensorArg("T", _NUMERIC, many=True)]
MixedTensors = Annotated[Any, TensorArg("", many=True)]
OptionalTensor = Annotated[Any, TensorArg("T", optional=True)]
OptionalOther = Annotated[Any, TensorArg("", optional=True)]

Axis = Annotated[Any, StaticArg("int")]
Axes = Annotated[Any, StaticArg("ints")]
Shape = Annotated[Any, StaticArg("shape")]
Static = Annotated[Any, StaticArg("value")]
DTypeArg = Annotated[Any, StaticArg("dtype")]
Name = Annotated[Any, StaticArg("name")]
