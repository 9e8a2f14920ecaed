"""tf.strings."""
