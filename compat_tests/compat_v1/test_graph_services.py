"""Savers, iterators, schedules and default placeholders in graphs of TensorFlow 1."""

from __future__ import annotations

import os

import numpy as np

from compat_tests.harness import HOST, parity, real_tf


@parity(modes=(HOST,))
def test_iterators_of_datasets(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        dataset = tf.data.Dataset.range(5).map(lambda v: (v, v * 2)).batch(2)
        iterator = v1.data.make_initializable_iterator(dataset)
        a, b = iterator.get_next()
        total = tf.reduce_sum(a + b)
        once = v1.data.make_one_shot_iterator(tf.data.Dataset.range(2)).get_next()
        out = [a.shape.as_list(), b.dtype.name]
        try:
            session.run(total)
        except tf.errors.FailedPreconditionError:
            out.append("not started")
        for _ in range(2):
            session.run(iterator.initializer)
            while True:
                try:
                    out.append(session.run([total, a]))
                except tf.errors.OutOfRangeError:
                    break
        return out, session.run([once, once + 10]), session.run(once)


@parity(modes=(HOST,))
def test_schedules_and_default_placeholders(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        step = v1.train.get_or_create_global_step()
        keep = v1.placeholder_with_default(0.5, [], name="keep")
        rates = [
            v1.train.exponential_decay(0.1, step, 2, 0.5), v1.train.exponential_decay(0.1, step, 2, 0.5, staircase=True),
            v1.train.piecewise_constant(step, [2], [1.0, 0.1]), v1.train.polynomial_decay(0.1, step, 10),
            v1.train.inverse_time_decay(0.1, step, 2, 0.5), v1.train.cosine_decay(0.1, step, 10),
        ]  # fmt: skip
        session.run(v1.global_variables_initializer())
        out = []
        for _ in range(2):
            out += [session.run(rates), session.run(v1.assign_add(step, 3))]
        return keep.name, session.run(keep * 2.0), session.run(keep * 2.0, {keep: 4.0}), out


@parity(modes=(HOST,))
def test_constants_are_tensors_of_the_graph(tf):
    with tf.Graph().as_default() as graph, tf.compat.v1.Session() as session:
        c = tf.constant([1.0, 2.0], name="c")
        d = tf.reshape(c, tf.constant([2, 1])) + 1.0
        return c.name, c.op.type, c.graph is graph, d.shape.as_list(), session.run([c, d]), session.run(d, {c: [5.0, 6.0]}), tf.get_static_value(c)


def _program(tf, path: str, restore: bool) -> list:
    """Trains and saves in one session, or restores in another."""
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        v = v1.get_variable("scope/v", initializer=np.arange(6, dtype=np.float32).reshape(2, 3))
        n = v1.get_variable("n", initializer=np.int64(7))
        saver = v1.train.Saver(max_to_keep=2)
        if restore:
            saver.restore(session, tf.train.latest_checkpoint(path))
            return session.run([v, n])
        session.run(v1.global_variables_initializer())
        for step in range(3):
            session.run(v.assign_add(tf.ones([2, 3])))
            saved = saver.save(session, os.path.join(path, "model"), global_step=step, write_meta_graph=False)
        return [os.path.basename(p) for p in saver.last_checkpoints] + [os.path.basename(saved)]


def test_savers_read_each_others_files(tmp_path):
    import tfjax as ours

    theirs = real_tf()
    for writer, reader in ((ours, theirs), (theirs, ours), (ours, ours)):
        path = tmp_path / f"{writer.__name__}-{reader.__name__}"
        path.mkdir()
        assert _program(writer, str(path), False) == ["model-1", "model-2", "model-2"]
        assert {p.name.partition(".")[0] for p in path.iterdir()} == {"checkpoint", "model-1", "model-2"}
        v, n = _program(reader, str(path), True)
        np.testing.assert_array_equal(v, np.arange(6, dtype=np.float32).reshape(2, 3) + 3.0)
        assert n == 7
