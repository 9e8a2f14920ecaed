"""tf.functions as portable StableHLO programs with sizes left open."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax import export
from jax.extend import mlir
from jax.interpreters.mlir import make_ir_context

from tfjax._src.core import nest
from tfjax._src.core.dtypes import FROM_NUMPY
from tfjax._src.core.specs import TensorSpec
from tfjax._src.eager import replicas
from tfjax._src.function.function import Function

_PLATFORMS = ("cpu", "cuda", "tpu")
# StableHLO versions to write, the oldest that can say the program first: a TensorFlow reads those
# up to its own (2.21: 1.13.7), and jax.export writes the newest (jax 0.11: 1.18).
_VERSIONS = ("1.9.0", "1.13.0")


class Program:
    """A function traced and lowered for export.

    Attributes:
      name: of the Python function.
      args, kwargs: the canonical arguments; TensorSpecs stand for tensors.
      inputs: (name, TensorSpec) of the tensors, in call order.
      variables: Variables read or written; `exported` takes their values first.
      stored: their TensorSpecs.
      written: Variables assigned; their new values are the last outputs.
      result: the Python result with TensorSpecs for tensors.
      exported: the `jax.export.Exported`.
    """

    def __init__(self, function: Function, args: Any, kwargs: Any) -> None:
        self.name = function._name()
        with replicas.switched(exporting=True):
            concrete, (self.args, self.kwargs), avals = _trace(function, args, kwargs)
        names, _ = concrete.inputs
        specs = [s for s in nest.flatten((self.args, self.kwargs)) if isinstance(s, TensorSpec)]
        self.inputs = [(spec.name or name, spec) for name, spec in zip(names, specs)]
        self.variables = list(concrete.variables)
        self.written = list(concrete.traced.written)
        self.stored = [variable_spec(v) for v in self.variables]
        self.exported = _lower(concrete, self.variables, avals)
        outs = [TensorSpec([d if type(d) is int else None for d in a.shape], FROM_NUMPY[a.dtype]) for a in self.exported.out_avals]
        self.outputs = outs[: concrete.count]
        self.result = concrete.traced.structure.rebuild(self.outputs)


def variable_spec(variable: Any) -> TensorSpec:
    """Shape and dtype of a Variable, whatever its class calls them."""
    raw = variable._raw_value
    return TensorSpec(raw.shape, FROM_NUMPY[raw.dtype])


def _trace(function: Function, args: Any, kwargs: Any) -> Any:
    """Traces with every unknown size on its own, then, where that fails, with one batch size."""
    problem: Exception | None = None
    for shared in (False, True):
        scope = export.SymbolicScope()
        count = iter(range(10**6))
        avals = []

        def aval(spec: TensorSpec) -> Any:
            if spec.shape.rank is None:
                raise ValueError(f"A tensor of unknown rank cannot be exported: {spec}.")
            dims = [
                d if d is not None else "batch" if shared and i == 0 else f"d{next(count)}"
                for i, d in enumerate(spec.shape.as_list())
            ]
            shape = export.symbolic_shape(",".join(map(str, dims)), scope=scope) if dims else ()
            avals.append(jax.ShapeDtypeStruct(shape, spec.dtype.np))
            return avals[-1]

        try:
            return (*function.trace_for_export(args, kwargs, aval), avals)
        except Exception as error:  # of whatever kind: the next attempt may do without
            problem = problem or error
    raise ValueError(
        f"{function._name()} cannot be exported for unknown sizes: {problem} Give static shapes in the signature."
    ) from problem


def _lower(concrete: Any, variables: list[Any], avals: list[Any]) -> Any:
    places = {id(v): i for i, v in enumerate(variables)}
    sources = [places[id(v)] if v is not None else np.asarray(c._value) for v, c in zip(concrete._sources, concrete._constants)]
    fn, count = concrete.traced.fn, len(variables)

    def flat(*values: Any) -> Any:
        captures = [values[s] if isinstance(s, int) else s for s in sources]
        return tuple(fn(*captures, *values[count:]))

    stored = [jax.ShapeDtypeStruct(v._raw_value.shape, v._raw_value.dtype) for v in variables]
    program = jax.jit(flat)
    try:
        return export.export(program, platforms=_PLATFORMS)(*stored, *avals)
    except Exception:  # a custom call that exists on one platform only
        return export.export(program)(*stored, *avals)


def serialize(exported: Any) -> bytes:
    """The program as bytes, with its gradient where it has one."""
    try:
        return bytes(exported.serialize(vjp_order=1))
    except Exception:  # integers only, or an op without a gradient
        return bytes(exported.serialize())


def portable_module(exported: export.Exported) -> bytes:
    """The program as a StableHLO artifact that older readers take, TensorFlow's among them."""
    artifact = bytes(exported.mlir_module_serialized)
    with make_ir_context():
        module = mlir.deserialize_portable_artifact(artifact)
        for version in _VERSIONS:
            try:
                return bytes(mlir.serialize_portable_artifact(module, version))
            except (ValueError, jax.errors.JaxRuntimeError):  # says something that this version cannot
                continue
    return artifact
