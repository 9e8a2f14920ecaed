"""keras.distribution: meshes and layouts as Keras has them; models on 4 virtual devices train as on one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow

import tfjax
from compat_tests.devices.test_devices import python

LIBRARIES = (tensorflow, tfjax)


@pytest.fixture(scope="module")
def trained():
    """What distribution_program.py prints: it needs a process of its own for its 4 devices."""
    source = (Path(__file__).parent / "distribution_program.py").read_text()
    return json.loads(python(source).stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("alone", "together"),
    [
        ("cnn alone", "cnn data"),
        ("transformer alone", "transformer model"),
        ("uneven alone", "uneven data"),
        ("loop alone", "loop model"),
    ],
)
def test_losses_are_those_of_one_device(trained, alone, together):
    np.testing.assert_allclose(trained[together], trained[alone], rtol=1e-5)


@pytest.mark.parametrize("model", ["cnn", "transformer"])
def test_nothing_is_compiled_after_the_first_epoch(trained, model):
    assert trained[f"{model} compiled"] == 0


def test_variables_and_their_slots_are_split_as_the_layout_map_says(trained):
    parts = trained["parts"]
    split = {
        "table/embeddings": ([20, 16], [5, 16]),
        "mlp_0_in/kernel": ([16, 32], [16, 8]),
        "mlp_0_in/bias": ([32], [8]),
        "mlp_1_out/kernel": ([32, 16], [8, 16]),
        "mlp_1_out/bias": ([16], [16]),
        "norm_0/gamma": ([16], [16]),
    }
    for path, (whole, part) in split.items():
        assert parts[path] == [whole, part, 4], path
        for slot in ("momentum", "velocity"):
            (name,) = [k for k in parts if k.endswith(f"{path.replace('/', '_')}_{slot}")]
            assert parts[name] == [whole, part, 4]


def test_a_loop_of_ones_own_keeps_the_layout(trained):
    assert (
        "'batch': 2, 'model': 2" in trained["loop layout"]
        and "P(None, 'model')" in trained["loop layout"]
    )


def test_distribute_tensor(trained):
    assert trained["distribute"][0] == "P('batch', None)" and trained["distribute"][2] == 32.0


def test_two_processes_train_and_save_one_model(tmp_path):
    program = str(Path(__file__).parent / "processes_program.py")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "XLA_FLAGS": "",
    }

    def start(processes, number, folder):
        command = [
            sys.executable,
            program,
            str(processes),
            str(number),
            port,
            str(tmp_path / folder),
        ]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )

    started = [start(2, 0, "two"), start(2, 1, "two"), start(1, 0, "one")]
    try:
        ended = [(process.communicate(timeout=60), process.returncode) for process in started]
    finally:
        for process in started:
            process.kill()
    assert [code for _, code in ended] == [0, 0, 0], ended
    first, second, alone = (json.loads(out.splitlines()[-1]) for (out, _), _ in ended)
    for number, found in enumerate((first, second)):
        np.testing.assert_allclose(found["losses"], alone["losses"], rtol=1e-5)
        assert found["processes"] == [2, number, 4] and found["own"] == number
        assert found["restored"] and found["part"] == [4, 4]


def _mesh(tf, shape=(2, 2), names=("batch", "model")):
    devices = [f"cpu:{i}" for i in range(int(np.prod(shape)))]
    return tf.keras.distribution.DeviceMesh(shape, list(names), devices)


WRONG = {
    "devices": lambda d, mesh: d.DeviceMesh((2, 3), ["a", "b"], ["cpu:0"] * 4),
    "names": lambda d, mesh: d.DeviceMesh((2, 2), ["a"], ["cpu:0"] * 4),
    "empty shape": lambda d, mesh: d.DeviceMesh((), ["a"]),
    "empty names": lambda d, mesh: d.DeviceMesh((4,), None),
    "axis": lambda d, mesh: d.TensorLayout(["other", None], mesh),
    "not a layout": lambda d, mesh: d.LayoutMap(mesh).__setitem__("a", 3),
    "axis in map": lambda d, mesh: d.LayoutMap(mesh).__setitem__("a", ("other",)),
    "not a mesh": lambda d, mesh: d.DataParallel(device_mesh=3),
    "no map": lambda d, mesh: d.ModelParallel(),
    "not a map": lambda d, mesh: d.ModelParallel(layout_map=3),
    "batch axis": lambda d, mesh: d.ModelParallel(
        layout_map=d.LayoutMap(mesh), batch_dim_name="x"
    ).get_data_layout((4,)),
}


@pytest.mark.parametrize("case", WRONG)
def test_errors_are_keras_s(case):
    texts = []
    for tf in LIBRARIES:
        with pytest.raises(ValueError) as caught:
            WRONG[case](tf.keras.distribution, _mesh(tf))
        # Sets print in any order.
        texts.append(sorted(str(caught.value)))
    assert texts[1] == texts[0]


def test_layout_maps_look_paths_up_as_keras_does():
    def run(tf):
        d = tf.keras.distribution
        mesh = _mesh(tf)
        layouts = d.LayoutMap(mesh)
        layouts["d.*kernel"] = ("model", None)
        layouts["x/.*/bias"] = d.TensorLayout(["model"])
        paths = (
            "dense/kernel",
            "dense/kernel2",
            "my_dense/kernel",
            "dkernel",
            "x/a/bias",
            "y/x/a/bias",
            "x/.*/bias",
        )
        found = [repr(layouts[p]) for p in paths]
        found += [len(layouts), list(layouts), layouts.device_mesh is mesh]
        for key in ("d.*kernel", ".*/kernel"):
            try:
                layouts[key] = (None, "model")
                layouts["dense/kernel"]
            except ValueError as error:
                found.append(str(error))
        parallel = d.ModelParallel(layout_map=layouts)
        variable = tf.keras.Variable(np.ones((4, 2)), name="v")
        found += [
            repr(parallel),
            parallel.batch_dim_name,
            repr(parallel.get_data_layout((8, 3))),
            repr(parallel.get_variable_layout(variable)),
            repr(parallel.get_tensor_layout("dkernel")),
        ]
        with parallel.scope():
            found.append(d.distribution() is parallel)
        return [*found, d.distribution(), mesh.shape, mesh.axis_names, mesh.devices.tolist()]

    theirs, ours = (run(tf) for tf in LIBRARIES)
    assert ours == theirs


def test_layouts_that_do_not_fit_say_what_does_not():
    d = tfjax.keras.distribution
    mesh = d.DeviceMesh((1,), ["model"], ["cpu:0"])
    with pytest.raises(ValueError, match="has 2 axes, its shape"):
        d.distribute_tensor(np.ones(3), d.TensorLayout(["model", None], mesh))
    with pytest.raises(ValueError, match="device mesh is not set"):
        d.TensorLayout(["model"]).backend_layout  # noqa: B018
    with pytest.raises(ValueError, match="There is no device 'cpu:77'"):
        d.DeviceMesh((1,), ["model"], ["cpu:77"]).backend_mesh  # noqa: B018
    with pytest.raises(ValueError, match="must be a Distribution or None"):
        d.set_distribution(3)
    with pytest.raises(ValueError, match="`devices` must be a list"):
        d.DataParallel(devices=3)
    done = python(
        """
        import tfjax as tf
        d = tf.keras.distribution
        layouts = d.LayoutMap(d.DeviceMesh((2,), ["model"]))
        layouts[".*kernel"] = ("model", None)
        with d.ModelParallel(layout_map=layouts).scope():
            try:
                tf.keras.layers.Dense(4, name="odd").build((None, 7))
            except ValueError as error:
                print(error)
        """,
        XLA_FLAGS="--xla_force_host_platform_device_count=2",
    )
    assert "'odd/kernel'" in done.stdout and "7 is not a multiple of the 2 devices" in done.stdout


@pytest.mark.gpu
def test_a_model_is_split_over_gpus():
    d = tfjax.keras.distribution
    devices = d.list_devices("gpu")
    layouts = d.LayoutMap(d.DeviceMesh((1, len(devices)), ["batch", "model"], devices))
    layouts[".*wide/kernel"] = (None, "model")
    with d.ModelParallel(layout_map=layouts).scope():
        k = tfjax.keras.layers
        model = tfjax.keras.Sequential(
            [k.Input((8,)), k.Dense(16 * len(devices), name="wide"), k.Dense(1)]
        )
        model.compile("adam", "mse")
        losses = model.fit(np.ones((32, 8)), np.ones((32, 1)), epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert len(model.layers[0].kernel.jax().devices()) == len(devices)
