"""The datasets of keras.datasets."""
