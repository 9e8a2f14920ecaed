"""tf.train.Checkpoint and its manager, next to TensorFlow; TensorFlow's own checkpoints are read."""

from __future__ import annotations

import os

import numpy as np
import pytest

import tfjax as tf


@pytest.fixture(scope="module")
def real():
    import tensorflow

    return tensorflow


def make(library):
    class Net(library.keras.Model):
        def __init__(self):
            super().__init__()
            self.l1 = library.keras.layers.Dense(5)

        def call(self, x):
            return self.l1(x)

    net = Net()
    optimizer = library.keras.optimizers.Adam(0.1)
    iterator = iter(library.data.Dataset.range(10).batch(2))
    checkpoint = library.train.Checkpoint(step=library.Variable(1), optimizer=optimizer, net=net, iterator=iterator)
    return net, optimizer, iterator, checkpoint


def train_step(library, net, optimizer):
    with library.GradientTape() as tape:
        loss = library.reduce_mean(net(np.ones((3, 4), "float32")) ** 2)
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))
    return float(loss)


@pytest.mark.parametrize("name", ["tfjax", "tensorflow"])
def test_guide(name, tmp_path, real):
    library = tf if name == "tfjax" else real
    net, optimizer, iterator, checkpoint = make(library)
    manager = library.train.CheckpointManager(checkpoint, str(tmp_path), max_to_keep=3)
    assert manager.restore_or_initialize() is None
    for _ in range(4):
        checkpoint.step.assign_add(1)
        next(iterator)
        train_step(library, net, optimizer)
        manager.save()
    assert [os.path.basename(p) for p in manager.checkpoints] == ["ckpt-2", "ckpt-3", "ckpt-4"]

    net2, optimizer2, iterator2, checkpoint2 = make(library)
    if library is real:  # Keras 3 on TensorFlow does not restore what is built later; Keras 2 did
        net2(np.ones((1, 4), "float32"))
        optimizer2.build(net2.trainable_variables)
    newest = library.train.latest_checkpoint(str(tmp_path))
    assert newest == manager.latest_checkpoint == str(tmp_path / "ckpt-4")
    status = checkpoint2.restore(newest)
    assert int(checkpoint2.step) == 5 and int(checkpoint2.save_counter) == 4
    assert next(iterator2).numpy().tolist() == [8, 9]
    # The network is built, and its weights restored, when it is first called.
    losses = [[train_step(library, *pair) for _ in range(3)] for pair in ((net, optimizer), (net2, optimizer2))]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    status.assert_existing_objects_matched()


def test_assertions(tmp_path):
    path = tf.train.Checkpoint(a=tf.Variable(1.0), b=tf.Variable(2.0)).save(str(tmp_path / "c"))
    only = tf.train.Checkpoint(a=tf.Variable(0.0))
    status = only.restore(path)
    assert float(only.a) == 1.0
    status.assert_existing_objects_matched().expect_partial()
    with pytest.raises(AssertionError, match="not bound to checkpointed values"):
        status.assert_consumed()
    more = tf.train.Checkpoint(a=tf.Variable(0.0), c=tf.Variable(0.0))
    with pytest.raises(AssertionError, match="not assigned a value"):
        more.restore(path).assert_existing_objects_matched()
    with pytest.raises(ValueError, match="incompatible tensor with shape"):
        tf.train.Checkpoint(a=tf.Variable([1.0, 2.0])).restore(path)
    with pytest.raises(tf.errors.NotFoundError):
        only.restore(str(tmp_path / "nothing"))
    with pytest.raises(ValueError, match="trackable"):
        tf.train.Checkpoint(a=3)
    assert tf.train.latest_checkpoint(str(tmp_path / "no")) is None


def test_module_that_creates_later(tmp_path):
    class Lazy(tf.Module):
        def __call__(self, x):
            if not hasattr(self, "w"):
                self.w = tf.Variable(tf.zeros(x.shape))
            return x + self.w

    first = Lazy()
    first(tf.ones(2))
    first.w.assign([3.0, 4.0])
    path = tf.train.Checkpoint(first).write(str(tmp_path / "lazy"))
    second = Lazy()
    status = tf.train.Checkpoint(second).read(path)
    assert second(tf.ones(2)).numpy().tolist() == [4.0, 5.0]
    status.assert_consumed()


def test_reads_checkpoints_of_tensorflow(tmp_path, real):
    def build(library):
        layers = library.keras.layers
        model = library.keras.Sequential([layers.Input((3,)), layers.Dense(4), layers.BatchNormalization(), layers.Dense(1)])
        model.compile(library.keras.optimizers.Adam(0.01), "mse")
        items = {"a": library.Variable(1, dtype="int64"), "half": library.Variable([1.5], dtype="bfloat16")}
        return model, library.train.Checkpoint(model=model, optimizer=model.optimizer, items=items, flag=library.Variable(True))

    x, y = np.random.RandomState(0).rand(32, 3).astype("float32"), np.ones((32, 1), "float32")
    theirs, saver = build(real)
    theirs.fit(x, y, verbose=0)
    path = saver.save(str(tmp_path / "tf"))
    ours, restorer = build(tf)
    ours.optimizer.build(ours.trainable_variables)
    restorer.restore(path).assert_existing_objects_matched()
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), atol=1e-6)
    histories = [m.fit(x, y, epochs=3, shuffle=False, verbose=0).history["loss"] for m in (ours, theirs)]
    np.testing.assert_allclose(*histories, rtol=1e-5)
    assert tf.train.list_variables(path) == [(k, v) for k, v in real.train.list_variables(path)]
    for key, _ in real.train.list_variables(path):
        if not key.startswith("_"):
            np.testing.assert_array_equal(tf.train.load_variable(path, key), real.train.load_variable(path, key))


def test_damaged_bundle(tmp_path, real):
    path = real.train.Checkpoint(v=real.Variable(np.arange(1000.0))).save(str(tmp_path / "b"))
    data = f"{path}.data-00000-of-00001"
    with open(data, "r+b") as file:
        file.seek(500)
        file.write(b"\1\2\3\4")
    with pytest.raises(tf.errors.DataLossError):
        tf.train.Checkpoint(v=tf.Variable(np.zeros(1000))).restore(path)
    with open(f"{path}.index", "wb") as file:
        file.write(b"nothing")
    with pytest.raises(tf.errors.DataLossError, match="bad magic"):
        tf.train.load_checkpoint(path)
