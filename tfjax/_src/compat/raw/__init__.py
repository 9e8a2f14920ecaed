"""tf.raw_ops: kernels that libraries call by name, with keyword arguments only."""
