"""What libraries of modules rely on: creator scopes, decorated functions, Variables made while tracing."""

from __future__ import annotations

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
