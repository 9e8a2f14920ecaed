"""Functions of each element: arithmetic, comparison, trigonometry, logic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfjax._src.eager.convert import to_tensor
from tfjax._src.keras.engine.symbolic import install_operators
from tfjax._src.keras.ops.base import as_tensor, compute, floating, keras_op, promote
from tfjax._src.ops.array import slicing
from tfjax._src.ops.array.shaping import cast
from tfjax._src.ops.math import elementwise, linear

EXPORTS = {
    "keras.ops.abs": "abs_", "keras.ops.numpy.abs": "abs_",
    "keras.ops.absolute": "absolute", "keras.ops.numpy.absolute": "absolute",
    "keras.ops.add": "add", "keras.ops.numpy.add": "add",
    "keras.ops.arccos": "arccos", "keras.ops.numpy.arccos": "arccos",
    "keras.ops.arccosh": "arccosh", "keras.ops.numpy.arccosh": "arccosh",
    "keras.ops.arcsin": "arcsin", "keras.ops.numpy.arcsin": "arcsin",
    "keras.ops.arcsinh": "arcsinh", "keras.ops.numpy.arcsinh": "arcsinh",
    "keras.ops.arctan": "arctan", "keras.ops.numpy.arctan": "arctan",
    "keras.ops.arctan2": "arctan2", "keras.ops.numpy.arctan2": "arctan2",
    "keras.ops.arctanh": "arctanh", "keras.ops.numpy.arctanh": "arctanh",
    "keras.ops.bitwise_and": "bitwise_and", "keras.ops.numpy.bitwise_and": "bitwise_and",
    "keras.ops.bitwise_or": "bitwise_or", "keras.ops.numpy.bitwise_or": "bitwise_or",
    "keras.ops.bitwise_xor": "bitwise_xor", "keras.ops.numpy.bitwise_xor": "bitwise_xor",
    "keras.ops.ceil": "ceil", "keras.ops.numpy.ceil": "ceil",
    "keras.ops.conj": "conj", "keras.ops.numpy.conj": "conj",
    "keras.ops.conjugate": "conjugate", "keras.ops.numpy.conjugate": "conjugate",
    "keras.ops.cos": "cos", "keras.ops.numpy.cos": "cos",
    "keras.ops.cosh": "cosh", "keras.ops.numpy.cosh": "cosh",
    "keras.ops.deg2rad": "deg2rad", "keras.ops.numpy.deg2rad": "deg2rad",
    "keras.ops.divide": "divide", "keras.ops.numpy.divide": "divide",
    "keras.ops.equal": "equal", "keras.ops.numpy.equal": "equal",
    "keras.ops.exp": "exp", "keras.ops.numpy.exp": "exp",
    "keras.ops.exp2": "exp2", "keras.ops.numpy.exp2": "exp2",
    "keras.ops.expm1": "expm1", "keras.ops.numpy.expm1": "expm1",
    "keras.ops.floor": "floor", "keras.ops.numpy.floor": "floor",
    "keras.ops.floor_divide": "floor_divide", "keras.ops.numpy.floor_divide": "floor_divide",
    "keras.ops.fmod": "fmod", "keras.ops.numpy.fmod": "fmod",
    "keras.ops.greater": "greater", "keras.ops.numpy.greater": "greater",
    "keras.ops.greater_equal": "greater_equal", "keras.ops.numpy.greater_equal": "greater_equal",
    "keras.ops.hypot": "hypot", "keras.ops.numpy.hypot": "hypot",
    "keras.ops.imag": "imag", "keras.ops.numpy.imag": "imag",
    "keras.ops.isfinite": "isfinite", "keras.ops.numpy.isfinite": "isfinite",
    "keras.ops.isinf": "isinf", "keras.ops.numpy.isinf": "isinf",
    "keras.ops.isnan": "isnan", "keras.ops.numpy.isnan": "isnan",
    "keras.ops.less": "less", "keras.ops.numpy.less": "less",
    "keras.ops.less_equal": "less_equal", "keras.ops.numpy.less_equal": "less_equal",
    "keras.ops.log": "log", "keras.ops.numpy.log": "log",
    "keras.ops.log10": "log10", "keras.ops.numpy.log10": "log10",
    "keras.ops.log1p": "log1p", "keras.ops.numpy.log1p": "log1p",
    "keras.ops.log2": "log2", "keras.ops.numpy.log2": "log2",
    "keras.ops.logaddexp": "logaddexp", "keras.ops.numpy.logaddexp": "logaddexp",
    "keras.ops.logical_and": "logical_and", "keras.ops.numpy.logical_and": "logical_and",
    "keras.ops.logical_not": "logical_not", "keras.ops.numpy.logical_not": "logical_not",
    "keras.ops.logical_or": "logical_or", "keras.ops.numpy.logical_or": "logical_or",
    "keras.ops.logical_xor": "logical_xor", "keras.ops.numpy.logical_xor": "logical_xor",
    "keras.ops.get_item": "get_item", "keras.ops.numpy.get_item": "get_item",
    "keras.ops.matmul": "matmul", "keras.ops.numpy.matmul": "matmul",
    "keras.ops.maximum": "maximum", "keras.ops.numpy.maximum": "maximum",
    "keras.ops.minimum": "minimum", "keras.ops.numpy.minimum": "minimum",
    "keras.ops.mod": "mod", "keras.ops.numpy.mod": "mod",
    "keras.ops.multiply": "multiply", "keras.ops.numpy.multiply": "multiply",
    "keras.ops.negative": "negative", "keras.ops.numpy.negative": "negative",
    "keras.ops.not_equal": "not_equal", "keras.ops.numpy.not_equal": "not_equal",
    "keras.ops.power": "power", "keras.ops.numpy.power": "power",
    "keras.ops.rad2deg": "rad2deg", "keras.ops.numpy.rad2deg": "rad2deg",
    "keras.ops.real": "real", "keras.ops.numpy.real": "real",
    "keras.ops.reciprocal": "reciprocal", "keras.ops.numpy.reciprocal": "reciprocal",
    "keras.ops.sign": "sign", "keras.ops.numpy.sign": "sign",
    "keras.ops.sin": "sin", "keras.ops.numpy.sin": "sin",
    "keras.ops.sinc": "sinc", "keras.ops.numpy.sinc": "sinc",
    "keras.ops.sinh": "sinh", "keras.ops.numpy.sinh": "sinh",
    "keras.ops.sqrt": "sqrt", "keras.ops.numpy.sqrt": "sqrt",
    "keras.ops.square": "square", "keras.ops.numpy.square": "square",
    "keras.ops.subtract": "subtract", "keras.ops.numpy.subtract": "subtract",
    "keras.ops.tan": "tan", "keras.ops.numpy.tan": "tan",
    "keras.ops.tanh": "tanh", "keras.ops.numpy.tanh": "tanh",
    "keras.ops.true_divide": "true_divide", "keras.ops.numpy.true_divide": "true_divide",
    "keras.ops.trunc": "trunc", "keras.ops.numpy.trunc": "trunc",
    "keras.ops.rsqrt": "rsqrt", "keras.ops.erf": "erf", "keras.ops.erfinv": "erfinv",
}


class Named:
    """NumPy's (or JAX') function of this name, as a body for `compute`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, xp: Any, *arrays: Any, **settings: Any) -> Any:
        return getattr(xp, self.name)(*arrays, **settings)


def _unary(name: str, doc: str, floats: bool = True, numpy: str | None = None) -> Callable[..., Any]:
    body = Named(numpy or name.rstrip("_"))

    def function(x: Any) -> Any:
        return compute(body, floating(x) if floats else to_tensor(as_tensor(x)))

    return _public(function, name, doc)


def _binary(name: str, doc: str, floats: bool = False, numpy: str | None = None) -> Callable[..., Any]:
    body = Named(numpy or name.rstrip("_"))

    def function(x1: Any, x2: Any) -> Any:
        x1, x2 = promote(x1, x2)
        return compute(body, floating(x1), floating(x2)) if floats else compute(body, x1, x2)

    return _public(function, name, doc, inputs=2)


def _logical(name: str, doc: str) -> Callable[..., Any]:
    body = Named(name)

    def function(x1: Any, x2: Any) -> Any:
        return compute(body, cast(as_tensor(x1), "bool"), cast(as_tensor(x2), "bool"))

    return _public(function, name, doc, inputs=2)


def _public(function: Callable[..., Any], name: str, doc: str, inputs: int = 1) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return keras_op("numpy", inputs)(function)


absolute = _unary("absolute", "The absolute value of each element.", floats=False)
abs_ = absolute
arccos = _unary("arccos", "The inverse cosine, in radians.")
arccosh = _unary("arccosh", "The inverse hyperbolic cosine.")
arcsin = _unary("arcsin", "The inverse sine, in radians.")
arcsinh = _unary("arcsinh", "The inverse hyperbolic sine.")
arctan = _unary("arctan", "The inverse tangent, in radians.")
arctanh = _unary("arctanh", "The inverse hyperbolic tangent.")
ceil = _unary("ceil", "The nearest integers above, as floats.")
conj = _unary("conj", "The complex conjugate.", floats=False)
conjugate = _unary("conjugate", "The complex conjugate.", floats=False)
cos = _unary("cos", "The cosine of angles in radians.")
cosh = _unary("cosh", "The hyperbolic cosine.")
deg2rad = _unary("deg2rad", "Degrees as radians.")
exp = _unary("exp", "e to the power of each element.")
exp2 = _unary("exp2", "2 to the power of each element.")
expm1 = _unary("expm1", "exp(x) - 1, exact for small x.")
floor = _unary("floor", "The nearest integers below, as floats.")
imag = _unary("imag", "The imaginary part.", floats=False)
isfinite = _unary("isfinite", "Where elements are neither infinite nor NaN.", floats=False)
isinf = _unary("isinf", "Where elements are infinite.", floats=False)
isnan = _unary("isnan", "Where elements are NaN.", floats=False)
log = _unary("log", "The natural logarithm.")
log10 = _unary("log10", "The logarithm to base 10.")
log1p = _unary("log1p", "log(1 + x), exact for small x.")
log2 = _unary("log2", "The logarithm to base 2.")
negative = _unary("negative", "-x.", floats=False)
rad2deg = _unary("rad2deg", "Radians as degrees.")
real = _unary("real", "The real part.", floats=False)
sign = _unary("sign", "-1, 0 or 1 by the sign.", floats=False)
sin = _unary("sin", "The sine of angles in radians.")
sinc = _unary("sinc", "sin(pi x) / (pi x), and 1 at 0.")
sinh = _unary("sinh", "The hyperbolic sine.")
sqrt = _unary("sqrt", "The square root.")
square = _unary("square", "The square of each element.", floats=False)
tan = _unary("tan", "The tangent of angles in radians.")
tanh = _unary("tanh", "The hyperbolic tangent.")
trunc = _unary("trunc", "The integer parts.", floats=False)

add = _binary("add", "x1 + x2.")
arctan2 = _binary("arctan2", "The angle of the point (x2, x1).", floats=True)
bitwise_and = _binary("bitwise_and", "The bits set in both.")
bitwise_or = _binary("bitwise_or", "The bits set in either.")
bitwise_xor = _binary("bitwise_xor", "The bits set in one of both.")
divide = _binary("divide", "x1 / x2, as floats.", floats=True)
equal = _binary("equal", "Where x1 equals x2.")
floor_divide = _binary("floor_divide", "x1 / x2, rounded down.")
fmod = _binary("fmod", "The remainder with the sign of x1.")
greater = _binary("greater", "Where x1 > x2.")
greater_equal = _binary("greater_equal", "Where x1 >= x2.")
hypot = _binary("hypot", "The length of the vector (x1, x2).", floats=True)
less = _binary("less", "Where x1 < x2.")
less_equal = _binary("less_equal", "Where x1 <= x2.")
logaddexp = _binary("logaddexp", "log(exp(x1) + exp(x2)).", floats=True)
maximum = _binary("maximum", "The larger of x1 and x2.")
minimum = _binary("minimum", "The smaller of x1 and x2.")
mod = _binary("mod", "The remainder with the sign of x2.")
multiply = _binary("multiply", "x1 * x2.")
not_equal = _binary("not_equal", "Where x1 differs from x2.")
power = _binary("power", "x1 to the power of x2.")
subtract = _binary("subtract", "x1 - x2.")
true_divide = _binary("true_divide", "x1 / x2, as floats.", floats=True)

logical_and = _logical("logical_and", "Where both are true.")
logical_or = _logical("logical_or", "Where either is true.")
logical_xor = _logical("logical_xor", "Where one of both is true.")


@keras_op("numpy")
def logical_not(x: Any) -> Any:
    """Where x is false."""
    return compute(_NOT, cast(as_tensor(x), "bool"))


@keras_op("numpy")
def reciprocal(x: Any) -> Any:
    """1 / x."""
    return divide(1.0, x)


@keras_op("math")
def rsqrt(x: Any) -> Any:
    """1 / sqrt(x)."""
    return divide(1.0, sqrt(x))


@keras_op("math")
def erf(x: Any) -> Any:
    """The error function."""
    return elementwise.erf(floating(x))


@keras_op("math")
def erfinv(x: Any) -> Any:
    """The inverse of the error function."""
    return compute(_erfinv, floating(x))


def _erfinv(xp: Any, x: Any) -> Any:
    from jax.scipy.special import erfinv as inverse

    return inverse(x)


@keras_op("numpy", inputs=2)
def matmul(x1: Any, x2: Any) -> Any:
    """The product of matrices (the last two axes) and vectors (rank 1)."""
    x1, x2 = promote(x1, x2)
    if len(x1.shape) == 1 or len(x2.shape) == 1:
        return compute(_MATMUL, x1, x2)
    return linear.matmul(x1, x2)


_MATMUL = Named("matmul")


@keras_op("numpy", inputs=2)
def get_item(x: Any, key: Any) -> Any:
    """x[key]."""
    return slicing.getitem(to_tensor(as_tensor(x)), tuple(key) if isinstance(key, list) else key)


_NOT = Named("logical_not")


def _reflected(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, other: Any) -> Any:
        return function(other, self)

    return call


_PAIRS = {
    "add": add, "sub": subtract, "mul": multiply, "truediv": true_divide, "floordiv": floor_divide, "mod": mod,
    "pow": power, "matmul": matmul, "and": logical_and, "or": logical_or, "xor": logical_xor,
}
_OPERATORS: dict[str, Callable[..., Any]] = {
    "__neg__": negative, "__abs__": absolute, "__invert__": logical_not, "__getitem__": get_item,
    "__lt__": less, "__le__": less_equal, "__gt__": greater, "__ge__": greater_equal,
}
for _name, _function in _PAIRS.items():
    _OPERATORS[f"__{_name}__"] = _function
    _OPERATORS[f"__r{_name}__"] = _reflected(_function)
install_operators(_OPERATORS)
