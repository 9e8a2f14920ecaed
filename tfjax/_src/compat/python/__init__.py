"""What libraries import from TensorFlow's internal modules and no public name stands for.

The marks `python.<module>.<name>` place each name below `tfjax.python`, which `tfjax.install()` puts
behind `tensorflow.python`.
"""
