"""Checkpoints of tf.train, in Orbax and in TensorFlow's own format."""
