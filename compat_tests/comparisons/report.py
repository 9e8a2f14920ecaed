"""What came of the comparisons: one line on the screen, and docs/comparisons.md."""

from __future__ import annotations

import zlib
from collections import Counter
from pathlib import Path

from compat_tests.comparisons.runner import Comparison
from compat_tests.harness import ALL

PAGE = Path(__file__).parents[2] / "docs" / "comparisons.md"
#: Comparisons that the test suite draws a day.
SAMPLE = 1200


def seed(day: str) -> int:
    """The seed of a day's sample."""
    return zlib.crc32(day.encode())


def failed(result: Comparison) -> bool:
    """Whether tfjax did something else than TensorFlow."""
    return result.result in ("differs", "crashes", "hangs")


def lines(results: list[Comparison]) -> list[str]:
    """The failures, one a line."""
    return [f"{r.case} [{r.tier}, {r.what}] {r.result}: {r.text}" for r in results if failed(r)]


def summary(results: list[Comparison]) -> str:
    """All counts in one line."""
    counts = Counter(r.result for r in results)
    refused = [r for r in results if r.error and r.result == "equal"]
    same = sum(r.same_text for r in refused)
    return (
        f"{len(results)} comparisons of {len({r.name for r in results})} names: {counts['equal']} equal, "
        f"{counts['exempt']} exempt, {sum(map(failed, results))} different; "
        f"{len(refused)} of the equal ones are errors, {same} of them with the same text; "
        f"{counts['theirs']} ended TensorFlow's process"
    )


def write(results: list[Comparison]) -> None:
    """Writes the page."""
    names = Counter(r.name for r in results)
    failures = Counter(r.name for r in results if failed(r))
    rows = [f"| {n} | {names[n]} | {failures[n]} |" for n in sorted(failures, key=lambda n: -failures[n])]
    tiers = [
        f"| {t} | {sum(r.tier == t for r in results)} | {sum(r.tier == t and failed(r) for r in results)} |"
        for t in ALL
    ]
    reasons = Counter(r.text for r in results if r.result == "exempt")
    PAGE.write_text(
        "\n".join([
            "# Comparisons with TensorFlow",
            "",
            "Written by `python -m compat_tests.comparisons`. Each comparison is a call with valid or invalid",
            "arguments, run under both libraries: values, dtypes, static shapes, and the class of errors.",
            "",
            summary(results) + ".",
            "",
            "| tier | comparisons | different |",
            "|---|---|---|",
            *tiers,
            "",
            "| exempt | reason |",
            "|---|---|",
            *[f"| {count} | {why} |" for why, count in reasons.most_common()],
            "",
            "## Names with differences",
            "",
            "| name | comparisons | different |",
            "|---|---|---|",
            *rows,
            "",
        ])
    )  # fmt: skip
