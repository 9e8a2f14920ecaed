"""tf.config next to JAX: what is set before JAX starts takes effect there.

What scripts see is compared with TensorFlow in `programs/corpus/virtual_devices.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

import tfjax as tf
from tfjax._src.devices import environment


def python(source: str, **variables: str) -> subprocess.CompletedProcess:
    """Runs a program in a fresh process, where JAX has not started."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XLA_", "TF_", "NPROC"))}
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**kept, "PYTHONPATH": path, **variables},
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"TF_FORCE_GPU_ALLOW_GROWTH": "true"}, {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}),
        ({"TF_FORCE_GPU_ALLOW_GROWTH": "false"}, {"XLA_PYTHON_CLIENT_PREALLOCATE": "true"}),
        ({"TF_FORCE_GPU_ALLOW_GROWTH": "1", "XLA_PYTHON_CLIENT_PREALLOCATE": "true"}, {}),
        ({"TF_NUM_INTRAOP_THREADS": "3"}, {"NPROC": "3"}),
        (
            {"TF_DETERMINISTIC_OPS": "1", "XLA_FLAGS": "--a=1"},
            {"XLA_FLAGS": "--a=1 --xla_gpu_deterministic_ops=true"},
        ),
        ({"TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit"}, {}),
    ],
)
def test_environment_reaches_jax(given, expected):
    variables = dict(given)
    assert environment.apply(variables) == []
    assert variables == {**given, **expected}


def test_what_jax_has_no_counterpart_for_is_named():
    given = {
        "TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_clustering_debug",
        "TF_ENABLE_AUTO_MIXED_PRECISION": "1",
    }
    left = environment.apply(given)
    assert len(left) == 2
    assert "--tf_xla_clustering_debug" in left[0] and "auto_jit" not in left[0]
    assert "TF_ENABLE_AUTO_MIXED_PRECISION" in left[1] and "set_global_policy" in left[1]
    assert environment.apply({"TF_ENABLE_AUTO_MIXED_PRECISION": "0"}) == []


def test_settings_before_the_start_take_effect():
    done = python(
        """
        import os
        import tfjax as tf
        import jax
        from tfjax._src.devices import physical
        assert not physical.started()
        tf.config.threading.set_intra_op_parallelism_threads(7)
        cpu, = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 3)
        tf.constant([1, 2]) + 3
        assert not physical.started()
        print(len(jax.devices()), len(tf.config.list_logical_devices("CPU")), physical.started())
        names = [open(f"/proc/self/task/{t}/comm").read().strip() for t in os.listdir("/proc/self/task")]
        print(sum("XLAEigen" in name for name in names))
        """,
        # Two sources of the number of CPUs would make JAX raise.
        XLA_FLAGS="--xla_force_host_platform_device_count=8",
        TF_XLA_FLAGS="--tf_xla_clustering_debug",
        TF_ENABLE_AUTO_MIXED_PRECISION="1",
    )
    assert done.stdout.split() == ["3", "3", "True", "7"]
    warnings = [line for line in done.stderr.splitlines() if "have no effect" in line]
    assert len(warnings) == 1
    assert "--tf_xla_clustering_debug" in warnings[0] and "AUTO_MIXED" in warnings[0]


def test_xla_flags_give_logical_devices():
    done = python(
        "import tfjax as tf; print(len(tf.config.list_physical_devices()), len(tf.config.list_logical_devices('CPU')))",
        XLA_FLAGS="--xla_force_host_platform_device_count=2",
    )
    assert done.stdout.split() == ["1", "2"]


def test_log_device_placement_names_ops(caplog):
    tf.debugging.set_log_device_placement(True)
    try:
        tf.add(1.0, 2.0)
    finally:
        tf.debugging.set_log_device_placement(False)
    tf.multiply(1.0, 2.0)
    messages = [record.getMessage() for record in caplog.records]
    assert [m for m in messages if "AddV2" in m and "CPU:0" in m] and not [
        m for m in messages if "Mul " in m
    ]


def test_tensor_float_32_reaches_jax():
    import jax

    tf.config.experimental.enable_tensor_float_32_execution(False)
    try:
        assert jax.config.jax_default_matmul_precision == "highest"
        assert not tf.config.experimental.tensor_float_32_execution_enabled()
    finally:
        tf.config.experimental.enable_tensor_float_32_execution(True)
    assert jax.config.jax_default_matmul_precision is None


def test_a_gpu_is_not_split(monkeypatch):
    gpu = tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU")
    monkeypatch.setattr("tfjax._src.devices.physical._hardware", lambda kind: 1)
    two = [tf.config.LogicalDeviceConfiguration(memory_limit=64)] * 2
    with pytest.raises(tf.errors.UnimplementedError, match="logical_devices"):
        tf.config.set_logical_device_configuration(gpu, two)


def test_auto_mixed_precision_of_graphs_is_named(caplog):
    before = tf.config.optimizer.get_experimental_options()
    tf.config.optimizer.set_experimental_options({"auto_mixed_precision": True, "unheard_of": True})
    try:
        assert "set_global_policy" in caplog.records[-1].getMessage()
        assert tf.config.optimizer.get_experimental_options() == {
            **before,
            "auto_mixed_precision": True,
        }
    finally:
        tf.config.optimizer.set_experimental_options({"auto_mixed_precision": False})


@pytest.mark.gpu
def test_a_gpu_is_found_named_and_measured():
    gpus = tf.config.list_physical_devices("GPU")
    assert gpus and gpus[0].name == "/physical_device:GPU:0"
    assert len(tf.config.list_logical_devices("GPU")) == len(gpus)
    x = tf.random.uniform([256, 256])
    assert tf.matmul(x, x).device.endswith("device:GPU:0") and tf.constant(1.0).device.endswith(
        "GPU:0"
    )
    with tf.device("/CPU:0"):
        y = tf.matmul(x, x)
        v = tf.Variable(1.0)
    assert (
        y.device.endswith("CPU:0")
        and v.device.endswith("CPU:0")
        and x.cpu().device.endswith("CPU:0")
    )
    assert (
        (y + x).device.endswith("GPU:0")
        and tf.test.is_gpu_available()
        and tf.test.gpu_device_name()
    )
    info = tf.config.experimental.get_memory_info("GPU:0")
    assert 0 < info["current"] <= info["peak"]
    details = tf.config.experimental.get_device_details(gpus[0])
    assert details["device_name"] and details["compute_capability"] >= (3, 0)
    with pytest.raises(RuntimeError, match="cannot be modified"):
        tf.config.experimental.set_memory_growth(gpus[0], True)
    with pytest.raises(RuntimeError, match="cannot be modified"):
        tf.config.set_visible_devices([], "GPU")
