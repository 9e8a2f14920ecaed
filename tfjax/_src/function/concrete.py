"""ConcreteFunction: one trace of a tf.function as an object that can be called and inspected."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from tfjax._src.core import dtypes, errors, nest
from tfjax._src.core.export import export
from tfjax._src.core.specs import TensorSpec
from tfjax._src.core.tensor_shape import TensorShape
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.tensor import Tensor
from tfjax._src.function import graph_view, signature, tracetype
from tfjax._src.function.capture import Slot
from tfjax._src.function.program import Program
from tfjax._src.function.traces import EagerProgram, Trace

_CC_NAMES = {"float16": "half", "float32": "float", "float64": "double"}


@export("types.experimental.Callable")
class CallableType:
    """Base class of tf.functions and of their traces."""

    @property
    def function_type(self) -> Any:
        """The signature, with types where a trace has them."""
        raise NotImplementedError(f"{type(self).__name__}.function_type")


@export("types.experimental.ConcreteFunction")
class ConcreteFunction(CallableType):
    """A function traced for one signature; call it with tensors that fit, by position or by name."""

    def __init__(self, owner: Any, trace: Trace) -> None:
        self.origin, self.trace = owner, trace
        # What an export traces again: TensorSpecs stand for tensors.
        self.specs_given: Any = trace.example.rebuild(
            [TensorSpec(s.shape, s.dtype, n) for s, n in zip(trace.specs, trace.given_names)]
        )
        self._programs: dict[Any, Any] = {}
        self._flat_names = trace.names

    # -- calling -------------------------------------------------------------------------------
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            tensors = self._structured(args, kwargs)
        except TypeError as error:
            try:
                tensors = self._flat(args, kwargs)
            except TypeError as second:
                raise TypeError(
                    f"{error}\nFallback to flat signature also failed due to: {second}."
                ) from None
        self._check_dtypes(tensors)
        return self.call_flat(tensors)

    def call_flat(self, tensors: Sequence[Tensor]) -> Any:
        """Calls with the tensors of the signature, in order."""
        key = signature.plain_key(tensors)
        program = self._programs.get(key)
        if program is None:
            args, kwargs = self.trace.example.rebuild(tensors)
            program = self.trace.program(signature.describe_call(args, kwargs))
            if not getattr(program, "once", False):
                self._programs[key] = program
        return program.call_flat(tensors)

    def _structured(self, args: Any, kwargs: Any) -> list[Tensor]:
        parameters = [
            p.replace(default=p.empty) for p in self.origin.binder.signature.parameters.values()
        ]
        try:
            bound = inspect.Signature(parameters).bind(*args, **kwargs)
        except TypeError as error:
            raise signature.binding_error(
                str(error), args, kwargs, graph_view.one_line(self)
            ) from None
        try:
            return self._fit((bound.args, bound.kwargs))
        except (TypeError, ValueError) as error:
            raise signature.binding_error(
                str(error), args, kwargs, graph_view.one_line(self)
            ) from None

    def _fit(self, given: Any) -> list[Tensor]:
        wanted, typing = iter(self.trace.types), tracetype.Typing()
        tensors: list[Any] = [None] * len(self.trace.specs)
        for place, value in signature.pairs(self.trace.example.template, given):
            spec = next(wanted)
            if type(place) is Slot:
                tensors[place.index] = (
                    value if isinstance(value, Tensor) else signature.fit(spec, value)
                )
            elif typing.leaf(value) != spec:
                raise TypeError(f"Can not cast {value!r} to {spec!r}")
        return tensors

    def _flat(self, args: Any, kwargs: Any) -> list[Tensor]:
        names, kwargs = self._flat_names, dict(kwargs)
        label = f"{self.origin.name}({', '.join(names)})"
        if len(args) > len(names):
            raise TypeError(f"{label} takes {len(names)} positional arguments, got {len(args)}")
        values = list(args)
        missing = [n for n in names[len(args) :] if n not in kwargs]
        if missing:
            raise TypeError(f"{label} missing required arguments: {', '.join(missing)}")
        values += [kwargs.pop(n) for n in names[len(args) :]]
        if kwargs:
            raise TypeError(f"{label} got unexpected keyword arguments: {', '.join(kwargs)}")
        for i, value in enumerate(values):
            if not isinstance(
                value, (Tensor, np.ndarray, np.generic, jax.Array)
            ) and not tracetype.is_variable(value):
                raise TypeError(
                    f"{label}: expected argument #{i}(zero-based) to be a Tensor; got "
                    f"{type(value).__name__} ({value!r})"
                )
        return [to_tensor(v) for v in values]

    def _check_dtypes(self, tensors: Sequence[Tensor]) -> None:
        for i, (tensor, spec) in enumerate(zip(tensors, self.trace.specs)):
            if tensor.dtype != spec.dtype:
                name = self.name.decode()
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"cannot compute {name} as input #{i}(zero-based) was expected to be a "
                    f"{_cc_name(spec.dtype)} tensor but is a {_cc_name(tensor.dtype)} tensor [Op:{name}]",
                )

    # -- facts ---------------------------------------------------------------------------------
    @property
    def name(self) -> bytes:
        """A unique name."""
        return f"__inference_{self.origin.name}_{self.trace.uid}".encode()

    @property
    def _program(self) -> Program | EagerProgram | None:
        trace = self.trace
        if trace.symbolic:
            return trace.symbolic[0][2]
        return next(iter(trace.programs.values()), trace.eager)

    @property
    def structured_input_signature(self) -> Any:
        """(args, kwargs) with TensorSpecs for tensors."""
        trace = self.trace
        leaves = nest.flatten(trace.example.template, expand_composites=True)
        named = [
            _named(spec, name)
            for spec, name in zip(trace.specs, graph_view.long_names(self.origin.binder, trace))
        ]
        found = []
        for leaf, kind in zip(leaves, trace.types):
            if type(leaf) is Slot:
                found.append(named[leaf.index])
            else:
                found.append(kind.value if isinstance(kind, tracetype.Literal) else kind)
        example = trace.example
        return nest.pack_sequence_as((example.args, example.kwargs), found, expand_composites=True)

    def _output_specs(self) -> list[TensorSpec]:
        program = self._program
        if not isinstance(program, Program):
            return []
        open_rank = any(s.shape.rank is None for s in self.trace.specs)
        return [
            TensorSpec(None if open_rank else tuple(a.shape), dtypes.FROM_NUMPY[a.dtype])
            for a in program.traced.out_avals[: program.count]
        ]

    @property
    def outputs(self) -> list[Tensor]:
        """Placeholders for the outputs, flat."""
        return [
            graph_view.placeholder("Identity" + (f"_{i}" if i else ""), s.shape, s.dtype)
            for i, s in enumerate(self._output_specs())
        ]

    @property
    def structured_outputs(self) -> Any:
        """Placeholders for the outputs, in the function's own structure."""
        program = self._program
        return (
            program.traced.structure.rebuild(self.outputs) if isinstance(program, Program) else None
        )

    def output_specs(self) -> Any:
        """TensorSpecs of the outputs in the function's own structure; None while they are unknown."""
        program = self._program
        if not isinstance(program, Program):
            return getattr(program, "result_specs", None)
        return program.traced.structure.rebuild(self._output_specs())

    @property
    def output_shapes(self) -> Any:
        """TensorShapes of the outputs, in the function's own structure."""
        return nest.map_structure(
            lambda t: t.shape if isinstance(t, Tensor) else TensorShape(None),
            self.structured_outputs,
        )

    @property
    def output_dtypes(self) -> Any:
        """Dtypes of the outputs, in the function's own structure."""
        return nest.map_structure(
            lambda t: t.dtype if isinstance(t, Tensor) else t, self.structured_outputs
        )

    @property
    def inputs(self) -> list[Tensor]:
        """Placeholders for the tensors of the signature, then for what is captured."""
        specs = zip(self.trace.names, self.trace.specs)
        return [
            graph_view.placeholder(n, s.shape, s.dtype) for n, s in specs
        ] + graph_view.captured(self)

    @property
    def captured_inputs(self) -> list[Any]:
        """The Variables and constants that the function uses besides its arguments."""
        program = self._program
        if not isinstance(program, Program):
            return []
        found = [v if v is not None else c for v, c in zip(program._sources, program._constants)]
        known = {id(v) for v in found}
        return found + [v for v in program.variables if id(v) not in known]

    @property
    def variables(self) -> tuple[Any, ...]:
        """The Variables read or assigned."""
        program = self._program
        return program.variables if isinstance(program, Program) else ()

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """The trainable ones among `variables`."""
        return tuple(v for v in self.variables if v.trainable)

    def add_to_graph(self, g: Any = None, overwrite: bool = False) -> None:
        """Does nothing: there is no graph that would have to hold the function."""

    def add_gradient_functions_to_graph(self, g: Any = None) -> None:
        """Does nothing, see `add_to_graph`."""

    @property
    def graph(self) -> Any:
        """The operations that were traced, as TensorFlow lists a graph."""
        return graph_view.FuncGraph(self)

    @property
    def function_type(self) -> Any:
        """The signature, with types."""
        return graph_view.type_of_concrete(self)

    # -- text ----------------------------------------------------------------------------------
    def pretty_printed_signature(self, verbose: bool = True) -> str:
        """Parameters, output and captures, one a line; `(x: …) -> …` if not `verbose`."""
        return graph_view.lines(self) if verbose else graph_view.one_line(self)

    def __str__(self) -> str:
        return f"ConcreteFunction {graph_view.lines(self)}"

    def __repr__(self) -> str:
        return f"<ConcreteFunction {graph_view.one_line(self)} at 0x{id(self):X}>"


def _named(spec: TensorSpec, name: str) -> TensorSpec:
    return TensorSpec(spec.shape, spec.dtype, name)


def _cc_name(dtype: Any) -> str:
    return _CC_NAMES.get(dtype.name, dtype.name)
