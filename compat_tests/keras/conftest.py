"""Real Keras runs on TensorFlow here."""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
