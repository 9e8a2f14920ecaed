"""Block moves, statistics and small measures of tf.nn next to TensorFlow."""

from compat_tests.harness import Case, normal, parity_table, uniform

test_blocks = parity_table(
    [
        Case("nn.space_to_depth", normal(2, 4, 6, 3), 2),
        Case("nn.depth_to_space", normal(2, 2, 3, 8), 2),
        Case("space_to_batch", normal(2, 3, 6, 2), [2, 3], [[1, 0], [0, 0]]),
        Case("batch_to_space", normal(12, 2, 2, 2), [2, 3], [[1, 0], [0, 2]]),
    ]
)
test_statistics = parity_table(
    [
        Case("nn.crelu", normal(2, 3)),
        Case("nn.log_poisson_loss", uniform(2, 3, low=0.0, high=4.0), normal(2, 3), True),
        Case("nn.weighted_moments", normal(4, 3), [0], uniform(4, 1, low=0.5, high=2.0)),
        Case("nn.normalize_moments", 4.0, normal(3), uniform(3, low=5.0, high=9.0), normal(3)),
        Case("nn.sufficient_statistics", normal(4, 3), [0], normal(3)),
        Case("nn.local_response_normalization", normal(2, 2, 2, 7), 2, 1.0, 0.5, 0.75),
    ]
)
test_measures = parity_table(
    [
        Case("nn.zero_fraction", [[0.0, 1.0], [0.0, 0.0]], modes=("host", "device")),
        Case(
            "math.in_top_k",
            [0, 1, 5],
            [[1.0, 1.0, 0.0], [3.0, 2.0, 9.0], [1.0, 2.0, 3.0]],
            2,
            modes=("host", "device"),
        ),
    ]
)
