"""The implementation. Public names are re-exported by the generated packages beside this one."""

import os

import jax

# TensorFlow has 64-bit integers and floats; every op pins its result dtype, so nothing is widened.
jax.config.update("jax_enable_x64", True)

# A step of a small program costs less where it is computed than handed to another thread and back
# (docs/decisions/0008). Programs on several devices are not concerned.
if "JAX_CPU_ENABLE_ASYNC_DISPATCH" not in os.environ:
    jax.config.update("jax_cpu_enable_async_dispatch", False)
