"""tf.test.Benchmark: measurements beside tests."""

from __future__ import annotations

import sys
import time
from typing import Any

from tfjax._src.compat.testing import values
from tfjax._src.core.export import export


@export("test.Benchmark")
class Benchmark:
    """Base class of measurements: methods whose names begin with `benchmark` report numbers."""

    @classmethod
    def is_abstract(cls) -> bool:
        """True of this class, which has nothing to measure."""
        return cls is Benchmark or cls.__name__ == "Benchmark"

    def evaluate(self, tensors: Any) -> Any:
        """Values of tensors as NumPy."""
        return values.evaluate(tensors)

    def _get_name(self, overwrite_name: str | None = None) -> str:
        frame = sys._getframe(2)
        while frame is not None and frame.f_locals.get("self") is self:
            if frame.f_code.co_name.startswith("benchmark"):
                break
            frame = frame.f_back
        method = frame.f_code.co_name if frame is not None else "unknown"
        return f"{type(self).__name__}.{overwrite_name or method}"

    def report_benchmark(
        self, iters: int | None = None, cpu_time: float | None = None, wall_time: float | None = None,
        throughput: float | None = None, extras: dict[str, Any] | None = None, name: str | None = None,
        metrics: list[dict[str, Any]] | None = None,
    ) -> None:  # fmt: skip
        """Prints a measurement in the text format of TensorFlow's BenchmarkEntries.

        Args:
          iters: how often it ran.
          cpu_time: seconds of all threads.
          wall_time: seconds on the clock.
          throughput: megabytes a second.
          extras: further numbers and texts.
          name: instead of that of the method.
          metrics: dicts with "name" and "value", and perhaps "min_value" and "max_value".
        """
        fields: list[Any] = [("name", self._get_name(name)), ("iters", iters)]
        fields += [("cpu_time", cpu_time), ("wall_time", wall_time), ("throughput", throughput)]
        for key, value in (extras or {}).items():
            kind = "string_value" if isinstance(value, str) else "double_value"
            fields.append(("extras", [("key", key), ("value", [(kind, value)])]))
        fields += [("metrics", list(metric.items())) for metric in metrics or ()]
        print("\n".join(_text([("entry", fields)])) + "\n")

    def run_op_benchmark(
        self, sess: Any, op_or_tensor: Any, feed_dict: Any = None, burn_iters: int = 2, min_iters: int = 10,
        store_trace: bool = False, store_memory_usage: bool = True, name: str | None = None,
        extras: dict[str, Any] | None = None, mbs: float = 0,
    ) -> dict[str, Any]:  # fmt: skip
        """Times `sess.run(op_or_tensor, feed_dict)` and reports the median.

        Args:
          sess: a session.
          op_or_tensor: what to run.
          feed_dict: what to feed.
          burn_iters: how often to run it before the clock starts.
          min_iters: how often to time it.
          store_trace, store_memory_usage: no effect.
          name: of the report.
          extras: added to the report.
          mbs: megabytes that a run moves, for the throughput.
        """
        for _ in range(burn_iters):
            sess.run(op_or_tensor, feed_dict=feed_dict)
        times = []
        for _ in range(min_iters):
            start = time.perf_counter()
            sess.run(op_or_tensor, feed_dict=feed_dict)
            times.append(time.perf_counter() - start)
        median = sorted(times)[len(times) // 2]
        result = {
            "iters": min_iters,
            "wall_time": median,
            "extras": dict(extras or {}),
            "throughput": mbs / median,
        }
        self.report_benchmark(**result, name=name)
        return {"name": self._get_name(name), **result}


def _text(fields: list[Any], indent: str = "") -> list[str]:
    lines = []
    for name, value in fields:
        if isinstance(value, list):
            lines += [f"{indent}{name} {{", *_text(value, indent + "  "), f"{indent}}}"]
        elif isinstance(value, str):
            lines.append(f'{indent}{name}: "{value}"')
        elif value is not None:
            lines.append(
                f"{indent}{name}: {value:g}"
                if isinstance(value, float)
                else f"{indent}{name}: {value}"
            )
    return lines
