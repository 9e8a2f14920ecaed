"""`python -m tfjax` next to `python`: same arguments, `__main__`, exit status and traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest


def run(*arguments, cwd, runner=("-m", "tfjax"), stdin=None, **kwargs):
    """Runs this Python with `runner` and the arguments; returns the completed process."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, *runner, *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=environment, input=stdin, capture_output=True, text=True, **kwargs
    )


def write(path: Path, source: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(source))
    return path


IDENTITY = """\
    import sys
    import __main__
    print(sys.argv, __name__, __file__, sys.path[0], __package__, __doc__)
    print(__spec__ and __spec__.name, sorted(vars(__main__)), vars(__main__) is globals())
    class Here: pass
    print(Here.__module__, sys.modules["__main__"].Here is Here)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["script.py", "a", "--b=c", "-m"],
        ["sub/../script.py"],
        ["link.py"],
        ["sub"],
        ["-m", "sub", "x"],
        ["-m", "sub.module", "x"],
        ["-c", "import sys; print(sys.argv, __name__, repr(sys.path[0]))", "x"],
        ["-", "x"],
        ["absent.py"],
        ["-m", "absent.module"],
    ],
    ids=" ".join,
)
def test_program_sees_what_python_shows_it(tmp_path, arguments):
    script = write(tmp_path / "script.py", IDENTITY)
    write(tmp_path / "sub" / "__main__.py", IDENTITY)
    write(tmp_path / "sub" / "module.py", IDENTITY)
    (tmp_path / "sub" / "__init__.py").touch()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "link.py").symlink_to(script)
    arguments = ["elsewhere/link.py" if a == "link.py" else a for a in arguments]
    plain = run(*arguments, cwd=tmp_path, runner=(), stdin="print(__name__, __file__)")
    ours = run(*arguments, cwd=tmp_path, stdin="print(__name__, __file__)")
    assert ours.stdout == plain.stdout
    assert ours.returncode == plain.returncode


@pytest.mark.parametrize(
    "body",
    [
        "raise SystemExit",
        "raise SystemExit(7)",
        "raise SystemExit('last words')",
        "import os; os._exit(3)",
        "raise KeyboardInterrupt",
        "def f():\n    return 1 / 0\nf()",
        "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('b') from e",
        "x = (1,\n",
        "import sys\nsys.excepthook = lambda *a: print('mine', a[0].__name__)\n1 / 0",
        "import atexit\natexit.register(print, 'bye')\nraise TypeError('a')",
        "import threading\nthreading.Timer(0.1, print, ['late']).start()",
    ],
)
def test_ends_as_python_ends(tmp_path, body):
    script = write(tmp_path / "script.py", body)
    plain = run(script, cwd=tmp_path, runner=())
    ours = run(script, cwd=tmp_path)
    assert ours.returncode == plain.returncode
    assert ours.stdout == plain.stdout
    assert ours.stderr == plain.stderr


def test_keyboard_interrupt_from_outside_kills_by_signal(tmp_path):
    script = write(
        tmp_path / "script.py",
        # Whoever runs the tests in the background may have SIGINT ignored, which children inherit.
        "import os, signal, time; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "os.kill(os.getpid(), signal.SIGINT)\ntime.sleep(20)\n",
    )
    ours = run(script, cwd=tmp_path)
    assert ours.returncode == -signal.SIGINT
    assert "tfjax" not in ours.stderr
    assert "line 2, in <module>\n    os.kill" in ours.stderr


def test_missing_name_points_to_the_users_line(tmp_path):
    script = write(tmp_path / "script.py", "from tensorflow import no_such_thing\n")
    ours = run(script, cwd=tmp_path)
    assert ours.returncode == 1
    assert ours.stderr == textwrap.dedent(f"""\
        Traceback (most recent call last):
          File "{script}", line 1, in <module>
            from tensorflow import no_such_thing
        ModuleNotFoundError: cannot import name 'no_such_thing' from 'tfjax'. If TensorFlow has \
it, tfjax does not have it yet: see docs/coverage.md
        """)


@pytest.mark.parametrize("arguments", [[], ["-m"], ["--unknown"]])
def test_wrong_usage(tmp_path, arguments):
    ours = run(*arguments, cwd=tmp_path)
    assert ours.returncode == 2
    assert "usage: python -m tfjax script.py" in ours.stderr


def test_help_and_version(tmp_path):
    assert run("--help", cwd=tmp_path).stdout.startswith("usage: python -m tfjax script.py")
    assert "(follows TensorFlow 2.21.0)" in run("--version", cwd=tmp_path).stdout
