"""Generated comparisons of tfjax with TensorFlow: `python -m compat_tests.comparisons --help`.

`calls_*.py` hold one valid call or a few for every public op; `mutations.py` has a strategy for each
kind of parameter and makes cases of them: other dtypes, shapes, values, and bad arguments.
"""
