"""Names of older TensorFlow and of its test library."""

from typing import Any

from tfjax._src.core.trace_type import register_codec


def _codec() -> Any:
    from tfjax._src.saved_model import type_protos

    return type_protos


register_codec(_codec)
