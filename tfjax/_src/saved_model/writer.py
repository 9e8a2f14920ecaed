"""Writing a SavedModel: object graph, programs, variables."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from tfjax._src.checkpoint import trackable
from tfjax._src.core import nest
from tfjax._src.core.specs import TensorSpec
from tfjax._src.function.concrete import ConcreteFunction
from tfjax._src.function.function import Function
from tfjax._src.saved_model import bundle, graph, program, protos, structured
from tfjax._src.saved_model.program import Program, variable_spec

# What TensorFlow's loader leaves alone: our own programs, and what Keras needs.
EXTRA = os.path.join("assets.extra", "tfjax")
FUNCTIONS = "functions.json"
_VERSION = "2.21.0"


def functions_of(obj: Any) -> dict[str, Function]:
    """The tf.functions among the attributes of an object, methods included."""
    found = {}
    for cls in reversed(type(obj).__mro__):
        found.update({k: getattr(obj, k) for k, v in vars(cls).items() if isinstance(v, Function)})
    found.update({k: v for k, v in getattr(obj, "__dict__", {}).items() if isinstance(v, Function)})
    return found


class _Signature:
    """One entry of `signatures`: a program whose outputs have keys."""

    def __init__(self, key: str, function: Any) -> None:
        if isinstance(function, ConcreteFunction):
            origin, (args, kwargs) = function.origin, function.specs_given
            if origin is None:
                raise ValueError(f"The signature {key!r} is a ConcreteFunction that no tf.function made.")
        elif isinstance(function, Function):
            origin = function
            given = function.signatures_for_export()
            if len(given) != 1 or function.input_signature is None and not given:
                raise ValueError(
                    f"Expected a TensorFlow function for which to generate a signature, but got {function!r}. Only "
                    "`tf.functions` with an input signature or concrete functions can be used as a signature."
                )
            args, kwargs = given[0]
        else:
            raise ValueError(
                f"Expected a TensorFlow function for which to generate a signature, but got {function}. Python "
                "functions may be decorated with `@tf.function` with an input signature and passed as signatures directly."
            )
        self.key = key
        self.program = Program(origin, args, kwargs)
        self.keys = _output_keys(self.program.result)


def _output_keys(result: Any) -> list[str]:
    """Names of the outputs of a signature, in the order of the flat result."""
    if isinstance(result, Mapping):
        if not all(isinstance(v, TensorSpec) for v in result.values()):
            raise ValueError(f"Got a dictionary with non-Tensor values {result} in the output of a signature.")
        return sorted(result)
    leaves = nest.flatten(result)
    if not all(isinstance(v, TensorSpec) for v in leaves) or isinstance(result, (list, tuple)) and len(leaves) != len(result):
        raise ValueError(f"Got non-flat/non-unique argument names or outputs for a SavedModel signature: {result}.")
    return [f"output_{i}" for i in range(len(leaves))]


def _as_mapping(root: Any, signatures: Any) -> dict[str, Any]:
    if signatures is None:
        found = list(functions_of(root).values())
        if len(found) == 1 and found[0].input_signature is not None:
            return {"serving_default": found[0]}
        return {}
    if isinstance(signatures, (Function, ConcreteFunction)):
        return {"serving_default": signatures}
    if not isinstance(signatures, Mapping):
        raise ValueError(
            f"Expected `signatures` to be a tf.function, a ConcreteFunction or a dictionary of these. Received: {signatures}"
        )
    return dict(signatures)


class Writer:
    """Collects the parts of one SavedModel and writes them into an empty directory.

    Args:
      root: the object to save.
      signatures: as `tf.saved_model.save` takes them.
      extra_functions: more tf.functions of the root by name, e.g. a Keras model's `__call__`.
    """

    def __init__(self, root: Any, signatures: Any = None, extra_functions: Mapping[str, Function] | None = None) -> None:
        self.root = root
        self.nodes = trackable.graph(root)
        self._extra = dict(extra_functions or {})
        self.signatures = [_Signature(k, f) for k, f in _as_mapping(root, signatures).items()]
        self.functions = self._functions()
        self._add_untracked()
        self.meta = protos.MetaGraphDef()
        self._programs: dict[str, Program] = {}

    def _functions(self) -> list[tuple[int, str, Function, list[Program]]]:
        found = []
        for number, node in enumerate(self.nodes):
            own = functions_of(node.obj)
            if number == 0:
                own.update(self._extra)
            for name, function in sorted(own.items()):
                programs = [Program(function, *given) for given in function.signatures_for_export()]
                found.append((number, name, function, programs))
        return found

    def _add_untracked(self) -> None:
        """Variables that a function uses but no attribute holds are an error, as in TensorFlow."""
        known = {id(n.obj) for n in self.nodes}
        every = [p for *_, programs in self.functions for p in programs] + [s.program for s in self.signatures]
        for one in every:
            for variable in one.variables:
                if id(variable) not in known:
                    raise AssertionError(
                        f"Tried to export a function which references an 'untracked' resource. TensorFlow objects (e.g. "
                        f"tf.Variable) captured by functions must be 'tracked' by assigning them to an attribute of a "
                        f"tracked object or assigned to an attribute of the main object directly.\n\t{variable.name} used by "
                        f"{one.name}"
                    )

    # -- writing -------------------------------------------------------------------------------
    def write(self, path: str) -> None:
        """Writes everything under `path`."""
        for folder in ("variables", "assets", EXTRA):
            os.makedirs(os.path.join(path, folder), exist_ok=True)
        self._variables = list(trackable.variables(self.nodes))
        self._number = {id(n.obj): i for i, n in self._variables}
        keys = [trackable.key(n) for _, n in self._variables]
        self._build(keys)
        values = {k: np.asarray(n.obj._raw_value) for k, (_, n) in zip(keys, self._variables)}
        graph_of_objects = trackable.proto(self.nodes)
        values["_CHECKPOINTABLE_OBJECT_GRAPH"] = np.array(graph_of_objects.SerializeToString(), object)
        bundle.write(os.path.join(path, "variables", "variables"), values)
        for name, one in self._programs.items():
            with open(os.path.join(path, EXTRA, f"{name}.jax_export"), "wb") as file:
                file.write(program.serialize(one.exported))
        manifest = {
            name: {"written": [self._number[id(v)] for v in one.written], "inputs": [n for n, _ in one.inputs]}
            for name, one in self._programs.items()
        }
        with open(os.path.join(path, EXTRA, FUNCTIONS), "w", encoding="utf-8") as file:
            json.dump(manifest, file, indent=1)
        saved = protos.SavedModel(saved_model_schema_version=1, meta_graphs=[self.meta])
        with open(os.path.join(path, "saved_model.pb"), "wb") as file:
            file.write(saved.SerializeToString(deterministic=True))

    def _build(self, keys: list[str]) -> None:
        meta = self.meta
        meta.meta_info_def.tags.append("serve")
        meta.meta_info_def.tensorflow_version = _VERSION
        meta.meta_info_def.stripped_default_attrs = True
        definition = meta.graph_def
        definition.versions.producer, definition.versions.min_consumer = 1882, 12
        objects = meta.object_graph_def
        for node in self.nodes:
            self._add_object(objects.nodes.add(), node)
        self._handles = {}
        for i, node in self._variables:
            spec = variable_spec(node.obj)
            self._handles[i] = f"variable_{i}"
            definition.node.append(
                graph.node(
                    f"variable_{i}", "VarHandleOp", dtype=("type", spec.dtype.as_datatype_enum),
                    shape=bundle.shape_proto(spec.shape.as_list()), shared_name=f"variable_{i}".encode(), container=b"",
                )
            )
        for number, name, function, programs in self.functions:
            self._add_function(objects, number, name, function, programs)
        self._add_signatures(objects)
        definition.node.append(graph.node("NoOp", "NoOp"))
        initial = meta.signature_def["__saved_model_init_op"].outputs["__saved_model_init_op"]
        initial.name, initial.tensor_shape.unknown_rank = "NoOp", True
        graph.add_saver(definition, meta, [n.obj for _, n in self._variables], list(self._handles.values()), keys)

    def _add_object(self, proto: Any, node: trackable.Node) -> None:
        for name, number in node.children:
            proto.children.add(node_id=number, local_name=name)
        obj = node.obj
        if trackable.is_variable(obj):
            spec = variable_spec(obj)
            proto.variable.dtype, proto.variable.name = spec.dtype.as_datatype_enum, obj.name.split(":")[0]
            proto.variable.shape.CopyFrom(bundle.shape_proto(spec.shape.as_list()))
            proto.variable.trainable = bool(obj.trainable)
            return
        kinds = {list: "trackable_list_wrapper", dict: "trackable_dict_wrapper", tuple: "trackable_tuple_wrapper"}
        kind = next((k for cls, k in kinds.items() if isinstance(obj, cls)), "_generic_user_object")
        if kind == "trackable_tuple_wrapper":
            kind = "trackable_list_wrapper"
        proto.user_object.identifier = kind
        proto.user_object.version.producer = proto.user_object.version.min_consumer = 1

    def _add_program(self, objects: Any, one: Program, label: str) -> str:
        """Adds the FunctionDef and the facts about it; returns its name."""
        name = f"__inference_{_identifier(label)}_{len(self._programs)}"
        self._programs[name] = one
        self.meta.graph_def.library.function.append(graph.call_function(name, one, ()))
        facts = objects.concrete_functions[name]
        facts.bound_inputs.extend([self._number[id(v)] for v in one.variables])
        facts.canonicalized_input_signature.CopyFrom(structured.encode((tuple(one.args), dict(one.kwargs))))
        facts.output_signature.CopyFrom(structured.encode(one.result))
        return name

    def _add_function(self, objects: Any, owner: int, name: str, function: Function, programs: list[Program]) -> None:
        number = len(objects.nodes)
        objects.nodes[owner].children.add(node_id=number, local_name=name)
        proto = objects.nodes.add()
        spec = proto.function.function_spec
        arguments, defaults = _parameters(function)
        spec.fullargspec.CopyFrom(structured.full_arg_spec(arguments, defaults, []))
        given = function.input_signature
        spec.input_signature.CopyFrom(structured.encode(None if given is None else tuple(given)))
        for i, one in enumerate(programs):
            text = self._add_program(objects, one, name)
            proto.function.concrete_functions.append(text)
            place = len(objects.nodes)
            for references in (proto.children, proto.dependencies):
                references.add(node_id=place, local_name=f"trace_{i}")
            _bare(objects.nodes.add(), text, one, len(one.inputs), spec.fullargspec)

    def _add_signatures(self, objects: Any) -> None:
        holder = len(objects.nodes)
        objects.nodes[0].children.add(node_id=holder, local_name="signatures")
        proto = objects.nodes.add()
        proto.user_object.identifier = "signature_map"
        proto.user_object.version.producer = proto.user_object.version.min_consumer = 1
        for entry in self.signatures:
            call = self._add_program(objects, entry.program, entry.key)
            name = f"__inference_signature_wrapper_{_identifier(entry.key)}_{len(self._programs)}"
            one = entry.program
            self.meta.graph_def.library.function.append(graph.signature_function(name, call, one, entry.keys))
            facts = objects.concrete_functions[name]
            facts.bound_inputs.extend(objects.concrete_functions[call].bound_inputs)
            specs = {n: TensorSpec(s.shape, s.dtype, n) for n, s in sorted(one.inputs)}
            facts.canonicalized_input_signature.CopyFrom(structured.encode(((), specs)))
            results = {k: TensorSpec(s.shape, s.dtype, k) for k, s in sorted(zip(entry.keys, one.outputs))}
            facts.output_signature.CopyFrom(structured.encode(results))
            proto.children.add(node_id=len(objects.nodes), local_name=entry.key)
            keywords = structured.full_arg_spec([], [], [n for n, _ in one.inputs])
            _bare(objects.nodes.add(), name, one, int(len(one.inputs) == 1), keywords)
            handles = [self._handles[self._number[id(v)]] for v in one.variables]
            graph.add_signature(self.meta.graph_def, self.meta, entry.key, name, one, entry.keys, handles)


def _identifier(text: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in text).strip("_") or "call"


def _parameters(function: Function) -> tuple[list[str], list[Any]]:
    """(names, defaults) of the positional parameters."""
    parameters = [p for p in function.function_spec.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    defaults = [p.default for p in parameters if p.default is not p.empty]
    return [p.name for p in parameters], defaults


def _bare(proto: Any, name: str, one: Program, positional: int, full_arg_spec: Any) -> None:
    bare = proto.bare_concrete_function
    bare.concrete_function_name = name
    bare.argument_keywords.extend([n for n, _ in one.inputs])
    bare.allowed_positional_arguments = positional
    bare.function_spec.fullargspec.CopyFrom(full_arg_spec)
    bare.function_spec.input_signature.CopyFrom(structured.encode(None))

