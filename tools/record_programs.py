"""Writes what the programs of the corpus print under real TensorFlow.

    python tools/record_programs.py [NAME ...]

runs compat_tests/programs/corpus/NAME.py (all by default) and writes
compat_tests/programs/expected/NAME.txt. TensorFlow is imported once; each program runs in a child
forked from that process, in an empty directory, so that it costs only what it does itself.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import tempfile
import traceback
from pathlib import Path

PROGRAMS = Path(__file__).resolve().parents[1] / "compat_tests" / "programs"
SETTINGS = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": "-1"}
SECONDS = 120


def main(names: list[str]) -> int:
    """Records the programs of these names; returns how many failed."""
    os.environ.update(SETTINGS)
    import keras  # noqa: F401  (both before the first fork)
    import tensorflow  # noqa: F401

    failed = 0
    for path in sorted((PROGRAMS / "corpus").glob("*.py")):
        if names and path.stem not in names:
            continue
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            status = _run(path, output, errors)
            if status:
                failed += 1
                errors.seek(0)
                print(f"{path.stem} ended with {status}\n{errors.read()[-2000:]}", file=sys.stderr)
                continue
            output.seek(0)
            (PROGRAMS / "expected" / f"{path.stem}.txt").write_text(output.read())
    return failed


def _run(path: Path, output, errors) -> int:
    """Runs one program in a child with its output in these files; returns its exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    signal.alarm(SECONDS)
    os.dup2(output.fileno(), 1)
    os.dup2(errors.fileno(), 2)
    status = 1
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        sys.argv[:] = [str(path)]
        try:
            runpy.run_path(str(path), run_name="__main__")
            status = 0
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os.chdir("/")
    os._exit(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) and 1)
