"""Expressions on `tf.experimental.numpy`, generated over kinds of argument.

NumPy's behaviour is switched on for a whole process and cannot be taken back in TensorFlow, so
`python -m compat_tests.tnp.cases FILE` evaluates them with TensorFlow in a process of its own.
"""

from __future__ import annotations

import pickle
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from compat_tests.results import failure, record

DTYPES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 "
    "complex128 bfloat16"
).split()
PYTHON = ["True", "2", "1.5", "1j", "[1, 2]", "[1.5, 2.5]", "[[1, 2], [3, 4]]", "np.float32(1.5)"]

UNARY = (
    "sin cos tan sinh cosh tanh arcsinh exp expm1 exp2 log log1p log2 log10 sqrt floor ceil cbrt fix"
    " isnan isfinite isinf isposinf isneginf signbit absolute fabs abs negative reciprocal square"
    " conjugate conj positive deg2rad sinc around round sign logical_not bitwise_not real imag angle"
    " iscomplex isreal iscomplexobj isrealobj arcsin arccos arctan arctanh arccosh"
    " sum prod mean var std max min amax amin ptp all any count_nonzero argmax argmin cumsum cumprod"
    " average nansum nanprod nanmean sort argsort"
    " array asarray asanyarray ascontiguousarray copy zeros_like ones_like empty_like diagflat"
    " shape ndim size isscalar ravel flatten transpose squeeze atleast_1d atleast_2d atleast_3d flip"
    " flipud nonzero diff where result_type"
).split()

BINARY = (
    "add subtract multiply divide true_divide floor_divide mod remainder power float_power maximum"
    " minimum equal not_equal less less_equal greater greater_equal logical_and logical_or"
    " logical_xor bitwise_and bitwise_or bitwise_xor arctan2 hypot logaddexp logaddexp2 heaviside gcd"
    " lcm divmod isclose allclose array_equal dot inner outer kron vdot polyval append result_type"
    " nextafter"
).split()

# Functions with arguments of their own, over a matrix `m`, a cube `c` and a vector `v`.
OTHERS = """
sum({m}, 0)|sum({m}, axis=1, keepdims=True)|sum({c}, (0, 2))|sum({m}, dtype=np.float32)
prod({m}, 1)|mean({m}, 0, keepdims=True)|mean({m}, dtype=np.float64)|std({m}, 0)|std({m}, 1, True)
var({m}, 0)|var({m}, ddof=1)|var({m}, 0, np.float64)|max({m}, 1)|min({m}, 0, True)|amax({c}, (0, 1))
ptp({m}, 0)|all({m}, 0)|any({m}, 1, True)|count_nonzero({m}, 1)|argmax({m}, 1)|argmin({c}, -1)
cumsum({m}, 0)|cumprod({m}, 1)|cumsum({m}, 1, np.float32)|average({m}, 0)|average({m}, 1, [1., 2., 3.])
average({m}, 0, weights=[1., 2.], returned=True)|nansum({m}, 0)|nanmean({m}, 1, keepdims=True)
sort({m}, 0)|sort({m}, None)|argsort({m}, 0)|argsort({m}, axis=None)|sort({m}, kind='stable')
clip({m}, 2, 4)|clip({m}, None, 3)|clip({m}, 1.5, None)|diff({c})|diff({m}, 2)|diff({m}, axis=0)
take({v}, [2, 0])|take({m}, [0, 5], 1)|take({m}, [0, 5], mode='wrap')|take({c}, 1, axis=0)
take_along_axis({m}, [[0], [1]], 1)|take_along_axis({m}, [[0, 1, 0]], 0)|take_along_axis({v}, [2, 1], None)
compress([True, False, True], {m}, 1)|compress([False, True], {m})|where([True, False, True], {v}, 7.5)
where({m} > 2, {m}, -{m})|where({m})|select([{v} > 2, {v} > 1], [{v}, 2 * {v}], 9)
reshape({m}, (3, 2))|reshape({m}, -1)|reshape({m}, [3, 2], 'F')|reshape({c}, (4, -1), order='F')
flatten({m}, 'F')|ravel({c})|transpose({c}, (1, 0, 2))|swapaxes({c}, 0, 2)|moveaxis({c}, 0, -1)
moveaxis({c}, [0, 1], [-1, -2])|expand_dims({m}, 0)|expand_dims({m}, -1)|squeeze([[{v}]])
squeeze(np.ones((1, 2, 1)), 0)|broadcast_to({v}, (2, 3))|broadcast_arrays({v}, [[1], [2]])
atleast_2d({v}, {c})|concatenate([{m}, {m}])|concatenate(({m}, [[1.5], [2.5]]), 1)|concatenate([{m}, {v}], None)
stack([{v}, {v}])|stack([{v}, [1, 2, 3]], 1)|stack({m}, 1)|hstack([{v}, {v}])|hstack([{m}, {m}])|vstack([{v}, {v}])
dstack([{m}, {m}])|append({m}, [[7, 8, 9]], 0)|append({m}, 5)|split({v}, 3)|split({v}, [1])|split({m}, [1, 2], 1)
hsplit({m}, 3)|vsplit({m}, 2)|dsplit({c}, 2)|hsplit({v}, [2])|tile({m}, 2)|tile({v}, (2, 2))|tile({c}, [1, 2])
repeat({v}, 2)|repeat({m}, 2, 1)|repeat({m}, [1, 2], 0)|roll({m}, 1)|roll({m}, 1, 0)|roll({m}, (1, 2), (0, 1))
flip({m})|flip({m}, 1)|flip({c}, (0, 2))|fliplr({m})|flipud({m})|rot90({m})|rot90({m}, 2)|rot90({m}, -1)
rot90({c}, 1, (1, 2))|pad({m}, ((1, 0), (0, 2)), 'constant')|pad({v}, [(1, 1)], 'reflect')
pad({v}, [(1, 2)], 'symmetric')|pad({m}, ((1, 1), (0, 0)), 'constant', constant_values=4)
tril({m})|triu({m}, 1)|tril({c}, -1)|diag({v})|diag({v}, 1)|diag({m})|diag({m}, -1)|diag({m}, 9)|diagflat({m}, 1)
diagonal({m})|diagonal({c}, 0, 1, 2)|diagonal({c}, 1)|trace({m})|trace({c}, 1, 1, 2)|trace({m}, dtype=np.float32)
vander({v})|vander({v}, 2)|vander({v}, 4, True)|cross({v}, [1, 2, 3])|cross({m}, {v})|cross([1, 2], [3, 4])
cross({m}, [1, 2], axisa=0)|cross([1, 2], {v})|cross([1, 2, 3], [4, 5])|matmul({m}, {v})|matmul({m}, {m}.T)
matmul([1, 2], {m})|matmul({c}, [[1, 2], [3, 4]])|dot({m}, {v})|dot({c}, [1, 2])|dot({m}, 2)|inner({m}, {v})
inner({m}, 2)|outer({m}, {v})|vdot({m}, {m})|tensordot({m}, {m})|tensordot({m}, {m}, ((0,), (0,)))
tensordot({v}, {v}, 1)|einsum('ij,j->i', {m}, {v})|einsum('ij->ji', {m})|kron({m}, {v})|kron({m}, [[1, 2]])
polyval([1, 2, 3], {m})|polyval({v}, 2.5)|around({m}, 1)|around({m}, -1)|full_like({m}, 2.5)|full((2,), {v}[0])
zeros_like({m}, np.int8)|ones_like({m}, float)|array({m}, np.float32)|array({v}, ndmin=2)|array([{v}, {v}])
array([{v}, [1.5, 2, 3]])|meshgrid({v}, [1, 2])|meshgrid({v}, [1, 2], indexing='ij')|ix_({v}, [0, 1])
isclose({m}, {m}, rtol=0.1)|angle({m}, deg=True)|linspace({v}, 5, 3)|linspace({v}, 5, 4, axis=-1)|size({c})
""".replace("\n", "|")

PLAIN = """
zeros(3)|zeros((2, 3))|zeros([2], np.int32)|zeros((), bool)|ones(2)|ones((1, 2), dtype=int)|empty(2)|full(2, 1)
full((2, 2), 1.5)|full((2, 2), [1, 2])|full(2, 1, np.float32)|eye(2)|eye(2, 3)|eye(3, k=1)|eye(2, 3, -1, int)
identity(2)|identity(2, np.float32)|tri(3)|tri(2, 3)|tri(3, 3, 1)|tri(3, k=-1, dtype=int)|arange(3)|arange(2, 5)
arange(5, 2, -1)|arange(3.)|arange(0, 1, 0.25)|arange(5, 2)|arange(3, dtype=np.float32)|arange(0, 6, 2, np.int8)
linspace(0, 1, 3)|linspace(0, 1, 4, endpoint=False)|linspace(0, 1, 1)|linspace(0, 1, 3, retstep=True)
linspace(0, 10, 3, dtype=int)|linspace(0., 1j, 3)|logspace(0, 2, 3)|logspace(0, 2, 3, base=2.)
logspace(0, 2, 3, endpoint=False)|geomspace(1, 8, 4)|geomspace(-1, -8, 4)|geomspace(1., 8., 3, endpoint=False)
diag_indices(3)|diag_indices(2, 3)|promote_types(np.int32, np.float32)|promote_types(np.int8, np.uint8)
promote_types(float, int)|result_type(1, 1.5)|result_type(np.int8, 1)|result_type(tf.int8, tf.uint8)|result_type('int8')
result_type([1, 2.5])|result_type(np.int8(1), 2**40)|result_type(float, tf.float16)|finfo(np.float32)|finfo(tf.float16)
iinfo(np.int8)|issubdtype(np.int8, np.integer)|issubdtype(np.float32, np.floating)|isscalar(1)|isscalar([1])
size([1, 2], 0)|array([1, 2.5])|array([True, 2])|array(1 + 2j)|array('a')|array(None)|array([[1], [2, 3]])
array([1, 2], np.int8)|array(2.7, int)|arange(3, 1, 0)|sign(1, out=2)|sum(None)|add(None, 1)|sin('a')|sort([1], kind='x')
reshape([1, 2], 3)|concatenate([[1], [[2]]])|matmul(1, 2)|diff(1)|diff([1], -1)|gcd(1.5, 2)|where(True, 1)
clip([1], None, None)|take([1], 0, mode='x')|select([], [])|select([True], [])|compress([[True]], [1])|squeeze([[1, 2]], 1)
transpose([[1]], (0,))|broadcast_to([1, 2], (3,))|cross([1], [2])|tril([1])|pad([1], [(1, 1)], 'edge')|split([1, 2, 3], 2)
meshgrid([1], sparse=True)|vander([[1]])|vander([1, 2], -1)|expand_dims([1], 5)|stack([])|ix_([[1]])|size(1)|size([])
sum([], 0)|max([])|mean(np.zeros((0, 2)), 0)|sum(np.zeros((0, 2)), 1)|prod([])|concatenate([[], [1]])|sort([])|e|pi|inf
newaxis|add([1, 2], [1, 2, 3])|sum([1, 2], 3)|argmax([1, 2], 2)|moveaxis([[1]], 0, (0, 1))|average([1, 2], (0,))
isclose(np.inf, np.inf)|isclose(np.nan, np.nan)|isclose([np.nan, 1.], [np.nan, 2.], equal_nan=True)|isclose(1., np.inf)
nansum([1., np.nan])|nanprod([2., np.nan])|nanmean([1., np.nan])|isnan([1., np.nan])|isinf([1., -np.inf])|isneginf([-np.inf, 1.])
maximum(np.nan, 1.)|max([np.nan, 1.])|argmax([1., np.nan])|floor_divide(-7, 2)|mod(-7, 3)|mod(-7.5, 2)|divmod(-7, 2)|fix([-1.5, 1.5])
around([0.5, 1.5, 2.5, -0.5])|around(2.567, 2)|around(1234, -2)|round(1.25, 1)|cbrt([-8., 27.])|heaviside([-1., 0., 1.], 0.5)
logaddexp(1000., 1000.)|logaddexp2(3., 4.)|hypot([3.], [4.])|sinc([0., 0.5])|deg2rad(180.)|rad2deg([1.])|arccosh([1., 2.])
arctanh([0., 0.5])|reciprocal(2.)|power(2, 3)|power(2, -1)|power(2., -1)|true_divide(1, 3)|signbit([-0., 0.])|sign([-2., 0.])
sign(-1 + 2j)|exp2([1, 2])|isclose(1, 1.0000001)|array_equal([1, 2], [1, 3])|array_equal([1], [1, 2])|allclose([1.], [1.])
isclose(100, 101, rtol=0.1)|isclose(100, 101)|linspace(0, 10, 3, dtype=np.float32)|linspace(0, 10, 3, dtype=np.int32)|append([1], [2.5])
""".replace("\n", "|")

# Operators, indexing and methods of Tensors.
TENSORS = """
T['int32'].T|c.T|c.ndim|c.size|c.data|c.reshape(4, 3)|c.reshape([4, 3])|c.reshape((4, 3))|c.reshape(-1)|c.ravel()|c.flatten()
c.reshape(4, 3, order='F')|c.transpose()|c.transpose((2, 0, 1))|c.transpose(2, 0, 1)|c.astype(np.float32)|c.astype(float)
c.astype('int8')|c.astype(tf.float16)|c.clip(2, 5)|y.clip(0, None)|c.max()|c.min()|c.mean()|c.max(axis=0)|c.mean(axis=(0, 1))
c.mean(1)|c.mean(keepdims=True)|c.min(axis=1, keepdims=True)|round(y)|y.__round__(1)|+y|c.tolist()|y.tolist()|c.sum()|y.round()
c[[0, 1]]|c[[0, 1], [1, 2]]|c[:, [0, 2]]|c[tf.constant([0, 1])]|c[tf.constant([0, 1]), tf.constant([1, 2])]|c[np.array([0, 1])]
c[:, tf.constant([0, 1]), 1]|c[0, :, [1, 0]]|c[..., [1, 0]]|c[c > 5]|c[tf.constant([True, False])]|c[:, tf.constant([True, False, True])]
c[np.array([[0, 1], [1, 0]])]|c[1, 2]|c[1, 2, 1]|c[5]|c[[5]]|c[-1]|c[[-1]]|c[None]|c[:, None, [0, 1]]|c[1.5]|c[[0, 1], ..., [0, 1]]
c[([0, 1], [1, 2])]|c[tf.constant(1)]|c[np.int64(1)]|c[[True, False]]|c[:, 1:3, [0]]|c[[[0, 1], [1, 0]]]|c[0:1, tf.constant([1])]
y[None]|y[:, None]|c[()]|c[::-1, [0]]|c[..., ::-1]|c[True]|1 + c|1.5 + y|c + 1.5|c * 2.5|c - np.float32(1)|c / 2|c // 2|c % 2
c ** 2|c ** 2.5|2 ** c|c > 1.5|c == 1.5|c != 1|c <= y[0]|c + y[0]|c + [1, 2]|y + [1, 2, 3]|-c|abs(c)|c & 1|c ^ 3|~c
tf.constant([[1, 2]]) @ tf.constant([[1.5], [2.]])|y == None|y != None|tf.Variable([1, 2]) + 1.5|tf.constant(1) + tf.Variable(1.5)
tf.Variable([1, 2]) * tf.constant(1.5)|tf.constant(1) + tf.constant(1)|tf.add(1, 2)|tf.constant(1.5)|tf.constant('a') + 'b'
""".replace("\n", "|")

RANDOM = """
randn(2, 3)|randn()|rand(3)|rand()|random((2, 2))|random()|standard_normal(3)|standard_normal()|uniform(1., 2., (3,))
uniform(size=2)|uniform([1., 2.], 3.)|randint(5)|randint(2, 9, (4,))|randint(3, size=2, dtype=np.int32)|poisson(2.0, (3,))|poisson(4.)
""".replace("\n", "|")


def tables() -> dict[str, list[str]]:
    """Group -> expressions."""
    unary = [f"tnp.{n}(T['{d}'])" for n in UNARY for d in DTYPES]
    unary += [f"tnp.{n}({p})" for n in UNARY for p in PYTHON]
    binary = []
    for n in BINARY:
        binary += [f"tnp.{n}(V['{d}'], W['{d}'])" for d in DTYPES]
        binary += [f"tnp.{n}(V['{d}'], {p})" for d in ("int8", "int32", "float32") for p in PYTHON]
        binary += [f"tnp.{n}({p}, V['{d}'])" for d in ("int32", "float32") for p in PYTHON]
        binary += [f"tnp.{n}({p}, {q})" for p in PYTHON for q in ("2", "1.5", "[1, 2]")]
        binary += [f"tnp.{n}(V['{d}'], W['{o}'])" for d in ("int32", "float32") for o in DTYPES]
        binary += [
            f"tnp.{n}(A['{d}'], V['{o}'])" for d in ("int16", "float64") for o in DTYPES[3::4]
        ]
    kinds = [("F", "float32"), ("I", "int32"), ("D", "float64")]
    others = []
    for e in OTHERS.split("|"):
        if e.strip():
            for kind, _ in kinds:
                text = e.strip().format(m=f"{kind}['m']", c=f"{kind}['c']", v=f"{kind}['v']")
                others.append(f"tnp.{text}")
    plain = [f"tnp.{e.strip()}" for e in PLAIN.split("|") if e.strip()]
    return {
        "unary": unary,
        "binary": binary,
        "others": others,
        "plain": plain,
        "tensors": [e.strip() for e in TENSORS.split("|") if e.strip()],
        "random": [
            f"(tnp.random.seed(7), tnp.random.{e.strip()})" for e in RANDOM.split("|") if e.strip()
        ],
        # Each costs a compilation: a sample.
        "function": [f"FUNCTION: {e}" for e in others if "F['" in e][::2],
        "gradient": [f"GRADIENT: {e}" for e in others if "D['" in e][::3],
    }


def scope(tf: Any) -> dict[str, Any]:
    """The names that expressions use."""
    base = np.array([[1, 2, 3], [4, 2, 1]])
    cube = np.arange(12).reshape(2, 3, 2)
    arrays = {"m": base, "c": cube, "v": base[0]}

    def tensors(dtype: str) -> dict[str, Any]:
        return {k: tf.constant(a.astype(dtype)) for k, a in arrays.items()}

    numbers = tf.constant([0.5, 1.0, 2.0])
    return {
        "tf": tf,
        "np": np,
        "tnp": tf.experimental.numpy,
        "T": {d: tf.cast(tf.constant([[1, 0], [1, 1]]), d) for d in DTYPES},
        "V": {d: tf.cast(tf.constant([1, 1]), d) for d in DTYPES},
        "W": {d: tf.cast(tf.constant([1, 2]), d) for d in DTYPES},
        "A": {d: np.array([1, 2], d) for d in DTYPES if d != "bfloat16"},
        "F": tensors("float32"),
        "I": tensors("int32"),
        "D": tensors("float64"),
        "c": tf.constant(cube.astype("int32")),
        "y": numbers,
    }


def _evaluate(expression: str, names: dict[str, Any]) -> Any:
    tf = names["tf"]
    mode, _, text = (
        expression.rpartition(": ")
        if expression[:8] in ("FUNCTION", "GRADIENT")
        else ("", "", expression)
    )
    if mode == "FUNCTION":
        which = "F" if "F['" in text else "I"

        @tf.function(autograph=False)
        def traced(m: Any, c: Any, v: Any) -> Any:
            return eval(text, {**names, which: {"m": m, "c": c, "v": v}})

        return traced(**names[which])
    if mode == "GRADIENT":
        sources = list(names["D"].values())
        with tf.GradientTape() as tape:
            tape.watch(sources)
            found = eval(text, names)
            found = found if isinstance(found, (list, tuple)) else [found]
            total = sum(tf.reduce_sum(f * f) for f in found if f.dtype == tf.float64)
        return tape.gradient(total, sources) if isinstance(total, tf.Tensor) else None
    return eval(text, names)  # the tables are ours


def outcomes(tf: Any, expressions: list[str]) -> dict[str, Any]:
    """Expression -> record of its value or failure; NumPy's behaviour must be on."""
    names = scope(tf)
    found = {}
    for expression in expressions:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found[expression] = record(_evaluate(expression, names))
        except Exception as error:
            found[expression] = failure(error)
    return found


if __name__ == "__main__":
    import logging

    import tensorflow

    logging.disable(logging.CRITICAL)
    tensorflow.experimental.numpy.experimental_enable_numpy_behavior()
    every = [e for table in tables().values() for e in table]
    Path(sys.argv[1]).write_bytes(pickle.dumps(outcomes(tensorflow, every)))
