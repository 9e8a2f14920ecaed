"""keras.ops: values and dtypes of eager calls, and shapes of symbolic ones, are Keras'."""

from __future__ import annotations

import numpy as np
import pytest

import tfjax as tf
from compat_tests.keras.test_rows import real  # noqa: F401 (a fixture)

X = np.linspace(-2, 2, 12, dtype="float32").reshape(3, 4)
P = np.abs(X) + 0.5
U = X / 3
I = np.arange(12, dtype="int32").reshape(3, 4)
B = I % 3 == 0
SQUARE = np.array([[4.0, 1.0], [1.0, 3.0]], "float32")
V = np.array([1.0, 2.0, 3.0], "float32")

UNARY = {
    "abs": X, "absolute": I, "arccos": U, "arccosh": P + 1, "arcsin": U, "arcsinh": X, "arctan": X, "arctanh": U, "ceil": X, "conj": X,
    "cos": X, "cosh": X, "deg2rad": X, "exp": I, "exp2": X, "expm1": X, "floor": X, "isfinite": X, "isinf": X, "isnan": X, "log": P, "log10": P,
    "log1p": P, "log2": P, "logical_not": B, "negative": I, "rad2deg": X, "real": X, "imag": X, "reciprocal": P, "sign": X, "sin": I, "sinc": X,
    "sinh": X, "sqrt": I, "square": X, "tan": X, "tanh": X, "trunc": X, "rsqrt": P, "erf": X, "erfinv": U, "relu": X, "relu6": X, "sigmoid": X,
    "softplus": X, "softsign": X, "silu": X, "selu": X, "hard_sigmoid": X, "hard_silu": X, "hard_tanh": X, "log_sigmoid": X, "elu": X,
    "gelu": X, "leaky_relu": X, "softmax": X, "log_softmax": X, "sum": I, "prod": P, "mean": I, "var": X, "std": X, "max": X, "min": I, "amax": X,
    "amin": X, "all": B, "any": B, "count_nonzero": I, "argmax": X, "argmin": X, "sort": X, "argsort": X, "cumsum": I, "cumprod": P, "diff": X,
    "average": I, "median": X, "round": X, "logsumexp": X, "ravel": X, "transpose": X, "tril": X, "triu": X, "diag": X, "trace": X, "zeros_like": I,
    "ones_like": X, "flip": X, "nan_to_num": X, "norm": X, "normalize": X, "inv": SQUARE, "det": SQUARE, "cholesky": SQUARE, "copy": X,
}
BINARY = (
    "add", "arctan2", "divide", "equal", "floor_divide", "fmod", "greater", "greater_equal", "hypot", "less", "less_equal", "logaddexp", "maximum",
    "minimum", "mod", "multiply", "not_equal", "power", "subtract", "true_divide", "isclose",
)
CASES = {
    "add_promotes": lambda k: k.ops.add(I, X), "add_number": lambda k: k.ops.add(I, 1), "add_float": lambda k: k.ops.add(I, 1.5),
    "bools": lambda k: k.ops.logical_and(B, I), "xor": lambda k: k.ops.logical_xor(B, ~B), "bits": lambda k: k.ops.bitwise_or(I, 3),
    "arange": lambda k: k.ops.arange(3), "arange_float": lambda k: k.ops.arange(0.0, 1.0, 0.25), "linspace": lambda k: k.ops.linspace(0, 1, 5),
    "eye": lambda k: k.ops.eye(3), "full": lambda k: k.ops.full((2, 2), 7), "zeros": lambda k: k.ops.zeros((2,)), "tri": lambda k: k.ops.tri(3),
    "full_like": lambda k: k.ops.full_like(I, 3), "array": lambda k: k.ops.array([1, 2]), "array_float": lambda k: k.ops.array([1.5]),
    "reshape": lambda k: k.ops.reshape(X, (4, -1)), "swapaxes": lambda k: k.ops.swapaxes(X, 0, 1), "moveaxis": lambda k: k.ops.moveaxis(X[None], 0, 2),
    "expand_dims": lambda k: k.ops.expand_dims(X, -1), "squeeze": lambda k: k.ops.squeeze(X[None]), "concatenate": lambda k: k.ops.concatenate([X, I], 1),
    "stack": lambda k: k.ops.stack([X, X], 1), "hstack": lambda k: k.ops.hstack([X, X]), "vstack": lambda k: k.ops.vstack([V, V]),
    "append": lambda k: k.ops.append(V, V), "split": lambda k: k.ops.split(X, 2, axis=1), "split_at": lambda k: k.ops.split(X, [1, 3], axis=1),
    "unstack": lambda k: k.ops.unstack(X), "tile": lambda k: k.ops.tile(X, (2, 1)), "repeat": lambda k: k.ops.repeat(V, 2), "roll": lambda k: k.ops.roll(X, 1, 1),
    "pad": lambda k: k.ops.pad(X, ((1, 0), (0, 2)), constant_values=3), "pad_reflect": lambda k: k.ops.pad(X, ((1, 1), (0, 2)), mode="reflect"),
    "broadcast_to": lambda k: k.ops.broadcast_to(V, (2, 3)), "take": lambda k: k.ops.take(X, [0, -1], axis=1), "take_flat": lambda k: k.ops.take(X, 5),
    "take_along_axis": lambda k: k.ops.take_along_axis(X, [[0], [1], [2]], axis=1), "where": lambda k: k.ops.where(B, X, 0), "nonzero": lambda k: k.ops.nonzero(B),
    "meshgrid": lambda k: k.ops.meshgrid(V, V), "einsum": lambda k: k.ops.einsum("ij,kj->ik", X, X), "matmul": lambda k: k.ops.matmul(X, V[:1].repeat(4)),
    "dot": lambda k: k.ops.dot(X, X.T), "tensordot": lambda k: k.ops.tensordot(X, X, [[0], [0]]), "outer": lambda k: k.ops.outer(V, V), "cross": lambda k: k.ops.cross(V, V[::-1]),
    "sum_axis": lambda k: k.ops.sum(X, axis=1, keepdims=True), "max_axes": lambda k: k.ops.max(X, axis=(0, 1)), "argmax_axis": lambda k: k.ops.argmax(X, axis=1),
    "top_k": lambda k: k.ops.top_k(X, 2), "in_top_k": lambda k: k.ops.in_top_k([1, 0, 3], X, 2), "quantile": lambda k: k.ops.quantile(X, 0.3),
    "clip": lambda k: k.ops.clip(I, 2, 5), "bincount": lambda k: k.ops.bincount([1, 1, 3]), "allclose": lambda k: k.ops.allclose(X, X), "size": lambda k: k.ops.size(X),
    "cast": lambda k: k.ops.cast(X, "int32"), "convert": lambda k: k.ops.convert_to_tensor([1, 2], dtype="float16"), "slice": lambda k: k.ops.slice(X, [0, 1], [2, 2]),
    "scatter": lambda k: k.ops.scatter([[0], [2]], [1.0, 2.0], (4,)), "scatter_update": lambda k: k.ops.scatter_update(V, [[1]], [9.0]),
    "cond": lambda k: k.ops.cond(True, lambda: V, lambda: -V), "while_loop": lambda k: k.ops.while_loop(lambda i: i < 5, lambda i: i + 2, 0),
    "fori_loop": lambda k: k.ops.fori_loop(0, 4, lambda i, v: v + i, 10), "map": lambda k: k.ops.map(lambda v: v * 2, X), "stop_gradient": lambda k: k.ops.stop_gradient(X),
    "one_hot": lambda k: k.ops.one_hot([0, 2], 3), "multi_hot": lambda k: k.ops.multi_hot(np.array([0, 2]), 4), "moments": lambda k: k.ops.moments(X, [0]),
    "batch_normalization": lambda k: k.ops.batch_normalization(X, V.repeat(2)[:4], P[0], -1, offset=X[0], scale=P[1]),
    "binary_crossentropy": lambda k: k.ops.binary_crossentropy([0.0, 1.0], [0.3, 0.6]),
    "categorical_crossentropy": lambda k: k.ops.categorical_crossentropy(np.eye(4, dtype="float32")[:3], X, from_logits=True),
    "sparse_categorical_crossentropy": lambda k: k.ops.sparse_categorical_crossentropy([0, 1, 2], X, from_logits=True),
    "conv": lambda k: k.ops.conv(X[None, :, :, None], P[:2, :2, None, None], padding="same"), "max_pool": lambda k: k.ops.max_pool(X[None, :, :, None], 2),
    "average_pool": lambda k: k.ops.average_pool(X[None, :, :, None], 2, 1, "same"),
    "attention": lambda k: k.ops.dot_product_attention(X[None, :, None], X[None, :, None], P[None, :, None], is_causal=True),
    "solve": lambda k: k.ops.solve(SQUARE, V[:2]), "qr": lambda k: [abs(np.asarray(t)) for t in k.ops.qr(SQUARE)], "eigh": lambda k: k.ops.eigh(SQUARE)[0], "slogdet": lambda k: k.ops.slogdet(SQUARE),
    "shape": lambda k: np.array(k.ops.shape(X)), "ndim": lambda k: np.array(k.ops.ndim(X)),
    **{name: (lambda k, name=name: getattr(k.ops, name)(UNARY[name])) for name in UNARY},
    **{f"{name}_": (lambda k, name=name: getattr(k.ops, name)(P, X)) for name in BINARY},
}


def values(result):
    return [np.asarray(v) for v in (result if isinstance(result, (list, tuple)) else [result])]


@pytest.mark.parametrize("name", CASES)
def test_values_are_those_of_keras(name, real):  # noqa: F811
    ours, theirs = values(CASES[name](tf.keras)), values(CASES[name](real.keras))
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == b.dtype and a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)


def graph(k, x):
    y = 2 * x - x / 4 + abs(x) ** 2
    y = k.ops.concatenate([y, x @ k.ops.ones((4, 2)), k.ops.softmax(-x)[:, 1:]], axis=-1)
    y = k.ops.where(y > 0, y, k.ops.tanh(y) % 3)
    return k.ops.reshape(k.ops.sum(y, axis=1, keepdims=True) // 1 + k.ops.einsum("ij,ij->i", y, y)[:, None], (-1, 1))


@pytest.mark.parametrize("restored", [False, True])
def test_functional_models_of_operations(restored, real, tmp_path):  # noqa: F811
    results = []
    for library in (tf.keras, real.keras):
        x = library.Input((4,))
        model = library.Model(x, graph(library, x))
        assert model.output_shape == (None, 1)
        if restored:
            model.save(tmp_path / "m.keras")
            for reader in (tf.keras, real.keras):
                results.append(np.asarray(reader.models.load_model(tmp_path / "m.keras")(X)))
        else:
            results.append(np.asarray(model(X)))
    for other in results[1:]:
        np.testing.assert_allclose(results[0], other, rtol=1e-5)


def test_gradients_flow_through_operations(real):  # noqa: F811
    found = []
    for library in (tf, real):
        v = library.Variable(X)
        with library.GradientTape() as tape:
            y = library.keras.ops.sum(library.keras.ops.sin(v) * library.keras.ops.mean(v, axis=0) + library.keras.ops.take(v, [0], axis=1))
        found.append(tape.gradient(y, v).numpy())
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)
