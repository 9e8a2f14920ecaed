"""Which random numbers `tf.random` and Keras draw: TensorFlow's, or faster ones."""

from __future__ import annotations

from tfjax._src.core.export import export
from tfjax._src.ops.random.distributions import KINDS

_chosen = {"kind": KINDS[0]}


@export("config.set_random_numbers")
def set_random_numbers(kind: str) -> None:
    """Chooses which numbers floating-point draws give; tfjax only.

    Integers, shuffles and the seeding rules stay TensorFlow's in any case.

    Args:
      kind: "tensorflow" (default): TensorFlow's numbers on CPUs, bit for bit. "float32": the same
        random words, with normal numbers computed in float32, which GPUs without fast double
        arithmetic need; a few units in the last place away from TensorFlow's. "fastest": uniform
        numbers as before and normal ones through the inverse error function; other numbers
        than TensorFlow's.

    >>> import tfjax as tf
    >>> tf.config.set_random_numbers("float32")
    >>> tf.config.get_random_numbers()
    'float32'
    >>> tf.config.set_random_numbers("tensorflow")
    """
    if kind not in KINDS:
        raise ValueError(f"`kind` must be one of {list(KINDS)}. Received: kind={kind!r}")
    _chosen["kind"] = kind


@export("config.get_random_numbers")
def get_random_numbers() -> str:
    """The kind of numbers set by `set_random_numbers`; tfjax only.

    >>> import tfjax as tf
    >>> tf.config.get_random_numbers()
    'tensorflow'
    """
    return _chosen["kind"]
