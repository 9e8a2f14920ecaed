"""A trace as TensorFlow shows it: its signature as text, its operations as a graph's nodes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tfjax._src.core import dtypes, nest
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec
from tfjax._src.eager.tensor import Tensor, Unknown
from tfjax._src.function import tracetype
from tfjax._src.function.capture import Slot


class _Handle(Tensor):
    """Stands for a Variable's handle."""

    __slots__ = ()

    @property
    def dtype(self) -> dtypes.DType:
        """`tf.resource`."""
        return dtypes.resource


def placeholder(name: str, shape: Any, dtype: Any) -> Tensor:
    """A Tensor without a value."""
    dims = None if shape.rank is None else tuple(shape)
    if dtype == dtypes.resource:
        tensor: Tensor = _Handle(Unknown(dims, object))
    else:
        tensor = Tensor(Unknown(dims, dtype.np))
    tensor._graph_name = f"{name}:0"  # type: ignore[attr-defined]
    return tensor


# -- names -------------------------------------------------------------------------------------
def parameters(binder: Any, args: Any, kwargs: Any) -> list[tuple[str, Any, Any]]:
    """(name, kind, value) of canonical arguments."""
    declared = list(binder.signature.parameters.values())
    positional = [p for p in declared if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in declared if p.kind is p.VAR_POSITIONAL), None)
    only = inspect.Parameter.POSITIONAL_ONLY
    found = []
    for i, value in enumerate(args):
        if i < len(positional):
            found.append((positional[i].name, only if rest else positional[i].kind, value))
        else:
            found.append((f"{rest}_{i - len(positional)}", only, value))
    found.extend((k, inspect.Parameter.KEYWORD_ONLY, v) for k, v in kwargs.items())
    return found


def _slots(value: Any, path: str) -> Iterator[tuple[int, str]]:
    """(index of the tensor, `d_a` …) in the order that a program wrote the containers."""
    if type(value) is Slot:
        yield value.index, path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _slots(item, f"{path}_{key}")
    elif nest.is_nested(value):
        for key, item in nest.children(value):
            yield from _slots(item, f"{path}_{key}")
    else:
        for leaf in nest.flatten(value, expand_composites=True):
            if type(leaf) is Slot:
                yield leaf.index, path


def input_names(binder: Any, call: Any, given: list[str | None]) -> list[str]:
    """What the tensors of a call are called in its trace: `x`, `x_1` for a second one in `x`."""
    names = ["" for _ in call.tensors]
    taken: dict[str, int] = {}
    args, kwargs = call.template
    for name, _, value in parameters(binder, args, kwargs):
        for index, _ in _slots(value, name):
            base = given[index] or name
            number = taken.get(base, 0)
            taken[base] = number + 1
            names[index] = f"{base}_{number}" if number else base
    return [n or f"arg_{i}" for i, n in enumerate(names)]


def long_names(binder: Any, trace: Any) -> list[str]:
    """Names that tell the place within nested arguments: `d_a`."""
    args, kwargs = trace.example.template
    names = list(trace.names)
    for name, _, value in parameters(binder, args, kwargs):
        for index, path in _slots(value, name):
            names[index] = trace.given_names[index] or path
    return names


# -- text --------------------------------------------------------------------------------------
def _types(trace: Any) -> tuple[Any, Any]:
    leaves = list(trace.types)
    slots = iter(trace.specs)
    names = iter(trace.given_names)
    for i, leaf in enumerate(leaves):
        if isinstance(leaf, TensorSpec):
            spec = next(slots)
            leaves[i] = TensorSpec(spec.shape, spec.dtype, next(names))
    example = trace.example
    return nest.pack_sequence_as((example.args, example.kwargs), leaves, expand_composites=True)


def _parameters_text(concrete: Any) -> list[tuple[str, Any, str]]:
    trace = concrete.trace
    typing = tracetype.Typing()
    args, kwargs = _types(trace)
    return [
        (name, kind, tracetype.text(value, typing))
        for name, kind, value in parameters(concrete.origin.binder, args, kwargs)
    ]


def _output_text(concrete: Any) -> str:
    program = concrete._program
    if not hasattr(program, "traced"):
        known = getattr(program, "result_specs", None)
        return "unknown" if known is None else tracetype.text(known, tracetype.Typing())
    result = program.traced.structure.rebuild(concrete._output_specs())
    return tracetype.text(result, tracetype.Typing())


def lines(concrete: Any) -> str:
    """The signature, a line for each part."""
    found = ["Input Parameters:"]
    found += [f"  {name} ({kind.name}): {text}" for name, kind, text in _parameters_text(concrete)]
    found += ["Output Type:", f"  {_output_text(concrete)}", "Captures:"]
    captures = [f"  {id(c)}: {_captured_spec(c)!r}" for c in concrete.captured_inputs]
    return "\n".join([*found, *(captures or ["  None"])])


def one_line(concrete: Any) -> str:
    """`(x: TensorSpec(…)) -> TensorSpec(…)`."""
    inner = ", ".join(f"{name}: {text}" for name, _, text in _parameters_text(concrete))
    return f"({inner}) -> {_output_text(concrete)}"


def _captured_spec(value: Any) -> TensorSpec:
    if tracetype.is_variable(value):
        return TensorSpec((), dtypes.resource)
    return TensorSpec(value.shape, value.dtype)


class _Captured:
    """Stands for a default value in a signature."""

    def __repr__(self) -> str:
        return "<captured_default_value>"


_CAPTURED = _Captured()


class Parameter(inspect.Parameter):
    """A parameter with the type that a trace has for it."""

    __slots__ = ()

    @property
    def type_constraint(self) -> Any:
        """The type; None if there is none."""
        return None if self.annotation is self.empty else self.annotation

    @property
    def optional(self) -> bool:
        """Whether it may be left out."""
        return self.default is not self.empty

    def __repr__(self) -> str:
        typed = tracetype.text(self.type_constraint, tracetype.Typing()) if self.annotation is not self.empty else None
        return f"Parameter(name={self.name}, kind={self.kind.name}, optional={self.optional}, type_constraint={typed})"


@export("types.experimental.FunctionType")
class FunctionType(inspect.Signature):
    """A signature with a type for each parameter, as traces of a tf.function have it.

    >>> import tfjax as tf
    >>> tf.types.experimental.FunctionType.from_callable(lambda x, y=2: x)
    <FunctionType (x, y=2)>
    """

    __slots__ = ()


class TracedType(FunctionType):
    """The signature of a tf.function or of one trace of it."""

    __slots__ = ("output", "captures", "_text")
    output: Any
    captures: dict[int, Any]
    _text: str

    def __repr__(self) -> str:
        return self._text

    def __str__(self) -> str:
        shown = [p.replace(annotation=_Text(p.annotation)) if p.annotation is not p.empty else p for p in self.parameters.values()]
        output = _Text(self.output) if self.output is not None else self.empty
        return str(inspect.Signature(shown, return_annotation=output, __validate_parameters__=False))


class _Text:
    """Shows a type as TensorFlow writes it."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __repr__(self) -> str:
        return tracetype.text(self._value, tracetype.Typing())


def _traced_type(parameters: list[Any], output: Any, captures: dict[int, Any], text: str) -> TracedType:
    found = TracedType(parameters, __validate_parameters__=False)
    found.output, found.captures, found._text = output, captures, text
    return found


def type_of_concrete(concrete: Any) -> TracedType:
    """The signature of a trace."""
    args, kwargs = _types(concrete.trace)
    listed = [
        Parameter(name, kind, annotation=value)
        for name, kind, value in parameters(concrete.origin.binder, args, kwargs)
    ]
    captures = {id(c): _captured_spec(c) for c in concrete.captured_inputs}
    return _traced_type(listed, concrete.output_specs(), captures, lines(concrete))


def type_of_function(signature: inspect.Signature) -> TracedType:
    """The signature of a tf.function that has not been traced: names and kinds."""
    listed = [Parameter(p.name, p.kind, default=p.empty if p.default is p.empty else _CAPTURED) for p in signature.parameters.values()]
    rows = [f"  {p.name} ({p.kind.name}): None" for p in listed]
    text = "\n".join(["Input Parameters:", *(rows or ["  None"]), "Output Type:", "  None", "Captures:", "  None"])
    return _traced_type(listed, None, {}, text)


# -- graph -------------------------------------------------------------------------------------
@dataclass
class NodeDef:
    """One operation: its name, its op type and the names of what it takes."""

    name: str
    op: str
    input: list[str] = field(default_factory=list)

    @property
    def type(self) -> str:
        """The op type, as `tf.Operation` calls it."""
        return self.op


@dataclass
class GraphDef:
    """The operations of a trace."""

    node: list[NodeDef]

    def __str__(self) -> str:
        return "".join(
            f'node {{\n  name: "{n.name}"\n  op: "{n.op}"\n{_inputs_text(n)}}}\n' for n in self.node
        )


def _inputs_text(node: NodeDef) -> str:
    return "".join(f'  input: "{i}"\n' for i in node.input)


class FuncGraph:
    """The operations that a trace recorded, under TensorFlow's names where those are known."""

    def __init__(self, concrete: Any) -> None:
        self._concrete = concrete
        self.name = concrete.origin.name
        self.inputs, self.outputs = concrete.inputs, concrete.outputs
        self.structured_outputs = concrete.structured_outputs
        self.variables, self.trainable_variables = concrete.variables, concrete.trainable_variables

    def _nodes(self) -> list[NodeDef]:
        found = [NodeDef(t.name.partition(":")[0], "Placeholder") for t in self.inputs]
        program = self._concrete._program
        if hasattr(program, "traced"):
            found += [
                NodeDef(name, op, list(inputs)) for name, op, inputs in program.traced.frame.ops
            ]
        return found + [NodeDef(t.name.partition(":")[0], "Identity") for t in self.outputs]

    def as_graph_def(
        self, from_version: Any = None, add_shapes: bool = False, use_pybind11_proto: bool = False
    ) -> GraphDef:
        """The operations; the arguments have no effect."""
        return GraphDef(self._nodes())

    def get_operations(self) -> list[NodeDef]:
        """The operations."""
        return self._nodes()

    def get_operation_by_name(self, name: str) -> NodeDef:
        """The operation of this name; KeyError if there is none."""
        for node in self._nodes():
            if node.name == name:
                return node
        raise KeyError(f"The name '{name}' refers to an Operation not in the graph.")

    @property
    def external_captures(self) -> list[Any]:
        """What the function uses besides its arguments."""
        return self._concrete.captured_inputs

    @property
    def internal_captures(self) -> list[Tensor]:
        """The placeholders that stand for it inside."""
        return captured(self._concrete)

    @property
    def captures(self) -> list[tuple[Any, Tensor]]:
        """(what is used, its placeholder)."""
        return list(zip(self.external_captures, self.internal_captures))

    @property
    def deferred_external_captures(self) -> list[Any]:
        """None: a trace captures at once."""
        return []

    deferred_internal_captures = deferred_external_captures

    @property
    def variable_captures(self) -> tuple[Any, ...]:
        """The Variables that the function uses."""
        return tuple(self.variables)

    @property
    def output_shapes(self) -> list[Any]:
        """TensorShapes of the outputs."""
        return [t.shape for t in self.outputs]

    @property
    def output_types(self) -> list[Any]:
        """Dtypes of the outputs."""
        return [t.dtype for t in self.outputs]

    def __repr__(self) -> str:
        return f"FuncGraph(name={self.name}, id={id(self._concrete)})"


def captured(concrete: Any) -> list[Tensor]:
    """Placeholders for what a trace captured."""
    found = []
    for i, value in enumerate(concrete.captured_inputs):
        if tracetype.is_variable(value):
            name = value.name.partition(":")[0]
            found.append(placeholder(f"{name}/resource", TensorSpec(()).shape, dtypes.resource))
        else:
            found.append(placeholder(f"captured_{i}", value.shape, value.dtype))
    return found
