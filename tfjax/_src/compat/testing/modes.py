"""Decorators of tensorflow.python.framework.test_util: in which modes a test runs.

tfjax runs eagerly and in tf.functions, but has no graph mode of its own: a test for both modes runs
eagerly, one for graph mode alone is skipped.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import itertools
import re
import socket
import unittest
from collections.abc import Callable, Iterator
from typing import Any

from tfjax._src.compat.text import forward_compatibility_horizon
from tfjax._src.core import config
from tfjax._src.core.export import export
from tfjax._src.devices.memory import is_gpu_available
from tfjax._src.eager.devices import device as device_scope
from tfjax._src.function import function as functions

_GRAPH_ONLY = "Runs in TensorFlow's graph mode only."


def _test_names(cls: type) -> list[str]:
    return [
        name
        for name in dir(cls)
        if name.startswith(unittest.TestLoader.testMethodPrefix)
        and name != "test_session"
        and callable(getattr(cls, name))
    ]


@export("python.framework.test_util.for_all_test_methods")
def for_all_test_methods(
    decorator: Callable[..., Any], *args: Any, **kwargs: Any
) -> Callable[[type], type]:
    """A class decorator that puts `decorator(*args, **kwargs)` on every test method."""

    def decorate(cls: type) -> type:
        for name in _test_names(cls):
            setattr(cls, name, decorator(*args, **kwargs)(getattr(cls, name)))
        return cls

    return decorate


def _skipping(reason: str) -> Callable[[Any], Any]:
    """A decorator for functions and classes whose tests are skipped."""

    def decorate(decorated: Any) -> Any:
        if isinstance(decorated, type):
            set_up = decorated.setUp  # type: ignore[attr-defined]

            def skip(self: Any) -> None:
                set_up(self)
                self.skipTest(reason)

            decorated.setUp = skip  # type: ignore[attr-defined]
            return decorated

        @functools.wraps(decorated)
        def skipped(self: Any, *args: Any, **kwargs: Any) -> None:
            self.skipTest(reason)

        return skipped

    return decorate


def _kept(decorated: Any) -> Any:
    """The decorator that leaves a test as it is."""
    return decorated


@export("python.framework.test_util.run_in_graph_and_eager_modes")
def run_in_graph_and_eager_modes(
    func: Any = None,
    config: Any = None,
    use_gpu: bool = True,
    assert_no_eager_garbage: bool = False,
) -> Any:
    """Runs a test eagerly; the other arguments have no effect.

    Raises:
      ValueError: on a class.
    """
    if isinstance(func, type):
        raise ValueError(
            "`run_in_graph_and_eager_modes` only supports test methods: see run_all_in_graph_and_eager_modes"
        )
    return _kept if func is None else func


@export(
    "python.framework.test_util.run_all_in_graph_and_eager_modes",
    "python.framework.test_util.run_class_in_v1_v2",
    "python.framework.test_util.with_control_flow_v2",
)
def run_all_in_graph_and_eager_modes(cls: Any) -> Any:
    """Leaves a class of tests as it is: they run eagerly."""
    return cls


@export("python.framework.test_util.run_in_v1_v2")
def run_in_v1_v2(device_to_use: str | None = None, assert_no_eager_garbage: bool = False) -> Any:
    """Runs a test eagerly, on a device if one is named."""

    def decorate(func: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(func)
        def run(self: Any, *args: Any, **kwargs: Any) -> None:
            with device_scope(device_to_use):
                func(self, *args, **kwargs)

        return run

    return decorate


@export(
    "python.framework.test_util.deprecated_graph_mode_only",
    "python.framework.test_util.run_deprecated_v1",
    "python.framework.test_util.run_all_in_deprecated_graph_mode_only",
)
def deprecated_graph_mode_only(func: Any) -> Any:
    """Skips a test, or the tests of a class, that need graph mode."""
    return _skipping(_GRAPH_ONLY)(func)


@export("python.framework.test_util.run_v1_only")
def run_v1_only(reason: Any = None, func: Any = None) -> Any:
    """Skips a test, or the tests of a class, for TensorFlow 1 behaviour."""
    decorator = _skipping(reason if isinstance(reason, str) else "Test is only compatible with v1")
    return decorator if func is None else decorator(func)


@export("python.framework.test_util.run_v2_only")
def run_v2_only(func: Any = None, reason: str | None = None) -> Any:
    """Leaves a test as it is."""
    return _kept if func is None else func


@export("python.framework.test_util.run_gpu_only", "python.framework.test_util.run_cuda_only")
def run_gpu_only(func: Any) -> Any:
    """Skips a test where there is no GPU."""
    return _unless(is_gpu_available, "Test requires GPU")(func)


@export("python.framework.test_util.run_gpu_or_tpu")
def run_gpu_or_tpu(func: Any) -> Any:
    """Skips a test where there is no GPU."""
    return _unless(is_gpu_available, "Test requires GPU or TPU")(func)


def _unless(condition: Callable[[], bool], reason: str) -> Callable[[Any], Any]:
    def decorate(func: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(func)
        def run(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not condition():
                self.skipTest(reason)
            return func(self, *args, **kwargs)

        return run

    return decorate


@export("test.disable_with_predicate", "python.framework.test_util._disable_test")
def disable_with_predicate(pred: Callable[[], bool], skip_message: str) -> Callable[[Any], Any]:
    """A decorator that skips a test when `pred()` is true as it runs.

    Args:
      pred: asked each time.
      skip_message: the reason given.
    """
    return _unless(lambda: not pred(), skip_message)


@export("python.framework.test_util.skip_if")
def skip_if(condition: Any) -> Callable[[Any], Any]:
    """A decorator that leaves a test out, as passed, when a condition (or what it returns) is true."""

    def decorate(func: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(func)
        def run(*args: Any, **kwargs: Any) -> Any:
            if not (condition() if callable(condition) else condition):
                return func(*args, **kwargs)
            return None

        return run

    return decorate


@export("python.framework.test_util.skip_if_error")
@contextlib.contextmanager
def skip_if_error(test_obj: Any, error_type: Any, messages: Any = None) -> Iterator[None]:
    """Skips the rest of a test when the block raises such an error, with one of `messages` in it."""
    wanted = [messages] if isinstance(messages, str) else messages or []
    try:
        yield
    except error_type as error:
        if wanted and not any(text in str(error) for text in wanted):
            raise
        test_obj.skipTest(f"Skipping error: {type(error)}: {error}")


@export("test.with_eager_op_as_function", "python.framework.test_util.with_eager_op_as_function")
def with_eager_op_as_function(cls: Any = None, only_as_function: bool = False) -> Any:
    """Leaves a class of tests as it is: there is one way to run eager operations."""
    return _kept if cls is None else cls


@export(
    "python.framework.test_util.enable_control_flow_v2",
    "python.framework.test_util.enable_output_all_intermediates",
    "python.framework.test_util.enable_nested_function_shape_inference",
    "python.framework.test_util.enable_eager_op_as_function",
    "python.framework.test_util.disable_cudnn_autotune",
    "python.framework.test_util.assert_no_new_tensors",
    "python.framework.test_util.assert_no_garbage_created",
    "python.framework.test_util.enable_quantized_dtypes_training",
    "python.framework.test_util.enable_graph_building_optimization",
    "python.framework.test_util.run_in_async_and_sync_mode",
)
def unchanged(fn: Any) -> Any:
    """Leaves a test as it is: what TensorFlow switches, or counts, has no counterpart."""
    return fn


@export(
    "python.framework.test_util.disable_xla",
    "python.framework.test_util.disable_mlir_bridge",
    "python.framework.test_util.disable_asan",
    "python.framework.test_util.disable_msan",
    "python.framework.test_util.disable_tsan",
    "python.framework.test_util.disable_ubsan",
    "python.framework.test_util.disable_tfrt",
    "python.framework.test_util.disable_control_flow_v2",
    "python.framework.test_util.disable_eager_op_as_function",
    "python.framework.test_util.no_xla_auto_jit",
    "python.framework.test_util.xla_allow_fallback",
    "python.framework.test_util.run_without_tensor_float_32",
    "python.framework.test_util.run_all_without_tensor_float_32",
)
def unless_built_so(description: str) -> Callable[[Any], Any]:
    """A decorator for tests that some builds of TensorFlow skip; they run."""
    return _kept


@export("python.framework.test_util.assert_no_new_pyobjects_executing_eagerly")
def assert_no_new_pyobjects_executing_eagerly(warmup_iters: int = 2) -> Callable[[Any], Any]:
    """A decorator that leaves a test as it is: objects are not counted."""
    return _kept


@export("python.framework.test_util.also_run_as_tf_function")
def also_run_as_tf_function(f: Callable[..., Any]) -> Callable[..., None]:
    """Runs a test eagerly and inside a tf.function."""

    @functools.wraps(f)
    def run(*args: Any, **kwargs: Any) -> None:
        f(*args, **kwargs)
        functions.function(lambda: (f(*args, **kwargs), None)[1], autograph=False)()

    return run


@export("python.framework.test_util.run_functions_eagerly")
@contextlib.contextmanager
def run_functions_eagerly(run_eagerly: bool) -> Iterator[None]:
    """Within the block, tf.functions run as Python or not."""
    before = config.functions_run_eagerly()
    functions.run_functions_eagerly(run_eagerly)
    try:
        yield
    finally:
        functions.run_functions_eagerly(before)


@export("python.framework.test_util.with_forward_compatibility_horizons")
def with_forward_compatibility_horizons(*horizons: Any) -> Callable[[Any], Any]:
    """A decorator that runs a test once for each (year, month, day); None means today."""

    def decorate(f: Callable[..., Any]) -> Callable[..., None]:
        @functools.wraps(f)
        def run(*args: Any, **kwargs: Any) -> None:
            for horizon in horizons:
                with (
                    forward_compatibility_horizon(*horizon) if horizon else contextlib.nullcontext()
                ):
                    f(*args, **kwargs)

        return run

    return decorate


@export("python.framework.test_util.device")
@contextlib.contextmanager
def device(use_gpu: bool) -> Iterator[None]:
    """On a GPU if there is one and it is asked for, else on the CPU."""
    with device_scope("/device:GPU:0" if use_gpu and is_gpu_available() else "/device:CPU:0"):
        yield


@export("python.framework.test_util.use_gpu")
def use_gpu() -> Any:
    """On a GPU if there is one."""
    return device(True)


@export("python.framework.test_util.force_gpu")
def force_gpu() -> Any:
    """On the first GPU."""
    return device_scope("/device:GPU:0")


@export("python.framework.test_util.force_cpu")
def force_cpu() -> Any:
    """On the CPU."""
    return device(False)


@export("python.framework.test_util.generate_combinations_with_testcase_name")
def generate_combinations_with_testcase_name(**kwargs: Any) -> list[Any]:
    """Every combination of the values of the keywords, each with a `testcase_name`.

    >>> generate_combinations_with_testcase_name(a=[1])[0]["testcase_name"]
    '_test_a_1'
    """
    found = []
    for chosen in itertools.product(*kwargs.values()):
        row = collections.OrderedDict(zip(kwargs, chosen))
        parts = [
            re.sub(r"[^A-Za-z0-9]", "", f"{k}") + "_" + re.sub(r"[^A-Za-z0-9]", "", str(v))
            for k, v in row.items()
        ]
        row["testcase_name"] = "_test_" + "_".join(parts)
        found.append(row)
    return found


@export("python.framework.test_util.pick_unused_port")
def pick_unused_port() -> int:
    """A port of this machine that nothing listens to."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


@export(
    "python.framework.test_util.is_xla_enabled",
    "python.framework.test_util.is_mlir_bridge_enabled",
    "python.framework.test_util.is_asan_enabled",
    "python.framework.test_util.is_msan_enabled",
    "python.framework.test_util.is_tsan_enabled",
    "python.framework.test_util.is_ubsan_enabled",
    "python.framework.test_util.IsMklEnabled",
)
def no_such_build() -> bool:
    """False: these are variants of TensorFlow's build that change which tests run."""
    return False
