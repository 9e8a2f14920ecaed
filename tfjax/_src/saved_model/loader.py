"""Reading a SavedModel that tfjax wrote back into objects."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from jax import export as jax_export

from tfjax._src.core import dtypes, nest
from tfjax._src.core.specs import TensorSpec
from tfjax._src.eager import kernel as kernels
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.kernel import Kernel
from tfjax._src.eager.tensor import Tensor
from tfjax._src.eager.variable import Variable
from tfjax._src.function.module import Module
from tfjax._src.saved_model import protos, structured
from tfjax._src.saved_model.bundle import Bundle
from tfjax._src.saved_model.writer import EXTRA, FUNCTIONS


class _UserObject(Module):
    """A loaded object: what it was is unknown, what it held is there."""

    _TF_MODULE_IGNORED_PROPERTIES = frozenset({"signatures"})

    def __init__(self) -> None:
        super().__init__(name="user_object")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        function = vars(self).get("__call__")
        if function is None:
            raise TypeError("The loaded object is not callable: no `__call__` was traced when it was saved.")
        return function(*args, **kwargs)


class LoadedProgram:
    """One program of a SavedModel.

    Attributes:
      name: the function's name in the file.
      args, kwargs: canonical arguments; TensorSpecs stand for tensors.
      variables: whose values it takes first.
      result: the Python result with TensorSpecs for tensors.
    """

    def __init__(self, loader: Loader, name: str) -> None:
        self.name = name
        facts = loader.objects.concrete_functions[name]
        self.args, self.kwargs = structured.decode(facts.canonicalized_input_signature)
        self.result = structured.decode(facts.output_signature)
        self.variables = [loader.variable(i) for i in facts.bound_inputs]
        self._written = [loader.variable(i) for i in loader.manifest[name]["written"]]
        self._file = os.path.join(loader.path, EXTRA, f"{name}.jax_export")
        self._kernel: Kernel | None = None

    def _ready(self) -> Kernel:
        if self._kernel is None:
            with open(self._file, "rb") as file:
                exported = jax_export.deserialize(bytearray(file.read()))
            self._kernel = Kernel(f"PartitionedCall_{self.name}", lambda *v: tuple(exported.call(*v)), host=False)
        return self._kernel

    def fit(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Tensor] | None:
        """The tensors for these canonical arguments; None if they are others."""
        found: list[Tensor] = []
        fits = len(args) == len(self.args) and set(kwargs) == set(self.kwargs)
        fits = fits and all(_match(s, v, found) for s, v in zip(self.args, args))
        return found if fits and all(_match(self.kwargs[k], kwargs[k], found) for k in sorted(kwargs)) else None

    def call(self, tensors: Sequence[Tensor]) -> Any:
        """Runs the program on the tensors of the signature."""
        inputs = [v._dense_var_to_tensor() for v in self.variables]
        outputs = list(kernels.execute(self._ready(), [*inputs, *tensors]))
        count = len(outputs) - len(self._written)
        for variable, value in zip(self._written, outputs[count:]):
            variable.assign(value)
        values = iter(outputs[:count])
        return nest.map_structure(lambda leaf: next(values) if isinstance(leaf, TensorSpec) else leaf, self.result)


def _match(spec: Any, value: Any, found: list[Tensor]) -> bool:
    """Whether a value fits a nest of specs; its tensors are added to `found`."""
    if isinstance(spec, TensorSpec):
        try:
            tensor = to_tensor(value, None if isinstance(value, (Tensor, Variable)) else spec.dtype)
        except (TypeError, ValueError):
            return False
        found.append(tensor)
        return spec.is_compatible_with(tensor)
    if isinstance(spec, dict):
        return isinstance(value, dict) and set(spec) == set(value) and all(_match(spec[k], value[k], found) for k in sorted(spec))
    if isinstance(spec, (list, tuple)):
        same = isinstance(value, (list, tuple)) and len(spec) == len(value)
        return same and all(_match(s, v, found) for s, v in zip(spec, value))
    return type(spec) is type(value) and spec == value


class RestoredFunction:
    """A tf.function of a SavedModel: dispatches on the signatures that were saved."""

    def __init__(self, programs: list[LoadedProgram], spec: dict[str, Any], name: str) -> None:
        self.programs, self.__name__ = programs, name
        self._parameters = list(spec["args"])
        self._defaults = list(spec["defaults"] or ())

    @property
    def concrete_functions(self) -> list[LoadedProgram]:
        """The programs."""
        return self.programs

    def _canonical(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Keywords made positional, defaults filled in."""
        names = self._parameters
        values = dict(zip(names[len(names) - len(self._defaults) :], self._defaults))
        values.update(zip(names, args))
        rest = {k: v for k, v in kwargs.items() if k not in names}
        values.update({k: v for k, v in kwargs.items() if k in names})
        return (*(values[n] for n in names if n in values), *args[len(names) :]), rest

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        given, rest = self._canonical(args, kwargs)
        for program in self.programs:
            tensors = program.fit(given, rest)
            if tensors is not None:
                return program.call(tensors)
        options = "\n".join(f"Option {i + 1}:\n  Positional arguments: {p.args}\n  Keyword arguments: {p.kwargs}" for i, p in enumerate(self.programs))
        raise ValueError(
            "Could not find matching concrete function to call loaded from the SavedModel. Got:\n"
            f"  Positional arguments: {given}\n  Keyword arguments: {rest}\n\n Expected these arguments to match one of the "
            f"following {len(self.programs)} option(s):\n\n{options}"
        )


class Signature:
    """A signature: called by keyword, returns a dict of tensors."""

    def __init__(self, program: LoadedProgram, specs: dict[str, TensorSpec], outputs: dict[str, TensorSpec], order: list[str]) -> None:
        self.structured_input_signature = ((), specs)
        self.structured_outputs = outputs
        self._program, self._order = program, order

    @property
    def inputs(self) -> list[TensorSpec]:
        """The tensors that it takes, by name."""
        return list(self.structured_input_signature[1].values())

    def __call__(self, *args: Any, **kwargs: Any) -> dict[str, Tensor]:
        specs = self.structured_input_signature[1]
        if args and len(specs) == 1 and not kwargs:
            kwargs = {next(iter(specs)): args[0]}
            args = ()
        if args or set(kwargs) != set(specs):
            raise TypeError(f"signature_wrapper takes the keyword arguments {sorted(specs)}, got {len(args)} positional and {sorted(kwargs)}.")
        tensors = []
        for name in self._order:
            spec = specs[name]
            value = kwargs[name]
            tensor = to_tensor(value, None if isinstance(value, (Tensor, Variable)) else spec.dtype)
            if not spec.is_compatible_with(tensor):
                raise TypeError(f"signature_wrapper expected argument {name} to be {spec}, got {tensor!r}.")
            tensors.append(tensor)
        result = self._program.call(tensors)
        leaves = nest.flatten(result)
        return dict(zip(sorted(self.structured_outputs), leaves))


class Loader:
    """Reads a SavedModel's directory; `root` is the loaded object.

    Raises:
      OSError: no SavedModel, a damaged one, or one whose functions TensorFlow wrote.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.meta = _read_meta(path)
        self.objects = self.meta.object_graph_def
        try:
            with open(os.path.join(path, EXTRA, FUNCTIONS), encoding="utf-8") as file:
                self.manifest = json.load(file)
        except FileNotFoundError:
            raise OSError(
                f"The SavedModel in {path} was not written by tfjax: its functions are TensorFlow graphs, which cannot be "
                "run here. Its Variables can be read with tf.train.load_checkpoint."
            ) from None
        except json.JSONDecodeError as error:
            raise OSError(f"The SavedModel in {path} is damaged: {error}") from None
        self._bundle = Bundle(os.path.join(path, "variables", "variables"))
        self._made: dict[int, Any] = {}
        self._keys = self._checkpoint_keys()
        self.root = self._make(0)

    def _checkpoint_keys(self) -> dict[int, str]:
        """Checkpoint keys of the Variables, by node; both graphs are walked together by name."""
        saved = protos.TrackableObjectGraph.FromString(self._bundle["_CHECKPOINTABLE_OBJECT_GRAPH"].item())
        found: dict[int, str] = {}
        todo, seen = [(0, 0)], set()
        while todo:
            mine, theirs = todo.pop()
            if mine in seen:
                continue
            seen.add(mine)
            for attribute in saved.nodes[theirs].attributes:
                found[mine] = attribute.checkpoint_key
            others = {c.local_name: c.node_id for c in saved.nodes[theirs].children}
            todo.extend((c.node_id, others[c.local_name]) for c in self.objects.nodes[mine].children if c.local_name in others)
        return found

    def first_argument(self, name: str) -> Any:
        """TensorSpecs of the first argument of a function of the root."""
        node = next(c.node_id for c in self.objects.nodes[0].children if c.local_name == name)
        return self._make(node).programs[0].args[0]

    def variable(self, number: int) -> Variable:
        """The Variable of a node."""
        return self._make(number)

    def _make(self, number: int) -> Any:
        if number in self._made:
            return self._made[number]
        proto = self.objects.nodes[number]
        kind = proto.WhichOneof("kind")
        if kind == "variable":
            stored = proto.variable
            value = self._bundle[self._keys[number]]
            result: Any = Variable(np.array(value), trainable=stored.trainable, name=stored.name or None, dtype=dtypes.as_dtype(stored.dtype))
        elif kind == "function":
            programs = [LoadedProgram(self, name) for name in proto.function.concrete_functions]
            result = RestoredFunction(programs, structured.decode(proto.function.function_spec.fullargspec), "function")
        elif kind == "bare_concrete_function":
            result = None
        else:
            return self._make_object(number, proto)
        self._made[number] = result
        return result

    def _make_object(self, number: int, proto: Any) -> Any:
        identifier = proto.user_object.identifier
        members = [(c.local_name, c.node_id) for c in proto.children]
        if identifier == "signature_map":
            result: Any = {name: self._signature(name, node) for name, node in members}
            self._made[number] = result
        elif identifier == "trackable_list_wrapper":
            result = self._made[number] = []
            result.extend(self._make(node) for _, node in sorted(members, key=lambda m: int(m[0])))
        elif identifier == "trackable_dict_wrapper":
            result = self._made[number] = {}
            result.update((name, self._make(node)) for name, node in members)
        else:
            result = self._made[number] = _UserObject()
            for name, node in members:
                value = self._make(node)
                if isinstance(value, RestoredFunction):
                    value.__name__ = name
                vars(result)[name] = value
        return result

    def _signature(self, name: str, node: int) -> Signature:
        wrapper = self.objects.nodes[node].bare_concrete_function.concrete_function_name
        facts = self.objects.concrete_functions[wrapper]
        library = {f.signature.name: f for f in self.meta.graph_def.library.function}
        call = next(n for n in library[wrapper].node_def if n.op == "StatefulPartitionedCall").attr["f"].func.name
        (_, specs), outputs = structured.decode(facts.canonicalized_input_signature), structured.decode(facts.output_signature)
        return Signature(LoadedProgram(self, call), dict(sorted(specs.items())), outputs, self.manifest[call]["inputs"])


def _read_meta(path: str) -> Any:
    file_name = os.path.join(path, "saved_model.pb")
    try:
        with open(file_name, "rb") as file:
            saved = protos.SavedModel.FromString(file.read())
    except FileNotFoundError:
        raise OSError(f"SavedModel file does not exist at: {path}{os.sep}{{saved_model.pbtxt|saved_model.pb}}") from None
    except Exception as error:  # protobuf's own class differs between its implementations
        raise OSError(f"Cannot parse file {file_name}: {error}.") from None
    if not saved.meta_graphs:
        raise OSError(f"Cannot parse file {file_name}: it has no graph.")
    return saved.meta_graphs[0]
