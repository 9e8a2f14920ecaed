"""The TensorFlow version that tfjax follows, and its own version."""

from __future__ import annotations

from tfjax._src.core.export import export

#: tfjax's own version; the build reads it from this line.
TFJAX_VERSION = "0.1.0"

# Scripts compare these with TensorFlow's, so they are those of the release that we follow.
VERSION = "2.21.0"
GIT_VERSION = "v2.21.0-tfjax"
COMPILER_VERSION = "jax"
GRAPH_DEF_VERSION = 2474
GRAPH_DEF_VERSION_MIN_CONSUMER = 0
GRAPH_DEF_VERSION_MIN_PRODUCER = 0
KERAS_VERSION = "3.15.1"


@export("keras.version")
def version() -> str:
    """Returns the Keras version whose API `tf.keras` follows, such as `"3.15.1"`."""
    return KERAS_VERSION


EXPORTS = {
    "__compiler_version__": "COMPILER_VERSION",
    "__git_version__": "GIT_VERSION",
    "__tfjax_version__": "TFJAX_VERSION",
    "__version__": "VERSION",
    "keras.__version__": "KERAS_VERSION",
    "version.COMPILER_VERSION": "COMPILER_VERSION",
    "version.GIT_VERSION": "GIT_VERSION",
    "version.GRAPH_DEF_VERSION": "GRAPH_DEF_VERSION",
    "version.GRAPH_DEF_VERSION_MIN_CONSUMER": "GRAPH_DEF_VERSION_MIN_CONSUMER",
    "version.GRAPH_DEF_VERSION_MIN_PRODUCER": "GRAPH_DEF_VERSION_MIN_PRODUCER",
    "version.VERSION": "VERSION",
}
