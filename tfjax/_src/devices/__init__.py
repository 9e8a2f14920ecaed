"""tf.config: the machine's devices, how they are split and used, and settings of the runtime."""

from tfjax._src.devices import environment as environment
