"""What libraries of modules rely on: creator scopes, decorated functions, Variables made while tracing."""

from __future__ import annotations

import operator

import numpy as np

from compat_tests.harness import HOST, parity


@parity(modes=[HOST])
def test_creators_take_part_in_making_variables(tf):
    seen = []

    def renaming(next_creator, **kwargs):
        seen.append(sorted(kwargs))
        return next_creator(**{**kwargs, "name": "renamed"})

    def replacing(next_creator, **kwargs):
        seen.append((kwargs["name"], next_creator(**kwargs).name))
        return tf.constant(7.0)

    with tf.variable_creator_scope(renaming):
        first = tf.Variable(1.0, trainable=False)
        with tf.variable_creator_scope(replacing):
            second = tf.Variable(lambda: tf.ones(2), name="given")
    third = tf.Variable(2.0)
    return repr((first.name, first.trainable, third.name, seen)), first, second


@parity(modes=[HOST])
def test_a_module_keeps_the_scope_of_its_construction(tf):
    class Inner(tf.Module):
        pass

    with tf.name_scope("outer"):
        module = Inner(name="inner")
    with module.name_scope as scope:
        variable = tf.Variable(1.0, name="v")
    return repr((module.name, module.name_scope.name, scope, variable.name))


@parity(modes=[HOST])
def test_a_function_can_be_decorated_before_its_first_trace(tf):
    @tf.function
    def add(x):
        return x + 1.0

    add._decorate(lambda inner: lambda x: inner(x) * 10.0)
    result = add(tf.constant(1.0))
    try:
        add._decorate(lambda inner: inner)
    except ValueError as error:
        return result, str(error)


@parity(modes=[HOST])
def test_variables_with_random_values_are_made_for_specs(tf):
    tf.random.set_seed(3)

    class Layer(tf.Module):
        w = None

        def __call__(self, x):
            if self.w is None:
                self.w = tf.Variable(tf.random.normal([x.shape[-1], 2]))
                self.count = tf.Variable(0.0)
            self.count.assign_add(1.0)
            return tf.matmul(x, self.w)

    layer = Layer()
    concrete = tf.function(layer).get_concrete_function(tf.TensorSpec([None, 3]))
    before = layer.count.numpy()
    results = [concrete(tf.ones([n, 3])).shape for n in (1, 4)]
    return repr((before, results, concrete.output_shapes)), layer.count


@parity(modes=[HOST])
def test_fused_batch_norm(tf):
    x = tf.reshape(tf.sin(tf.range(72.0)), [2, 3, 3, 4])
    mean, variance, scale, offset = [tf.abs(tf.cos(tf.range(4.0) + k)) for k in range(4)]
    found = []
    for kernel in (tf.raw_ops.FusedBatchNorm, tf.raw_ops.FusedBatchNormV2, tf.raw_ops.FusedBatchNormV3):
        for training in (True, False):
            result = kernel(x=x, scale=scale, offset=offset, mean=mean, variance=variance, epsilon=0.01, is_training=training)
            found += list(result[:3])
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(tf.raw_ops.FusedBatchNormV3(x=x, scale=scale, offset=offset, mean=mean, variance=variance)[0] ** 3)
    return found, tape.gradient(loss, x)


@parity(modes=[HOST])
def test_names_of_reductions(tf):
    names = tf.keras.losses.Reduction
    loss = tf.keras.losses.MeanSquaredError(reduction=names.NONE)
    try:
        names.validate("other")
    except ValueError as error:
        return loss([[1.0], [2.0]], [[3.0], [5.0]]), repr(names.all()), str(error)


@parity(modes=[HOST])
def test_dimensions_compute(tf):
    a, b, unknown = [tf.compat.v1.Dimension(n) for n in (7, 2, None)]
    found = [repr(f(*p)) for f in (operator.lt, operator.ge, operator.eq, operator.add, operator.sub, operator.floordiv, operator.mod)
             for p in ((a, b), (a, 2), (7, b), (a, unknown), (unknown, unknown), (unknown, 3))]  # fmt: skip
    for bad in (lambda: a.merge_with(3), lambda: tf.compat.v1.Dimension(-1), lambda: tf.compat.v1.Dimension("x")):
        try:
            bad()
        except (TypeError, ValueError) as error:
            found.append(str(error))
    return repr(found), repr((unknown.merge_with(a), a.is_compatible_with(unknown), [1, 2, 3][b], str(unknown)))


@parity(modes=[HOST])
def test_static_values_of_what_is_no_tensor(tf):
    values = [None, 3, [1, 2], "a", np.float32(2), tf.constant(2.0), tf.constant([1, 2]), tf.constant("s"), tf.Variable(2.0)]
    return repr([(type(v).__name__, str(v)) for v in map(tf.get_static_value, values)])


@parity(modes=[HOST])
def test_hints_of_dtypes_cast_arrays(tf):
    values = [np.array([0.2, 1.7], "f"), np.array([1, 2]), np.float32(1.5), np.int64(3), True, [0.2], 1.5, np.array([True])]
    found = [tf.convert_to_tensor(v, dtype_hint=d) for v in values for d in (tf.int32, tf.float64)]
    return found, tf.TensorArray(tf.int32, 2).unstack(np.array([1, 2])).stack()


@parity(modes=[HOST])
def test_operators_that_libraries_copy(tf):
    seven, half = tf.constant(-7), tf.constant(-7.0)
    return repr(sorted(tf.Tensor.OVERLOADABLE_OPERATORS)), seven.__div__(2), half.__div__(2), tf.constant(2).__rdiv__(-7)


@parity(modes=[HOST])
def test_modules_walk_their_attributes(tf):
    class Inner(tf.Module):
        def __init__(self):
            super().__init__()
            self.z = tf.Variable(4.0, name="z")

    class Outer(tf.Module):
        def __init__(self):
            super().__init__()
            self.b = tf.Variable(1.0, name="b")
            self.a = [tf.Variable(2.0, name="a0"), {"k": tf.Variable(3.0, name="ak")}]
            self.inner = Inner()

    def is_variable(value):
        return isinstance(value, tf.Variable)

    found = Outer()._flatten(predicate=is_variable)
    flat = Outer()._flatten(recursive=False, predicate=is_variable)
    return repr([v.name for v in found]), repr([v.name for v in flat])


@parity(modes=[HOST])
def test_caching_devices_of_variable_scopes(tf):
    v1 = tf.compat.v1

    @tf.function
    def inside():
        with v1.variable_scope(v1.get_variable_scope()) as scope:
            scope.set_caching_device(lambda op: op.device)
            return tf.constant(1.0 if callable(scope.caching_device) else 0.0)

    with v1.variable_scope(v1.get_variable_scope()) as scope:
        try:
            scope.set_caching_device("/CPU:0")
        except NotImplementedError as error:
            return str(error), inside()
