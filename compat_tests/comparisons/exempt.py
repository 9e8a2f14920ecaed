"""Differences that stay, each with its reason."""

from __future__ import annotations

import re
from typing import Any

from compat_tests.comparisons.mutations import Call
from compat_tests.results import Failure

#: Cases that end TensorFlow's own process: (pattern of the case, what happens).
CRASHES: tuple[tuple[str, str], ...] = ()

#: (pattern of the case with its tier, reason).
EXEMPT: tuple[tuple[str, str], ...] = (
    (
        r"^nn\.(conv3d|depthwise_conv2d|separable_conv2d)\(b?f16\[[^ ]*, ",
        "TensorFlow adds up in half precision here, tfjax in float32: the sums differ in the last digits",
    ),
    (
        r"^nn\.(conv3d|depthwise_conv2d|atrous_conv2d)\(f64\[\S* (nan|inf)|^nn\.conv3d_transpose\(\S* (nan|inf)",
        "whether padding takes part in the sums (0 * NaN) differs between TensorFlow's own kernels",
    ),
    (r"^nn\.max_pool3d\(\S* nan", "what NaN does in MaxPool3D depends on the processor's vector instructions"),
    (r"^signal\.(i?rfft(2d|3d)?|inverse_stft)\(\w+\[(\d+x)*0\]", "TensorFlow returns memory that it has not written for a transform of nothing"),
    (r"^signal\.(rfft(2d|3d)?)\(\[\]", "TensorFlow returns memory that it has not written for a transform of nothing"),
)

NO_KERNEL = re.compile(
    r"Could not find device for node|No OpKernel was registered|No registered '|not implemented: .* kernel|TileOp : The input data type is not supported"
    r"|CPU implementations? (of|do)|tensor format on the CPU|on device type CPU|not supported on CPU|only supports NDHWC on the CPU"
    r"|Conv2DCustomBackpropInputOp only supports NHWC"
)


#: What Python raises where TensorFlow's own code meets an argument that it did not expect.
STUMBLES = ("AttributeError", "AssertionError", "KeyError", "IndexError", "UnboundLocalError", "UFuncTypeError")
REFUSALS = ("NotFoundError", "InvalidArgumentError", "UnimplementedError", "TypeError", "ValueError")


def reason(call: Call, mode: str, ours: Any, theirs: Any) -> str:
    """Why the libraries may differ here, or ""."""
    if isinstance(theirs, Failure) and NO_KERNEL.search(theirs.text):
        if not isinstance(ours, Failure) or ours.kind in REFUSALS:
            return "TensorFlow has no CPU kernel for it (dtype, order of axes, dilation); tfjax computes it, or refuses it"
    if isinstance(theirs, Failure) and theirs.kind in STUMBLES:
        if isinstance(ours, Failure) and ours.kind in REFUSALS:
            return "TensorFlow's Python code stumbles over the argument (AttributeError and the like); tfjax refuses it"
    if mode == "gradient" and isinstance(theirs, Failure) and theirs.kind == "LookupError":
        return "TensorFlow has no gradient for the op (docs/differences.md)"
    if mode == "function" and isinstance(theirs, Failure) and "must return zero or more Tensors" in theirs.text:
        return "the case returns what no tf.function of TensorFlow returns"
    return next((why for pattern, why in EXEMPT if re.search(pattern, f"{call} {mode}")), "")


def crashes(call: Call) -> bool:
    """Whether TensorFlow itself would not survive the case."""
    return any(re.search(pattern, str(call)) for pattern, _ in CRASHES)
