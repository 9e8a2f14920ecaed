"""tf.train.Coordinator and ExponentialMovingAverage, tf.xla.experimental, contexts of TensorFlow's runtime."""

from __future__ import annotations

import threading
import time

import pytest

from compat_tests.harness import HOST, our_tf, parity


def _outcome(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:40]}"


@parity(modes=[HOST])
def test_coordinator(tf):
    c = tf.train.Coordinator()
    found = [c.joined, c.should_stop(), c.wait_for_stop(0.01)]
    seen = []

    def work():
        while not c.should_stop():
            seen.append(1)
            c.request_stop()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    c.join(threads)
    found += [c.joined, c.should_stop(), bool(seen)]
    c.clear_stop()
    found += [c.joined, c.should_stop()]
    with c.stop_on_exception():
        raise tf.errors.OutOfRangeError(None, None, "the end")
    return [*found, c.should_stop(), c.join(), c.joined]


@parity(modes=[HOST])
def test_coordinator_gives_up(tf):
    c, end = tf.train.Coordinator(), threading.Event()
    thread = threading.Thread(target=end.wait, name="slow")
    thread.start()
    c.register_thread(thread)
    c.request_stop()
    found = [_outcome(lambda: c.join(stop_grace_period_secs=0.05))]
    end.set()
    thread.join()
    return found


def test_coordinator_reports_exceptions():
    """TensorFlow fails to log the exception here."""
    c = our_tf().train.Coordinator()
    c.request_stop(ValueError("q"))
    begin = time.monotonic()
    with pytest.raises(ValueError, match="q"):
        c.join()
    assert time.monotonic() - begin < 5


@parity(modes=[HOST])
def test_exponential_moving_average(tf):
    found = []
    for i, given in enumerate(({}, {"num_updates": 3}, {"zero_debias": True}, {"name": "other"})):
        # A second average of one name gets a number in TensorFlow.
        e, v = tf.train.ExponentialMovingAverage(0.9, **given), tf.Variable([1.0, 2.0], name=f"v{i}")
        found += [e.average(v), e.apply([v]), e.average(v).read_value(), e.average_name(v), e.name, e.average(v).name]
        for value in ([3.0, 4.0], [5.0, 5.0]):
            v.assign(value)
            e.apply([v])
            found.append(e.average(v).read_value())
        found += [e.average_name(v), e.average(v).trainable]
    found += [len(e.variables_to_restore()) > 0]
    e = tf.train.ExponentialMovingAverage(0.9)
    return [*found, _outcome(lambda: e.apply([tf.constant(1)])), _outcome(lambda: e.apply([tf.Variable(1)])), e.apply()]


@parity(modes=[HOST])
def test_xla_by_its_old_names(tf):
    def scoped(x):
        with tf.xla.experimental.jit_scope():
            return x + 1

    run = tf.xla.experimental.compile
    return [
        run(lambda x, y: (x + y, x * y), [tf.constant(1.0), 2.0]), run(lambda: tf.constant(3.0)), run(lambda x: [x], [1.0]),
        run(lambda: {"a": tf.constant(2.0)}), _outcome(lambda: run(lambda x: x, 3)).partition(":")[0], tf.function(scoped)(1),
        _outcome(lambda: scoped(1)),
    ]  # fmt: skip


@parity(modes=[HOST])
def test_contexts_of_the_runtime(tf):
    with tf.experimental.async_scope(), tf.experimental.function_executor_type("SINGLE_THREADED_EXECUTOR"):
        found = [tf.function(lambda x: x + 1)(1), tf.experimental.async_clear_error()]
    filters = tf.config.experimental.ClusterDeviceFilters()
    filters.set_device_filters("worker", 1, ["/job:ps", "/job:a"])
    info = tf.sysconfig.get_build_info()
    return [*found, str(filters._as_cluster_device_filters()), list(info), list(info.values())]
