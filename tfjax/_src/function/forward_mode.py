"""Functions with custom gradients made differentiable in forward mode.

JAX refuses `jvp` of a `custom_vjp` function. Forward mode, as TensorFlow's, takes the derivative of
what the function computes; so the computation is taken apart and the custom gradients are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax

from tfjax._src.eager.dependence import scan_counts

_CUSTOM = "custom_vjp_call"


def without_custom_gradients(fn: Callable[..., Any], arguments: Sequence[Any]) -> Callable[..., Any]:
    """`fn`, or the same computation without custom gradients if it has some.

    Args:
      fn: from arrays to a tuple of arrays.
      arguments: arrays to trace it with.
    """
    closed = jax.make_jaxpr(fn)(*arguments)
    if not _has_custom(closed.jaxpr):
        return fn
    return lambda *args: tuple(_evaluate(closed.jaxpr, closed.consts, args))


def _has_custom(jaxpr: Any) -> bool:
    return any(eqn.primitive.name.startswith(_CUSTOM) or any(map(_has_custom, _inner(eqn))) for eqn in jaxpr.eqns)


def _inner(eqn: Any) -> Iterator[Any]:
    """The computations inside an equation."""
    for value in eqn.params.values():
        for item in value if isinstance(value, (tuple, list)) else (value,):
            item = getattr(item, "jaxpr", item)
            if hasattr(item, "eqns"):
                yield item


def _evaluate(jaxpr: Any, consts: Sequence[Any], args: Sequence[Any]) -> list[Any]:
    env: dict[Any, Any] = dict(zip(jaxpr.constvars, consts))
    env.update(zip(jaxpr.invars, args))

    def read(var: Any) -> Any:
        return var.val if hasattr(var, "val") else env[var]

    for eqn in jaxpr.eqns:
        values = [read(v) for v in eqn.invars]
        plain = not eqn.primitive.name.startswith(_CUSTOM) and not any(map(_has_custom, _inner(eqn)))
        outs = _bind(eqn, values) if plain else _STRUCTURED[_kind(eqn)](eqn.params, values)
        env.update(zip(eqn.outvars, outs))
    return [read(v) for v in jaxpr.outvars]


def _bind(eqn: Any, values: list[Any]) -> Sequence[Any]:
    found = eqn.primitive.get_bind_params(eqn.params)
    # JAX 0.10 gives the parameters, others functions in front of them as well.
    functions, params = found if isinstance(found, tuple) else ((), found)
    outs = eqn.primitive.bind(*functions, *values, **params)
    return outs if eqn.primitive.multiple_results else [outs]


def _kind(eqn: Any) -> str:
    name = eqn.primitive.name
    if name.startswith(_CUSTOM):
        return "call"
    name = {"jit": "call", "pjit": "call", "closed_call": "call", "checkpoint": "call", "remat": "call"}.get(name, name)
    if name not in _STRUCTURED:
        raise TypeError(f"A custom gradient inside {name} has no forward mode.")
    return name


def _call(params: Any, values: list[Any]) -> list[Any]:
    inner = params.get("call_jaxpr", params.get("jaxpr"))
    return _run(inner, values)


def _run(closed: Any, values: Sequence[Any]) -> list[Any]:
    if hasattr(closed, "consts"):
        return _evaluate(closed.jaxpr, closed.consts, values)
    return _evaluate(closed, (), values)


def _while(params: Any, values: list[Any]) -> Sequence[Any]:
    tests, bodies = params["cond_nconsts"], params["body_nconsts"]
    test_consts, body_consts = values[:tests], values[tests : tests + bodies]
    return jax.lax.while_loop(
        lambda c: _run(params["cond_jaxpr"], [*test_consts, *c])[0],
        lambda c: tuple(_run(params["body_jaxpr"], [*body_consts, *c])),
        tuple(values[tests + bodies :]),
    )


def _scan(params: Any, values: list[Any]) -> Sequence[Any]:
    consts, carried = scan_counts(params)

    def step(carry: Any, row: Any) -> Any:
        outs = _run(params["jaxpr"], [*values[:consts], *carry, *row])
        return tuple(outs[:carried]), tuple(outs[carried:])

    carry, rows = tuple(values[consts : consts + carried]), tuple(values[consts + carried :])
    carry, stacked = jax.lax.scan(step, carry, rows, length=params["length"], reverse=params["reverse"])
    return [*carry, *stacked]


def _cond(params: Any, values: list[Any]) -> Sequence[Any]:
    runs = [lambda *xs, b=branch: tuple(_run(b, xs)) for branch in params["branches"]]
    return jax.lax.switch(values[0], runs, *values[1:])


_STRUCTURED: dict[str, Callable[[Any, list[Any]], Sequence[Any]]] = {
    "call": _call, "while": _while, "scan": _scan, "cond": _cond,
}
