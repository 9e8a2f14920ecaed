"""Which ordinary operations take ragged tensors, and how.

One table by public name: elementwise operations work on the flat values, all others have a function
of their own here or in a module of this folder. The gate asks `handle` when an argument is ragged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfjax._src.eager import dispatch
from tfjax._src.ops.ragged import align, gathering, joining, reductions, shapes
from tfjax._src.ops.ragged.ragged_tensor import RaggedTensor

_UNARY = """
bitcast bitwise.invert _internal.cast _internal.saturate_cast _internal.one_hot debugging.check_numerics
math.abs math.acos math.acosh math.angle math.asin math.asinh math.atan math.atanh math.bessel_i0
math.bessel_i0e math.bessel_i1 math.bessel_i1e math.ceil math.conj math.cos math.cosh math.digamma
math.erf math.erfc math.erfcinv math.erfinv math.exp math.expm1 math.floor math.imag math.is_finite
math.is_inf math.is_nan math.lgamma math.log math.log1p math.log_sigmoid math.logical_not
math.ndtri math.negative math.real math.reciprocal math.reciprocal_no_nan math.rint math.round
math.rsqrt math.sigmoid math.sign math.sin math.sinh math.softplus math.special.bessel_j0
math.special.bessel_j1 math.special.bessel_k0 math.special.bessel_k0e math.special.bessel_k1
math.special.bessel_k1e math.special.bessel_y0 math.special.bessel_y1 math.special.dawsn
math.special.expint math.special.fresnel_cos math.special.fresnel_sin math.special.spence math.sqrt
math.square math.tan math.tanh nn.dropout nn.elu nn.experimental.stateless_dropout nn.gelu
nn.leaky_relu nn.relu nn.relu6 nn.selu nn.sigmoid nn.silu nn.softplus nn.softsign ones_like
zeros_like identity stop_gradient image.adjust_brightness image.adjust_gamma
image.convert_image_dtype image.random_brightness image.stateless_random_brightness
io.decode_base64 io.decode_compressed io.encode_base64 strings.as_string strings.length
strings.lower strings.regex_full_match strings.regex_replace strings.strip strings.substr
strings.to_hash_bucket strings.to_hash_bucket_fast strings.to_hash_bucket_strong strings.to_number
strings.unicode_script strings.unicode_transcode strings.upper _internal.invert
"""
_BINARY = """
bitwise.bitwise_and bitwise.bitwise_or bitwise.bitwise_xor bitwise.left_shift bitwise.right_shift
dtypes.complex math.add math.atan2 math.divide_no_nan math.equal math.floordiv math.floormod
math.greater math.greater_equal math.igamma math.igammac math.less math.less_equal math.logical_and
math.logical_or math.logical_xor math.maximum math.minimum math.multiply math.multiply_no_nan
math.nextafter math.not_equal math.pow math.squared_difference math.subtract math.truediv math.xdivy
math.xlog1py math.xlogy math.zeta math.polygamma realdiv truncatediv truncatemod _internal.and
_internal.or _internal.xor _internal.multiply_no_nan
nn.sigmoid_cross_entropy_with_logits
"""
UNARY_NAMES, BINARY_NAMES = frozenset(_UNARY.split()), frozenset(_BINARY.split())
_TERNARY = "clip_by_value _internal.where"

_REDUCTIONS = {
    "math.reduce_sum": "sum", "math.reduce_prod": "prod", "math.reduce_max": "max",
    "math.reduce_min": "min", "math.reduce_any": "any", "math.reduce_all": "all",
    "math.reduce_mean": "mean", "math.reduce_variance": "variance", "math.reduce_std": "std",
}
_OTHERS: dict[str, Callable[..., Any]] = {
    "concat": joining.concat,
    "stack": joining.stack,
    "tile": joining.tile,
    "expand_dims": joining.expand_dims,
    "squeeze": shapes.squeeze,
    "split": shapes.split,
    "reverse": shapes.reverse,
    "size": shapes.size,
    "rank": shapes.rank,
    "shape": shapes.shape,
    "broadcast_to": shapes.broadcast_to,
    "reshape": shapes.reshape,
    "math.bincount": gathering.bincount,
    "nn.softmax": shapes.softmax,
    "math.cumsum": shapes.cumsum,
    "linalg.matmul": shapes.matmul,
    "_internal.gather": gathering.gather,
    "_internal.gather_rows": gathering.gather_table,
    "gather_nd": gathering.gather_nd,
    "_internal.where_indices": gathering.where_indices,
    "math.add_n": lambda inputs, name=None: align.elementwise(_sum, inputs),
    "_internal.segment": gathering.segment,
}


def _sum(*values: Any) -> Any:
    from tfjax._src.ops.math.arithmetic import add

    total = values[0]
    for value in values[1:]:
        total = add(total, value)
    return total


def _elementwise(count: int) -> Callable[..., Any]:
    def choose(function: Callable[..., Any]) -> Callable[..., Any]:
        if count == 1:
            def unary(x: Any, *rest: Any) -> Any:
                return x.with_flat_values(function(x.flat_values, *rest)) if isinstance(x, RaggedTensor) else NotImplemented

            return unary

        def several(*args: Any) -> Any:
            tail = args[count:]
            return align.elementwise(lambda *flat: function(*flat, *tail), args[:count])

        return several

    return choose


def _fixed(handler: Any) -> Callable[..., Any]:
    return lambda function: handler


def _reduction(kind: str) -> Callable[..., Any]:
    return lambda function: reductions.reducer(function, kind)


_MAKERS: dict[str, Callable[..., Any]] = {
    **{name: _elementwise(1) for name in UNARY_NAMES},
    **{name: _elementwise(2) for name in BINARY_NAMES},
    **{name: _elementwise(3) for name in _TERNARY.split()},
    **{name: _reduction(kind) for name, kind in _REDUCTIONS.items()},
    **{name: _fixed(handler) for name, handler in _OTHERS.items()},
}
_handlers: dict[Any, Any] = {}
_BY_LEAF: dict[str, tuple[str, ...]] = {
    name.rpartition(".")[2]: (name,) for name in (*UNARY_NAMES, *BINARY_NAMES, *_TERNARY.split(), *_REDUCTIONS) if "_internal" not in name
}


def public_names(function: Any) -> tuple[str, ...]:
    """The names that a public function has."""
    definition = getattr(function, "op", None)
    if definition is None:
        return getattr(function, "_tfjax_names", ())
    leaf = definition.names[0].partition("_internal.")[2] if definition.names else ""
    # The op inside a public function takes its arguments: it counts under that name too.
    return (*definition.names, *_BY_LEAF.get(leaf, ())) if leaf else definition.names


def register(name: str, handler: Callable[..., Any]) -> None:
    """Tells what the public function `name` does with ragged arguments."""
    _MAKERS[name] = _fixed(handler)


def handle(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What `function` gives for arguments of which one at least is ragged."""
    try:
        handler = _handlers[function]
    except KeyError:
        makers = [_MAKERS[name] for name in public_names(function) if name in _MAKERS]
        handler = _handlers[function] = makers[0](function) if makers else NotImplemented
    return NotImplemented if handler is NotImplemented else handler(*args, **kwargs)


dispatch.register(RaggedTensor, handle)
