"""AutoGraph: statements on tensors, and the errors of those that cannot be, with the user's lines."""

from compat_tests.function.transcripts import show, transcript


@transcript
def test_if(tf):
    @tf.function
    def branches(x):
        print("tracing")
        if x > 0:
            print("positive")
            y = x * 2
        elif x == 0:
            print("zero")
            y = x + 100
        else:
            print("negative")
            y = -x
        return y

    @tf.function
    def early(x):
        if x > 0:
            return x
        return -x

    @tf.function
    def expressions(a, b):
        return (
            a if a > b else tf.zeros_like(a),
            a > 0 and b > 0,
            a > 0 or b > 0,
            not (a > 0),
            a == b,
            0 < a < 3,
        )

    for v in (1, 0, -1):
        print(
            branches(tf.constant(v)),
            early(tf.constant(v)),
            expressions(tf.constant(v), tf.constant(2)),
        )


@transcript
def test_if_that_cannot_be(tf):
    @tf.function
    def undefined(x):
        if x > 0:
            y = x
        return y

    @tf.function
    def dtypes(x):
        if x > 0:
            y = 1
        else:
            y = 1.0
        return y

    @tf.function
    def no_return(x):
        if x > 0:
            return x

    @tf.function
    def none(x):
        if x > 0:
            y = None
        else:
            y = x
        return y

    @tf.function
    def unused(x):
        if x > 1:
            w = 2  # noqa: F841
        return x

    @tf.function
    def shapes(x):
        if x > 0:
            y = tf.zeros([2])
        else:
            y = tf.zeros([3])
        return y

    for f in (undefined, dtypes, no_return, none, unused, shapes):
        show(lambda: f(tf.constant(1)), 9)


@transcript
def test_while(tf):
    @tf.function
    def jumps(n):
        i = s = 0
        while i < n:
            i += 1
            if i % 2 == 0:
                continue
            if i > 7:
                break
            s += i
        return s, i

    @tf.function
    def collatz(n):
        steps = 0
        while n != 1:
            if n % 2 == 0:
                n = n // 2
            else:
                n = 3 * n + 1
            steps += 1
        return steps

    @tf.function
    def python(n):
        i = 0
        while i < 2:
            i += 1
            print("python", i)
        return n + i

    @tf.function
    def pair(n):
        a, b, last = 0, 1, None
        while n > 0:
            a, b, last = b, a + b, a
            n -= 1
        return a, last

    print(
        jumps(tf.constant(5)),
        jumps(tf.constant(100)),
        collatz(tf.constant(27)),
        python(tf.constant(1)),
        pair(tf.constant(10)),
    )


@transcript
def test_loops_that_cannot_be(tf):
    @tf.function
    def dtype(n):
        x = 0
        while n > 0:
            x = 1.5
            n -= 1
        return x

    @tf.function
    def shape(n):
        x = tf.zeros([1])
        while n > 0:
            x = tf.concat([x, x], 0)
            n -= 1
        return x

    @tf.function
    def allowed(n):
        x = tf.zeros([1])
        while n > 0:
            tf.autograph.experimental.set_loop_options(
                shape_invariants=[(x, tf.TensorShape([None]))]
            )
            x = tf.concat([x, x], 0)
            n -= 1
        return x

    @tf.function
    def first_in_loop(n):
        while n > 0:
            y = n
            n -= 1
        return y

    for f in (dtype, shape, allowed, first_in_loop):
        show(lambda: f(tf.constant(3)), 9)


@transcript
def test_for(tf):
    @tf.function
    def over_range(n):
        s = 0
        for i in tf.range(n):
            s += i
        return s

    @tf.function
    def over_python_range(n):
        s = 0
        for i in range(n):
            s += i
        return s

    @tf.function
    def over_rows(x):
        s = tf.zeros_like(x[0])
        for row in x:
            if row[0] > 2.0:
                break
            s += row
        return s

    @tf.function
    def unrolled(x):
        s = x
        for i, (k, v) in enumerate({"a": 1, "b": 2}.items()):
            print("python", i, k)
            s += v
        return [s * j for j in range(2)], sum(v for v in (1, 2)), {k: s for k in "ab"}

    print(
        over_range(tf.constant(5)),
        over_range(tf.constant(0)),
        over_python_range(tf.constant(4)),
        over_python_range(3),
    )
    print(over_rows(tf.constant([[1.0, 2.0], [2.0, 5.0], [3.0, 4.0]])), unrolled(tf.constant(2)))


@transcript
def test_calls(tf):
    def helper(x):
        if x > 0:
            return x * 10
        return x

    class Scale:
        def __init__(self):
            self.limit = 3
            self.w = tf.Variable(2)

        def __call__(self, x):
            if x > self.limit:
                return x - self.limit
            return self.w * x

        @tf.function
        def call(self, x):
            double = lambda a: a * 2 if a > 0 else a  # noqa: E731
            return self(x) + helper(x) + double(x)

    scale = Scale()
    print(scale.call(tf.constant(4)), scale.call(tf.constant(-1)))

    @tf.autograph.experimental.do_not_convert
    def plain(x):
        print("plain", x)
        return x + 1

    @tf.function
    def closures(x):
        count = 0

        def inner():
            nonlocal count
            count += 1
            if x > 0:
                return x
            return -x

        inner()
        return inner() + count + plain(x)

    print(closures(tf.constant(-5)))


@transcript
def test_functions_that_are_left_as_they_are(tf):
    @tf.function
    def handles(x):
        try:
            raise KeyError("a")
        except KeyError as error:
            return x + len(error.args)

    @tf.function
    def matches(x):
        match 2:
            case 1:
                return x
            case _:
                return x * 5

    @tf.function
    def generates(x):
        return sum(v for v in (lambda: (yield x))())

    print(handles(tf.constant(1)), matches(tf.constant(1)), generates(tf.constant(1)))


@transcript
def test_errors_name_the_lines_of_the_user(tf):
    def inner(x):
        raise ValueError("my own\ntext")

    @tf.function
    def nested(x):
        return inner(x)

    @tf.function
    def dtypes(x):
        return x + tf.constant(1)

    @tf.function
    def names(x):
        return undefined_name + x  # noqa: F821

    @tf.function
    def keys(x):
        return {}["k"]

    @tf.function
    def variables(x):
        v = tf.Variable(1.0)
        return v + x

    class Own(Exception):
        pass

    @tf.function
    def own(x):
        raise Own("mine")

    for f in (nested, dtypes, names, keys, variables, own):
        show(lambda: f(tf.ones([2, 3])), 12)


@transcript
def test_api(tf):
    def f(x):
        if x > 0:
            x = x * x
        return x

    graph = tf.autograph.to_graph(f)
    print(graph(3), graph(-2), tf.function(graph, autograph=False)(tf.constant(3)))
    print(tf.autograph.to_code(f))
    tf.autograph.set_verbosity(0)
    tf.autograph.trace("hello", 1)
    print(tf.autograph.experimental.Feature.ALL)


def test_generated_source_is_kept_in_memory():
    import glob
    import os
    import tempfile
    import traceback

    from compat_tests.harness import our_tf

    tf = our_tf()
    pattern = os.path.join(tempfile.gettempdir(), f"__autograph_generated_file*{os.getpid()}*")

    @tf.function
    def fails(x):
        if x > 0:
            x = undefined_name + x  # noqa: F821
        return x

    try:
        fails(tf.constant(1))
    except NameError as error:
        text = "".join(traceback.format_tb(error.__traceback__))
    assert "ag__.ld(undefined_name)" in text  # the generated line itself
    assert not glob.glob(pattern)
