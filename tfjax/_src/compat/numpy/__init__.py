"""`tf.experimental.numpy`: NumPy's functions, names and promotion rules on Tensors.

Each function turns its arguments into Tensors by the one rule of `promotion.py` and calls ops that
exist already, so that tapes, tf.function, tiers and error messages are theirs.
"""
