"""Where values live: leaks, init_scope, eager modes, Variables made from tensors, data read in a function."""

import pytest

from compat_tests.function.transcripts import show, transcript
from compat_tests.harness import our_tf


@transcript
def test_tensors_that_leave_their_function(tf):
    leaked = []

    @tf.function
    def f(x):
        leaked.append(x + 1)
        return x

    @tf.function
    def captures(a):
        return leaked[0] + a

    f(tf.constant(1.0))
    print(leaked[0], repr(leaked[0]), leaked[0].shape, leaked[0].dtype)
    show(lambda: leaked[0] + 1)
    show(lambda: leaked[0].numpy())
    show(lambda: tf.add(leaked[0], 1.0))
    for attempt in (
        lambda: captures(tf.constant(2.0)),
        lambda: captures(leaked[0]),
        lambda: bool(leaked[0]),
    ):
        with pytest.raises(TypeError):
            attempt()


@transcript
def test_names_of_symbolic_tensors(tf):
    @tf.function
    def f(x, d):
        print(x + 1, x + 2, x * x, x - 1, x / 2, -x, x**2, x[0], x > 1)
        print(
            tf.matmul(x[None], x[:, None]),
            tf.reduce_sum(x),
            tf.nn.relu(x),
            tf.multiply(x, 2, name="mine"),
            d,
        )
        with tf.name_scope("scope"):
            print(x + 1, tf.add(x, 1, name="sum"))
        return x

    f(tf.constant([1.0, 2.0]), {"b": tf.constant(1), "a": [tf.constant(2)]})


@transcript
def test_modes(tf):
    @tf.function
    def f():
        print(tf.executing_eagerly(), tf.inside_function())
        with tf.init_scope():
            print(tf.executing_eagerly(), tf.inside_function())
            c = tf.constant(3.0)
            print(c)
        return c + 1

    print(f(), tf.executing_eagerly(), tf.inside_function())
    tf.config.run_functions_eagerly(True)
    print(tf.config.functions_run_eagerly())

    @tf.function
    def g(x):
        print("body", x, tf.executing_eagerly())
        return x

    g(tf.constant(1)), g(tf.constant(2))
    print(g.experimental_get_tracing_count())
    tf.config.run_functions_eagerly(False)
    g(tf.constant(1)), g(tf.constant(2))


@transcript
def test_variables_made_from_tensors(tf):
    class Layer(tf.Module):
        def __init__(self):
            super().__init__()
            self.w, self.calls = None, tf.Variable(0)

        @tf.function
        def __call__(self, x):
            print("tracing", x)
            if self.w is None:
                self.w = tf.Variable(tf.ones([x.shape[-1], 2]) * tf.reduce_sum(x), name="w")
            self.calls.assign_add(1)
            return x @ self.w

    layer = Layer()
    for value in (1.0, 2.0, 3.0):
        print(layer(tf.fill([1, 3], value)), layer.calls.numpy())
    print(
        layer.__call__.experimental_get_tracing_count(),
        layer.w.shape,
        len(layer.trainable_variables),
    )

    @tf.function
    def every_time(x):
        return tf.Variable(x * 2.0) + x

    show(lambda: every_time(tf.constant(1.0)), 9)


@transcript
def test_data_read_in_a_function(tf):
    counted = tf.Variable(0, dtype=tf.int64)

    @tf.function
    def take(iterator):
        print("trace")
        return next(iterator)

    @tf.function
    def total(dataset):
        print("trace", tf.executing_eagerly())
        t = tf.constant(0, tf.int64)
        for i, x in dataset.enumerate():
            if x > 4:
                break
            if x % 2 == 0:
                continue
            t += x * i
            counted.assign_add(x)
        return t

    @tf.function
    def steps(iterator, n):
        s = tf.constant(0, tf.int64)
        for _ in tf.range(n):
            s += next(iterator)
        return s

    iterator = iter(tf.data.Dataset.range(3))
    print(take(iterator), take(iterator), take(iterator))
    with pytest.raises(tf.errors.OutOfRangeError):
        take(iterator)
    print(total(tf.data.Dataset.range(4)), total(tf.data.Dataset.range(9)), counted.numpy())
    numbers = iter(tf.data.Dataset.range(100))
    print(steps(numbers, tf.constant(3)), steps(numbers, tf.constant(4)))
    print(
        total.experimental_get_tracing_count(),
        take.experimental_get_tracing_count(),
        steps.experimental_get_tracing_count(),
    )


def test_explain_tells_traces_and_fallbacks():
    tf = our_tf()

    @tf.function
    def f(x, n=1):
        return x @ x * n

    f(tf.ones([2, 2]))
    f(tf.ones([3, 3]))
    f(tf.ones([3, 3]), n=2)
    f(tf.ones([3, 3], tf.float64))
    report = f.explain()
    assert [t.why for t in report.traces] == [
        "first call",
        "x: shape (3, 3) instead of (2, 2)",
        "n: Python value 2 instead of 1 (a tensor would not be traced again)",
        "x: dtype float64 instead of float32",
    ]
    program = report.traces[0].programs[0]
    assert program.flops >= 12 and program.bytes_accessed > 0 and program.first_call_seconds > 0
    assert str(report).startswith(
        "tf.function f: 4 signatures, traced 4 times\n1. (x: TensorSpec(shape=(2, 2)"
    )

    @tf.function
    def needs_values(x):
        return tf.unique(x)[0]

    assert needs_values(tf.constant([1, 1])).numpy().tolist() == [1]
    (trace,) = needs_values.explain().traces
    assert "return tf.unique(x)[0]" in trace.fallback and not trace.programs


def test_jit_compile_raises_where_a_value_is_needed():
    tf = our_tf()
    with pytest.raises(TypeError, match="depends on the values"):
        tf.function(lambda x: tf.unique(x)[0], jit_compile=True)(tf.constant([1, 1]))


@transcript
def test_functions_of_datasets_print_once(tf):
    def scale(x):
        print("map", x, x.shape)
        return x * 2

    def choose(a, b):
        print("pair", a, b)
        if a > 1:
            return a
        return b

    def text(d):
        print(d)
        return d["s"]

    scaled = tf.data.Dataset.range(3).batch(2).map(scale)
    print("made")
    print(list(scaled.as_numpy_iterator()), list(scaled.as_numpy_iterator()))
    print(
        list(
            tf.data.Dataset.from_tensor_slices(([1, 2], [3, 4]))
            .map(lambda a, b: choose(a, b))
            .as_numpy_iterator()
        )
    )
    print(
        list(
            tf.data.Dataset.from_tensor_slices({"s": ["a", "b"], "n": [1.0, 2.0]})
            .map(text)
            .as_numpy_iterator()
        )
    )
