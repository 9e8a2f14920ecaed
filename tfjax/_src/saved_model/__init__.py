"""SavedModels: TensorFlow's directories with a program and its Variables."""
