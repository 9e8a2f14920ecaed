"""tf.nn and tf.random next to TensorFlow."""

from compat_tests.harness import Case, normal, parity, parity_table, uniform

test_activations = parity_table([
    Case(f"nn.{name}", normal(2, 3)) for name in ("relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "softmax", "log_softmax")
])
test_losses = parity_table([
    Case("nn.softmax_cross_entropy_with_logits", [[0.0, 1.0, 0.0]], normal(2, 3)),
    Case("nn.sparse_softmax_cross_entropy_with_logits", [0, 2], normal(2, 3)),
    Case("nn.sigmoid_cross_entropy_with_logits", labels=uniform(2, 3, low=0.0, high=1.0), logits=normal(2, 3)),
    Case("nn.l2_loss", normal(3)),
    Case("nn.l2_normalize", normal(2, 3), 1),
    Case("nn.moments", normal(4, 3), [0]),
])
test_windows = parity_table([
    Case("nn.conv2d", normal(2, 6, 6, 3), normal(3, 3, 3, 4), strides, padding, id=f"conv2d-{strides}-{padding}", modes=("device", "gradient"))
    for strides, padding in ((1, "SAME"), (2, "SAME"), (1, "VALID"))
] + [
    Case("nn.max_pool2d", normal(2, 6, 6, 3), 2, 2, "VALID", modes=("device", "gradient")),
    Case("nn.avg_pool2d", normal(2, 5, 5, 3), 3, 2, "SAME", modes=("device", "gradient")),
])


@parity(modes=("host",))
def test_random_numbers_are_tensorflows(tf, x=normal(1)):
    tf.random.set_seed(3)
    draws = [tf.random.uniform([5]), tf.random.normal([5]), tf.random.truncated_normal([5]), tf.random.uniform([5], 0, 9, tf.int32)]
    draws += [tf.random.shuffle(tf.range(6)), tf.random.categorical([[0.0, 1.0]], 4), tf.random.uniform([3])]
    return draws + [tf.random.stateless_uniform([4], [1, 2]), tf.random.stateless_normal([4], [1, 2])]


@parity(modes=("host",))
def test_random_numbers_in_a_function(tf, x=normal(1)):
    tf.random.set_seed(4)

    @tf.function
    def draw():
        return tf.random.uniform([3]), tf.random.normal([2])

    return [draw(), draw()]
