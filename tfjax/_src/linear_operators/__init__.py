"""Linear operators: matrices known by their structure, tf.linalg.LinearOperator and its subclasses."""
