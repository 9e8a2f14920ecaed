"""tf.summary, the TensorBoard callback and profiles. TensorFlow reads the event files.

TensorFlow's own tf.summary.scalar needs the tensorboard package, which the tests do without: what it
writes was recorded once with tensorboard 2.20.
"""

import zlib

import numpy as np
import pytest

from compat_tests.harness import our_tf, real_tf
from tfjax._src.eager import frame as frames


def events(folder):
    """(step, tag, plugin, array) of all values in a directory's event files, read by TensorFlow."""
    from tensorflow.core.util import event_pb2

    real = real_tf()
    found = []
    for path in sorted(folder.glob("events.out.tfevents.*")):
        records = [r.numpy() for r in real.data.TFRecordDataset(str(path))]
        assert event_pb2.Event.FromString(records[0]).file_version == "brain.Event:2"
        for data in records[1:]:
            event = event_pb2.Event.FromString(data)
            assert event.wall_time > 1e9
            for value in event.summary.value:
                array = real.make_ndarray(value.tensor)
                found.append((event.step, value.tag, value.metadata.plugin_data.plugin_name, array))
    return found


def test_values(tmp_path):
    tf = our_tf()
    assert not bool(tf.summary.scalar("a", 1.0, step=1))
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default(step=7):
        assert bool(tf.summary.scalar("a", 2, step=3, description="text"))
        with tf.name_scope("scope"):
            tf.summary.scalar("b", tf.constant(3, tf.int64))
        tf.summary.histogram("h", np.arange(100.0))
        tf.summary.histogram("empty", [])
        tf.summary.histogram("one", [2.0, 2.0], buckets=5)
        tf.summary.image("im", np.linspace(0, 1, 72).reshape(2, 3, 4, 3).astype(np.float32), max_outputs=1)
        tf.summary.text("t", [["a", "b"]])
        tf.summary.audio("au", np.linspace(-1, 1, 8).reshape(1, 8, 1).astype(np.float32), sample_rate=8000)
        tf.summary.write("raw", tf.constant([1, 2]), step=9)
        with tf.summary.record_if(False):
            assert not bool(tf.summary.scalar("no", 1.0))
        with tf.summary.record_if(lambda: True):
            tf.summary.scalar("yes", 1.0)
    writer.close()
    found = events(tmp_path)
    assert [(s, t, p) for s, t, p, _ in found] == [
        (3, "a", "scalars"), (7, "scope/b", "scalars"), (7, "h", "histograms"), (7, "empty", "histograms"),
        (7, "one", "histograms"), (7, "im", "images"), (7, "t", "text"), (7, "au", "audio"), (9, "raw", ""), (7, "yes", "scalars"),
    ]
    arrays = {t: a for _, t, _, a in found}
    assert arrays["a"] == np.float32(2) and arrays["scope/b"].dtype == np.float32
    assert arrays["h"].shape == (30, 3) and arrays["h"][:3, 2].tolist() == [4, 3, 3] and arrays["h"][:, 2].sum() == 100
    np.testing.assert_allclose(arrays["h"][1, :2], [3.3, 6.6])
    assert not arrays["empty"].any() and arrays["one"].tolist() == [[2, 2, 0]] * 4 + [[2, 2, 2]]
    width, height, data = arrays["im"]
    assert (width, height) == (b"4", b"3")
    np.testing.assert_array_equal(
        real_tf().io.decode_png(data).numpy(),
        real_tf().image.convert_image_dtype(np.linspace(0, 1, 72).reshape(2, 3, 4, 3).astype(np.float32)[0], "uint8", saturate=True),
    )
    assert arrays["t"].tolist() == [[b"a", b"b"]]
    # Recorded from tensorboard.
    assert arrays["au"][0, 0] == (
        b"RIFF4\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0@\x1f\0\0\x80>\0\0\2\0\x10\0data\x10\0\0\0"
        b"\0\x80\x92\xa4%\xc9\xb7\xedI\x12\xdb6n[\xff\x7f"
    )


def test_steps_and_errors(tmp_path):
    tf = our_tf()
    writer = tf.summary.create_file_writer(str(tmp_path), filename_suffix=".sfx")
    step = tf.Variable(4, dtype=tf.int64)
    with writer.as_default():
        with pytest.raises(ValueError, match="No step set"):
            tf.summary.scalar("a", 1.0)
        tf.summary.experimental.set_step(step)
        step.assign(5)
        tf.summary.scalar("a", 1.0)
        tf.summary.experimental.set_step(None)
        for call, error in (
            (lambda: tf.summary.scalar("x", [1.0, 2.0], step=1), "Expected scalar shape, saw shape: \\(2,\\)."),
            (lambda: tf.summary.image("x", np.zeros((2, 2)), step=1), "must have rank 4"),
            (lambda: tf.summary.scalar("x", 1.0, step=[1, 2]), "must be a scalar"),
        ):
            with pytest.raises(ValueError, match=error):
                call()
        with pytest.raises(TypeError, match="tf.string; got tf.int32"):
            tf.summary.text("x", 3, step=1)
    with tf.summary.experimental.summary_scope("s") as (tag, scope):
        assert (tag, scope) == ("s", "s/")
    writer.close()
    with pytest.raises(RuntimeError, match="already closed"), writer.as_default():
        pass
    assert [e[:2] for e in events(tmp_path)] == [(5, "a")] and next(tmp_path.iterdir()).name.endswith(".sfx")
    with tf.summary.create_noop_writer().as_default(step=1):
        assert not bool(tf.summary.scalar("q", 1.0))


def test_inside_functions(tmp_path, monkeypatch):
    tf = our_tf()
    # Another test of this process may have made a mesh: programs for several devices keep no order.
    monkeypatch.setitem(frames._effects, "spread", False)
    writer = tf.summary.create_file_writer(str(tmp_path))

    @tf.function
    def train(step):
        with tf.summary.record_if(step % 2 == 0):
            tf.summary.scalar("loss", tf.cast(step, tf.float32) * 2.0, step=step)
        tf.summary.scalar("known", 1.0, step=step)
        return step

    with writer.as_default():
        for i in range(4):
            train(tf.constant(i, tf.int64))
    writer.close()
    values = [(s, t, float(a)) for s, t, _, a in events(tmp_path)]
    assert values == [(0, "loss", 0.0), (0, "known", 1.0), (1, "known", 1.0), (2, "loss", 4.0), (2, "known", 1.0), (3, "known", 1.0)]


def _model(tf):
    layers = [tf.keras.Input((3,)), tf.keras.layers.Dense(2, name="d1"), tf.keras.layers.Dense(1, name="d2")]
    model = tf.keras.Sequential(layers)
    model.compile("adam", "mse", metrics=["mae"])
    return model


def _tags(tf, folder, **options):
    callback = tf.keras.callbacks.TensorBoard(str(folder), **options)
    _model(tf).fit(
        np.ones((8, 3)), np.ones((8, 1)), validation_data=(np.ones((4, 3)), np.ones((4, 1))), epochs=2, batch_size=4,
        verbose=0, callbacks=[callback],
    )
    parts = {}
    for part in ("train", "validation"):
        found = [(s, t.split("/", 1)[-1] if "histogram" in t or "image" in t else t, p) for s, t, p, _ in events(folder / part)]
        parts[part] = found
    return parts


def test_tensorboard_callback(tmp_path):
    tf = our_tf()
    plain = _tags(tf, tmp_path / "a")
    train = [(0, "keras", "graph_keras_model")]
    train += [(e, f"epoch_{t}", "scalars") for e in (0, 1) for t in ("loss", "mae", "learning_rate")]
    assert plain["train"] == train
    validation = []
    for epoch in (0, 1):
        validation += [(2 * epoch + 2, f"evaluation_{t}_vs_iterations", "scalars") for t in ("loss", "mae")]
        validation += [(epoch, f"epoch_{t}", "scalars") for t in ("loss", "mae")]
    assert sorted(plain["validation"]) == sorted(validation)

    full = _tags(tf, tmp_path / "b", histogram_freq=2, write_images=True, update_freq=1, write_graph=False)["train"]
    assert [s for s, t, _ in full if t == "batch_loss"] == [1, 2, 3, 4]
    assert (0, "d1/kernel/histogram", "histograms") in full and (0, "d1/kernel/image", "images") in full
    assert not any(s == 1 and "histogram" in t for s, t, _ in full)


def test_profiles(tmp_path):
    tf = our_tf()
    with pytest.raises(tf.errors.UnavailableError):
        tf.profiler.experimental.stop()
    with tf.profiler.experimental.Profile(str(tmp_path)), tf.profiler.experimental.Trace("step", step_num=1):
        tf.matmul(tf.ones([8, 8]), tf.ones([8, 8]))
        with pytest.raises(tf.errors.AlreadyExistsError):
            tf.profiler.experimental.start(str(tmp_path))
    assert list(tmp_path.rglob("*.xplane.pb"))
    tf.summary.trace_on(graph=True)
    tf.summary.trace_off()
    with pytest.raises(ValueError, match="Must enable trace"):
        tf.summary.trace_export("x")


def test_png_lines_are_stored():
    from tfjax._src.summary import media

    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    data = media.png(image)
    assert zlib.decompress(data[data.index(b"IDAT") + 4 : -16])[1:13] == image[0].tobytes()
