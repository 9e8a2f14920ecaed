"""tf.train.Example and its parts, TensorProto, summaries and events, with TensorFlow's field numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.io.messages import build

_SCHEMA = """
BytesList: 1 value *bytes
FloatList: 1 value *float
Int64List: 1 value *int64
Feature: 1 bytes_list kind/BytesList; 2 float_list kind/FloatList; 3 int64_list kind/Int64List
Features: 1 feature <string,Feature
FeatureList: 1 feature *Feature
FeatureLists: 1 feature_list <string,FeatureList
Example: 1 features Features
SequenceExample: 1 context Features; 2 feature_lists FeatureLists
Dim: 1 size int64; 2 name string
TensorShapeProto: 2 dim *Dim; 3 unknown_rank bool
TensorProto: 1 dtype =DataType; 2 tensor_shape TensorShapeProto; 3 version_number int32; 4 tensor_content bytes; 13 half_val *int32; 5 float_val *float; 6 double_val *double; 7 int_val *int32; 8 string_val *bytes; 9 scomplex_val *float; 10 int64_val *int64; 11 bool_val *bool; 12 dcomplex_val *double; 16 uint32_val *uint32; 17 uint64_val *uint64
PluginData: 1 plugin_name string; 2 content bytes
SummaryMetadata: 1 plugin_data PluginData; 2 display_name string; 3 summary_description string; 4 data_class int32
Value: 1 tag string; 2 simple_value value/float; 8 tensor value/TensorProto; 9 metadata SummaryMetadata
Summary: 1 value *Value
Event: 1 wall_time double; 2 step int64; 3 file_version what/string; 4 graph_def what/bytes; 5 summary what/Summary
"""

_SHORT = {"float32": "FLOAT", "float64": "DOUBLE", "float16": "HALF"}
#: The enum DataType.
DATA_TYPE = {"DT_INVALID": 0} | {
    f"DT_{_SHORT.get(t.name, t.name.upper())}": t.as_datatype_enum
    for t in sorted(dtypes.ALL, key=int)
}
_classes = build(_SCHEMA, "tensorflow", {"DataType": DATA_TYPE})

BytesList, FloatList, Int64List = (_classes[n] for n in ("BytesList", "FloatList", "Int64List"))
Feature, Features = _classes["Feature"], _classes["Features"]
FeatureList, FeatureLists = _classes["FeatureList"], _classes["FeatureLists"]
Example, SequenceExample = _classes["Example"], _classes["SequenceExample"]
TensorProto, Summary, Event = _classes["TensorProto"], _classes["Summary"], _classes["Event"]
SummaryMetadata = _classes["SummaryMetadata"]
EXPORTS = {
    "train.BytesList": "BytesList",
    "train.FloatList": "FloatList",
    "train.Int64List": "Int64List",
    "train.Feature": "Feature",
    "train.Features": "Features",
    "train.FeatureList": "FeatureList",
    "train.FeatureLists": "FeatureLists",
    "train.Example": "Example",
    "train.SequenceExample": "SequenceExample",
}

# Where the values of each dtype are, when they are not in tensor_content.
_FIELDS = {
    "float32": "float_val", "float64": "double_val", "string": "string_val", "int64": "int64_val", "bool": "bool_val",
    "uint32": "uint32_val", "uint64": "uint64_val", "complex64": "scomplex_val", "complex128": "dcomplex_val",
    "float16": "half_val", "bfloat16": "half_val",
}  # fmt: skip


def to_proto(array: np.ndarray, dtype: dtypes.DType) -> Any:
    """A TensorProto of an array."""
    proto = TensorProto(dtype=dtype.as_datatype_enum)
    proto.tensor_shape.SetInParent()
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    if array.dtype == object:
        proto.string_val.extend(array.reshape(-1).tolist())
    else:
        proto.tensor_content = np.ascontiguousarray(array).tobytes()
    return proto


def from_proto(proto: Any) -> np.ndarray:
    """The array of a TensorProto."""
    dtype = dtypes.as_dtype(proto.dtype)
    shape = [d.size for d in proto.tensor_shape.dim]
    count = int(np.prod(shape, dtype=np.int64))
    if proto.tensor_content:
        return np.frombuffer(proto.tensor_content, dtype.np).reshape(shape).copy()
    values = list(getattr(proto, _FIELDS.get(dtype.name, "int_val")))
    if dtype is dtypes.string:
        out = np.empty(count, object)
        out[:] = values + [values[-1] if values else b""] * (count - len(values))
        return out.reshape(shape)
    if dtype.name in ("float16", "bfloat16"):
        flat = np.array(values, np.uint16).view(dtype.np)
    elif dtype.is_complex:
        flat = np.array(values[::2], dtype.np) + 1j * np.array(values[1::2], dtype.np)
    else:
        flat = np.array(values, dtype.np)
    if len(flat) < count:
        # A last value stands for all that follow; no value means zeros.
        last = flat[-1] if len(flat) else np.zeros((), dtype.np)
        flat = np.concatenate([flat, np.full(count - len(flat), last, dtype.np)])
    return flat.astype(dtype.np).reshape(shape)
