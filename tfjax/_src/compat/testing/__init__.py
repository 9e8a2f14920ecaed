"""tf.test, and the decorators of tensorflow.python.framework.test_util."""
