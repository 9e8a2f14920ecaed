"""Names of older TensorFlow and of its test library."""
