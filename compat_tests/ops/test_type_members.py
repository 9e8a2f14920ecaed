"""Members of dtypes, shapes and specs that make tf.types.experimental.TraceType and protocol buffers."""

from __future__ import annotations

from compat_tests.harness import HOST, parity


def _outcome(call):
    try:
        return call()
    except Exception as error:
        return type(error).__name__


@parity(modes=[HOST])
def test_protos_of_types(tf):
    types = [
        tf.float32, tf.string, tf.TensorShape([1, None]), tf.TensorShape(None), tf.TensorSpec([2, None], tf.int32, "a"),
        tf.TensorSpec(None), tf.RaggedTensorSpec([2, None]), tf.SparseTensorSpec([2, None], tf.float64),
        tf.IndexedSlicesSpec([2, None]), tf.OptionalSpec(tf.TensorSpec([])), tf.TensorArraySpec([2], tf.float32),
    ]  # fmt: skip
    found = []
    for kind in types:
        proto = kind.experimental_as_proto()
        back = type(kind).experimental_from_proto(proto)
        found += [str(proto), proto.SerializeToString(), back == kind, type(kind).experimental_type_proto().__name__]
    return [*found, str(tf.TensorShape([2]).as_proto())]


@parity(modes=[HOST])
def test_trace_type_members(tf):
    found = []
    for kind in (tf.float32, tf.TensorShape([1, None])):
        found += [kind.flatten(), kind.to_tensors(1), kind.from_tensors([]), kind.placeholder_value(None), kind.cast(None, None)]
        found += [_outcome(lambda: kind.cast(1.0, None)), isinstance(kind, tf.types.experimental.TraceType)]  # noqa: B023
    found += [tf.float32.most_specific_common_supertype(types=[tf.float32]), tf.DType(1, handle_data=None).name]
    found += [_outcome(lambda: tf.DType(1, handle_data=3)), isinstance(tf.TensorSpec([]), tf.types.experimental.TraceType)]
    return found


@parity(modes=[HOST])
def test_trace_type_of_a_program(tf):
    class Five(tf.types.experimental.TraceType):
        def is_subtype_of(self, other):
            return True

        def most_specific_common_supertype(self, others):
            return self

        def placeholder_value(self, placeholder_context):
            return 5

        def __eq__(self, other):
            return type(other) is type(self)

        def __hash__(self):
            return 1

    kind = Five()
    return [kind.cast(5, None), kind.flatten(), kind.from_tensors(iter([])), kind.to_tensors(4), _outcome(lambda: kind.cast(4, None))]


@parity(modes=[HOST])
def test_members_of_tensors_and_variables(tf):
    slices, v, n = tf.IndexedSlices([1.0], [0]), tf.Variable([1.0, 2.0]), tf.Variable(1)
    info = v.SaveSliceInfo("n", [4, 2], [0, 1], [2, 1])
    counts = [_outcome(lambda: n.count_up_to(3)) for _ in range(3)]
    return [
        tf.constant(1.0).is_packed, *[_outcome(lambda: getattr(slices, m)) for m in ("graph", "op")],  # noqa: B023
        *[_outcome(lambda: getattr(tf.constant(1.0), m)) for m in ("value_index", "graph")],  # noqa: B023
        _outcome(lambda: tf.constant(1.0).consumers()), _outcome(lambda: tf.TensorArray(tf.float32, 1).grad("x")),
        info.spec, info.full_name, info.full_shape, info.var_offset, info.var_shape, *counts, n, _outcome(lambda: v.count_up_to(2)),
        *[_outcome(lambda: getattr(v, m)) for m in ("graph", "initial_value", "create")],  # noqa: B023
        tf.errors.OpError(None, None, "m", 3).error_code, tf.errors.InvalidArgumentError(None, None, "m").error_code,
        list(tf.UnconnectedGradients.__members__), tf.UnconnectedGradients("none").name,
        isinstance(1, tf.types.experimental.TensorLike), isinstance({}, tf.types.experimental.TensorLike),
    ]  # fmt: skip


@parity(modes=[HOST])
def test_checkpoint_options_and_servers(tf):
    options = tf.train.CheckpointOptions(experimental_io_device="/cpu:0", experimental_enable_async_checkpoint=True)
    cluster = tf.train.ClusterSpec({"b": ["x:1", "y:1"], "a": {3: "z:1"}}).as_cluster_def()
    server = tf.train.ServerDef(cluster=cluster, job_name="b", task_index=1, protocol="grpc")
    server.default_session_config.gpu_options.allow_growth = True
    return [
        options.experimental_io_device, options.enable_async, options.experimental_enable_async_checkpoint,
        options.experimental_write_callbacks, options.experimental_skip_slot_variables, options.experimental_sharding_callback,
        str(cluster), str(server), server.SerializeToString(), str(tf.train.JobDef(name="a", tasks={0: "h:1"})),
        tf.train.ClusterSpec(cluster).as_dict(),
    ]  # fmt: skip


@parity(modes=[HOST])
def test_function_types(tf):
    function = tf.function(lambda x, y=2, *, z=None: {"a": x})
    concrete = function.get_concrete_function(tf.TensorSpec([None], tf.float32), z=(1, tf.constant(2)))
    found = concrete.function_type
    plain = tf.types.experimental.FunctionType.from_callable(lambda x, y=2, *a, k, **kw: 0)
    return [
        str(found), str(function.function_type), repr(found.parameters["x"]), found.parameters["y"].optional, str(plain), repr(plain),
        len(found.captures), [c for c in concrete.graph.deferred_external_captures], concrete.graph.output_types,
        concrete.graph.output_shapes, len(concrete.graph.captures), concrete.graph.variable_captures,
    ]  # fmt: skip


@parity(modes=[HOST])
def test_defaults_that_may_be_given(tf):
    image, row = tf.reshape(tf.range(8.0), [1, 2, 2, 2]), tf.reshape(tf.range(4.0), [1, 2, 2])
    return [
        tf.nn.max_pool2d(image, 2, 2, "SAME", data_format=None), tf.nn.avg_pool1d(row, 2, 2, "SAME", data_format=None),
        tf.nn.avg_pool3d(image[..., None], 2, 2, "SAME", "NDHWC"), tf.nn.max_pool(row, 2, 1, "VALID"),
        tf.math.confusion_matrix([1, 0], [1, 1], dtype=None), tf.math.bincount([1, 1, 2], dtype=None),
        _outcome(lambda: tf.math.confusion_matrix([1, 0], [1, 1], weights=[0.5, 2.0], dtype=None)),
        tf.math.count_nonzero([0, 1], keepdims=None), tf.norm([3.0, 4.0], keepdims=None), tf.nn.softmax([1.0, 2.0], axis=None),
        tf.linalg.LinearOperatorIdentity(2).add_to_tensor(mat=tf.zeros([2, 2])),
        tf.linalg.LinearOperatorScaledIdentity(2, 3.0).add_to_tensor(mat=tf.zeros([2, 2])),
        tf.linalg.LinearOperatorZeros(2).add_to_tensor(mat=tf.ones([2, 2])),
    ]  # fmt: skip
