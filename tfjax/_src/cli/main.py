"""`python -m tfjax …`: runs a TensorFlow program, unchanged, as Python itself would run it."""

from __future__ import annotations

import builtins
import importlib.util
import io
import os
import pkgutil
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any, NoReturn

from tfjax._src.cli import traceback
from tfjax._src.cli.install import install
from tfjax._src.core.version import TFJAX_VERSION, VERSION

USAGE = """\
usage: python -m tfjax script.py [argument ...]
       python -m tfjax -m package.module [argument ...]
       python -m tfjax -c code [argument ...]

Runs a TensorFlow 2 program on JAX: `import tensorflow` and `import keras` resolve to tfjax.

  script.py   a Python file, a directory or zip file with a __main__.py, or - for standard input
  -h, --help  print this help and exit
  --version   print the versions and exit
"""


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the program that the command line names.

    Args:
      argv: the arguments behind `python -m tfjax`; by default those of this process.

    Raises:
      SystemExit: for wrong usage (status 2), for `--help`, and if the program raises it.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in ("-h", "--help"):
        print(USAGE, end="")
        return
    if arguments and arguments[0] == "--version":
        print(f"tfjax {TFJAX_VERSION} (follows TensorFlow {VERSION})")
        return
    if not arguments:
        _usage_error("name a script, -m module, or -c code")
    option, rest = arguments[0], arguments[1:]
    if option in ("-m", "-c") and not rest:
        _usage_error(f"argument expected for {option}")
    if option.startswith("-") and option not in ("-", "-m", "-c"):
        _usage_error(f"unknown option: {option}")
    install()
    try:
        _run(option, rest, arguments)
    except BaseException:
        traceback.hide_runner_frames()
        raise


def _run(option: str, rest: list[str], arguments: list[str]) -> None:
    if option == "-m":
        _run_module(rest[0], rest[1:])
    elif option == "-c":
        _set_up(["-c", *rest[1:]], "")
        _execute(compile(rest[0] + "\n", "<string>", "exec"), _new_main())
    elif option == "-":
        _set_up(arguments, "")
        code = compile(sys.stdin.buffer.read(), "<stdin>", "exec")
        _execute(code, _new_main(__file__="<stdin>"))
    else:
        _run_path(option, arguments)


def _usage_error(message: str) -> NoReturn:
    print(f"tfjax: {message}\n{USAGE}", file=sys.stderr, end="")
    raise SystemExit(2)


def _set_up(argv: list[str], first_on_path: str) -> None:
    """Gives the program its own `sys.argv` and its own first entry of `sys.path`."""
    sys.argv[:] = argv
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = first_on_path


def _new_main(**attributes: Any) -> ModuleType:
    """Replaces `__main__` by a fresh module that looks as Python's own would."""
    module = ModuleType("__main__")
    vars(module).update({"__builtins__": builtins, "__annotations__": {}, **attributes})
    sys.modules["__main__"] = module
    return module


def _execute(code: CodeType, module: ModuleType) -> None:
    exec(code, vars(module))


def _run_path(path: str, argv: list[str]) -> None:
    """Runs a file, or the `__main__` of a directory or zip file."""
    full_path = os.path.join(os.getcwd(), path)
    importer = pkgutil.get_importer(full_path)
    if importer is not None:
        _set_up(argv, full_path)
        spec = importer.find_spec("__main__")
        if spec is None:
            print(f"tfjax: can't find '__main__' module in {full_path!r}", file=sys.stderr)
            raise SystemExit(1)
        _run_spec(spec, path)
        return
    try:
        with io.open_code(full_path) as file:
            source = file.read()
    except OSError as error:
        message = f"can't open file {full_path!r}: [Errno {error.errno}] {error.strerror}"
        print(f"tfjax: {message}", file=sys.stderr)
        raise SystemExit(2) from None
    # As Python does, imports resolve beside the file itself, not beside a link to it.
    _set_up(argv, os.path.dirname(os.path.realpath(path)))
    loader = SourceFileLoader("__main__", full_path)
    module = _new_main(__file__=full_path, __loader__=loader, __cached__=None)
    _execute(compile(source, full_path, "exec"), module)


def _run_module(name: str, arguments: list[str]) -> None:
    """Runs a module or the `__main__` of a package, searched for on `sys.path`."""
    # While the packages around it are imported, Python too shows the bare option.
    _set_up(["-m", *arguments], os.getcwd())
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            name = f"{name}.__main__"
            spec = importlib.util.find_spec(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        spec = None
    if spec is None or spec.loader is None:
        print(f"tfjax: No module named {name}", file=sys.stderr)
        raise SystemExit(1)
    _run_spec(spec, spec.origin or name)


def _run_spec(spec: ModuleSpec, program: str) -> None:
    sys.argv[0] = program
    code = spec.loader.get_code(spec.name)  # type: ignore[union-attr]
    module = _new_main(
        __file__=spec.origin,
        __cached__=spec.cached,
        __loader__=spec.loader,
        __package__=spec.parent,
        __spec__=spec,
    )
    _execute(code, module)
