"""What `fn.explain()` tells: traces and their reasons, fallbacks, seconds, and XLA's costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax

from tfjax._src.core.specs import TensorSpec
from tfjax._src.function import capture, graph_view, tracetype
from tfjax._src.function.capture import Slot


def reason(types: Sequence[Any], call: Any, traces: Sequence[Any]) -> str:
    """Why no trace so far serves a call: how it differs from the closest one."""
    if not traces:
        return "first call"
    alike = [t for t in traces if t.example.key[:3] == call.key[:3] and len(t.types) == len(types)]
    if not alike:
        return "the arguments have another structure"
    closest = min(alike, key=lambda t: sum(a != b for a, b in zip(types, t.types)))
    names = _leaf_names(closest)
    found = [
        f"{name}: {_difference(new, old)}"
        for name, new, old in zip(names, types, closest.types)
        if new != old
    ]
    return "; ".join(found) or "another equal call is being traced"


def _leaf_names(trace: Any) -> list[str]:
    args, kwargs = trace.example.template
    names: list[str] = []
    for name, _, value in graph_view.parameters(trace.owner.binder, args, kwargs):
        leaves = capture.nest.flatten(value, expand_composites=True)
        names += [trace.names[leaf.index] if type(leaf) is Slot else name for leaf in leaves]
    return names


def _difference(new: Any, old: Any) -> str:
    if isinstance(new, TensorSpec) and isinstance(old, TensorSpec):
        if new.dtype != old.dtype:
            return f"dtype {new.dtype.name} instead of {old.dtype.name}"
        return f"shape {new.shape} instead of {old.shape}"
    if isinstance(new, tracetype.Literal) and isinstance(old, tracetype.Literal):
        return f"Python value {new.value!r} instead of {old.value!r} (a tensor would not be traced again)"
    return f"{new!r} instead of {old!r}"


@dataclass
class ProgramReport:
    """One compiled program.

    Attributes:
      shapes: of its tensors.
      first_call_seconds: what the first call took, compilation included; None before it.
      flops, bytes_accessed: XLA's estimate before it fuses; None where it gives none.
    """

    shapes: list[Any]
    first_call_seconds: float | None
    flops: float | None
    bytes_accessed: float | None


@dataclass
class TraceReport:
    """One trace.

    Attributes:
      signature: its parameters and result.
      why: "first call", or how the arguments differ from the closest trace before.
      trace_seconds: spent in the Python body.
      fallback: the line and reason if it runs eagerly, else None.
      programs: the compiled ones.
    """

    signature: str
    why: str
    trace_seconds: float
    fallback: str | None
    programs: list[ProgramReport]


class Explanation:
    """A report on a tf.function; `print` it, or look at `traces`."""

    def __init__(self, function: Any) -> None:
        from tfjax._src.function.concrete import ConcreteFunction

        self.name = function.name
        self.tracing_count = function.experimental_get_tracing_count()
        self.traces = [
            _report(t.concrete or ConcreteFunction(function, t)) for t in function._traces
        ]

    def __str__(self) -> str:
        lines = [
            f"tf.function {self.name}: {len(self.traces)} signatures, traced {self.tracing_count} times"
        ]
        for i, trace in enumerate(self.traces, 1):
            lines.append(f"{i}. {trace.signature}")
            lines.append(f"   why: {trace.why}; {trace.trace_seconds:.3f} s in Python")
            if trace.fallback:
                lines.append(f"   runs eagerly: {trace.fallback}")
            lines += [f"   {_program_text(p)}" for p in trace.programs]
        return "\n".join(lines)

    __repr__ = __str__


def _program_text(report: ProgramReport) -> str:
    seconds = report.first_call_seconds
    ran = "not run yet" if seconds is None else f"first call (compilation) {seconds:.3f} s"
    shapes = ", ".join(str(tuple(s)) for s in report.shapes)
    cost = ""
    if report.flops is not None:
        cost = f"; {report.flops:,.0f} flops"
    if report.bytes_accessed is not None:
        cost += f", {report.bytes_accessed:,.0f} bytes accessed"
    return f"program for ({shapes}): {ran}{cost}"


def _report(concrete: Any) -> TraceReport:
    trace = concrete.trace
    programs = [_program_report(p) for p in trace.programs.values() if hasattr(p, "traced")]
    fallback = trace.eager.reason if trace.eager is not None else None
    return TraceReport(graph_view.one_line(concrete), trace.why, trace.seconds, fallback, programs)


def _program_report(program: Any) -> ProgramReport:
    try:
        costs = _lowered(program).cost_analysis() or {}
    except Exception:  # a back end without an estimate
        costs = {}
    shapes = [s.shape for s in program.inputs[1]]
    return ProgramReport(
        shapes, program.first_call, costs.get("flops"), costs.get("bytes accessed")
    )


def _lowered(program: Any) -> Any:
    captured = [
        capture.aval_of(c._value if v is None else v.stored())
        for v, c in zip(program._sources, program._constants)
    ]
    specs = [s for s in program.inputs[1] if s.dtype.np != object]
    avals = [jax.ShapeDtypeStruct(tuple(s.shape), s.dtype.np) for s in specs]
    return program.kernel.jitted.lower(*captured, *avals)


def compiler_text(
    program: Any, stage: str = "hlo", device_name: Any = None, platform_name: Any = None
) -> str:
    """XLA's text of a program: "hlo", "stablehlo" or "optimized_hlo".

    `device_name` and `platform_name` have no effect.
    """
    lowered = _lowered(program)
    if stage == "optimized_hlo":
        return lowered.compile().as_text()
    return lowered.as_text("stablehlo" if stage == "stablehlo" else "hlo")
