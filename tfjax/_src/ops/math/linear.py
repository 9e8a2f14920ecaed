"""Matrix products."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.eager.args import DTypeArg, Name, Numeric, NumericTensors, Static
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops import checks


def _swap(x, transpose: bool, adjoint: bool):
    if adjoint:
        x = namespace(x).conj(x)
    return namespace(x).swapaxes(x, -1, -2) if transpose or adjoint else x


def _wide(*arrays):
    """Host arrays of 16-bit floats as float32: NumPy has no (or only slow) products of them."""
    small = namespace(*arrays) is np and arrays[0].dtype.itemsize == 2 and arrays[0].dtype.kind in "fV"
    return [a.astype(np.float32) for a in arrays] if small else arrays


@op("linalg.matmul", "matmul", raw="MatMul")
def matmul(
    a: Numeric,
    b: Numeric,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    output_type: DTypeArg = None,
    grad_a: bool = False,
    grad_b: bool = False,
    name: Name = None,
):
    """Multiplies matrices; leading axes are batch axes and broadcast.

    Args:
      a: [..., m, k] (or [..., k, m] with `transpose_a` or `adjoint_a`).
      b: [..., k, n] (or [..., n, k] with `transpose_b` or `adjoint_b`).
      transpose_a, transpose_b: use the transpose.
      adjoint_a, adjoint_b: use the conjugate transpose.
      a_is_sparse, b_is_sparse, grad_a, grad_b: no effect.
      output_type: the result's dtype; the inputs' by default.

    Returns:
      [..., m, n].

    Raises:
      ValueError: both `transpose_a` and `adjoint_a`, or both for b.
      InvalidArgumentError: sizes that do not fit.

    >>> import tfjax as tf
    >>> tf.matmul([[1.0, 2.0]], [[3.0], [4.0]]).numpy()
    array([[11.]], dtype=float32)
    """
    if transpose_a and adjoint_a:
        raise ValueError("Only one of `transpose_a` and `adjoint_a` can be True. Received `transpose_a`=True, `adjoint_a`=True.")
    if transpose_b and adjoint_b:
        raise ValueError("Only one of `transpose_b` and `adjoint_b` can be True. Received `transpose_b`=True, `adjoint_b`=True.")
    if a.ndim < 2 or b.ndim < 2:
        which, x = ("a", a) if a.ndim < 2 else ("b", b)
        raise InvalidArgumentError(
            None, None, f"In[{0 if which == 'a' else 1}] and In[{1 if which == 'a' else 0}] has different ndims: "
            f"{checks.brackets(x.shape)} vs. {checks.brackets((b if which == 'a' else a).shape)}"
        )
    if transpose_a or adjoint_a:
        a = _swap(a, transpose_a, adjoint_a)
    if transpose_b or adjoint_b:
        b = _swap(b, transpose_b, adjoint_b)
    if a.shape[-1] != b.shape[-2]:
        raise InvalidArgumentError(
            None, None,
            f"Matrix size-incompatible: In[0]: {checks.brackets(a.shape)}, In[1]: {checks.brackets(b.shape)}",
        )
    dtype = a.dtype if output_type is None else output_type.np
    if namespace(a, b) is np:
        product = np.matmul(*_wide(a, b))
        return product if product.dtype == dtype else product.astype(dtype)
    # A wider result is summed up in that width.
    return jnp.matmul(a, b, preferred_element_type=dtype)


@op("linalg.matvec", raw="MatVec")
def matvec(
    a: Numeric,
    b: Numeric,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: Name = None,
):
    """Multiplies matrices [..., m, n] by vectors [..., n].

    Args:
      a: the matrices; transposed with `transpose_a`, conjugate-transposed with `adjoint_a`.
      b: the vectors.
      a_is_sparse, b_is_sparse: no effect.

    Returns:
      [..., m].

    >>> import tfjax as tf
    >>> tf.linalg.matvec([[1.0, 2.0]], [3.0, 4.0]).numpy()
    array([11.], dtype=float32)
    """
    a = _swap(a, transpose_a, adjoint_a)
    if a.shape[-1] != b.shape[-1]:
        raise InvalidArgumentError(
            None, None,
            f"Matrix size-incompatible: In[0]: {checks.brackets(a.shape)}, In[1]: {checks.brackets(b.shape)}",
        )
    left, right = _wide(a, b)
    return namespace(a, b).matmul(left, right[..., None])[..., 0].astype(a.dtype)


@op("tensordot", "linalg.tensordot", raw="Tensordot")
def tensordot(a: Numeric, b: Numeric, axes: Static, name: Name = None):
    """Sums products of elements over the given axes of `a` and `b`.

    Args:
      a, b: tensors.
      axes: an int n (last n axes of `a`, first n of `b`), or a pair of axes or of lists of axes.

    >>> import tfjax as tf
    >>> float(tf.tensordot([1.0, 2.0], [3.0, 4.0], 1))
    11.0
    """
    if isinstance(axes, tuple):
        first, second = axes
        axes = (first if isinstance(first, tuple) else (first,), second if isinstance(second, tuple) else (second,))
        if len(axes[0]) != len(axes[1]):
            raise ValueError(f"Different number of contraction axes `a` and `b`, {len(axes[0])} != {len(axes[1])}.")
    return namespace(a, b).tensordot(*_wide(a, b), axes=axes).astype(a.dtype)


@op("_internal.einsum", raw="Einsum")
def _einsum(equation: Static, inputs: NumericTensors, optimize: Static = "greedy", name: Name = None):
    """The body of `tf.einsum`."""
    xp = namespace(*inputs)
    if xp is np:
        result = np.einsum(equation.replace(" ", ""), *_wide(*inputs))
        return np.asarray(result, inputs[0].dtype)
    return jnp.einsum(equation.replace(" ", ""), *inputs)


@op("linalg.adjoint", raw="Adjoint")
def adjoint(matrix: Numeric, name: Name = None):
    """The conjugate transpose of the last two axes.

    >>> import tfjax as tf
    >>> tf.linalg.adjoint([[1.0, 2.0]]).numpy()
    array([[1.],
           [2.]], dtype=float32)
    """
    return _swap(matrix, False, True)


@op("linalg.matrix_transpose", raw="MatrixTranspose")
def matrix_transpose(a: Numeric, name: Name = "matrix_transpose", conjugate: bool = False):
    """Swaps the last two axes, conjugating if asked.

    >>> import tfjax as tf
    >>> tf.linalg.matrix_transpose([[1, 2]]).numpy()
    array([[1],
           [2]], dtype=int32)
    """
    if a.ndim < 2:
        raise ValueError(f"Argument `a` must be a (batch) matrix with rank >= 2. Received shape {a.shape}")
    return _swap(a, True, conjugate) if not conjugate else _swap(a, False, True)


