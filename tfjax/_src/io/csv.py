"""tf.io.decode_csv: fields of lines as columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.errors import InvalidArgumentError
from tfjax._src.core.export import export
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.io.files import host_strings

_ALLOWED = (dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, dtypes.string)


def split(line: bytes, delimiter: bytes, quotes: bool) -> list[bytes]:
    """The fields of a line; quotes protect delimiters, and doubled quotes stand for one."""
    if not quotes or b'"' not in line:
        return line.split(delimiter)
    fields: list[bytes] = []
    at = 0
    while True:
        if line[at : at + 1] == b'"':
            body = bytearray()
            at += 1
            while True:
                end = line.find(b'"', at)
                if end < 0:
                    raise InvalidArgumentError(None, None, "Quoted field has to end with quote followed by delim or end [Op:DecodeCSV]")
                body += line[at:end]
                at = end + 1
                if line[at : at + 1] != b'"':
                    break
                body += b'"'
                at += 1
            fields.append(bytes(body))
            if at >= len(line):
                return fields
            if line[at : at + 1] != delimiter:
                raise InvalidArgumentError(None, None, "Quoted field has to end with quote followed by delim or end [Op:DecodeCSV]")
            at += 1
        else:
            end = line.find(delimiter, at)
            field = line[at:] if end < 0 else line[at:end]
            if b'"' in field:
                raise InvalidArgumentError(None, None, "Unquoted fields cannot have quotes/CRLFs inside [Op:DecodeCSV]")
            fields.append(field)
            if end < 0:
                return fields
            at = end + 1


class Columns:
    """Converts fields: dtypes and defaults of the columns.

    Args:
      defaults: per column a tensor: empty where a value is required, else the default.
      na: what stands for a missing value besides an empty field.
    """

    def __init__(self, defaults: list[Any], na: bytes) -> None:
        self.dtypes, self.defaults, self.na = [], [], na
        for given in defaults:
            tensor = given if isinstance(given, Tensor) else to_tensor(given)
            if tensor.dtype not in _ALLOWED:
                raise InvalidArgumentError(
                    None, None,
                    f"Value for attr 'OUT_TYPE' of {tensor.dtype.name} is not in the list of allowed values: "
                    "float, double, int32, int64, string",
                )
            values = tensor.host_value().reshape(-1)
            self.dtypes.append(tensor.dtype)
            self.defaults.append(values[0] if len(values) else None)

    def convert(self, field: bytes, column: int, record: int) -> Any:
        """The value of one field."""
        if field == b"" or field == self.na:
            if self.defaults[column] is None:
                raise InvalidArgumentError(None, None, f"Field {column} is required but missing in record {record}! [Op:DecodeCSV]")
            return self.defaults[column]
        dtype = self.dtypes[column]
        if dtype is dtypes.string:
            return field
        try:
            value = int(field) if dtype.is_integer else float(field)
            if dtype.is_integer and not dtype.min <= value <= dtype.max:
                raise ValueError
            return value
        except ValueError:
            kind = {"float32": "float", "float64": "double"}.get(dtype.name, dtype.name)
            text = field.decode("utf-8", "replace")
            raise InvalidArgumentError(None, None, f"Field {column} in record {record} is not a valid {kind}: {text} [Op:DecodeCSV]") from None


@export("io.decode_csv")
def decode_csv(
    records: Any, record_defaults: Any, field_delim: str = ",", use_quote_delim: bool = True, na_value: str = "",
    select_cols: Any = None, name: str | None = None,
) -> list[Tensor]:
    """The fields of lines of comma-separated values, a tensor per column.

    Args:
      records: string tensor, a line in each element.
      record_defaults: per column a tensor or list: the default, or empty if values are required;
        its dtype is the column's.
      field_delim: what separates fields.
      use_quote_delim: double quotes protect what they enclose.
      na_value: stands for a missing value.
      select_cols: numbers of the columns to read, ascending.

    >>> import tfjax as tf
    >>> [c.numpy() for c in tf.io.decode_csv(["1,a", ",b"], [[7], [""]])]
    [array([1, 7], dtype=int32), array([b'a', b'b'], dtype=object)]
    """
    lines = host_strings(records)
    columns = Columns(list(record_defaults), na_value.encode())
    chosen = None if select_cols is None else list(select_cols)
    if chosen is not None and len(chosen) != len(columns.dtypes):
        raise ValueError("Length of select_cols should match number of columns in record_defaults.")
    out: list[list[Any]] = [[] for _ in columns.dtypes]
    for i, line in enumerate(lines.reshape(-1).tolist()):
        fields = split(line, field_delim.encode(), use_quote_delim)
        if chosen is not None:
            fields = [fields[c] for c in chosen if c < len(fields)]
        if len(fields) != len(out):
            raise InvalidArgumentError(None, None, f"Expect {len(out)} fields but have {len(fields)} in record {i} [Op:DecodeCSV]")
        for j, field in enumerate(fields):
            out[j].append(columns.convert(field, j, i))
    return [Tensor(column(values, dtype).reshape(lines.shape)) for values, dtype in zip(out, columns.dtypes)]


def column(values: list[Any], dtype: dtypes.DType) -> np.ndarray:
    """Values as an array of a dtype."""
    if dtype is not dtypes.string:
        return np.array(values, dtype.np)
    out = np.empty(len(values), object)
    out[:] = values
    return out
