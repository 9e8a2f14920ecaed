"""Tables: house prices in Boston and California."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfjax._src.core.export import export
from tfjax._src.keras.datasets.images import STORE
from tfjax._src.keras.utils.files import get_file


def _load(name: str, path: str, digest: str, split: float, seed: int, rows: int | None = None) -> Any:
    if not 0 <= split < 1:
        raise ValueError(f"Invalid `test_split` argument: {split}. It must be between 0 and 1 (exclusive of 1).")
    with np.load(get_file(path, STORE + name, file_hash=digest), allow_pickle=False) as file:
        x, y = file["x"][:rows], file["y"][:rows]
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    x, y = x[order], y[order]
    cut = int(len(x) * (1 - split))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])


@export("keras.datasets.boston_housing.load_data")
def load_boston_housing(path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> Any:
    """Boston: 506 rows of 13 numbers, and house prices in 1,000 dollars. Harrison & Rubinfeld 1978.

    Returns:
      ((x_train, y_train), (x_test, y_test)).
    """
    digest = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"
    return _load("boston_housing.npz", path, digest, test_split, seed)


@export("keras.datasets.california_housing.load_data")
def load_california_housing(version: str = "large", path: str = "california_housing.npz", test_split: float = 0.2, seed: int = 113) -> Any:
    """California: 20,640 rows ("large") or 600 ("small") of 8 numbers, and house prices in dollars.

    Returns:
      ((x_train, y_train), (x_test, y_test)).
    """
    if version not in ("small", "large"):
        raise ValueError(f"Argument `version` must be one of 'small', 'large'. Received: version={version}")
    digest = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"
    return _load("california_housing.npz", path, digest, test_split, seed, 600 if version == "small" else None)
