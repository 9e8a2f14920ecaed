"""Runs the workloads of first light under every library and prints tables of medians and ratios.

    python benchmarks/run_all.py [runs]
"""

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from harness import JAX, KERAS_JAX, TENSORFLOW, TFJAX, main


def import_seconds(code: str, repeats: int = 5) -> float:
    """The best of several: what the machine does beside it only adds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return min(times)


main({TFJAX: "eager.py", TENSORFLOW: "eager.py", JAX: "eager_jax.py"})
main({TFJAX: "fit.py", TENSORFLOW: "fit.py", KERAS_JAX: "fit.py", JAX: "fit_jax.py"})
main({TFJAX: "functions.py", TENSORFLOW: "functions.py", JAX: "functions_jax.py"})
main({TFJAX: "startup.py", TENSORFLOW: "startup.py"})
main({TFJAX: "random_numbers.py", TENSORFLOW: "random_numbers.py"})
main({TFJAX: "data.py", TENSORFLOW: "data.py"})
print("| import | seconds |\n|---|---|")
for statement in ("import jax, flax.nnx", "import tfjax", "import tensorflow"):
    print(f"| `{statement}` | {import_seconds(statement):.2f} |", flush=True)
