"""The implementation. Public names are re-exported by the generated packages beside this one."""

import jax

# TensorFlow has 64-bit integers and floats; every op pins its result dtype, so nothing is widened.
jax.config.update("jax_enable_x64", True)
