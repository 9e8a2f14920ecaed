"""Tests of tf.image."""
