"""What the operations of a trace are called: TensorFlow's names, as its symbolic tensors print them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax

from tfjax._src.core import names
from tfjax._src.eager import frame as frames
from tfjax._src.eager.tensor import Tensor

# Op types whose Python functions or operators give another name.
NAMES = {
    "AddV2": "add",
    "Sub": "sub",
    "Mul": "mul",
    "RealDiv": "truediv",
    "FloorDiv": "floordiv",
    "FloorMod": "mod",
    "Pow": "pow",
    "StridedSlice": "strided_slice",
    "ConcatV2": "concat",
    "Pack": "stack",
    "Transpose": "transpose",
    "Range": "range",
    "ZerosLike": "zeros_like",
    "OnesLike": "ones_like",
    "Select": "SelectV2",
    "Split": "split",
}


def note(op: Any, args: Sequence[Any], flat: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    """Names the outputs of an op in the current trace, and lists the op in its graph."""
    frame = frames.current()
    if frame is None:
        return
    root = frame.root()
    place = op.index.get("name")
    given = args[place] if place is not None and place < len(args) else None
    if frame.records:
        frame.name(op.raw, given, outputs)  # type: ignore[attr-defined]
        return
    name = unique(root, names.current_scope() + (given or NAMES.get(op.raw, op.raw)))
    for tensor in flat:
        if isinstance(tensor._value, jax.core.Tracer):
            root.symbolic[id(tensor._value)] = tensor
    for i, tensor in enumerate(outputs):
        tensor._graph_name = f"{name}:{i}"  # type: ignore[attr-defined]
    root.ops.append(
        (name, op.raw, [t.__dict__.get("_graph_name", "Const:0").removesuffix(":0") for t in flat])
    )


def unique(root: frames.Frame, name: str) -> str:
    """`name`, with a number behind it from its second use on."""
    number = root.name_counts.get(name.lower(), 0)
    root.name_counts[name.lower()] = number + 1
    return f"{name}_{number}" if number else name


OUT_OF_SCOPE = (
    "is out of scope and cannot be used here. Use return values, explicit Python locals or TensorFlow collections to "
    "access it.\nPlease see https://www.tensorflow.org/guide/function#all_outputs_of_a_tffunction_must_be_return_values "
    "for more information.\n"
)


def out_of_scope(tensors: Sequence[Tensor]) -> TypeError | None:
    """The error for a tensor of a trace that has ended; None if there is none such."""
    for tensor in tensors:
        if isinstance(tensor, Tensor) and isinstance(tensor._value, jax.core.Tracer):
            return TypeError(f"{tensor!r} {OUT_OF_SCOPE}")
    return None
