"""AutoGraph: Python's if, while, for, and, or, not on tensors, by diastatic-malt's source transform.

malt rewrites a function's source so that these statements call operators: those of `statements.py`,
`expressions.py` and `calls.py`. Where the condition is an ordinary Python value they do what Python does.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.util  # noqa: F401  (malt uses importlib.util without importing it)
import inspect
import itertools
import linecache
import logging
import os
import sys
import tempfile
import types
import warnings
import weakref
from collections.abc import Callable
from typing import Any

from tfjax._src.core.errors import OpError
from tfjax._src.eager import frame as frames
from tfjax._src.eager.tensor import ConcreteValueError

_SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep
_log = logging.getLogger("tensorflow")
_SKIP = (
    "tfjax",
    "jax",
    "jaxlib",
    "flax",
    "optax",
    "numpy",
    "malt",
    "ml_dtypes",
    "scipy",
    "pandas",
    "matplotlib",
    "PIL",
    "sklearn",
    "tqdm",
    "orbax",
    "h5py",
    "functools",
    "contextlib",
    "typing",
    "collections",
    "copy",
    "inspect",
    "threading",
    "re",
    "os",
    "logging",
    "random",
    "time",
    "math",
    "itertools",
    "warnings",
    "json",
    "dataclasses",
    "abc",
)
_converted: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
_warned: set[str] = set()
_numbers = itertools.count()
_origins: dict[Any, Any] = {}  # places in generated source: where they came from


@functools.cache
def _transpiler() -> Any:
    """malt's transpiler with our operators in place of its own."""
    warnings.filterwarnings("ignore", category=SyntaxWarning, module="malt")
    from malt.core import config
    from malt.impl import api
    from malt.pyct import loader

    loader.load_source = _load_source
    config.CONVERSION_RULES = (
        *[config.DoNotConvert(name) for name in _SKIP],
        *config.CONVERSION_RULES,
    )

    from malt.lang import directives

    from tfjax._src.function.autograph import api as own

    directives.set_loop_options, directives.UNSPECIFIED = own.set_loop_options, own._UNSPECIFIED

    class Transpiler(api.PyToPy):
        def get_transformed_name(self, node: Any) -> str:
            # As `tf.autograph.to_code` shows it.
            return "tf__" + super().get_transformed_name(node).removeprefix("ag__")

        def get_extra_locals(self) -> dict[str, Any]:
            if self._extra_locals is None:
                module = super().get_extra_locals()["ag__"]
                for name, function in _operators().items():
                    setattr(module, name, function)
                self._extra_locals = {"ag__": module}
            return self._extra_locals

    return Transpiler()


def _load_source(source: str, delete_on_exit: bool) -> tuple[types.ModuleType, str]:
    """A module of generated source, which debuggers and tracebacks find in Python's line cache.

    malt would write a file for each converted function, left behind when the process is killed.
    """
    name = f"__autograph_generated_file_{os.getpid()}_{next(_numbers)}"
    path = os.path.join(tempfile.gettempdir(), f"{name}.py")
    linecache.cache[path] = (len(source), None, source.splitlines(True), path)
    spec = importlib.util.spec_from_loader(name, _Generated(source, path), origin=path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    module.__file__ = path
    sys.modules[name] = module  # `inspect` asks there
    spec.loader.exec_module(module)
    return module, path


class _Generated(importlib.abc.InspectLoader):
    """Loads a module from source that is in memory."""

    def __init__(self, source: str, path: str) -> None:
        self.source, self.path = source, path

    def get_source(self, fullname: str) -> str:
        return self.source

    def get_code(self, fullname: str) -> types.CodeType:
        return self.source_to_code(self.source, self.path)


def convert(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` with its control flow converted; itself where that cannot work, with one warning."""
    if inspect.ismethod(function):
        return functools.partial(convert(function.__func__), function.__self__)
    if isinstance(function, functools.partial):
        return functools.partial(convert(function.func), *function.args, **function.keywords)
    if not inspect.isfunction(function) or _skipped(function):
        return function
    try:
        return _converted[function]
    except KeyError:
        result = _converted[function] = _convert(function)
        return result


def convert_traced(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` as a branch or loop's body is traced: a TensorFlow 1 graph takes it as it is."""
    return function if frames.recording() is not None else convert(function)


def _convert(function: Callable[..., Any]) -> Callable[..., Any]:
    from malt.core import ag_ctx, converter
    from malt.impl import api

    # The feature makes `print` a converted call, which quiet runs leave out.
    features = converter.Feature.BUILTIN_FUNCTIONS
    options = converter.ConversionOptions(
        recursive=True, user_requested=True, optional_features=features
    )
    try:
        new, _, source_map = _transpiler().transform(
            function, converter.ProgramContext(options=options)
        )
    except Exception as error:  # malt raises many kinds for source it cannot take
        _warn_unconverted(function, error)
        return function

    new.ag_source_map = source_map
    _origins.update(source_map)

    @functools.wraps(function)
    def converted(*args: Any, **kwargs: Any) -> Any:
        try:
            with ag_ctx.ControlStatusCtx(status=ag_ctx.Status.ENABLED, options=options):
                return new(*args, **kwargs)
        except ConcreteValueError:
            raise  # the function then runs eagerly
        except Exception as error:
            api._attach_error_metadata(error, new)  # the lines of the user's own source
            raise

    return converted


def _warn_unconverted(function: Any, error: Exception) -> None:
    name = f"{function.__module__}.{function.__qualname__}"
    if name not in _warned:
        _warned.add(name)
        _log.warning(
            "AutoGraph could not transform %s and will run it as-is.\nCause: %s", name, error
        )


def _skipped(function: Any) -> bool:
    if getattr(function, "_autograph_off", False) or function.__code__.co_filename == "<string>":
        return True
    if (
        "ag__" in function.__code__.co_freevars
        or "__autograph_generated" in function.__code__.co_filename
    ):
        return True  # defined inside a converted function, and converted with it
    module = getattr(function, "__module__", None) or ""
    return module.partition(".")[0] in _SKIP or inspect.isgeneratorfunction(function)


def origin(filename: str, line: int) -> tuple[str, int, str] | None:
    """(file, line, source) that a line of generated source was made from."""
    # A return statement raises again some lines further on: the last line before that has an origin.
    before = [place for place in _origins if place.filename == filename and place.lineno <= line]
    found = _origins[max(before, key=lambda place: place.lineno)] if before else None
    return (
        None
        if found is None
        else (found.loc.filename, found.loc.lineno, found.source_code_line.strip())
    )


def in_user_code(error: Exception) -> Exception:
    """The error to raise out of a trace: its text tells the lines of the user's own source."""
    facts = getattr(error, "ag_error_metadata", None)
    if facts is None:
        return error
    message = _told(facts)
    if isinstance(error, OpError):
        told: Exception = type(error)(None, None, message)
    elif isinstance(error, KeyError):
        told = _KeyErrorWithLines(message)
    elif type(error).__init__ is Exception.__init__ or type(error) in _TEXT_ONLY:
        told = type(error)(message)
    else:
        return error
    told.ag_error_metadata = facts  # type: ignore[attr-defined]
    told.__suppress_context__ = True
    return told.with_traceback(error.__traceback__)


def _told(facts: Any) -> str:
    """The user's lines, innermost last, then the error; as TensorFlow shows them."""
    lines = ["in user code:", ""]
    for entry in reversed(facts.translated_stack):
        ours = entry.filename.startswith(_SOURCE) or "site-packages" in entry.filename
        if ours and not entry.is_converted:
            continue
        mark = "  *" if entry.is_converted else ""
        lines.append(
            f'    File "{entry.filename}", line {entry.lineno}, in {entry.function_name}{mark}'
        )
        lines.append(f"        {(entry.code or '<source unavailable>').strip()}")
    lines.append("")
    lines += [f"    {line}" for line in facts.cause_message.split("\n")]
    return "\n".join([*lines, ""])


class _KeyErrorWithLines(KeyError):
    """A KeyError whose text keeps its line breaks."""

    def __str__(self) -> str:
        return str(self.args[0])


_KeyErrorWithLines.__name__ = "KeyError"
_TEXT_ONLY = (
    AssertionError,
    AttributeError,
    NameError,
    NotImplementedError,
    RuntimeError,
    StopIteration,
    TypeError,
    UnboundLocalError,
    ValueError,
)


def source_of(
    function: Callable[..., Any], recursive: bool = True, features: Any = None
) -> Callable[..., Any]:
    """`function` converted as `tf.autograph.to_graph` shows it. Raises where it cannot be."""
    from malt.core import converter

    options = converter.ConversionOptions(
        recursive=recursive, user_requested=True, optional_features=features
    )
    new, _, _ = _transpiler().transform(function, converter.ProgramContext(options=options))
    return new


def _operators() -> dict[str, Any]:
    from tfjax._src.function.autograph import calls, expressions, statements

    return {
        "if_stmt": statements.if_stmt,
        "while_stmt": statements.while_stmt,
        "for_stmt": statements.for_stmt,
        "if_exp": expressions.if_exp,
        "and_": expressions.and_,
        "or_": expressions.or_,
        "not_": expressions.not_,
        "eq": expressions.eq,
        "not_eq": expressions.not_eq,
        "assert_stmt": expressions.assert_stmt,
        "converted_call": calls.converted_call,
    }
