"""Users' own tensor-like classes: fields, validation, dispatch, functions, datasets."""

from typing import List, Mapping, Optional, Tuple, Union

import tensorflow as tf


class TensorGraph(tf.experimental.ExtensionType):
    """A directed graph with labelled nodes."""

    num_nodes: tf.Tensor
    edge_src: tf.Tensor
    edge_dst: tf.Tensor


class MaskedTensor(tf.experimental.ExtensionType):
    values: tf.Tensor
    mask: tf.Tensor

    def __init__(self, values, mask=None, name="mt"):
        self.values = tf.convert_to_tensor(values)
        self.mask = tf.ones_like(self.values, tf.bool) if mask is None else tf.convert_to_tensor(mask)

    def with_default(self, default):
        return tf.where(self.mask, self.values, default)

    def __repr__(self):
        values, mask = self.values, self.mask
        if hasattr(values, "numpy"):
            return f"MaskedTensor({[v if m else '_' for v, m in zip(values.numpy().tolist(), mask.numpy().tolist())]})"
        return f"MaskedTensor(values={values}, mask={mask})"

    @property
    def shape(self):
        return self.values.shape

    @property
    def dtype(self):
        return self.values.dtype

    def __add__(self, other):
        return tf.add(self, other)


class Pencil(tf.experimental.ExtensionType):
    color: str = "black"
    has_erasor: bool = True
    length: tf.Tensor = 1.0


class Network(tf.experimental.ExtensionType):
    shape: tf.TensorShape
    weights: Mapping[str, tf.Tensor]
    sizes: Tuple[int, ...] = (1, 2)
    bias: Optional[tf.Tensor] = None
    tag: Union[int, str] = "none"

    def __validate__(self):
        assert len(self.sizes) > 0, "no sizes"


graph = TensorGraph(num_nodes=3, edge_src=[0, 2, 1], edge_dst=[2, 1, 0])
print(graph)
print(Pencil(), Pencil("blue"), Pencil(length=0.5, has_erasor=False))
net = Network([2, 3], {"w": [1.0], "a": [2.0]}, tag=7)
print(net)
print([t.numpy().tolist() for t in tf.nest.flatten(net, expand_composites=True)])
for bad in (lambda: Pencil(color=3), lambda: Network([2], {"w": [1.0]}, sizes=()), lambda: TensorGraph(1, [2])):
    try:
        bad()
    except (TypeError, AssertionError) as error:
        print(type(error).__name__, error)
try:
    net.tag = 8
except AttributeError as error:
    print(error)
print(graph == TensorGraph(3, [0, 2, 1], [2, 1, 0]), graph != TensorGraph(3, [0, 2, 2], [2, 1, 0]))

spec = TensorGraph.Spec(num_nodes=tf.TensorSpec([], tf.int32), edge_src=tf.TensorSpec([None], tf.int32), edge_dst=tf.TensorSpec([None], tf.int32))
print(spec)
print(spec.is_compatible_with(graph), tf.type_spec_from_value(graph))


@tf.function
def reversed_edges(g):
    return TensorGraph(g.num_nodes, g.edge_dst, g.edge_src)


print(reversed_edges(graph).edge_src.numpy())


@tf.function(input_signature=[spec])
def degree(g):
    return tf.math.unsorted_segment_sum(tf.ones_like(g.edge_src), g.edge_src, 3)


print(degree(graph).numpy())


@tf.experimental.dispatch_for_unary_elementwise_apis(MaskedTensor)
def masked_unary(api_func, x):
    return MaskedTensor(api_func(x.values), x.mask)


@tf.experimental.dispatch_for_binary_elementwise_apis(Union[MaskedTensor, tf.Tensor], Union[MaskedTensor, tf.Tensor])
def masked_binary(api_func, x, y):
    x, y = (v if isinstance(v, MaskedTensor) else MaskedTensor(v) for v in (x, y))
    return MaskedTensor(api_func(x.values, y.values), x.mask & y.mask)


@tf.experimental.dispatch_for_api(tf.stack)
def masked_stack(values: List[MaskedTensor], axis=0):
    return MaskedTensor(tf.stack([v.values for v in values], axis), tf.stack([v.mask for v in values], axis))


@tf.experimental.dispatch_for_api(tf.shape, {"input": MaskedTensor})
def masked_shape(input, out_type=tf.int32):
    return tf.shape(input.values, out_type)


@tf.experimental.dispatch_for_api(tf.reduce_sum, {"input_tensor": MaskedTensor})
def masked_sum(input_tensor, axis=None, keepdims=False):
    return tf.reduce_sum(tf.where(input_tensor.mask, input_tensor.values, 0), axis, keepdims)


m = MaskedTensor([1, -2, -3], [True, False, True])
print(tf.abs(m), tf.ones_like(m, dtype=tf.float32), tf.cast(m, tf.float32))
print(tf.add(m, tf.constant([10, 20, 30])), m + m)
print(tf.stack([m, m]).mask.numpy().tolist(), tf.shape(m).numpy(), tf.reduce_sum(m).numpy())
tf.experimental.unregister_dispatch_for(masked_unary)
try:
    tf.abs(m)
except ValueError as error:
    print("ValueError", str(error).startswith("Attempt to convert a value"))


class Vertex(tf.experimental.BatchableExtensionType):
    name: tf.Tensor
    position: tf.Tensor


vertices = Vertex(tf.constant(["a", "b", "c"]), tf.constant([[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]]))
dataset = tf.data.Dataset.from_tensor_slices(vertices)
print(dataset.element_spec)
for batch in dataset.batch(2):
    print(batch.name.numpy(), batch.position.shape)
print(tf.map_fn(lambda v: v.position[0] * 2, vertices, fn_output_signature=tf.float32).numpy())

x = tf.constant([1.0, 2.0])
with tf.GradientTape() as tape:
    tape.watch(x)
    boxed = MaskedTensor(x * x, [True, False])
    loss = tf.reduce_sum(boxed.with_default(0.0))
print(tape.gradient(loss, x).numpy())


def keep_going(i, v):
    return i < 3


def step(i, v):
    return i + 1, MaskedTensor(v.values * 2, v.mask)


print(tf.while_loop(keep_going, step, (tf.constant(0), MaskedTensor([1, 2])))[1])
print(tf.cond(tf.constant(True), lambda: m, lambda: MaskedTensor([0, 0, 0])))
