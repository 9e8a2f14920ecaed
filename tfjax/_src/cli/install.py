"""`tfjax.install()`: from now on `import tensorflow` and `import keras` give tfjax."""

from __future__ import annotations

import sys

from tfjax._src.cli import aliases, children, metadata
from tfjax._src.core.export import export

#: Module names that programs import, and the tfjax modules that stand in for them.
STAND_INS = {
    "tensorflow": "tfjax",
    "keras": "tfjax.keras",
    "tf_keras": "tfjax.keras",
    # Not public in TensorFlow, yet libraries import from it.
    "tensorflow.python": "tfjax.python",
}


@export("install")
def install() -> None:
    """Makes `tensorflow` and `keras` resolve to tfjax for the rest of this process.

    Call it before the program imports TensorFlow. Child processes started with `multiprocessing`
    inherit it. A second call has no effect.

    Raises:
      ImportError: if the real TensorFlow or Keras is already imported, since two libraries would
        then share the name.

    In a program of your own, `import tfjax; tfjax.install()` stands above `import tensorflow`.
    """
    for name in ("tensorflow", "keras", "tf_keras"):
        module = sys.modules.get(name)
        if module is not None and module is not sys.modules.get(STAND_INS[name]):
            raise ImportError(
                f"tfjax.install() came too late: {name!r} is already imported from "
                f"{getattr(module, '__file__', 'an unknown place')!r}. Call tfjax.install() before "
                "the first import of TensorFlow, or run the program with "
                "`python -m tfjax script.py`",
                name=name,
            )
    for name, target in STAND_INS.items():
        aliases.add(name, target)
    if not any(isinstance(finder, metadata.StandInFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, metadata.StandInFinder())  # type: ignore[arg-type]
    children.prepare_children()
