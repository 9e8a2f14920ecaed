"""A file can be read in one sitting, and `core` with `eager` in a day."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat_tests.repo.source import ROOT, SOURCE, label

LIMIT = 600
# The architecture page says 4,000; docs/decisions/0001 says why it is more.
LIMIT_OF_CORE_AND_EAGER = 6950

FOLDERS = ("tfjax/_src", "compat_tests", "tools", "examples", "benchmarks")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("path", FILES, ids=label)
def test_file_is_short(path: Path):
    assert lines(path) <= LIMIT, f"split {label(path)} by family"


def test_core_and_eager_are_short():
    total = sum(lines(p) for folder in ("core", "eager") for p in (SOURCE / folder).rglob("*.py"))
    assert total <= LIMIT_OF_CORE_AND_EAGER
