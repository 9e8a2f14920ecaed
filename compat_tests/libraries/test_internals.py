"""What the functions of tensorflow.python.* do: one program, run by both libraries."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from compat_tests.repo.source import ROOT

NEST = """
import collections
from tensorflow.python.util import nest
d = {"b": [1, 2], "a": (3,)}
P = collections.namedtuple("P", "x y")
print(list(nest.yield_flat_paths(d)), nest.flatten_with_tuple_paths(d), nest.flatten_with_joined_string_paths(d))
print(nest.map_structure_with_tuple_paths(lambda p, x: (p, x), d))
print(nest.map_structure_with_paths(lambda p, x, y: (p, x, y), d, d))
print(nest.map_structure_with_tuple_paths_up_to([0, [0]], lambda p, x: (p, x), [[1, 2], [3]]))
print(nest.map_structure_up_to([0, 0], len, [[1, 2], [3]]), nest.flatten_up_to([0, [0]], [[1, 2], [3]]))
print(nest.get_traverse_shallow_structure(lambda s: isinstance(s, dict), d))
print(nest.list_to_tuple([1, [2, {"a": [3]}]]), nest.flatten_dict_items({"a": 1, ("b", "c"): (2, 3)}))
print(nest._sequence_like((1, 2), [3, 4]), list(nest._yield_value(d)), list(nest._yield_sorted_items(d)))
print(nest.is_namedtuple(P(1, 2)), nest._is_namedtuple(P(1, 2), True), nest.is_mapping(d), nest.is_attrs(1))
for bad in (lambda: nest.flatten_dict_items({("a", "b"): 1}), lambda: nest.get_traverse_shallow_structure(lambda s: 3, d)):
    try:
        bad()
    except (ValueError, TypeError) as error:
        print(type(error).__name__, error)
"""

DECORATORS = """
import functools, logging
import tensorflow as tf
from tensorflow.python.util import deprecation, tf_decorator, tf_inspect

class Show(logging.Handler):
    def emit(self, record):
        print(record.levelname, record.getMessage().partition(": ")[2])

tf.get_logger().handlers[:] = [Show()]

def decorate(function):
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return tf_decorator.make_decorator(function, wrapper, "name", "Text.")

@decorate
def add(x, y=2):
    return x + y

class Call:
    def __call__(self, a): return a
    def method(self, b): pass

print(add(1), add.__name__, add.__doc__, add._tf_decorator.decorator_name, len(tf_decorator.unwrap(add)[0]))
for f in (add, Call(), Call, Call().method, functools.partial(add, 1), functools.partial(add, y=1)):
    print(tf_inspect.getfullargspec(f))
print(tf_inspect.getcallargs(add, 1), tf_inspect.getargspec(add), tf_inspect.isfunction(add), tf_inspect.isanytargetmethod(add))

@deprecation.deprecated("2030-01-01", "Use g.")
def old(a):
    "Adds."
    return a

@deprecation.deprecated(None, "Use g.")
class Old:
    "Class."

@deprecation.deprecated_args("2030-01-01", "Use b.", "a", ("c", 3))
def some(b=None, a=None, c=3):
    "Some."

@deprecation.deprecated_arg_values("2030-01-01", "No.", a=True)
def values(a=False):
    return a

alias = deprecation.deprecated_alias("x.old", "x.new", lambda x: x)
print(old.__doc__, Old.__doc__, some.__doc__, values.__doc__, alias.__doc__, sep="\\n--\\n")
old(1); old(1); Old(); some(1); some(c=3); some(a=2); some(c=4); values(); values(True); alias(3)
for bad in (
    lambda: deprecation.deprecated("x", "y"), lambda: deprecation.deprecated(None, ""),
    lambda: deprecation.deprecated_args(None, "i", "zz")(lambda a: 1), lambda: deprecation.deprecated_args(None, "i"),
    lambda: deprecation.deprecated_argument_lookup("n", 1, "o", 3),
):
    try:
        bad()
    except ValueError as error:
        print(error)
"""

FRAMEWORK = """
import tensorflow as tf
from tensorflow.python.eager import context
from tensorflow.python.framework import ops, smart_cond, tensor_shape, tensor_util, type_spec_registry
from tensorflow.python.ops import array_ops, control_flow_case, resource_variable_ops
from tensorflow.python.ops.linalg import linear_operator_addition
from tensorflow.python.ops.parallel_for import control_flow_ops
from tensorflow.python.util import object_identity, variable_utils

ctx = context.context()
with tf.device("/CPU:0"), tf.name_scope("a"):
    print(ctx.executing_eagerly(), ctx.device_name[-5:] in ("", "CPU:0"), ctx.scope_name)

@tf.function
def f(x):
    print(ctx.executing_eagerly(), repr(ctx.scope_name), smart_cond.smart_constant_value(x), tensor_util.constant_value(x))
    with tf.name_scope("q"):
        print(ops.get_default_graph().get_name_scope())
    print(isinstance(x, ops.EagerTensor), tensor_util.constant_value_as_shape(tf.shape(x)), tensor_util.try_evaluate_constant(x))
    return x

f(tf.constant([True]))
print(isinstance(tf.constant(1.0), ops.EagerTensor), ops.get_default_graph().building_function)
v = tf.Variable([1.0, 2.0])
print([t.numpy().tolist() for t in tf.nest.flatten(variable_utils.convert_variables_to_tensors([v, {"a": v}]))])
print(object_identity.Reference(v) == v.ref(), object_identity.Reference(v).deref() is v)
spec = resource_variable_ops.VariableSpec.from_value(v)
print(spec, spec.is_compatible_with(v), resource_variable_ops.VariableSpec([2], trainable=False).is_compatible_with(v))
print(control_flow_ops.pfor(lambda i: tf.gather(v, i) * 2, 2).numpy())
print(smart_cond.smart_cond(tf.constant(False), lambda: 1, lambda: 2), smart_cond.smart_constant_value(1), tensor_shape.as_shape([1, None]))

@type_spec_registry.register("project.XSpec")
class XSpec(tf.TypeSpec):
    pass

print(type_spec_registry.get_name(XSpec), type_spec_registry.lookup("project.XSpec"))
x = tf.constant(2.0)
with tf.GradientTape() as tape:
    tape.watch(x)
    y = array_ops.prevent_gradient(x * x, message="why")
for bad in (
    lambda: tape.gradient(y, x), lambda: smart_cond.smart_cond(True, 1, lambda: 2), lambda: smart_cond.smart_constant_value("a"),
    lambda: type_spec_registry.register("bad name"), lambda: type_spec_registry.register("project.XSpec")(XSpec),
    lambda: type_spec_registry.lookup("project.Y"), lambda: type_spec_registry.get_name(int),
    lambda: control_flow_case._case_helper(tf.cond, [(True, lambda: 1)], lambda: 2, False, "n"),
):
    try:
        bad()
    except Exception as error:
        print(type(error).__name__, error)
L = tf.linalg
one, three, diagonal = L.LinearOperatorIdentity(2), L.LinearOperatorScaledIdentity(2, 3.0), L.LinearOperatorDiag([1.0, 2.0])
lower, full = L.LinearOperatorLowerTriangular([[1.0, 0], [2, 3]]), L.LinearOperatorFullMatrix([[1.0, 4], [2, 3]])
for group in ([one, one], [one, three], [three, diagonal], [diagonal, lower, one], [lower, full], [diagonal], [full, full, one]):
    (total,) = linear_operator_addition.add_operators(group)
    print(type(total).__name__, total.to_dense().numpy().tolist(), total.is_positive_definite, total.is_self_adjoint)
"""

RAW = """
import numpy as np
import tensorflow as tf
from tensorflow.compiler.tf2xla.python.xla import dynamic_update_slice
r = np.random.RandomState(0)
f = lambda *s: r.randn(*s).astype("f")
for peephole, clip in ((False, 0), (True, 0.3)):
    out = tf.raw_ops.BlockLSTMV2(
        seq_len_max=tf.constant(5, tf.int64), x=f(5, 2, 3), cs_prev=f(2, 4), h_prev=f(2, 4), w=f(7, 16), wci=f(4),
        wcf=f(4), wco=f(4), b=f(16), use_peephole=peephole, cell_clip=clip)
    print([np.round(t.numpy()[-1, 0, :2], 3).tolist() for t in out])
for a, b in (([2, 1, 3], [4, 1]), ([1], [1]), ([], [2, 1]), ([1, 1], [1]), ([1, 3], [3]), ([1, 2], [1, 1]), ([2, 1], [2, 1])):
    print([x.numpy().tolist() for x in tf.raw_ops.BroadcastGradientArgs(s0=np.array(a, "i"), s1=np.array(b, "i"))])
print(np.round(tf.raw_ops.IgammaGradA(a=tf.constant([1.0, 2.0]), x=tf.constant(0.5)).numpy(), 4))
print(np.round(tf.raw_ops.RandomGammaGrad(alpha=tf.constant([1.0, 0.2]), sample=tf.constant(0.5)).numpy(), 4))
for axis in ([0], [1]):
    print([t.numpy().tolist() for t in tf.raw_ops.UniqueWithCountsV2(x=[[5, 2], [1, 2], [5, 2]], axis=axis)])
print(tf.raw_ops.MatrixDiagPartV2(input=tf.reshape(tf.range(12.0), [3, 4]), k=[-1, 1], padding_value=9.0).numpy())
print(dynamic_update_slice(tf.range(4), tf.constant([8, 9]), tf.constant([3])).numpy() if len(tf.config.list_physical_devices("GPU")) else "")
try:
    tf.raw_ops.IgammaGradA(tf.constant(1.0), tf.constant(1.0))
except TypeError as error:
    print(str(error).partition("only")[2])
"""


PROGRAMS = {"nest": NEST, "decorators": DECORATORS, "framework": FRAMEWORK, "raw": RAW}
ALL = "".join(f"print('== {name}')\nexec({text!r}, {{'__name__': '__main__'}})\n" for name, text in PROGRAMS.items())


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> list[dict[str, str]]:
    """What each program prints, by library."""
    script = tmp_path_factory.mktemp("internals") / "program.py"
    script.write_text(ALL)
    environment = dict(os.environ, PYTHONPATH=str(ROOT), TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0", CUDA_VISIBLE_DEVICES="-1")
    found = []
    for options in (["-m", "tfjax"], []):
        done = subprocess.run(
            [sys.executable, *options, str(script)], capture_output=True, text=True, env=environment, timeout=120
        )
        assert done.returncode == 0, done.stderr[-2000:]
        parts = done.stdout.split("== ")[1:]
        found.append({part.partition("\n")[0]: part.partition("\n")[2] for part in parts})
    return found


@pytest.mark.parametrize("name", PROGRAMS)
def test_prints_what_tensorflow_prints(name: str, printed):
    ours, theirs = printed
    assert ours[name] == theirs[name]
