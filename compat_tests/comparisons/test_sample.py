"""A sample of the generated comparisons, another one every day."""

from __future__ import annotations

import datetime
import os

import pytest

from compat_tests.comparisons import known, report
from compat_tests.comparisons.runner import Runner


def test_sample_of_the_day() -> None:
    day = os.environ.get("TFJAX_COMPARISONS_DAY") or datetime.date.today().isoformat()
    with Runner() as runner:
        results = list(runner.run([report.seed(day), report.SAMPLE]))
    assert len(results) >= report.SAMPLE * 0.9
    listed = known.load()
    found = report.lines([r for r in results if r.kind not in listed])
    if found:
        again = f"python -m compat_tests.comparisons --sample {day}"
        pytest.fail("\n".join([f"{len(found)} differ; run again with `{again}`", *found]), pytrace=False)
