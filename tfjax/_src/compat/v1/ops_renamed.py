"""tf.compat.v1: more ops under their old parameters and names."""

from __future__ import annotations

from typing import Any

from tfjax._src.compat.v1.renamed import renamed
from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager import devices
from tfjax._src.eager import frame as frames
from tfjax._src.eager.convert import to_tensor
from tfjax._src.function import assertions, callbacks, flow_api, graph_gradients, plain
from tfjax._src.io import codecs, csv, examples
from tfjax._src.ops.array import indexing, partition, shaping
from tfjax._src.ops.image import boxes, resize
from tfjax._src.ops.math import arithmetic, clipping, reductions, segments
from tfjax._src.ops.nn import blocks, morphology
from tfjax._src.ops.random import continuous, stateful, stateless
from tfjax._src.ops.sparse import arithmetic as sparse_arithmetic
from tfjax._src.ops.sparse import arrange
from tfjax._src.ops.sparse import segments as sparse_segments
from tfjax._src.ops.sparse.sparse_tensor import SparseTensor
from tfjax._src.ops.strings import basic, hashing, joining

EXPORTS = {
    "compat.v1.pad": "pad",
    "compat.v1.reverse_sequence": "reverse_sequence",
    "compat.v1.bincount": "bincount",
    "compat.v1.math.bincount": "bincount",
    "compat.v1.confusion_matrix": "confusion_matrix",
    "compat.v1.math.confusion_matrix": "confusion_matrix",
    "compat.v1.arg_max": "arg_max",
    "compat.v1.arg_min": "arg_min",
    "compat.v1.floor_div": "floor_div",
    "compat.v1.space_to_batch": "space_to_batch",
    "compat.v1.nn.space_to_batch": "space_to_batch",
    "compat.v1.tuple": "tuple_",
    "compat.v1.decode_csv": "decode_csv",
    "compat.v1.io.decode_csv": "decode_csv",
    "compat.v1.decode_raw": "decode_raw",
    "compat.v1.io.decode_raw": "decode_raw",
    "compat.v1.parse_example": "parse_example",
    "compat.v1.io.parse_example": "parse_example",
    "compat.v1.parse_single_example": "parse_single_example",
    "compat.v1.io.parse_single_example": "parse_single_example",
    "compat.v1.random_poisson": "poisson",
    "compat.v1.random.poisson": "poisson",
    "compat.v1.strings.length": "string_length",
    "compat.v1.strings.substr": "substr",
    "compat.v1.substr": "substr",
    "compat.v1.strings.reduce_join": "reduce_join",
    "compat.v1.reduce_join": "reduce_join",
    "compat.v1.strings.to_hash_bucket": "to_hash_bucket",
    "compat.v1.string_to_hash_bucket": "to_hash_bucket",
    "compat.v1.strings.to_number": "to_number",
    "compat.v1.string_to_number": "to_number",
    "compat.v1.sparse_segment_sum": "segment_sum",
    "compat.v1.sparse.segment_sum": "segment_sum",
    "compat.v1.sparse_segment_mean": "segment_mean",
    "compat.v1.sparse.segment_mean": "segment_mean",
    "compat.v1.sparse_segment_sqrt_n": "segment_sqrt_n",
    "compat.v1.sparse.segment_sqrt_n": "segment_sqrt_n",
    "compat.v1.sparse_add": "sparse_add",
    "compat.v1.sparse.add": "sparse_add",
    "compat.v1.sparse_reduce_sum": "sparse_reduce_sum",
    "compat.v1.sparse.reduce_sum": "sparse_reduce_sum",
    "compat.v1.sparse_reduce_max": "sparse_reduce_max",
    "compat.v1.sparse.reduce_max": "sparse_reduce_max",
    "compat.v1.image.crop_and_resize": "crop_and_resize",
    "compat.v1.image.draw_bounding_boxes": "draw_bounding_boxes",
    "compat.v1.extract_image_patches": "extract_image_patches",
    "compat.v1.image.extract_image_patches": "extract_image_patches",
    "compat.v1.hessians": "hessians",
    "compat.v1.verify_tensor_all_finite": "assert_all_finite",
    "compat.v1.debugging.assert_all_finite": "assert_all_finite",
}

pad = renamed(shaping.pad, "tensor, paddings, mode='CONSTANT', name=None, constant_values=0")
reverse_sequence = renamed(
    partition.reverse_sequence, "input, seq_lengths, seq_axis=None, batch_axis=None, name=None, seq_dim=None, batch_dim=None",
    {"seq_dim": "seq_axis", "batch_dim": "batch_axis"},
)
bincount = renamed(segments.bincount, "arr, weights=None, minlength=None, maxlength=None, dtype='int32'")
confusion_matrix = renamed(
    segments.confusion_matrix, "labels, predictions, num_classes=None, dtype='int32', name=None, weights=None"
)
arg_max = renamed(reductions.argmax, "input, dimension, output_type='int64', name=None", {"dimension": "axis"}, name="arg_max")
arg_min = renamed(reductions.argmin, "input, dimension, output_type='int64', name=None", {"dimension": "axis"}, name="arg_min")
floor_div = renamed(arithmetic.floordiv, "x, y, name=None", name="floor_div")
space_to_batch = renamed(
    blocks.space_to_batch, "input, paddings, block_size=None, name=None, block_shape=None", {"block_size": "block_shape"}
)
tuple_ = renamed(plain.tuple_, "tensors, name=None, control_inputs=None", name="tuple")
decode_csv = renamed(
    csv.decode_csv, "records, record_defaults, field_delim=',', use_quote_delim=True, name=None, na_value='', select_cols=None"
)
decode_raw = renamed(
    codecs.decode_raw, "input_bytes=None, out_type=None, little_endian=True, name=None, bytes=None", {"bytes": "input_bytes"}
)
parse_example = renamed(examples.parse_example, "serialized, features, name=None, example_names=None")
parse_single_example = renamed(examples.parse_single_example, "serialized, features, name=None, example_names=None")
poisson = renamed(continuous.poisson, "lam, shape, dtype='float32', seed=None, name=None")
string_length = renamed(basic.length, "input, name=None, unit='BYTE'")
substr = renamed(basic.substr, "input, pos, len, name=None, unit='BYTE'")
reduce_join = renamed(
    joining.reduce_join, "inputs, axis=None, keep_dims=None, separator='', name=None, reduction_indices=None, keepdims=None",
    {"keep_dims": "keepdims", "reduction_indices": "axis"},
)
to_hash_bucket = renamed(
    hashing.to_hash_bucket, "string_tensor=None, num_buckets=None, name=None, input=None", {"string_tensor": "input"}
)
to_number = renamed(
    basic.to_number, "string_tensor=None, out_type='float32', name=None, input=None", {"string_tensor": "input"}
)
_SEGMENTS = "data, indices, segment_ids, name=None, num_segments=None, sparse_gradient=False"
segment_sum = renamed(sparse_segments.segment_sum, _SEGMENTS)
segment_mean = renamed(sparse_segments.segment_mean, _SEGMENTS)
segment_sqrt_n = renamed(sparse_segments.segment_sqrt_n, _SEGMENTS)
sparse_add = renamed(sparse_arithmetic.add, "a, b, threshold=None, thresh=None", {"thresh": "threshold"})
_REDUCTION = "sp_input, axis=None, keepdims=None, reduction_axes=None, keep_dims=None"
_OLD_AXES = {"reduction_axes": "axis", "keep_dims": "keepdims"}
sparse_reduce_sum = renamed(sparse_arithmetic.reduce_sum, _REDUCTION, _OLD_AXES)
sparse_reduce_max = renamed(sparse_arithmetic.reduce_max, _REDUCTION, _OLD_AXES)
crop_and_resize = renamed(
    resize.crop_and_resize,
    "image, boxes, box_ind=None, crop_size=None, method='bilinear', extrapolation_value=0, name=None, box_indices=None",
    {"box_ind": "box_indices"},
)
draw_bounding_boxes = renamed(boxes.draw_bounding_boxes, "images, boxes, name=None, colors=None")
extract_image_patches = renamed(
    morphology.extract_patches, "images, ksizes=None, strides=None, rates=None, padding=None, name=None, sizes=None", {"ksizes": "sizes"},
    name="extract_image_patches",
)
hessians = renamed(
    graph_gradients.hessians,
    "ys, xs, name='hessians', colocate_gradients_with_ops=False, gate_gradients=False, aggregation_method=None", {},
    "colocate_gradients_with_ops",
)
assert_all_finite = renamed(
    assertions.assert_all_finite, "t=None, msg=None, name=None, x=None, message=None", {"t": "x", "msg": "message"}
)


@export("compat.v1.Print")
def Print(
    input_: Any, data: Any, message: Any = None, first_n: Any = None, summarize: Any = None, name: Any = None
) -> Any:
    """`input_`, printing `message` and the values of `data` whenever it is computed.

    Args:
      first_n: prints so often only.
      summarize: how many elements of each tensor to show; 3 by default.
    """
    count = 3 if summarize is None else summarize
    if first_n is None or first_n < 0:
        first_n = float("inf")
    printed = [0]

    def show(*values: Any) -> None:
        printed[0] += 1
        if printed[0] <= first_n:
            texts = "".join(f"[{assertions._summary(v, count)}]" for v in values)
            callbacks._write([(message or "") + texts], "stderr", -1, "", "\n")

    tensors = [to_tensor(d) for d in data]
    with flow_api.control_dependencies([callbacks.numpy_function(show, tensors, [])]):
        return shaping.identity(to_tensor(input_))


@export("compat.v1.device")
def device(device_name_or_function: Any) -> Any:
    """`tf.device`; in a graph it has no effect: a compiled program runs on the default device."""
    if frames.recording() is not None or callable(device_name_or_function) or not device_name_or_function:
        return flow_api.control_dependencies([])
    return devices.device(device_name_or_function)


@export("compat.v1.clip_by_average_norm")
def clip_by_average_norm(t: Any, clip_norm: Any, name: Any = None) -> Any:
    """`t` scaled down to an average norm (the norm divided by the number of elements) of at most `clip_norm`.

    >>> import tfjax.compat.v1 as tf
    >>> tf.clip_by_average_norm([3.0, 4.0], 1.0).numpy()
    array([1.2, 1.6], dtype=float32)
    """
    t = to_tensor(t)
    average = clipping.norm(t) / shaping.cast(shaping.size(t), t.dtype)
    return t * clip_norm / arithmetic.maximum(average, to_tensor(clip_norm, t.dtype))


@export("compat.v1.batch_gather")
def batch_gather(params: Any, indices: Any, name: Any = None) -> Any:
    """`tf.gather` along the last axis of `indices`, whose other axes are those of `params`."""
    indices = to_tensor(indices)
    return indexing.gather(params, indices, axis=-1 + indices.shape.rank, batch_dims=indices.shape.rank - 1)


@export("compat.v1.multinomial", "compat.v1.random.multinomial")
def multinomial(logits: Any, num_samples: Any, seed: Any = None, name: Any = None, output_dtype: Any = None) -> Any:
    """`tf.random.categorical`."""
    return stateful.categorical(logits, num_samples, dtypes.int64 if output_dtype is None else output_dtype, seed)


@export("compat.v1.random.stateless_multinomial")
def stateless_multinomial(
    logits: Any, num_samples: Any, seed: Any, output_dtype: Any = dtypes.int64, name: Any = None
) -> Any:
    """`tf.random.stateless_categorical`."""
    return stateless.stateless_categorical(logits, num_samples, seed, output_dtype)


@export("compat.v1.to_complex64")
def to_complex64(x: Any, name: Any = "ToComplex64") -> Any:
    """Casts to complex64."""
    return shaping.cast(x, dtypes.complex64)


@export("compat.v1.to_complex128")
def to_complex128(x: Any, name: Any = "ToComplex128") -> Any:
    """Casts to complex128."""
    return shaping.cast(x, dtypes.complex128)


@export("compat.v1.batch_to_space")
def batch_to_space(input: Any, crops: Any, block_size: Any, name: Any = None, block_shape: Any = None) -> Any:  # noqa: A002
    """`tf.batch_to_space` with blocks of one size."""
    return blocks.batch_to_space(input, [block_size] * 2 if block_shape is None else block_shape, crops)


@export("compat.v1.sparse_to_dense")
def sparse_to_dense(
    sparse_indices: Any, output_shape: Any, sparse_values: Any, default_value: Any = 0, validate_indices: bool = True,
    name: Any = None,
) -> Any:
    """A dense tensor of `default_value` with `sparse_values` at `sparse_indices`.

    >>> import tfjax.compat.v1 as tf
    >>> tf.sparse_to_dense([0, 2], [4], 1.0).numpy()
    array([1., 0., 1., 0.], dtype=float32)
    """
    places = shaping.cast(sparse_indices, dtypes.int64)
    if places.shape.rank == 0:
        places = shaping.reshape(places, [1, 1])
    if places.shape.rank == 1:
        places = shaping.reshape(places, [-1, 1])
    values = to_tensor(sparse_values)
    if values.shape.rank == 0:
        values = shaping.broadcast_to(values, shaping.shape(places)[:1])
    sparse = SparseTensor(places, values, shaping.cast(output_shape, dtypes.int64))
    return arrange.to_dense(sparse, default_value, validate_indices)


@export("compat.v1.string_split")
def string_split(
    source: Any, sep: Any = None, skip_empty: bool = True, delimiter: Any = None, result_type: Any = "SparseTensor", name: Any = None
) -> Any:
    """Texts cut at any of the characters of `sep` (a blank by default), as a SparseTensor or RaggedTensor.

    Args:
      delimiter: the old name of `sep`.
      skip_empty: leaves out empty parts.
    """
    if delimiter is not None and sep is not None:
        raise ValueError("delimiter must be a string, got both `sep` and `delimiter`.")
    characters = " " if sep is None and delimiter is None else (sep if delimiter is None else delimiter)
    rows = [_parts(text, characters, skip_empty) for text in to_tensor(source).numpy()]
    from tfjax._src.ops.ragged import constant

    ragged = constant.constant(rows, dtypes.string)
    return ragged if result_type == "RaggedTensor" else ragged.to_sparse()


def _parts(text: bytes, characters: Any, skip_empty: bool) -> list[bytes]:
    marks = characters if isinstance(characters, bytes) else characters.encode()
    if not marks:
        return [text[i : i + 1] for i in range(len(text))]
    for mark in marks[1:]:
        text = text.replace(bytes([mark]), marks[:1])
    parts = text.split(marks[:1])
    return [p for p in parts if p or not skip_empty]


@export("compat.v1.setdiff1d")
def setdiff1d(x: Any, y: Any, index_dtype: Any = dtypes.int32, name: Any = None) -> Any:
    """(elements of `x` that are not in `y`, their places in `x`)."""
    x = to_tensor(x)
    y = to_tensor(y, x.dtype)
    kept = shaping.reshape(~reductions.reduce_any(x[:, None] == y[None], axis=1), [-1])
    from tfjax._src.ops.array import masking

    places = shaping.cast(masking.where(kept)[:, 0], index_dtype)
    return indexing.gather(x, places), places


@export("compat.v1.convert_to_tensor_or_sparse_tensor")
def convert_to_tensor_or_sparse_tensor(value: Any, dtype: Any = None, name: Any = None) -> Any:
    """A tensor; a SparseTensor stays what it is."""
    return value if isinstance(value, SparseTensor) else to_tensor(value, None if dtype is None else dtypes.as_dtype(dtype))


@export("compat.v1.no_regularizer")
def no_regularizer(_: Any) -> None:
    """None, whatever the Variable."""
