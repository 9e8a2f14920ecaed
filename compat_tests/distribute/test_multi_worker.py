"""MultiWorkerMirroredStrategy: two processes on loopback against one, and what goes wrong."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from compat_tests.harness import our_tf
from compat_tests.scripts import run_script

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "two_workers.py"


def _numbers(text: str) -> list[list[float]]:
    lines = [line for line in text.splitlines() if "fit loss" in line]
    return [[float(n) for n in re.findall(r"\d+\.\d+", line)] for line in lines]


def test_two_workers_end_with_the_weights_of_one_process():
    first, second = _numbers(run_script(EXAMPLE, "tfjax", timeout=200))
    (alone,) = _numbers(run_script(EXAMPLE, "tfjax", "alone", timeout=100))
    assert first == second
    assert first == pytest.approx(alone, rel=2e-5)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("localhost", 0))
        return s.getsockname()[1]


@pytest.mark.parametrize("present", [0, 1])
def test_a_missing_worker_is_named(present: int):
    workers = [f"localhost:{_free_port()}" for _ in range(2)]
    program = """
        import tfjax as tf
        options = tf.distribute.experimental.CommunicationOptions(timeout_seconds=1)
        try:
            tf.distribute.MultiWorkerMirroredStrategy(communication_options=options)
        except tf.errors.UnavailableError as error:
            print(error.message)
    """
    config = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": present}}
    environment = {**os.environ, "TF_CONFIG": json.dumps(config), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert workers[1 - present] in done.stdout and "1 seconds" in done.stdout, (
        done.stdout + done.stderr
    )


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ("{not json", "TF_CONFIG"),
        ("[1]", "TF_CONFIG"),
        ('{"cluster": {"worker": ["a:1", "b:1"]}}', "task_type"),
        (
            '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 5}}',
            "task_id",
        ),
        (
            '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "chief", "index": 0}}',
            "task_type",
        ),
        ('{"cluster": {"ps": ["a:1", "b:1"]}, "task": {"type": "ps", "index": 0}}', "ps"),
    ],
)
def test_a_broken_tf_config(monkeypatch: pytest.MonkeyPatch, config: str, word: str):
    monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(ValueError, match=word):
        our_tf().distribute.MultiWorkerMirroredStrategy()


def test_cluster_spec_and_resolvers(monkeypatch: pytest.MonkeyPatch):
    tf = our_tf()
    spec = tf.train.ClusterSpec({"worker": ["a:1", "b:2"], "ps": {3: "c:1"}})
    assert spec.jobs == ["worker", "ps"] and spec.num_tasks("worker") == 2
    assert spec.as_dict() == {"worker": ["a:1", "b:2"], "ps": {3: "c:1"}}
    assert spec.task_address("ps", 3) == "c:1" and spec.job_tasks("ps") == [None, None, None, "c:1"]
    assert tf.train.ClusterSpec(spec.as_cluster_def()) == spec
    monkeypatch.setenv(
        "TF_CONFIG",
        json.dumps(
            {"cluster": spec.as_dict() | {"ps": []}, "task": {"type": "worker", "index": 1}}
        ),
    )
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    assert (resolver.task_type, resolver.task_id, resolver.master()) == ("worker", 1, "b:2")
    simple = tf.distribute.cluster_resolver.SimpleClusterResolver(
        spec, task_type="ps", task_id=3, rpc_layer="grpc"
    )
    assert simple.master("ps", 3) == "grpc://c:1" and simple.master() == ""
    with pytest.raises(ValueError, match="No such job"):
        spec.num_tasks("chief")


def test_without_a_cluster_it_mirrors_on_this_machine():
    strategy = our_tf().distribute.MultiWorkerMirroredStrategy()
    assert strategy.num_replicas_in_sync == 1


def test_tpu_names_without_a_tpu():
    tf = our_tf()
    with pytest.raises(ValueError, match="TPU Name"):
        tf.distribute.cluster_resolver.TPUClusterResolver()
    with pytest.raises(ValueError, match="TPU Name"):
        tf.distribute.TPUStrategy()
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu="local")
    tf.config.experimental_connect_to_cluster(resolver)
    with pytest.raises(tf.errors.NotFoundError, match="TPU"):
        tf.tpu.experimental.initialize_tpu_system(resolver)


def test_central_storage_is_a_mirrored_strategy():
    tf = our_tf()
    strategy = tf.distribute.experimental.CentralStorageStrategy(["/cpu:0"])
    with strategy.scope():
        v = tf.Variable(1.0)
    assert float(strategy.run(lambda: v + 1.0)) == 2.0
