"""The parts of tf.compat.v1 that differ from v2, as they behave under eager execution."""
