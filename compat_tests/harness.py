"""Runs one test body with real TensorFlow and with tfjax and compares what comes out.

    @parity(dtypes=FLOATS, modes=ALL)
    def test_softmax_middle_axis(tf, x=normal(2, 3, 4)):
        return tf.nn.softmax(x, axis=1)

A parameter whose default is a recipe (`compat_tests/inputs.py`) arrives as a tensor; other defaults
arrive as they are; a parameter without a default comes from `pytest.mark.parametrize`. The case
returns a nest of tensors, arrays and Python values, or raises. Modes:

- host: tfjax as it is; small eager work runs in NumPy.
- device: the same with every op compiled by XLA.
- function: the case inside `tf.function`, under both libraries.
- gradient: the tape's gradients of all float outputs by all float inputs, with fixed weights.

Look-alike families are tables: `test_reductions = parity_table([Case("math.reduce_sum", …)])`.
"""

from __future__ import annotations

import functools
import inspect
import os
import warnings
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from compat_tests import inputs
from compat_tests.inputs import (
    ANY,
    BOOL,
    COMPLEX,
    FLOATS,
    HALVES,
    INDEX,
    INTS,
    KINDS,
    NUMERIC,
    REAL,
    SIGNED,
    SINGLES,
    STRING,
    UNSIGNED,
    booleans,
    distinct,
    integers,
    normal,
    positive,
    uniform,
    values,
)
from compat_tests.results import Failure, differences, failure, record

# What a test file imports, recipes and dtype families included.
__all__ = [
    "ALL",
    "ANY",
    "BOOL",
    "COMPLEX",
    "DEVICE",
    "EAGER",
    "FLOATS",
    "FUNCTION",
    "GRADIENT",
    "HALVES",
    "HOST",
    "INDEX",
    "INTS",
    "KINDS",
    "NUMERIC",
    "REAL",
    "SIGNED",
    "SINGLES",
    "STRING",
    "UNSIGNED",
    "VALUES",
    "Case",
    "booleans",
    "distinct",
    "integers",
    "normal",
    "our_tf",
    "parity",
    "parity_table",
    "positive",
    "real_tf",
    "uniform",
    "values",
]

HOST, DEVICE, FUNCTION, GRADIENT = "host", "device", "function", "gradient"
ALL = (HOST, DEVICE, FUNCTION, GRADIENT)
VALUES = (HOST, DEVICE, FUNCTION)
EAGER = (HOST, DEVICE)

#: Gradients accumulate more rounding than values.
GRADIENT_FACTOR = 20.0


@functools.cache
def real_tf() -> Any:
    """Imports real TensorFlow once a session, quietly and without a GPU."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow

        tensorflow.config.set_visible_devices([], "GPU")
        tensorflow.get_logger().setLevel("ERROR")
    return tensorflow


@functools.cache
def our_tf() -> Any:
    """Imports tfjax."""
    import tfjax

    return tfjax


@dataclass(eq=False)
class Body:
    """One case with its inputs: what runs under both libraries."""

    call: Callable[..., Any]  # call(tf, *tensors)
    recipes: Sequence[inputs.Recipe]
    names: Sequence[str]
    cache: dict[Any, Any] = field(default_factory=dict)

    def arrays(self, dtype: str) -> list[np.ndarray]:
        return [r.draw(dtype, name) for r, name in zip(self.recipes, self.names, strict=True)]


def _to_tensors(tf: Any, arrays: Iterable[np.ndarray]) -> list[Any]:
    return [tf.constant(a, tf.string) if a.dtype == object else tf.constant(a) for a in arrays]


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


def _is_float_tensor(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    return hasattr(value, "numpy") and inputs.is_differentiable(getattr(dtype, "name", ""))


def _weights(tensor: Any) -> np.ndarray:
    """Fixed numbers of the tensor's shape, so that a sum along an axis does not cancel out."""
    shape = tuple(tensor.shape)
    rng = np.random.default_rng(zlib.crc32(repr(shape).encode()))
    weights = rng.uniform(0.5, 1.5, size=shape)
    return weights.astype(inputs.numpy_dtype(tensor.dtype.name))


def _run_gradient(tf: Any, body: Body, tensors: list[Any]) -> Any:
    sources = [t for t in tensors if _is_float_tensor(t)]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        leaves = _leaves(body.call(tf, *tensors))
    targets = [leaf for leaf in leaves if _is_float_tensor(leaf)]
    if not targets or not sources:
        return []
    weights = [tf.constant(_weights(target)) for target in targets]
    found = tape.gradient(targets, sources, output_gradients=weights)
    return [None if g is None else tf.convert_to_tensor(g) for g in found]


def _run_function(tf: Any, body: Body, tensors: list[Any], shapes: list[Any]) -> Any:
    def traced(*arguments: Any) -> Any:
        value = body.call(tf, *arguments)
        shapes[:] = [getattr(leaf, "shape", None) for leaf in _leaves(value)]
        return value

    return tf.function(traced)(*tensors)


def _outcome(tf: Any, body: Body, dtype: str, mode: str) -> tuple[Any, list[Any]]:
    """Runs the body and returns (record of the value or failure, static shapes)."""
    shapes: list[Any] = []
    try:
        tensors = _to_tensors(tf, body.arrays(dtype))
        if mode == FUNCTION:
            value = _run_function(tf, body, tensors, shapes)
        elif mode == GRADIENT:
            value = _run_gradient(tf, body, tensors)
        else:
            value = body.call(tf, *tensors)
        return record(value), shapes
    except Exception as error:
        return failure(error), []


def _theirs(body: Body, dtype: str, mode: str) -> tuple[Any, list[Any]]:
    """TensorFlow's outcome; host and device share one run."""
    key = (dtype, HOST if mode == DEVICE else mode)
    if key not in body.cache:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body.cache[key] = _outcome(real_tf(), body, *key)
    return body.cache[key]


def _ours(body: Body, dtype: str, mode: str) -> tuple[Any, list[Any]]:
    from tfjax._src.eager import tier

    key = ("tfjax", dtype, mode)
    if key not in body.cache:
        with tier.force("device" if mode == DEVICE else None):
            body.cache[key] = _outcome(our_tf(), body, dtype, mode)
    return body.cache[key]


def _shapes_clash(ours: Any, theirs: Any) -> bool:
    """Whether two static shapes contradict each other; knowing more than TensorFlow is fine."""
    ours, theirs = (getattr(s, "rank", None) is not None and s.as_list() for s in (ours, theirs))
    if not ours or not theirs:
        return False
    return len(ours) != len(theirs) or any(
        a != b and a is not None and b is not None for a, b in zip(ours, theirs, strict=True)
    )


def _failures_differ(ours: Any, theirs: list[Any], text: str) -> str | None:
    """Compares an error with the acceptable ones (a traced op may fail earlier than TF's)."""
    expected = [f for f in theirs if isinstance(f, Failure)]
    if not isinstance(ours, Failure):
        return f"tfjax gave {ours!r}, TensorFlow raised {expected[0]}"
    same_class = [f for f in expected if f.kind == ours.kind]
    if same_class and (text == "class" or any(f.text == ours.text for f in same_class)):
        return None
    return f"tfjax raised {ours}\nTensorFlow   {expected}"


def outcomes(body: Body, dtype: str, mode: str, ours: bool = True) -> tuple[Any, Any]:
    """The records of (tfjax, TensorFlow); runs what has not run yet."""
    theirs = _theirs(body, dtype, mode)[0]
    return (_ours(body, dtype, mode)[0] if ours else None), theirs


def disagreement(
    body: Body, dtype: str, mode: str, tolerance: Any = None, errors: str = "text"
) -> str | None:
    """Says how the two libraries disagree about a case in one dtype and mode, or returns None."""
    theirs, their_shapes = _theirs(body, dtype, mode)
    ours, our_shapes = _ours(body, dtype, mode)
    if isinstance(theirs, Failure):
        accepted = [theirs] + ([_theirs(body, dtype, HOST)[0]] if mode != HOST else [])
        return _failures_differ(ours, accepted, errors)
    if isinstance(ours, Failure):
        return f"tfjax raised {ours}, TensorFlow gave {theirs!r}"
    factor = GRADIENT_FACTOR if mode == GRADIENT else 1.0
    message = differences(ours, theirs, tolerance, factor)
    for mine, real in zip(our_shapes, their_shapes, strict=False):
        if message is None and _shapes_clash(mine, real):
            message = f"static shape {mine} while tracing, TensorFlow's is {real}"
    return message


def check(body: Body, dtype: str, mode: str, tolerance: Any = None, errors: str = "text") -> None:
    """Fails the test if the two libraries disagree about a case in one dtype and mode."""
    message = disagreement(body, dtype, mode, tolerance, errors)
    if message:
        pytest.fail(f"{dtype}, {mode}: {message}", pytrace=False)


def _grid(dtypes: Sequence[str], modes: Sequence[str], own: Iterable[str | None]) -> list[Any]:
    """The (dtype, mode) pairs that make sense: gradients need a float input."""
    fixed = [d for d in own if d is not None]
    follows = len(fixed) < len(list(own))
    pairs = []
    for dtype in dtypes or ("float32",):
        floats = (follows and inputs.is_differentiable(dtype)) or any(
            inputs.is_differentiable(d) for d in fixed
        )
        pairs += [(dtype, mode) for mode in modes if mode != GRADIENT or floats]
    return pairs


def parity(
    *,
    dtypes: Sequence[str] = (),
    modes: Sequence[str] = VALUES,
    tolerance: tuple[float, float] | None = None,
    errors: str = "text",
) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Makes a test of a case: one run per dtype and mode.

    Args:
      dtypes: dtypes that recipes without one of their own draw; float32 if empty.
      modes: some of HOST, DEVICE, FUNCTION, GRADIENT.
      tolerance: (relative, absolute) in place of the table's; say why in a comment.
      errors: "text" compares an error's class and text, "class" its class only.
    """

    def decorate(case: Callable[..., Any]) -> Callable[..., None]:
        parameters = list(inspect.signature(case).parameters.values())[1:]
        drawn = {p.name: p.default for p in parameters if isinstance(p.default, inputs.Recipe)}
        given = [p for p in parameters if p.default is inspect.Parameter.empty]
        own = [recipe.dtype for recipe in drawn.values()]
        bodies: dict[Any, Body] = {}

        def test(dtype: str, mode: str, **arguments: Any) -> None:
            def call(tf: Any, *tensors: Any) -> Any:
                return case(tf, **dict(zip(drawn, tensors, strict=True)), **arguments)

            key = repr(arguments)
            if key not in bodies:
                bodies[key] = Body(call, list(drawn.values()), list(drawn))
            check(bodies[key], dtype, mode, tolerance, errors)

        pair = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY) for n in ("dtype", "mode")]
        keywords = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in given]
        test.__signature__ = inspect.Signature([*pair, *keywords])  # type: ignore[attr-defined]
        test.__name__ = test.__qualname__ = case.__name__
        test.__doc__, test.__module__ = case.__doc__, case.__module__
        return pytest.mark.parametrize(("dtype", "mode"), _grid(dtypes, modes, own))(test)

    return decorate


class Case:
    """A row of a table: a public name with positional and keyword arguments.

    Args:
      name: the public name without `tf.`, such as `"math.reduce_sum"`.
      *args: recipes become tensors, all else is passed as it is.
      dtypes, modes, tolerance, errors: as in `parity`.
      id: what the test is called, if the name alone does not tell rows apart.
      **kwargs: keyword arguments; recipes become tensors.
    """

    def __init__(
        self,
        name: str,
        *args: Any,
        dtypes: Sequence[str] = (),
        modes: Sequence[str] | None = None,
        tolerance: tuple[float, float] | None = None,
        errors: str = "text",
        id: str = "",
        **kwargs: Any,
    ):
        self.name, self.args, self.kwargs = name, args, kwargs
        self.dtypes, self.modes, self.id = dtypes, modes, id or name
        self.tolerance, self.errors = tolerance, errors
        slots = [*enumerate(args), *kwargs.items()]
        self.drawn = {str(k): v for k, v in slots if isinstance(v, inputs.Recipe)}
        self.body = Body(self._call, list(self.drawn.values()), list(self.drawn))

    def _call(self, tf: Any, *tensors: Any) -> Any:
        found = dict(zip(self.drawn, tensors, strict=True))
        function = functools.reduce(getattr, self.name.split("."), tf)
        args = [found.get(str(i), a) for i, a in enumerate(self.args)]
        kwargs = {k: found.get(k, v) for k, v in self.kwargs.items()}
        return function(*args, **kwargs)


def parity_table(cases: Sequence[Case], modes: Sequence[str] = ALL) -> Callable[..., None]:
    """Makes one test of a table of cases; `modes` holds for rows that name none."""
    rows = [
        pytest.param(case, dtype, mode, id=f"{case.id}-{dtype}-{mode}")
        for case in cases
        for dtype, mode in _grid(
            case.dtypes,
            modes if case.modes is None else case.modes,
            [recipe.dtype for recipe in case.drawn.values()],
        )
    ]

    @pytest.mark.parametrize(("case", "dtype", "mode"), rows)
    def test(case: Case, dtype: str, mode: str) -> None:
        check(case.body, dtype, mode, case.tolerance, case.errors)

    return test
