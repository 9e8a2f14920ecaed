"""tf.math next to TensorFlow."""

from compat_tests.harness import ALL, Case, integers, normal, parity, parity_table, positive, uniform

F = ("float32", "float64")
FI = ("float32", "int32")

test_elementwise = parity_table(
    [Case(f"math.{name}", normal(2, 3), dtypes=F) for name in (
        "negative", "sign", "square", "exp", "expm1", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "asinh",
        "sigmoid", "softplus", "softsign", "abs", "erf", "log_sigmoid",
    )]
    + [Case(f"math.{name}", positive(2, 3), dtypes=F) for name in (
        "sqrt", "rsqrt", "reciprocal", "log", "log1p", "lgamma", "digamma",
    )]
    + [Case(f"math.{name}", uniform(2, 3, low=-0.9, high=0.9), dtypes=F) for name in ("asin", "acos", "atanh")]
)
test_rounding = parity_table(
    [Case(f"math.{name}", normal(2, 3), dtypes=F) for name in ("floor", "ceil", "rint", "round", "is_nan", "is_inf", "is_finite")],
    modes=("host", "device"),
)
test_arithmetic = parity_table(
    [Case(f"math.{name}", normal(2, 3), normal(3), dtypes=F) for name in (
        "add", "subtract", "multiply", "divide", "maximum", "minimum", "squared_difference", "divide_no_nan", "multiply_no_nan", "atan2",
    )]
    + [Case(f"math.{name}", integers(2, 3, low=1, high=9), integers(3, low=1, high=5), dtypes=("int32", "int64"), modes=("host", "device")) for name in (
        "add", "floordiv", "floormod", "truediv", "maximum",
    )]
)
test_comparison = parity_table(
    [Case(f"math.{name}", integers(2, 3, low=0, high=3), integers(3, low=0, high=3), dtypes=FI, modes=("host", "function")) for name in (
        "less", "less_equal", "greater", "greater_equal", "equal", "not_equal",
    )]
)
test_reductions = parity_table(
    [Case(f"math.{name}", normal(2, 3, 4), axis=axis, keepdims=keep, dtypes=("float32",), id=f"{name}-{axis}-{keep}")
     for name in ("reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_prod", "reduce_std", "reduce_variance", "reduce_logsumexp")
     for axis, keep in ((None, False), (1, True), ([0, 2], False))]
)
test_running = parity_table(
    [Case("math.cumsum", normal(2, 3), axis=1, exclusive=e, reverse=r, dtypes=FI, id=f"cumsum-{e}-{r}") for e in (False, True) for r in (False, True)]
    + [Case("math.argmax", normal(2, 3), 1, modes=("host", "function")), Case("math.argmin", normal(2, 3), modes=("host",))]
)
test_products = parity_table([
    Case("linalg.matmul", normal(2, 3), normal(3, 4), dtypes=F),
    Case("linalg.matmul", normal(3, 2), normal(3, 4), transpose_a=True, id="matmul-transposed"),
    Case("linalg.matvec", normal(2, 3), normal(3)),
    Case("tensordot", normal(2, 3), normal(3, 4), 1),
    Case("einsum", "ij,jk->ik", normal(2, 3), normal(3, 4)),
    Case("norm", normal(2, 3), axis=1),
    Case("clip_by_value", normal(2, 3), -0.5, 0.5),
    Case("clip_by_norm", normal(2, 3), 1.0),
])


@parity(modes=("host",))
def test_python_numbers_take_the_tensors_dtype(tf, x=normal(2)):
    return [x + 1, 2 * x, x / 2.0, 1 - x, x**2, -x, x > 0, 3 // (x * x + 1)]


@parity(modes=("host", "function"), errors="class")
def test_int_and_float_do_not_mix(tf, x=normal(2)):
    return tf.constant([1, 2]) + x


@parity(modes=("host",))
def test_shapes_that_do_not_broadcast(tf, x=normal(2)):
    return x + tf.ones([3])


@parity(modes=ALL)
def test_gradients_where_both_are_equal(tf, x=integers(4, dtype="float32", low=0, high=2)):
    y = tf.constant([0.0, 1.0, 0.0, 1.0])
    return tf.maximum(x, y), tf.minimum(x, y), tf.nn.relu(x), tf.reduce_max(x)
