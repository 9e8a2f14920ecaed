"""tf.quantization's fake_quant functions next to TensorFlow."""

from __future__ import annotations

from compat_tests.harness import ALL, GRADIENT, HOST, Case, parity_table, uniform, values

PREFIX = "quantization.fake_quant_with_min_max_"
X = uniform(4, 3, low=-8.0, high=8.0)
G = uniform(4, 3, seed=1)
LOW, HIGH = values([-1.0, -2.0, -3.0]), values([1.0, 2.0, 3.0])

CASES = [
    Case(PREFIX + "args", X, modes=ALL),
    Case(PREFIX + "args", X, 0.1, 6.3, 4, True, id="narrow"),
    Case(PREFIX + "args", X, 1.0, 0.0, id="ends"),
    Case(PREFIX + "args", X, 0.0, 1.0, 1, id="one bit"),
    Case(PREFIX + "args", X, 0.0, 1.0, 17, id="17 bits"),
    Case(PREFIX + "vars", X, values(-3.0), values(5.0), modes=ALL),
    Case(PREFIX + "vars", X, values(0.0), values(0.0), modes=(HOST, GRADIENT), id="nothing"),
    Case(PREFIX + "vars", X, values(2.0), values(5.0), 3, id="positive"),
    Case(PREFIX + "vars", X, values(-5.0), values(-2.0), 16, id="negative"),
    Case(PREFIX + "vars", X, values(5.0), values(2.0), id="turned"),
    Case(PREFIX + "vars_per_channel", X, LOW, HIGH, modes=(HOST, GRADIENT)),
    Case(PREFIX + "vars_per_channel", X, values([-1.0]), values([1.0]), id="one channel"),
    Case(PREFIX + "args_gradient", G, X),
    Case(PREFIX + "vars_gradient", G, X, values(-3.0), values(5.0)),
    Case(PREFIX + "vars_gradient", G, X, values(0.0), values(0.0), id="gradient of nothing"),
    Case(PREFIX + "vars_per_channel_gradient", G, X, LOW, HIGH),
]
test_fake_quant = parity_table(CASES, modes=(HOST,))
