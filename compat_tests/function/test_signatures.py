"""When tf.function traces, and what its signatures say: printed as TensorFlow prints it."""

import collections
import functools

import numpy as np

from compat_tests.function.transcripts import show, transcript


@transcript
def test_polymorphism(tf):
    @tf.function
    def double(a):
        print("Tracing with", a)
        return a + a

    print(
        double(tf.constant(1)),
        double(tf.constant(1.1)),
        double(tf.constant("a")),
        double(tf.constant("b")),
    )
    print(
        double(2),
        double(3),
        double(2.0),
        double([tf.constant(1)]),
        double(np.int32(4)),
        double(np.array([1.5])),
    )
    print(double.experimental_get_tracing_count())
    strings = double.get_concrete_function(tf.TensorSpec(shape=None, dtype=tf.string))
    print(strings(tf.constant("c")), strings(a=tf.constant("d")))
    show(lambda: strings(tf.constant(1)))


@transcript
def test_open_sizes_are_traced_once(tf):
    @tf.function(input_signature=(tf.TensorSpec(shape=[None], dtype=tf.int32),))
    def next_collatz(x):
        print("Tracing with", x, x.shape, x.shape[0], len(x.shape))
        return tf.where(x % 2 == 0, x // 2, 3 * x + 1)

    print(
        next_collatz(tf.constant([1, 2])),
        next_collatz(tf.constant([4, 5, 6])),
        next_collatz([7]),
        next_collatz(x=[3, 4]),
    )
    for bad in (tf.constant([[1, 2], [3, 4]]), tf.constant([1.0, 2.0]), "a"):
        show(lambda: next_collatz(bad), 9)
    show(lambda: next_collatz())
    show(lambda: next_collatz(tf.constant([1]), tf.constant([1])))
    print(next_collatz.experimental_get_tracing_count(), next_collatz.input_signature)
    print(next_collatz.pretty_printed_concrete_signatures())


@transcript
def test_open_sizes_with_everything(tf):
    v = tf.Variable([1.0, 2.0])

    @tf.function(
        input_signature=[tf.TensorSpec([None, 2]), tf.TensorSpec([None, 2], name="second")]
    )
    def f(a, b):
        print("trace", a, b)
        total = tf.zeros([2])
        for row in a:
            total += row * v
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.nn.relu(a - b) * v) + tf.reduce_sum(v * total)
        v.assign_add(tf.reduce_mean(a, 0))
        return (
            tf.reshape(a, [-1]),
            tf.concat([a, b], 0),
            tf.shape(a)[0] + 1,
            tape.gradient(loss, v),
            total,
        )

    for size in (2, 3, 2, 1):
        print(f(tf.ones([size, 2]), tf.zeros([size, 2])))
    print(v.numpy(), f.experimental_get_tracing_count())


@transcript
def test_sizes_that_only_one_program_can_have(tf):
    seen = []

    @tf.function(input_signature=[tf.TensorSpec([None]), tf.TensorSpec([None])])
    def f(a, b):
        print("trace", a.shape, b.shape)
        seen.append(1)
        return a + b

    print(
        f(tf.ones([2]), tf.ones([2])),
        f(tf.ones([1]), tf.ones([3])),
        f(tf.ones([0]), tf.ones([0])),
        f(tf.ones([4]), [1.0]),
    )
    print(f.experimental_get_tracing_count())


@transcript
def test_reduce_retracing(tf):
    @tf.function(reduce_retracing=True)
    def square(x):
        print("trace", x)
        return x * x

    for n in (1, 2, 3, 4):
        print(square(tf.ones([n])))
    square(tf.ones([2, 2])), square(tf.ones([3, 2])), square(tf.ones([3, 3]))
    print(square.experimental_get_tracing_count())
    print(square.pretty_printed_concrete_signatures())

    @tf.function(experimental_relax_shapes=True)
    def nested(d):
        print("trace", d)
        return d["a"] + 1

    nested({"a": tf.ones([1])}), nested({"a": tf.ones([2])}), nested({"a": tf.ones([5])})


@transcript
def test_traces_of_get_concrete_function_serve_calls(tf):
    @tf.function
    def f(x):
        print("trace", x)
        return x

    f.get_concrete_function(tf.TensorSpec([None]))
    f(tf.ones([1])), f(tf.ones([2])), f(tf.ones([2], tf.int32))
    print(f.experimental_get_tracing_count())


@transcript
def test_python_values_and_objects(tf):
    class Plain:
        pass

    class Equal:
        def __init__(self, value):
            self.value = value

        def __hash__(self):
            return hash(self.value)

        def __eq__(self, other):
            return isinstance(other, Equal) and other.value == self.value

    @tf.function
    def f(x, y=None):
        print("trace")
        return 1

    a, b, one, same, two = Plain(), Plain(), Equal(1), Equal(1), Equal(2)
    for value in (
        1,
        1,
        2,
        1.0,
        True,
        None,
        "s",
        "t",
        b"s",
        (1,),
        [1],
        {"k": 1},
        {"k": 2},
        a,
        a,
        b,
        one,
        same,
        two,
        len,
        tf.float32,
    ):
        f(value)
    f(x=1), f(1, None), f(1, y=2), f(y=2, x=1)
    print(f.experimental_get_tracing_count())
    show(lambda: f({1, 2}))


@transcript
def test_variables_of_one_kind_share_a_trace(tf):
    v, w = tf.Variable(1.0), tf.Variable(2.0)

    @tf.function
    def f(x, y):
        print("tracing", x, y)
        x.assign_add(y)
        return x * 2

    print(f(v, 1.0), f(w, 1.0), f(v, 1.0), v.numpy(), w.numpy(), f.experimental_get_tracing_count())


@transcript
def test_structures(tf):
    Point = collections.namedtuple("Point", "x y")

    @tf.function
    def f(s):
        print("trace")
        return s

    for value in (
        Point(tf.constant(1), 2),
        {"b": tf.constant(1), "a": [1, None, (tf.constant(2.0),)]},
        {"a": [1, None, (tf.constant(2.0),)], "b": tf.constant(1)},
        collections.OrderedDict(b=tf.constant(1), a=2),
        None,
        "abc",
        b"x",
        3,
        2.5,
        True,
        (),
        [],
        np.float64(3),
        np.array([1.0]),
        [Point(1, [tf.constant(2)])],
    ):
        print(f(value))


@transcript
def test_methods(tf):
    class M:
        n = 0

        @tf.function
        def call(self, x):
            print("trace", type(self).__name__, self.n)
            return x + self.n

        @tf.function
        def keywords(self, x, *, k=1):
            return x * k

        @staticmethod
        @tf.function
        def static(x):
            return x + 100

        @property
        @tf.function
        def seven(self):
            return tf.constant(7)

    a, b = M(), M()
    b.n = 1
    print(
        a.call(tf.constant(1)),
        b.call(tf.constant(1)),
        a.call(tf.constant(2)),
        M.call(a, tf.constant(3)),
    )
    print(
        a.call.experimental_get_tracing_count(),
        a.call.get_concrete_function(tf.TensorSpec([None], tf.int32))(tf.constant([1, 2])),
    )
    print(a.keywords(tf.constant(2), k=5), a.static(1), a.seven)
    print(
        tf.function(functools.partial(lambda a, b: a - b, 1))(tf.constant(5)),
        tf.function(lambda x: x)(1),
    )

    class C:
        def __call__(self, x):
            return x + 1

    print(tf.function(C())(tf.constant(1)))

    @tf.function
    def several(*args, **kwargs):
        return len(args), sorted(kwargs)

    @tf.function
    def keyword_only(x, *, y=2):
        return x * y

    print(
        several(1, 2, a=3, b=tf.constant(1)),
        keyword_only(tf.constant(1)),
        keyword_only(tf.constant(1), y=tf.constant(5)),
    )
    show(lambda: keyword_only(tf.constant(1), tf.constant(1)))
    show(lambda: keyword_only())
    show(lambda: keyword_only(1, z=1))
    show(lambda: tf.function(3))


@transcript
def test_recursion_and_closures(tf):
    @tf.function
    def outer(x):
        @tf.function
        def inner(y):
            print("inner", y.shape)
            return y * 2 + x

        return inner(x) + inner(x + 1)

    @tf.function
    def factorial(n):
        print("rec", n)
        return tf.constant(1) if n == 0 else n * factorial(n - 1)

    print(outer(tf.constant(1)), factorial(4), factorial.experimental_get_tracing_count())
    python_value, tensor, variable = [1], tf.constant(4), tf.Variable(1)

    @tf.function
    def reads():
        return python_value[0], tensor + 1, variable + 1

    print(reads())
    python_value[0], tensor = 100, tf.constant(9)
    variable.assign(5)
    print(reads())


@transcript
def test_variables_are_created_once(tf):
    class Count(tf.Module):
        def __init__(self):
            self.v = None

        @tf.function
        def __call__(self, x):
            print("tracing")
            if self.v is None:
                print("creating")
                self.v = tf.Variable([1.0, 1.0])
            return self.v.assign_add(x * [1.0, 2.0])

    c = Count()
    print(
        c(tf.constant(2.0)),
        c(tf.constant(3.0)),
        c.__call__.experimental_get_tracing_count(),
        c.v.numpy(),
    )
    state = []

    @tf.function
    def grows(x):
        if not state:
            state.append(tf.Variable(10.0))
        return state[0].assign_add(x)

    print(grows(1.0), grows(tf.constant(2.0)), grows(2.0))


@transcript
def test_nested_signatures_and_strings(tf):
    @tf.function(input_signature=[{"a": tf.TensorSpec([None]), "b": [tf.TensorSpec([], tf.int32)]}])
    def f(d):
        print(d)
        return {"s": d["a"] * tf.cast(d["b"][0], tf.float32)}

    print(f({"a": [1.0, 2.0], "b": [3]}), f({"a": tf.constant([1.0]), "b": [tf.constant(2)]}))
    print(f.get_concrete_function())
    show(lambda: f({"a": [1.0, 2.0]}))

    @tf.function
    def outer(x, *, flag):
        print("outer", flag)
        return f({"a": x, "b": [2]})["s"] if flag else x

    print(
        outer(tf.constant([1.0]), flag=True),
        outer(tf.constant([1.0]), flag=False),
        outer(tf.constant([3.0]), flag=True),
    )
    concrete = outer.get_concrete_function(tf.TensorSpec([None]), flag=True)
    print(concrete, concrete(tf.constant([5.0])))

    @tf.function
    def texts(x, name):
        print("trace", x, name)
        return tf.strings.join([x, "-", name]), tf.strings.length(x)

    print(texts(tf.constant("a"), tf.constant("b")), texts(tf.constant(["a", "c"]), "z"))
    print(texts.pretty_printed_concrete_signatures())


@transcript
def test_many_operations_on_open_sizes(tf):
    @tf.function(input_signature=[tf.TensorSpec([None])])
    def f(x):
        print("trace", x.shape, len(x.shape))
        total = 0.0
        for i in tf.range(tf.shape(x)[0]):
            total += x[i] * tf.cast(i, tf.float32)
        if tf.shape(x)[0] > 3:
            kind = tf.reduce_sum(x)
        else:
            kind = tf.reduce_max(x)
        grown = x
        while tf.reduce_sum(grown) < 50.0:
            grown = grown * 2.0 + 1.0
        return (
            len(x),
            total,
            kind,
            grown,
            tf.zeros([tf.shape(x)[0], 2]),
            tf.reshape(x, [-1, 1]) * tf.ones([1, 3]),
            tf.tile(x[None], [2, 1]),
            tf.pad(x, [[1, 1]]),
            x[1:] + x[:-1],
            tf.size(x),
            tf.shape(x),
            tf.argmax(x),
            tf.cumsum(x),
        )

    for n in (3, 4, 5):
        print([v.numpy().tolist() for v in f(tf.range(float(n)))])
    print(f.experimental_get_tracing_count())
    with tf.GradientTape() as tape:
        x = tf.range(4.0)
        tape.watch(x)
        y = f(x)[3]
    print(tape.gradient(y, x))
