"""Compares tfjax with TensorFlow on generated cases.

    python -m compat_tests.comparisons                      everything; writes docs/comparisons.md
    python -m compat_tests.comparisons --op reduce_sum      one op, its failures on the screen
    python -m compat_tests.comparisons --sample 2026-11-25  what the test suite runs on that day
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from compat_tests.comparisons import known, plan, report
from compat_tests.comparisons.runner import Comparison, Runner
from compat_tests.harness import ALL


def collect(names: list[str], tiers: tuple[str, ...], processes: int) -> Iterator[Comparison]:
    """Runs the ops' comparisons, in some processes side by side."""

    def part(k: int) -> list[Comparison]:
        found = []
        with Runner() as runner:
            for name in names[k::processes]:
                found += runner.run([name, tiers])
                print(f"{name}: {sum(c.result != 'equal' for c in found if c.name == name)}", file=sys.stderr)
        return found

    with ThreadPoolExecutor(processes) as pool:
        for found in pool.map(part, range(processes)):
            yield from found


def main() -> int:
    parser = argparse.ArgumentParser(prog="compat_tests.comparisons", description=__doc__.partition("\n")[0])
    parser.add_argument("--op", action="append", help="a public name; may be repeated")
    parser.add_argument("--tier", action="append", choices=ALL)
    parser.add_argument("--sample", metavar="DATE", help="the test suite's sample of a day")
    parser.add_argument("--count", type=int, default=report.SAMPLE, help="the sample's size")
    parser.add_argument("--shrink", action="store_true", help="with --op: take what is equal now out of known.json")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write every comparison there")
    options = parser.parse_args()
    if options.sample:
        with Runner() as runner:
            results = list(runner.run([report.seed(options.sample), options.count]))
    else:
        names = options.op or plan.ops()
        results = list(collect(names, tuple(options.tier or ALL), options.processes))
    if options.json:
        options.json.write_text("".join(json.dumps(asdict(r)) + "\n" for r in results))
    if options.op or options.sample:
        print("\n".join(report.lines(results)))
        if options.op and options.shrink:
            known.shrink(options.op, options.tier or ALL, [r.kind for r in results if report.failed(r)])
    elif not options.tier:
        report.write(results)
        known.save(r.kind for r in results if report.failed(r))
    print(report.summary(results))
    return int(any(report.failed(r) for r in results))


if __name__ == "__main__":
    sys.exit(main())
