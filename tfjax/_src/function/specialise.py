"""A program traced with symbolic sizes, turned into one for the sizes of a call.

tf.function runs the Python body once for `TensorSpec([None])`; XLA wants every size. So the body is
traced with symbolic sizes (`jax.export.symbolic_shape`), and for each actual shape the resulting
jaxpr is evaluated again with its size expressions replaced by numbers. Python does not run again.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import Any

import jax
import jax.export
import jax.extend.core as jex
import jax.numpy as jnp
import numpy as np

from tfjax._src.eager.sizes import is_symbolic
from tfjax._src.function import capture

_numbers = itertools.count()


class CannotSpecialise(Exception):
    """The program holds something whose sizes cannot be replaced."""


class Sizes:
    """Symbols for the unknown sizes of a signature, and the actual sizes that they may stand for.

    Sizes that are equal in the first call share a symbol, so that adding two tensors of unknown
    length traces; calls in which they differ need another trace.
    """

    def __init__(
        self, shapes: Sequence[Sequence[int]], is_open: Sequence[Sequence[bool]], distinct: bool
    ) -> None:
        scope = jax.export.SymbolicScope()
        self.is_open = is_open
        self.names: list[str] = []
        by_size: dict[int, str] = {}
        self.shapes: list[tuple[Any, ...]] = []
        self.symbols: list[str] = []  # one for each open place, in order
        for shape, flags in zip(shapes, is_open):
            dims = []
            for size, flag in zip(shape, flags):
                if not flag:
                    dims.append(str(size))
                    continue
                name = None if distinct else by_size.get(size)
                if name is None:
                    # Unique in the process: symbols of two scopes refuse to be compared.
                    name = by_size[size] = f"n{next(_numbers)}"
                self.symbols.append(name)
                dims.append(name)
            symbolic = jax.export.symbolic_shape(",".join(dims), scope=scope) if dims else ()
            self.shapes.append(tuple(symbolic))

    def match(self, shapes: Sequence[Sequence[int]]) -> dict[str, int] | None:
        """{symbol: size} for a call's shapes; None if the trace does not hold for them."""
        found: dict[str, int] = {}
        places = iter(self.symbols)
        for shape, flags in zip(shapes, self.is_open):
            for size, flag in zip(shape, flags):
                if flag:
                    name = next(places)
                    # JAX takes symbolic sizes to be at least 1.
                    if size < 1 or found.setdefault(name, size) != size:
                        return None
        return found


def specialise(
    traced: capture.Traced, sizes: dict[str, int], avals: Sequence[Any]
) -> tuple[capture.Traced, bool]:
    """(`traced` for actual sizes, whether its derivatives are right). Raises CannotSpecialise.

    Args:
      avals: of the inputs, with actual shapes; captures keep theirs.
    """
    evaluator = _Evaluator(sizes)
    captures = list(traced.captures)

    def run(*args: Any) -> list[Any]:
        values = iter(args[: len(captures)])
        consts = [next(values) if c is None else c for c in traced.fixed]
        return evaluator.run(traced.jaxpr, consts, args[len(captures) :])

    closed = jax.make_jaxpr(run)(*[capture.aval_of(c) for c in captures], *avals)
    made = capture.from_jaxpr(closed, traced.structure, traced.written, traced.frame)
    extra, fn, count = made.captures, made.fn, len(captures)
    # The jaxpr took the captures as inputs: they stay the first arguments.
    made.fn = lambda *args: fn(*extra, *args[:count], *args[count:]) if extra else fn(*args)
    made.captures = captures
    return made, not evaluator.without_rules


class _Evaluator:
    def __init__(self, sizes: dict[str, int]) -> None:
        self.sizes = sizes
        self.without_rules = False

    def run(self, jaxpr: Any, consts: Sequence[Any], args: Sequence[Any]) -> list[Any]:
        """The outputs of `jaxpr`, each equation with its sizes replaced."""
        values: dict[Any, Any] = dict(zip(jaxpr.constvars, consts))
        values.update(zip(jaxpr.invars, args))

        def read(atom: Any) -> Any:
            return atom.val if isinstance(atom, jex.Literal) else values[atom]

        for eqn in jaxpr.eqns:
            results = self.equation(eqn, [read(a) for a in eqn.invars])
            values.update(zip(eqn.outvars, results))
        return [read(a) for a in jaxpr.outvars]

    def equation(self, eqn: Any, inputs: list[Any]) -> Sequence[Any]:
        """The outputs of one equation."""
        name = eqn.primitive.name
        if name == "dim_as_value":
            return [jnp.asarray(self.number(eqn.params["dim"]), eqn.outvars[0].aval.dtype)]
        if name == "shape_assertion":
            return []
        if name.startswith(("custom_jvp", "custom_vjp", "custom_lin")):
            return self.custom(eqn, inputs)
        params = {key: self.value(param) for key, param in eqn.params.items()}
        bound = eqn.primitive.get_bind_params(params)
        # Before jax 0.10: functions apart from the rest.
        functions, bound = bound if isinstance(bound, tuple) else ((), bound)
        outputs = eqn.primitive.bind(*functions, *inputs, **bound)
        return outputs if eqn.primitive.multiple_results else [outputs]

    def custom(self, eqn: Any, inputs: list[Any]) -> Sequence[Any]:
        """A function with its own derivative, whose rule is traced again on the actual shapes."""
        if eqn.primitive.name == "custom_vjp_call" and "call_jaxpr" in eqn.params:
            # The rule was made for symbolic sizes; a call under a tape takes another program.
            self.without_rules = True
            call = eqn.params["call_jaxpr"]
            return self.run(call.jaxpr, call.consts, inputs)
        call, rule = eqn.params.get("call_jaxpr"), eqn.params.get("jvp_jaxpr_fun")
        if call is None or rule is None or eqn.params.get("symbolic_zeros"):
            raise CannotSpecialise(eqn.primitive.name)
        function = jax.custom_jvp(lambda *args: tuple(self.run(call.jaxpr, call.consts, args)))

        @function.defjvp
        def jvp(primals: Any, tangents: Any) -> Any:
            jaxpr, consts, zeros = rule.call_wrapped(*[False] * len(primals))
            outputs = self.run(jaxpr, consts, (*primals, *tangents))
            count = len(zeros)
            values, derivatives = outputs[:count], iter(outputs[count:])
            full = [
                jnp.zeros_like(v) if zero else next(derivatives) for v, zero in zip(values, zeros)
            ]
            return tuple(values), tuple(full)

        return function(*inputs)

    def number(self, size: Any) -> int:
        """The value of a size expression."""
        return int(eval(_code(str(size)), _FUNCTIONS, self.sizes)) if is_symbolic(size) else size  # noqa: S307

    def value(self, param: Any) -> Any:
        """A parameter of an equation with its sizes replaced."""
        kind = type(param)
        if kind in (int, str, bool, float, type(None)):
            return param
        if kind.__name__ == "_DimExpr":
            return self.number(param)
        if isinstance(param, jex.ClosedJaxpr):
            return self.closed(param)
        if isinstance(param, jex.Jaxpr):
            return (
                self.closed(jex.ClosedJaxpr(param, [])).jaxpr
                if not param.constvars
                else self.refuse(param)
            )
        if isinstance(param, tuple) and hasattr(param, "_fields"):
            return kind(*[self.value(p) for p in param])
        if kind in (tuple, list):
            return kind([self.value(p) for p in param])
        if isinstance(param, jax.core.ShapedArray):
            return param.update(shape=self.value(tuple(param.shape)))
        return param

    def refuse(self, param: Any) -> Any:
        raise CannotSpecialise(type(param).__name__)

    def closed(self, jaxpr: Any) -> Any:
        """A jaxpr inside an equation, for the actual sizes."""
        avals = [
            jax.ShapeDtypeStruct(
                self.value(tuple(a.shape)), a.dtype, weak_type=getattr(a, "weak_type", False)
            )
            for a in jaxpr.in_avals
        ]
        return jax.make_jaxpr(lambda *args: self.run(jaxpr.jaxpr, jaxpr.consts, args))(*avals)


_FUNCTIONS = {
    "__builtins__": {},
    "floordiv": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
    "max": max,
    "min": min,
}


@functools.lru_cache(maxsize=4096)
def _code(text: str) -> Any:
    """The compiled text of a size expression, e.g. `2*n0 + floordiv(n1, 2)`."""
    return compile(text.replace("^", "**"), "<size>", "eval")


def open_places(shape: Any, actual: Sequence[int]) -> list[bool]:
    """Which sizes of an actual shape a spec's shape leaves open."""
    if shape.rank is None:
        return [False] * len(actual)
    return [d is None for d in shape.as_list()]


def example_shape(shape: Any) -> tuple[int, ...]:
    """Sizes for a spec without a call: open ones are 1."""
    return tuple(np.int64(1 if d is None else d).item() for d in shape.as_list())
