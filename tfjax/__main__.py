"""`python -m tfjax script.py` runs a TensorFlow program on JAX; see `tfjax/_src/cli/main.py`."""

from tfjax._src.cli.main import main

if __name__ == "__main__":
    main()
