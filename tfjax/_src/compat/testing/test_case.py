"""tf.test.TestCase: assertions on tensors, sessions, temporary files, threads."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import tempfile
import threading
import unittest
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from tfjax._src.compat.testing import values
from tfjax._src.compat.testing.comparison import Comparisons
from tfjax._src.compat.testing.platform import get_temp_dir
from tfjax._src.core.errors import InvalidArgumentError, OpError
from tfjax._src.core.export import export
from tfjax._src.devices.spec import DeviceSpec
from tfjax._src.io import messages
from tfjax._src.ops.random.state import set_seed

_SEED = 87654321


@export("python.framework.test_util.FakeEagerSession")
class FakeEagerSession:
    """What `with self.session() as session` gives: operations run at once, `run` returns values."""

    def __init__(self, test_case: Any) -> None:
        self._test_case = test_case

    def run(self, fetches: Any, *args: Any, **kwargs: Any) -> Any:
        """The values of tensors.

        Raises:
          RuntimeError: for a `feed_dict`, as there is nothing to feed.
        """
        if kwargs.get("feed_dict") or (args and args[0]):
            raise RuntimeError("feed_dict is not supported when eager execution is enabled.")
        return self._test_case.evaluate(fetches)

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(
            f"A test runs eagerly, so that its session has no {name!r}: call the operations themselves, "
            "and self.evaluate(tensors) for their values.",
            name=name,
            obj=self,
        )


class CheckedThread:
    """A thread whose failure fails the test at `join`."""

    def __init__(
        self, test_case: Any, target: Callable[..., Any], args: Any = None, kwargs: Any = None
    ) -> None:
        self._test_case, self._target = test_case, target
        self._args, self._kwargs = args or (), kwargs or {}
        self._thread = threading.Thread(target=self._protected_run)
        self._exception: BaseException | None = None
        self._joined = False

    def _protected_run(self) -> None:
        try:
            self._target(*self._args, **self._kwargs)
        except Exception as error:
            self._exception = error

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def join(self) -> None:
        """Waits for the thread, and fails the test if it raised."""
        self._joined = True
        self._thread.join()
        if self._exception is not None:
            self._test_case.fail(f"Error in checkedThread: {self._exception}")

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def check_termination(self) -> None:
        """Fails the test if nobody has joined the thread."""
        if not self._joined:
            state = (
                "was not joined"
                if not self._thread.is_alive()
                else "was not joined, and was still running when the test ended"
            )
            self._test_case.fail(f"A checked thread {state}.")


class CapturedWrites:
    """What was written to a stream; `contents()` once the context is left."""

    def __init__(self, path: str) -> None:
        self._path = path

    def contents(self) -> str:
        """The text written."""
        with open(self._path) as file:
            return file.read()


@export("test.TestCase")
class TestCase(Comparisons):
    """A `unittest.TestCase` with assertions on tensors; seeds are set anew before each test.

    Those of `absl.testing.absltest.TestCase` are there as well, and `absl.testing.parameterized`
    goes with it. Tests run eagerly: `session()` and its like are stand-ins.
    """

    def setUp(self) -> None:
        super().setUp()
        self._threads: list[CheckedThread] = []
        random.seed(_SEED)
        np.random.seed(_SEED)
        set_seed(_SEED)

    def tearDown(self) -> None:
        for thread in getattr(self, "_threads", ()):
            thread.check_termination()
        super().tearDown()

    # -- values ---------------------------------------------------------------------------------
    assertItemsEqual = unittest.TestCase.assertCountEqual  # noqa: N815 (TensorFlow's name)

    def evaluate(self, tensors: Any) -> Any:
        """Values of tensors (also of nests of them, or of what a function returns) as NumPy.

        Raises:
          ValueError: for anything that is no tensor.
        """
        return values.evaluate(tensors)

    def evaluate_if_both_tensors(self, a: Any, b: Any) -> tuple[Any, Any]:
        """The values if both are symbolic tensors; eager ones come back unchanged."""
        return a, b

    def _GetNdArray(self, a: Any) -> Any:  # noqa: N802
        return values.array_of(a)

    @contextlib.contextmanager
    def session(
        self, graph: Any = None, config: Any = None, use_gpu: bool = True, force_gpu: bool = False
    ) -> Iterator[Any]:
        """A stand-in for a session; the arguments have no effect."""
        yield FakeEagerSession(self)

    @contextlib.contextmanager
    def cached_session(
        self, graph: Any = None, config: Any = None, use_gpu: bool = True, force_gpu: bool = False
    ) -> Iterator[Any]:
        """As `session`."""
        yield FakeEagerSession(self)

    def test_session(
        self, graph: Any = None, config: Any = None, use_gpu: bool = True, force_gpu: bool = False
    ) -> Any:
        """As `session`; test runners, who take it for a test by its name, skip it."""
        if self.id().endswith(".test_session"):
            self.skipTest("Not a test.")
        return self.session(graph, config, use_gpu, force_gpu)

    # -- files, streams, threads ----------------------------------------------------------------
    def get_temp_dir(self) -> str:
        """A directory of this test's own, emptied when a test object asks for the first time."""
        if not hasattr(self, "_temporary"):
            self._temporary = tempfile.mkdtemp(dir=get_temp_dir())
            self.addCleanup(shutil.rmtree, self._temporary, ignore_errors=True)
        return self._temporary

    @contextlib.contextmanager
    def captureWritesToStream(self, stream: Any) -> Iterator[CapturedWrites]:
        """Collects what is written to a stream with a file descriptor, from C code too."""
        number = stream.fileno()
        stream.flush()
        kept = os.dup(number)
        handle, path = tempfile.mkstemp(dir=self.get_temp_dir())
        os.dup2(handle, number)
        os.close(handle)
        try:
            yield CapturedWrites(path)
        finally:
            stream.flush()
            os.dup2(kept, number)
            os.close(kept)

    def checkedThread(
        self, target: Callable[..., Any], args: Any = None, kwargs: Any = None
    ) -> CheckedThread:
        """A thread to start and join; what it raises fails the test."""
        thread = CheckedThread(self, target, args, kwargs)
        self._threads.append(thread)
        return thread

    # -- errors ---------------------------------------------------------------------------------
    @contextlib.contextmanager
    def assertRaisesWithPredicateMatch(
        self, exception_type: Any, expected_err_re_or_predicate: Any
    ) -> Iterator[None]:
        """The block raises an error that a predicate or a pattern accepts."""
        wanted = expected_err_re_or_predicate
        try:
            yield
            self.fail(f"{getattr(exception_type, '__name__', exception_type)} not raised")
        except Exception as error:
            if not isinstance(error, exception_type) or not _fits(error, wanted):
                raise AssertionError(f"Exception of type {type(error)!s}: {error!s}") from error

    def assertRaisesOpError(self, expected_err_re_or_predicate: Any) -> Any:
        """The block raises an `OpError` that fits."""
        return self.assertRaisesWithPredicateMatch(OpError, expected_err_re_or_predicate)

    def assertRaisesIncompatibleShapesError(
        self, exception_type: Any = InvalidArgumentError
    ) -> Any:
        """The block raises an error about shapes that do not go together."""
        return self.assertRaisesWithPredicateMatch(
            exception_type,
            r"Incompatible shapes|Dimensions must be equal|required broadcastable shapes",
        )

    # -- texts, devices, messages ---------------------------------------------------------------
    def assertStartsWith(self, actual: Any, expected_start: Any, msg: Any = None) -> None:
        """How a string begins."""
        if not actual.startswith(expected_start):
            self.fail(
                f"{actual!r} does not start with {expected_start!r}"
                + (f" : {msg!r}" if msg is not None else "")
            )

    def assertDeviceEqual(self, device1: Any, device2: Any, msg: Any = None) -> None:
        """Two names or specs mean the same device."""
        names = [
            DeviceSpec.from_string(d).to_string() if isinstance(d, str) else d.to_string()
            for d in (device1, device2)
        ]
        self.assertEqual(*names, f"Devices {names[0]} and {names[1]} are not equal. {msg}")

    def assertProtoEquals(
        self,
        expected_message_maybe_ascii: Any,
        validate_message: Any,
        msg: Any = None,
        relative_tolerance: Any = None,
    ) -> None:
        """A protocol buffer equals another, or what a text describes."""
        expected = expected_message_maybe_ascii
        if isinstance(expected, str):
            expected = messages.parse_text(expected, type(validate_message)())
        if type(expected) is not type(validate_message):
            self.fail(
                f"Can't compare protos of type {type(expected)} and {type(validate_message)}."
            )
        if not messages.close_to(expected, validate_message, relative_tolerance):
            self.assertMultiLineEqual(str(expected), str(validate_message), msg)

    def assertProtoEqualsVersion(
        self,
        expected: Any,
        actual: Any,
        producer: int = 2474,
        min_consumer: int = 0,
        msg: Any = None,
    ) -> None:
        """As `assertProtoEquals` for a text that lacks the versions."""
        versions = f"versions {{ producer: {producer} min_consumer: {min_consumer} }}"
        self.assertProtoEquals(f"{versions}\n{expected}", actual, msg=msg)


def _fits(error: BaseException, wanted: Any) -> bool:
    if callable(wanted):
        return bool(wanted(error))
    text = error.message if isinstance(error, OpError) else str(error)
    return re.search(wanted, text) is not None
