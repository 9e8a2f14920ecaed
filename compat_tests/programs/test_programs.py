"""The corpus: TensorFlow programs in the style of public ones print under tfjax what they print
under TensorFlow.

expected/NAME.txt is what corpus/NAME.py printed under TensorFlow 2.21
(`tools/record_programs.py`). Words are compared exactly, numbers within a tolerance: XLA and
TensorFlow's kernels add in different orders, a few optimizer steps enlarge the last digits, and the
programs print 3 to 5 digits, so that a rounded last digit may differ by one. NumPy lays out an
array by its longest element; white space next to brackets and repeated blanks are therefore left out.
"""

from __future__ import annotations

import re
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from compat_tests.scripts import run_script

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem for path in (FOLDER / "corpus").glob("*.py"))
# One unit of the fourth decimal, for rounded values, and 0.3 % for values after training steps.
ABSOLUTE, RELATIVE = 1.5e-4, 3e-3
# Programs that do not run or differ yet, and why. One that runs again fails its test.
PENDING: dict[str, str] = {
    "tensor_slicing": "error class of an index out of range",
    "variables_guide": "what assign returns prints as UnreadVariable in TensorFlow",
}

_NUMBER = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?")


@pytest.fixture(scope="module")
def outputs(request, tmp_path_factory):
    """name -> the output to come: two programs run at a time."""
    wanted = [
        item.callspec.params["name"]
        for item in request.session.items
        if item.path == Path(__file__) and hasattr(item, "callspec")
    ]
    with ThreadPoolExecutor(2) as pool:
        yield {
            name: pool.submit(
                run_script, FOLDER / "corpus" / f"{name}.py", "tfjax",
                cwd=tmp_path_factory.mktemp(name), timeout=120,
            )
            for name in wanted
        }


def _parameters():
    for name in NAMES:
        reason = PENDING.get(name)
        yield pytest.param(name, marks=[pytest.mark.xfail(reason=reason)] if reason else [])


@pytest.mark.parametrize("name", list(_parameters()))
def test_program_prints_what_it_prints_under_tensorflow(outputs: dict[str, Future], name):
    expected = (FOLDER / "expected" / f"{name}.txt").read_text()
    assert_alike(outputs[name].result(), expected)


def assert_alike(ours: str, theirs: str) -> None:
    """Compares line by line: words exactly, numbers within the tolerance."""
    mine, real = ours.splitlines(), theirs.splitlines()
    for number, (a, b) in enumerate(zip(mine, real, strict=False), 1):
        message = f"line {number}:\n  tfjax:      {a}\n  TensorFlow: {b}"
        assert _words(a) == _words(b), message
        for x, y in zip(_NUMBER.findall(a), _NUMBER.findall(b), strict=True):
            assert abs(float(x) - float(y)) <= ABSOLUTE + RELATIVE * abs(float(y)), message
    longer = max(mine, real, key=len)
    assert len(mine) == len(real), "one side printed more:\n" + "\n".join(longer[len(min(mine, real, key=len)) :])


def _words(line: str) -> str:
    """The line with its numbers replaced by one sign and without the blanks of array layout."""
    return re.sub(r"\s*([\[\]])\s*|\s+", lambda m: m[1] or " ", _NUMBER.sub("#", line)).strip()
