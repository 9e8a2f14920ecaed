"""Who may import whom: layers look down only, and each third-party library has one door."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from compat_tests.repo.source import ROOT, SOURCE, imports, label, source_files

SERVICES = "devices linear_operators io data checkpoint saved_model train distribute summary lookup profiler"
LAYERS = ["core", "eager", "ops", "function", SERVICES, "keras", "compat", "cli"]
LEVEL = {folder: level for level, layer in enumerate(LAYERS) for folder in layer.split()}

#: Library -> the places below `_src` that may import it.
DOORS = {
    "malt": ["function/autograph/"],
    "optax": ["keras/optimizers/"],
    "orbax": ["checkpoint/"],
    "flax": ["eager/variable.py", "function/module.py", "keras/"],
    "h5py": ["keras/saving/"],
    "google": ["io/", "saved_model/"],
    "equinox": ["function/"],
}

#: What modules are called on the package index, where that differs.
PACKAGES = {
    "google": "protobuf",
    "malt": "diastatic-malt",
    "google_crc32c": "google-crc32c",
    "orbax": "orbax-checkpoint",
    "PIL": "pillow",
    "absl": "absl-py",
}

#: Imported only when a user hands over such an object, who then has the library, or from an extra.
OPTIONAL = {"grpc", "cloudpickle", "pandas", "scipy", "grain", "torch", "IPython"}

files = pytest.mark.parametrize("path", source_files(), ids=label)


@files
def test_imports_look_down(path: Path):
    place = path.relative_to(SOURCE)
    if len(place.parts) == 1:
        return
    here = place.parts[0]
    assert here in LEVEL, f"{label(path)}: give the folder {here!r} a layer in this test"
    for name, line in imports(path):
        if not name.startswith("tfjax"):
            continue
        where = f"{label(path)}:{line} imports {name}"
        assert name.startswith("tfjax._src."), f"{where}: _src never imports a public namespace"
        there = name.split(".")[2]
        assert LEVEL[there] <= LEVEL[here], f"{where}: {here} lies below {there}"


@files
def test_each_library_has_one_door(path: Path):
    place = path.relative_to(SOURCE).as_posix()
    for name, line in imports(path):
        root = name.partition(".")[0]
        where = f"{label(path)}:{line} imports {name}"
        assert not f"{name}.".startswith("jax._src."), f"{where}: only public JAX"
        assert root not in ("tensorflow", "keras", "tf_keras"), where
        if root in DOORS:
            assert place.startswith(tuple(DOORS[root])), f"{where}: its door is {DOORS[root]}"


def test_every_library_is_a_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {re.split(r"[<>=\[; ]", d)[0].lower() for d in project["dependencies"]}
    known = sys.stdlib_module_names | OPTIONAL | {"tfjax"}
    for path in source_files():
        for name, line in imports(path):
            root = name.partition(".")[0]
            if root not in known:
                package = PACKAGES.get(root, root).lower()
                assert package in declared, f"{label(path)}:{line}: {package} in pyproject.toml"
