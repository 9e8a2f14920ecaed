"""ParameterServerStrategy: tasks as processes on loopback, and in this process."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compat_tests.harness import our_tf
from compat_tests.scripts import run_script

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "parameter_server.py"


def test_processes_train_the_tutorials_model():
    output = run_script(EXAMPLE, "tfjax", timeout=200)
    accuracies = [float(a) for a in re.findall(r"accuracy (\d\.\d+)", output)]
    assert accuracies[-1] > 0.95, output
    assert float(re.findall(r"final loss (\d+\.\d+)", output)[0]) < 0.3
    # Every scheduled step counts once, whichever worker ran it.
    assert "updates 41" in output


def _ports(count: int) -> list[str]:
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    found = [f"localhost:{s.getsockname()[1]}" for s in sockets]
    for s in sockets:
        s.close()
    return found


@pytest.fixture(scope="module")
def cluster() -> Any:
    """(strategy, coordinator) of a cluster whose tasks are threads of this process."""
    tf = our_tf()
    addresses = _ports(4)
    spec = tf.train.ClusterSpec({"worker": addresses[:2], "ps": addresses[2:]})
    servers = [
        tf.distribute.Server(spec, job_name=job, task_index=i, protocol="grpc")
        for job in ("worker", "ps")
        for i in range(2)
    ]
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(spec, rpc_layer="grpc")
    partitioner = tf.distribute.experimental.partitioners.MinSizePartitioner(
        min_shard_bytes=8, max_shards=2
    )
    strategy = tf.distribute.ParameterServerStrategy(resolver, variable_partitioner=partitioner)
    yield strategy, tf.distribute.coordinator.ClusterCoordinator(strategy), servers


def test_variables_lie_on_the_servers(cluster: Any):
    tf, (strategy, _, servers) = our_tf(), cluster
    with strategy.scope():
        v = tf.Variable(np.arange(10, dtype=np.float32).reshape(5, 2), name="table")
        w = tf.Variable(1, name="small")
    held = [[k for k in server._memory._values if "table" in k] for server in servers[2:]]
    assert [len(k) for k in held] == [1, 1], "one half on each server"
    v.assign_add(tf.ones([5, 2]))
    w.assign(7)
    np.testing.assert_array_equal(v.numpy(), np.arange(10).reshape(5, 2) + 1)
    assert int(w) == 7 and isinstance(v, tf.Variable) and v.shape == (5, 2)


def test_no_update_is_lost(cluster: Any):
    tf, (strategy, coordinator, _) = our_tf(), cluster
    with strategy.scope():
        count, total = tf.Variable(0, dtype=tf.int64), tf.Variable(tf.zeros([3]))

    @tf.function
    def step(x):
        count.assign_add(1)
        total.assign_add(x)
        return x * 2.0

    results = [coordinator.schedule(step, args=(tf.fill([3], float(i)),)) for i in range(20)]
    coordinator.join()
    assert coordinator.done()
    assert int(count) == 20
    np.testing.assert_allclose(total.numpy(), np.full(3, sum(range(20))))
    np.testing.assert_array_equal(coordinator.fetch(results)[3], np.full(3, 6.0))
    chained = coordinator.schedule(lambda a: a + 1.0, args=(results[2],))
    np.testing.assert_array_equal(chained.fetch(), np.full(3, 5.0))


def test_per_worker_datasets(cluster: Any):
    tf, (strategy, coordinator, _) = our_tf(), cluster

    def make(context):
        assert context.num_input_pipelines == 2
        return (
            tf.data.Dataset.range(100).map(lambda x: x + 1000 * context.input_pipeline_id).batch(2)
        )

    dataset = coordinator.create_per_worker_dataset(
        lambda: strategy.distribute_datasets_from_function(make)
    )
    iterator = iter(dataset)

    @tf.function
    def step(it):
        index = tf.distribute.coordinator.experimental_get_current_worker_index()
        return index, next(it)

    found = coordinator.fetch([coordinator.schedule(step, args=(iterator,)) for _ in range(6)])
    for worker in (0, 1):
        seen = np.concatenate([batch for index, batch in found if index == worker] or [np.zeros(0)])
        np.testing.assert_array_equal(np.sort(seen), np.arange(len(seen)) + 1000 * worker)


def test_an_error_on_a_worker_reaches_join(cluster: Any):
    _, coordinator, _ = cluster

    def bad():
        raise ValueError("no such luck")

    result = coordinator.schedule(bad)
    with pytest.raises(ValueError, match="no such luck"):
        coordinator.join()
    with pytest.raises(ValueError, match="no such luck"):
        result.fetch()
    assert coordinator.schedule(lambda: 3).fetch() == 3
    coordinator.join()


def test_calls_of_a_lost_worker_run_elsewhere(cluster: Any):
    tf, (strategy, coordinator, servers) = our_tf(), cluster
    with strategy.scope():
        count = tf.Variable(0)
    step = tf.function(lambda: count.assign_add(1))
    servers[0]._server.stop(None).wait()
    for _ in range(4):
        coordinator.schedule(step)
    coordinator.join()
    assert int(count) == 4


def test_a_missing_task_is_named(monkeypatch: pytest.MonkeyPatch):
    tf = our_tf()
    monkeypatch.setattr("tfjax._src.distribute.parameter_server.TIMEOUT", 0.5)
    (address, other) = _ports(2)
    spec = tf.train.ClusterSpec({"worker": [other], "ps": [address]})
    with pytest.raises(tf.errors.UnavailableError, match=address):
        tf.distribute.ParameterServerStrategy(
            tf.distribute.cluster_resolver.SimpleClusterResolver(spec)
        )


def test_a_cluster_without_servers():
    tf = our_tf()
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": ["a:1"]})
    )
    with pytest.raises(ValueError, match="ps"):
        tf.distribute.ParameterServerStrategy(resolver)
    with pytest.raises(ValueError, match="ParameterServerStrategy"):
        tf.distribute.coordinator.ClusterCoordinator(tf.distribute.OneDeviceStrategy("/cpu:0"))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda p: p.FixedShardsPartitioner(3), [[3, 1], [2, 1], [1], [3], [3, 1]]),
        (
            lambda p: p.MinSizePartitioner(min_shard_bytes=16, max_shards=3),
            [[3, 1], [2, 1], [1], [2], [3, 1]],
        ),
        (lambda p: p.MaxSizePartitioner(max_shard_bytes=16), [[10, 1], [2, 1], [1], [2], [3, 1]]),
        (lambda p: p.MaxSizePartitioner(16, max_shards=2), [[2, 1], [2, 1], [1], [2], [2, 1]]),
    ],
)
def test_partitioners(make: Any, expected: list[list[int]]):
    # The numbers are TensorFlow 2.21's.
    tf = our_tf()
    partitioner = make(tf.distribute.experimental.partitioners)
    shapes = [[10, 3], [2, 5], [1], [7], [3, 100]]
    assert [list(partitioner(tf.TensorShape(s), tf.float32)) for s in shapes] == expected
