"""The public namespaces: generated, TensorFlow's names and no others, documented."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys

import pytest

from compat_tests.repo.source import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import api_coverage
import api_details
import gen_api

#: Not public in TensorFlow: `compat_tests/libraries` compares them with its internal modules.
INTERNAL = ("python.", "compiler.", "__internal__.", "keras.__internal__.", "raw_ops.")

#: Names of our own.
OURS = {"install", "__tfjax_version__", "config.set_compilation_cache", "config.set_random_numbers", "config.get_random_numbers"}


@pytest.mark.parametrize("tool", ["gen_api.py", "api_coverage.py"])
def test_generated_files_are_up_to_date(tool):
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / tool), "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, (
        f"run python tools/{tool}{' --write' * (tool != 'gen_api.py')}\n{done.stdout}{done.stderr}"
    )


def test_every_public_name_is_tensorflows():
    theirs = set(api_coverage.tensorflow_names())
    # tf.losses and its like are aliases of whole Keras namespaces here.
    ours = {n for n in api_coverage.our_names() - OURS if not n.startswith(INTERNAL)}
    unknown = {n for n in ours - theirs if f"keras.{n}" not in theirs and n.removeprefix("keras.") not in theirs}
    assert not unknown, f"TensorFlow has no {sorted(unknown)}"


def test_every_name_is_where_it_says():
    for public, place in gen_api.collect(ROOT).items():
        space, _, leaf = public.rpartition(".")
        package = importlib.import_module(f"tfjax.{space}" if space else "tfjax")
        module = importlib.import_module(place.module)
        assert getattr(package, leaf) is getattr(module, place.attribute), public


def test_every_function_and_class_has_a_docstring():
    bare = []
    for public, place in gen_api.collect(ROOT).items():
        value = getattr(importlib.import_module(place.module), place.attribute)
        if (inspect.isclass(value) or inspect.isfunction(value)) and not inspect.getdoc(value):
            bare.append(public)
    assert not bare, f"without a docstring: {sorted(bare)}"


def test_star_import_brings_the_public_names_only():
    names: dict[str, object] = {}
    exec("from tfjax.keras import *", names)
    assert not {"typing", "_resolve"} & set(names)


def test_nothing_that_is_there_is_listed_as_impossible():
    assert not api_details.Report().filled, "take it off tools/impossible.json"
    unknown = [n for n in json.loads(api_details.REASONS.read_text()) if not _known(n)]
    assert not unknown, f"TensorFlow has no {unknown}"


def _known(name):
    facts = json.loads(api_details.SIGNATURES.read_text())
    space, _, leaf = name.rpartition(".")
    return name in api_coverage.tensorflow_names() or leaf in (facts.get(space) or {}).get("m", ())
