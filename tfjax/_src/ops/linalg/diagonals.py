"""Diagonals of matrices: one or a band of them, packed as TensorFlow packs them.

A band of diagonals k[0]..k[1] is an array [..., diagonals, longest], the highest first; `align` says
for the ones above and below the main diagonal whether shorter ones stand left or right.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager import statics
from tfjax._src.eager.args import AnyTensor, Name, Static
from tfjax._src.eager.frame import recorded
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops import checks

_ALIGNMENTS = ("LEFT_LEFT", "LEFT_RIGHT", "RIGHT_LEFT", "RIGHT_RIGHT")


def _band(k: Any) -> tuple[int, int]:
    values = k if isinstance(k, tuple) else (k,)
    if len(values) > 2:
        raise InvalidArgumentError(None, None, f"diag_index must have only one or two elements, received {len(values)} elements.")
    low, high = values[0], values[-1]
    if low > high:
        raise InvalidArgumentError(None, None, f"lower_diag_index must not be larger than upper_diag_index: {low} > {high}")
    return low, high


def _check(align: str) -> None:
    if align not in _ALIGNMENTS:
        raise ValueError(f'Value for attr "align" of "{align}" is not in the list of allowed values: {", ".join(_ALIGNMENTS)}')


class _Places:
    """Where a band of diagonals of [rows, columns] stands in its packed form."""

    def __init__(self, rows: int, columns: int, k: Any, align: str) -> None:
        _check(align)
        self.low, self.high = _band(k)
        if self.low <= -rows and rows or self.high >= columns and columns:
            raise InvalidArgumentError(
                None, None, f"lower_diag_index and upper_diag_index must lie in ({-rows}, {columns}): {k}"
            )
        self.rows, self.columns = rows, columns
        self.longest = max(min(rows + min(self.high, 0), columns - max(self.low, 0)), 0)
        self.left = align.startswith("LEFT"), align.endswith("LEFT")

    def _offset(self, diagonal: np.ndarray) -> np.ndarray:
        length = np.minimum(self.rows + np.minimum(diagonal, 0), self.columns - np.maximum(diagonal, 0))
        above, below = self.left
        at_left = ((diagonal >= 0) & above) | ((diagonal <= 0) & below)
        return np.where(at_left, 0, self.longest - length)

    def of_packed(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """For each packed element: row and column in the matrix, and whether it stands for one."""
        diagonal = np.arange(self.high, self.low - 1, -1)[:, None]
        along = np.arange(self.longest)[None, :] - self._offset(diagonal)
        row, column = along - np.minimum(diagonal, 0), along + np.maximum(diagonal, 0)
        inside = (along >= 0) & (row < self.rows) & (column < self.columns)
        return np.where(inside, row, 0), np.where(inside, column, 0), inside

    def of_matrix(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """For each element of the matrix: where its diagonal is packed, and whether it is."""
        row, column = np.indices((self.rows, self.columns))
        diagonal = column - row
        inside = (diagonal >= self.low) & (diagonal <= self.high)
        along = np.minimum(row, column) + self._offset(diagonal)
        return np.where(inside, self.high - diagonal, 0), np.where(inside, along, 0), inside


@op("linalg.diag_part", raw="MatrixDiagPartV3", any_size=True)
def diag_part(
    input: AnyTensor, name: Name = "diag_part", k: Static = 0, padding_value: Static = 0, align: Static = "RIGHT_LEFT"
):
    """The diagonals of matrices.

    Args:
      input: [..., rows, columns].
      k: which diagonal, 0 the main one, or (lowest, highest) for a band.
      padding_value: fills up shorter diagonals of a band.
      align: where shorter ones stand, above and below the main diagonal.

    >>> import tfjax as tf
    >>> tf.linalg.diag_part([[1, 2], [3, 4]]).numpy()
    array([1, 4], dtype=int32)
    """
    xp = namespace(input)
    places = _Places(input.shape[-2], input.shape[-1], k, align)
    if places.low == places.high and xp is np:
        return np.diagonal(input, places.low, -2, -1)
    row, column, inside = places.of_packed()
    packed = xp.where(inside, input[..., row, column], xp.asarray(padding_value, input.dtype))
    return packed if places.low < places.high else packed[..., 0, :]


def _packed(xp: Any, diagonal: Any, places: _Places) -> Any:
    """The diagonals with their axis, also where there is just one."""
    packed = diagonal if places.low < places.high else diagonal[..., None, :]
    wanted = (places.high - places.low + 1, places.longest)
    if tuple(packed.shape[-2:]) != wanted:
        raise InvalidArgumentError(
            None, None, f"The diagonals must have shape [..., {wanted[0]}, {wanted[1]}], got {checks.brackets(tuple(diagonal.shape))}"
        )
    return packed


@op("_internal.matrix_diag", raw="MatrixDiagV3")
def _diag(diagonal: AnyTensor, k: Static, num_rows: Static, num_cols: Static, padding_value: Static, align: Static, name: Name = None):
    xp = namespace(diagonal)
    low, high = _band(k)
    rows, columns = diagonal.shape[-1] - min(high, 0), diagonal.shape[-1] + max(low, 0)
    if num_rows == -1 and num_cols == -1:
        num_rows = num_cols = max(rows, columns)
    num_rows, num_cols = (rows if num_rows == -1 else num_rows), (columns if num_cols == -1 else num_cols)
    if num_rows < rows or num_cols < columns or (num_rows != rows and num_cols != columns):
        raise InvalidArgumentError(None, None, "The number of rows or columns is not consistent with the specified d_lower, d_upper, and diagonal.")
    places = _Places(num_rows, num_cols, k, align)
    which, along, inside = places.of_matrix()
    packed = _packed(xp, diagonal, places)
    return xp.where(inside, packed[..., which, along], xp.asarray(padding_value, diagonal.dtype))


@export("linalg.diag")
@recorded
def diag(
    diagonal: Any, name: Any = "diag", k: Any = 0, num_rows: Any = -1, num_cols: Any = -1, padding_value: Any = 0,
    align: str = "RIGHT_LEFT",
) -> Any:
    """Matrices with the given diagonals.

    Args:
      diagonal: [..., length], or [..., diagonals, longest] for a band.
      k: which diagonal, or (lowest, highest).
      num_rows, num_cols: the size; by default the smallest square matrix, or what one of them and
        the diagonals imply.
      padding_value: stands everywhere else.
      align: how a band is packed.

    >>> import tfjax as tf
    >>> tf.linalg.diag([1, 2]).numpy()
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    sizes = statics.value(num_rows), statics.value(num_cols)
    return _diag(diagonal, k, *sizes, statics.value(padding_value), align)


@op("linalg.set_diag", raw="MatrixSetDiagV3")
def set_diag(input: AnyTensor, diagonal: AnyTensor, name: Name = "set_diag", k: Static = 0, align: Static = "RIGHT_LEFT"):
    """Matrices with their diagonals replaced.

    Args:
      input: [..., rows, columns].
      diagonal: [..., length], or [..., diagonals, longest] for a band.
      k: which diagonal, or (lowest, highest).
      align: how a band is packed.

    >>> import tfjax as tf
    >>> tf.linalg.set_diag([[1, 2], [3, 4]], [8, 9]).numpy()
    array([[8, 2],
           [3, 9]], dtype=int32)
    """
    xp = namespace(input, diagonal)
    places = _Places(input.shape[-2], input.shape[-1], k, align)
    which, along, inside = places.of_matrix()
    return xp.where(inside, _packed(xp, diagonal, places)[..., which, along], input)


@op("linalg.tensor_diag", raw="Diag")
def tensor_diag(diagonal: AnyTensor, name: Name = None):
    """A tensor of shape s + s with `diagonal`, of shape s, where both indices agree.

    >>> import tfjax as tf
    >>> tf.linalg.tensor_diag([1, 2]).numpy()
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    xp = namespace(diagonal)
    flat = diagonal.reshape(-1)
    square = xp.where(np.eye(flat.size, dtype=bool), flat[:, None], xp.zeros((), diagonal.dtype))
    return square.reshape(diagonal.shape * 2)


@op("linalg.tensor_diag_part", raw="DiagPart")
def tensor_diag_part(input: AnyTensor, name: Name = None):
    """The elements of a tensor of shape s + s where both indices agree.

    >>> import tfjax as tf
    >>> tf.linalg.tensor_diag_part([[1, 2], [3, 4]]).numpy()
    array([1, 4], dtype=int32)
    """
    rank = input.ndim // 2
    if input.ndim % 2 or input.shape[:rank] != input.shape[rank:]:
        raise InvalidArgumentError(None, None, f"Invalid shape {checks.brackets(tuple(input.shape))}: dimensions {list(range(rank))} and {list(range(rank, input.ndim))} do not match.")
    size = int(np.prod(input.shape[:rank], dtype=np.int64))
    return namespace(input).diagonal(input.reshape((size, size))).reshape(input.shape[:rank])
