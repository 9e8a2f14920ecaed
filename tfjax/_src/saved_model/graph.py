"""The GraphDef and FunctionDefs of a SavedModel: StableHLO programs behind TensorFlow's interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfjax._src.core import dtypes
from tfjax._src.saved_model import protos
from tfjax._src.saved_model.bundle import shape_proto
from tfjax._src.saved_model.program import portable_module, variable_spec

_RESOURCE = 20
_STRING = dtypes.string.as_datatype_enum


def _enum(thing: Any) -> int:
    return thing.dtype.as_datatype_enum


def _shape(thing: Any) -> Any:
    return shape_proto(thing.shape.as_list())


def attr(value: Any) -> Any:
    """An AttrValue. Lists hold dtype numbers under "type", shapes under "shape", …: (kind, list)."""
    result = protos.AttrValue()
    if isinstance(value, bool):
        result.b = value
    elif isinstance(value, bytes):
        result.s = value
    elif isinstance(value, tuple):
        kind, items = value
        if isinstance(items, (list, tuple)):
            result.list.SetInParent()
            getattr(result.list, kind).extend(items)
        else:
            setattr(result, kind, items)
    elif isinstance(value, protos.NameAttrList):
        result.func.CopyFrom(value)
    elif isinstance(value, protos.TensorProto):
        result.tensor.CopyFrom(value)
    else:
        result.shape.CopyFrom(value)
    return result


def node(name: str, op: str, inputs: Sequence[str] = (), **attrs: Any) -> Any:
    """A NodeDef."""
    result = protos.NodeDef(name=name, op=op, input=list(inputs))
    for key, value in attrs.items():
        result.attr[key].CopyFrom(attr(value))
    return result


def call_function(name: str, program: Any, variable_names: Sequence[str]) -> Any:
    """The FunctionDef that runs a program: it takes the tensors in call order, then resources."""
    function = _signature(name, program, program.inputs, variable_names)
    inputs = [n for n, _ in program.inputs]
    arguments, kinds = [], []
    values = [
        *((f"read_{i}:value:0", spec) for i, spec in enumerate(program.stored)),
        *((n, spec) for n, (_, spec) in zip(_argument_names(inputs), program.inputs)),
    ]
    for i in program.exported.module_kept_var_idx:
        text, thing = values[i]
        arguments.append(text)
        kinds.append(_enum(thing))
    for i, spec in enumerate(program.stored):
        function.node_def.append(node(f"read_{i}", "ReadVariableOp", [f"resource_{i}"], dtype=("type", _enum(spec))))
    outs = [*program.outputs, *map(variable_spec, program.written)]
    function.node_def.append(
        node(
            "xla", "XlaCallModule", arguments,
            version=("i", program.exported.calling_convention_version),
            module=portable_module(program.exported),
            Tin=("type", kinds), Tout=("type", [_enum(o) for o in outs]),
            Sout=("shape", [_shape(o) for o in outs]),
            platforms=("s", [p.upper().encode() for p in program.exported.platforms]),
            dim_args_spec=("s", []), function_list=("func", []), disabled_checks=("s", []),
            has_token_input_output=False,
        )
    )
    _write_variables(function, program)
    for i, spec in enumerate(program.outputs):
        function.node_def.append(node(f"output_{i}", "Identity", [f"xla:output:{i}"], T=("type", _enum(spec))))
        function.ret[f"result_{i}"] = f"output_{i}:output:0"
    return function


def _write_variables(function: Any, program: Any) -> None:
    places = {id(v): i for i, v in enumerate(program.variables)}
    for j, variable in enumerate(program.written):
        name = f"assign_{j}"
        inputs = [f"resource_{places[id(variable)]}", f"xla:output:{len(program.outputs) + j}"]
        # A written Variable is read by the same function: the write waits for the program's reads.
        function.node_def.append(node(name, "AssignVariableOp", inputs, dtype=("type", _enum(variable_spec(variable)))))
        function.control_ret[name] = name
        function.signature.control_output.append(name)


def _argument_names(names: Sequence[str]) -> list[str]:
    """Names as FunctionDefs allow them: lower case letters, digits and underscores, all different."""
    found: list[str] = []
    for i, name in enumerate(names):
        text = "".join(c if c.isalnum() or c == "_" else "_" for c in name.lower())
        text = text if text[:1].isalpha() else f"arg_{text}"
        found.append(text if text not in found and not text.startswith(("resource_", "read_")) else f"{text}_arg{i}")
    return found


def _signature(name: str, program: Any, inputs: Any, variable_names: Sequence[str]) -> Any:
    function = protos.FunctionDef()
    signature = function.signature
    signature.name, signature.is_stateful = name, True
    for text, (_, spec) in zip(_argument_names([n for n, _ in inputs]), inputs):
        signature.input_arg.add(name=text, type=_enum(spec))
    for i, stored in enumerate(program.stored):
        argument = signature.input_arg.add(name=f"resource_{i}", type=_RESOURCE)
        argument.handle_data.add(dtype=_enum(stored), shape=_shape(stored))
    for i, spec in enumerate(program.outputs):
        signature.output_arg.add(name=f"result_{i}", type=_enum(spec))
    shapes = [_shape(spec) for _, spec in inputs] + [protos.TensorShapeProto() for _ in program.variables]
    function.attr["_input_shapes"].CopyFrom(attr(("shape", shapes)))
    return function


def signature_function(name: str, call: str, program: Any, keys: Sequence[str]) -> Any:
    """The FunctionDef of a signature: tensors by name in sorted order, outputs by key in sorted order."""
    order = sorted(range(len(program.inputs)), key=lambda i: program.inputs[i][0])
    function = _signature(name, program, [program.inputs[i] for i in order], ())
    del function.signature.output_arg[:]
    texts = _argument_names([program.inputs[i][0] for i in order])
    by_place = dict(zip(order, texts))
    resources = [f"resource_{i}" for i in range(len(program.variables))]
    tensors = [by_place[i] for i in range(len(program.inputs))]
    function.node_def.append(
        node(
            "call", "StatefulPartitionedCall", [*tensors, *resources], f=protos.NameAttrList(name=call),
            Tin=("type", [_enum(s) for _, s in program.inputs] + [_RESOURCE] * len(resources)),
            Tout=("type", [_enum(s) for s in program.outputs]),
        )
    )
    for key, i in sorted(zip(keys, range(len(program.outputs)))):
        spec = program.outputs[i]
        text = f"output_{i}"
        function.signature.output_arg.add(name=_argument_names([key])[0], type=_enum(spec))
        function.node_def.append(node(text, "Identity", [f"call:output:{i}"], T=("type", _enum(spec))))
        function.ret[_argument_names([key])[0]] = f"{text}:output:0"
    for name_ in [f"assign_{j}" for j in range(len(program.written))][:1]:
        function.control_ret[name_] = "call"
        function.signature.control_output.append(name_)
    return function


def _text(values: Sequence[bytes]) -> Any:
    shape = protos.TensorShapeProto(dim=[{"size": len(values)}])
    return protos.TensorProto(dtype=_STRING, tensor_shape=shape, string_val=list(values))


def add_saver(graph: Any, meta: Any, variables: Sequence[Any], handles: Sequence[str], keys: Sequence[str]) -> None:
    """The nodes by which TensorFlow 1 loaders and TensorFlow Serving restore the Variables."""
    kinds = [_enum(variable_spec(v)) for v in variables]
    names, slices = _text([k.encode() for k in keys]), _text([b""] * len(keys))
    nodes = graph.node
    nodes.append(node("saver_filename", "Placeholder", dtype=("type", _STRING), shape=protos.TensorShapeProto()))
    nodes.append(node("save/names", "Const", dtype=("type", _STRING), value=names))
    nodes.append(node("save/slices", "Const", dtype=("type", _STRING), value=slices))
    common = ["saver_filename", "save/names", "save/slices"]
    if variables:
        nodes.append(node("save/restore", "RestoreV2", common, dtypes=("type", kinds)))
        for i, handle in enumerate(handles):
            nodes.append(node(f"save/assign_{i}", "AssignVariableOp", [handle, f"save/restore:{i}"], dtype=("type", kinds[i])))
            nodes.append(node(f"save/read_{i}", "ReadVariableOp", [handle], dtype=("type", kinds[i])))
        reads = [f"save/read_{i}" for i in range(len(handles))]
        nodes.append(node("save/save", "SaveV2", [*common, *reads], dtypes=("type", kinds)))
    waits = ["^save/save"] if variables else []
    nodes.append(node("save/restore_all", "NoOp", [f"^save/assign_{i}" for i in range(len(handles))]))
    nodes.append(node("save/control", "Identity", ["saver_filename", *waits], T=("type", _STRING)))
    meta.saver_def.filename_tensor_name = "saver_filename:0"
    meta.saver_def.save_tensor_name = "save/control:0"
    meta.saver_def.restore_op_name = "save/restore_all"
    meta.saver_def.version = 2


def add_signature(
    graph: Any, meta: Any, key: str, function: str, program: Any, keys: Sequence[str], handles: Sequence[str]
) -> None:
    """Placeholders and the call behind one signature, and its SignatureDef."""
    definition = meta.signature_def[key]
    definition.method_name = "tensorflow/serving/predict"
    inputs = sorted(program.inputs, key=lambda pair: pair[0])
    texts = _argument_names([name for name, _ in inputs])
    for text, (name, spec) in zip(texts, inputs):
        graph.node.append(node(f"{key}_{text}", "Placeholder", dtype=("type", _enum(spec)), shape=_shape(spec)))
        info = definition.inputs[name]
        info.name, info.dtype = f"{key}_{text}:0", _enum(spec)
        info.tensor_shape.CopyFrom(_shape(spec))
    order = [i for _, i in sorted(zip(keys, range(len(keys))))]
    outputs = [program.outputs[i] for i in order]
    call = "StatefulPartitionedCall" if key == "serving_default" else f"StatefulPartitionedCall_{key}"
    graph.node.append(
        node(
            call, "StatefulPartitionedCall", [*(f"{key}_{t}" for t in texts), *handles],
            f=protos.NameAttrList(name=function),
            Tin=("type", [_enum(s) for _, s in inputs] + [_RESOURCE] * len(handles)),
            Tout=("type", [_enum(s) for s in outputs]), _output_shapes=("shape", [_shape(s) for s in outputs]),
        )
    )
    for place, (i, spec) in enumerate(zip(order, outputs)):
        info = definition.outputs[keys[i]]
        info.name, info.dtype = f"{call}:{place}", _enum(spec)
        info.tensor_shape.CopyFrom(_shape(spec))
