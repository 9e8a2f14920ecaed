"""tf.feature_column and the layer that turns columns into numbers."""
