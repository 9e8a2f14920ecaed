"""keras.distribution: models and data laid out over a mesh of devices, on jax.sharding."""
