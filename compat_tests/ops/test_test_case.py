"""tf.test: threads, streams, files, decorators of test_util, absl's parameterized tests."""

from __future__ import annotations

import importlib
import sys
import unittest

import numpy as np
import pytest
from absl.testing import parameterized


@pytest.fixture(scope="module", params=["tfjax", "tensorflow"])
def library(request):
    return pytest.importorskip(request.param)


@pytest.fixture(scope="module")
def test_util(library):
    return importlib.import_module(f"{library.__name__}.python.framework.test_util")


def run(cls):
    """(tests run, reasons of skips by method, texts of failures by method)."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(cls).run(result)
    named = [
        {str(test).split()[0]: text for test, text in found}
        for found in (result.skipped, result.failures + result.errors)
    ]
    return result.testsRun, *named


def test_threads_streams_and_files(library):
    class Sample(library.test.TestCase):
        def test_thread(self):
            seen = []
            thread = self.checkedThread(target=seen.append, args=(1,))
            thread.start()
            thread.join()
            self.assertEqual(seen, [1])

        def test_failing_thread(self):
            thread = self.checkedThread(target=lambda: 1 / 0)
            thread.start()
            with self.assertRaisesRegex(AssertionError, "Error in checkedThread: division by zero"):
                thread.join()

        def test_stream(self):
            with self.captureWritesToStream(sys.__stderr__) as written:
                sys.__stderr__.write("text")
            self.assertEqual(written.contents(), "text")
            self.assertEqual(self.get_temp_dir(), self.get_temp_dir())

        def test_forgotten_thread(self):
            self.checkedThread(target=int).start()

    count, skipped, failed = run(Sample)
    assert (count, list(skipped), list(failed)) == (5, ["test_session"], ["test_forgotten_thread"])


def test_session(library):
    class Sample(library.test.TestCase):
        def test_run(self):
            with self.cached_session() as session:
                self.assertAllEqual(session.run({"a": library.constant([1, 2])})["a"], [1, 2])
            with self.session() as session, self.assertRaises(AttributeError):
                session.graph  # noqa: B018

    assert run(Sample)[2] == {}


def test_parameterized(library):
    class Sample(library.test.TestCase, parameterized.TestCase):
        @parameterized.parameters(1, 2)
        def test_number(self, n):
            self.assertLess(n, 2)

        @parameterized.named_parameters(("one", 1), ("two", 2))
        def test_named(self, n):
            self.assertAllClose(library.constant(float(n)), n)

    count, _, failed = run(Sample)
    assert count == 5 and [name.rstrip("()") for name in failed] == ["test_number1"]


def test_decorators(library, test_util):
    ran = []

    class Sample(library.test.TestCase):
        @test_util.run_in_graph_and_eager_modes
        def test_both(self):
            ran.append(("both", self.evaluate(library.constant(3))))

        @test_util.run_in_graph_and_eager_modes(use_gpu=False)
        def test_called(self):
            ran.append(("called",))

        @test_util.run_v1_only("for version 1")
        def test_v1(self):
            ran.append(("v1",))

        @test_util.run_v2_only
        def test_v2(self):
            ran.append(("v2",))

        @test_util.also_run_as_tf_function
        def test_function(self):
            ran.append(("function", library.executing_eagerly()))

        @test_util.run_gpu_only
        def test_gpu(self):
            ran.append(("gpu",))

        @library.test.disable_with_predicate(lambda: True, "predicate")
        def test_disabled(self):
            ran.append(("disabled",))

        @test_util.disable_xla("reason")
        def test_kept(self):
            with test_util.use_gpu(), test_util.force_cpu():
                ran.append(("kept",))

        @test_util.skip_if(True)
        def test_left_out(self):
            ran.append(("left out",))

        def test_error(self):
            with test_util.skip_if_error(self, ValueError, "wanted"):
                raise ValueError("a wanted text")

    count, skipped, failed = run(test_util.run_all_in_graph_and_eager_modes(Sample))
    assert not failed and count == 11
    assert {k: v for k, v in skipped.items() if k != "test_session"} == {
        "test_v1": "for version 1", "test_gpu": "Test requires GPU", "test_disabled": "predicate",
        "test_error": "Skipping error: <class 'ValueError'>: a wanted text",
    }  # fmt: skip
    assert {*ran} == {
        ("both", 3),
        ("called",),
        ("v2",),
        ("function", True),
        ("function", False),
        ("kept",),
    }


def test_small_helpers(library, test_util):
    found = test_util.generate_combinations_with_testcase_name(a=[1, 2], b=["x"])
    assert [dict(row) for row in found] == [
        {"a": 1, "b": "x", "testcase_name": "_test_a_1_b_x"}, {"a": 2, "b": "x", "testcase_name": "_test_a_2_b_x"},
    ]  # fmt: skip
    with test_util.run_functions_eagerly(True):
        assert library.config.functions_run_eagerly()
    assert not library.config.functions_run_eagerly()
    assert any(library.test.is_cpu_target_available(target) for target in ("x86", "arm"))
    library.test.experimental.sync_devices()


def test_benchmark(library, capsys):
    class Speed(library.test.Benchmark):
        def benchmark_sum(self):
            self.report_benchmark(
                iters=3, wall_time=0.5, extras={"a": 1}, metrics=[{"name": "m", "value": 2.0}]
            )

    assert not Speed.is_abstract() and library.test.Benchmark.is_abstract()
    Speed().benchmark_sum()
    sys.stdout.flush()
    assert capsys.readouterr().out.split() == (
        'entry { name: "Speed.benchmark_sum" iters: 3 wall_time: 0.5 extras { key: "a" value { double_value: 1 } } '
        'metrics { name: "m" value: 2 } }'
    ).split()  # fmt: skip


def test_operations_on_sessions_are_timed(capsys):
    tfjax = pytest.importorskip("tfjax")

    class Speed(tfjax.test.Benchmark, tfjax.test.TestCase):
        def runTest(self):
            pass

    with Speed().session() as session:
        result = Speed().run_op_benchmark(
            session, tfjax.constant(np.ones(3)), min_iters=3, name="ones", mbs=1
        )
    assert result["iters"] == 3 and 0 < result["wall_time"] < 1 and result["name"] == "Speed.ones"
