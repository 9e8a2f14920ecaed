"""tf.profiler over jax.profiler."""
