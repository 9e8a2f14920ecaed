"""A hundred much used ops, eager, on small (16 x 16), medium (512) and large (2048) squares.

    python benchmarks/ops.py            tfjax and TensorFlow in turn, a table and the medians
    python benchmarks/ops.py strings    batches of 1,000 strings, ragged rows and images instead

`python benchmarks/ops.py squares 512` measures one size, `python benchmarks/ops.py squares 512 sqrt,add` two ops
of it. Both libraries live at the same time, each in its process; they take turns op by op, nine times, so that the
machine's noise hits both, and the best time of each counts: what else runs on the machine only adds to it.
"""

import json
import os
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = (16, 512, 2048)
BUDGET = 0.02  # seconds spent on an op in one turn


def cases(tf, n):
    """{name: call without arguments} on n x n matrices."""
    import numpy as np

    rng = np.random.RandomState(0)
    a, b = (tf.constant(rng.rand(n, n).astype("f4")) for _ in range(2))
    i = tf.constant(rng.randint(0, n, (n, n)).astype("i4"))
    rows = tf.constant(rng.randint(0, n, n).astype("i4"))
    cells = tf.stack([rows, rows], 1)
    flags = a > 0.5
    vector, labels = a[0], tf.constant(rng.randint(0, n, n).astype("i4"))
    side = max(n // 8, 4)
    images = tf.constant(rng.rand(4, side, side, 8).astype("f4"))
    kernel = tf.constant(rng.rand(3, 3, 8, 8).astype("f4"))
    sides = tf.constant(rng.rand(side, side).astype("f4")) + tf.eye(side) * side
    m, nn = tf.math, tf.nn
    unary = {
        "exp": tf.exp, "log": m.log, "sqrt": tf.sqrt, "rsqrt": m.rsqrt, "square": tf.square,
        "abs": tf.abs, "negative": tf.negative, "sign": tf.sign, "sin": tf.sin, "cos": tf.cos,
        "tanh": tf.tanh, "sigmoid": tf.sigmoid, "floor": tf.floor, "round": tf.round,
        "reciprocal": m.reciprocal, "erf": m.erf, "log1p": m.log1p, "softplus": nn.softplus,
        "relu": nn.relu, "elu": nn.elu, "leaky_relu": nn.leaky_relu, "gelu": nn.gelu,
        "softmax": nn.softmax, "log_softmax": nn.log_softmax, "l2_normalize": m.l2_normalize,
        "reduce_sum": tf.reduce_sum, "reduce_mean": tf.reduce_mean, "reduce_max": tf.reduce_max,
        "reduce_min": tf.reduce_min, "reduce_prod": tf.reduce_prod, "norm": tf.norm,
        "reduce_logsumexp": tf.reduce_logsumexp, "reduce_std": m.reduce_std, "cumsum": tf.cumsum,
        "argmax": tf.argmax, "argmin": tf.argmin, "transpose": tf.transpose, "shape": tf.shape,
        "size": tf.size, "rank": tf.rank, "identity": tf.identity, "zeros_like": tf.zeros_like,
        "ones_like": tf.ones_like, "stop_gradient": tf.stop_gradient, "is_nan": m.is_nan,
        "is_finite": m.is_finite, "unstack": tf.unstack, "sort": tf.sort,
        "sparse.from_dense": tf.sparse.from_dense, "diag_part": tf.linalg.diag_part,
        "trace": tf.linalg.trace,
    }
    binary = {
        "add": tf.add, "subtract": tf.subtract, "multiply": tf.multiply, "divide": tf.divide,
        "pow": tf.pow, "maximum": tf.maximum, "minimum": tf.minimum, "matmul": tf.matmul,
        "squared_difference": m.squared_difference, "equal": tf.equal, "not_equal": tf.not_equal,
        "less": tf.less, "greater": tf.greater, "floordiv": m.floordiv, "floormod": m.floormod,
        "divide_no_nan": m.divide_no_nan, "atan2": tf.atan2,
        "sigmoid_cross_entropy": lambda x, y: nn.sigmoid_cross_entropy_with_logits(x, y),
        "softmax_cross_entropy": lambda x, y: nn.softmax_cross_entropy_with_logits(x, y),
    }
    calls = {k: (lambda f=f: f(a)) for k, f in unary.items()}
    calls |= {k: (lambda f=f: f(a, b)) for k, f in binary.items()}
    return calls | {
        "concat": lambda: tf.concat([a, b], 0), "stack": lambda: tf.stack([a, b]),
        "split": lambda: tf.split(a, 4), "reshape": lambda: tf.reshape(a, [-1]),
        "expand_dims": lambda: tf.expand_dims(a, 0), "squeeze": lambda: tf.squeeze(a),
        "cast": lambda: tf.cast(a, tf.int32), "where": lambda: tf.where(flags, a, b),
        "gather": lambda: tf.gather(a, rows), "gather_nd": lambda: tf.gather_nd(a, cells),
        "slice": lambda: a[1:-1, ::2], "tile": lambda: tf.tile(a, [1, 2]),
        "pad": lambda: tf.pad(a, [[1, 1], [2, 2]]), "fill": lambda: tf.fill([n, n], 1.0),
        "zeros": lambda: tf.zeros([n, n]), "ones": lambda: tf.ones([n, n]),
        "eye": lambda: tf.eye(n), "range": lambda: tf.range(n * n),
        "linspace": lambda: tf.linspace(0.0, 1.0, n), "one_hot": lambda: tf.one_hot(rows, n),
        "clip_by_value": lambda: tf.clip_by_value(a, 0.2, 0.8), "reduce_any": lambda: tf.reduce_any(flags),
        "clip_by_norm": lambda: tf.clip_by_norm(a, 1.0), "reduce_all": lambda: tf.reduce_all(flags),
        "logical_and": lambda: tf.logical_and(flags, flags), "logical_not": lambda: tf.logical_not(flags),
        "broadcast_to": lambda: tf.broadcast_to(vector, [n, n]), "reverse": lambda: tf.reverse(a, [0]),
        "top_k": lambda: nn.top_k(a, 3), "boolean_mask": lambda: tf.boolean_mask(a, flags),
        "tensordot": lambda: tf.tensordot(a, b, 1), "einsum": lambda: tf.einsum("ij,kj->ik", a, b),
        "reduce_sum(axis)": lambda: tf.reduce_sum(a, 1), "reduce_mean(axis)": lambda: tf.reduce_mean(a, 0),
        "segment_sum": lambda: m.unsorted_segment_sum(a, rows, n), "add int32": lambda: i + i,
        "scatter_nd": lambda: tf.scatter_nd(cells, vector, [n, n]), "unique": lambda: tf.unique(rows),
        "tensor_scatter_nd_update": lambda: tf.tensor_scatter_nd_update(a, cells, vector),
        "sequence_mask": lambda: tf.sequence_mask(rows, n), "band_part": lambda: tf.linalg.band_part(a, -1, 0),
        "random.uniform": lambda: tf.random.uniform([n, n]), "random.normal": lambda: tf.random.normal([n, n]),
        "sparse_softmax_cross_entropy": lambda: nn.sparse_softmax_cross_entropy_with_logits(labels, a),
        "conv2d": lambda: nn.conv2d(images, kernel, 1, "SAME"), "bias_add": lambda: nn.bias_add(a, vector),
        "max_pool2d": lambda: nn.max_pool2d(images, 2, 2, "SAME"), "moments": lambda: nn.moments(a, [0]),
        "avg_pool2d": lambda: nn.avg_pool2d(images, 2, 2, "SAME"), "embedding_lookup": lambda: nn.embedding_lookup(a, rows),
        "dropout": lambda: nn.dropout(a, 0.5), "image.resize": lambda: tf.image.resize(images, [side // 2, side]),
        "linalg.inv": lambda: tf.linalg.inv(sides), "cholesky": lambda: tf.linalg.cholesky(sides @ tf.transpose(sides)),
        "constant": lambda: tf.constant([[1.0, 2.0], [3.0, 4.0]]), "assert_equal": lambda: tf.debugging.assert_equal(i, i),
    }


def batches(tf, n):
    """Batches of n strings, rows and images."""
    import numpy as np

    rng = np.random.RandomState(0)
    words = [f"{k}" + "".join(chr(97 + c) for c in rng.randint(0, 26, rng.randint(2, 9))) for k in range(500)]
    lines = [" ".join(words[k] for k in rng.randint(0, 500, rng.randint(3, 20))) for _ in range(n)]
    text, s = tf.constant(lines), tf.strings
    ragged = s.split(text)
    numbers = tf.RaggedTensor.from_row_splits(tf.cast(tf.range(ragged.row_splits[-1]), tf.float32), ragged.row_splits)
    pictures = [tf.io.encode_png(rng.randint(0, 255, (32, 32, 3)).astype("u1")) for _ in range(20)]
    jpegs = [tf.io.encode_jpeg(rng.randint(0, 255, (128, 128, 3)).astype("u1")) for _ in range(20)]
    digits = tf.constant([str(k) for k in range(n)])
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(words, list(range(500))), -1)
    return {
        "strings.split": lambda: s.split(text), "strings.length": lambda: s.length(text),
        "strings.lower": lambda: s.lower(text), "strings.upper": lambda: s.upper(text),
        "strings.strip": lambda: s.strip(text), "strings.substr": lambda: s.substr(text, 1, 5),
        "strings.join": lambda: s.join([text, text]), "strings.regex_replace": lambda: s.regex_replace(text, "[aeiou]", "-"),
        "strings.reduce_join": lambda: s.reduce_join(text), "strings.to_number": lambda: s.to_number(digits),
        "strings.as_string": lambda: s.as_string(tf.range(n)), "strings.ngrams": lambda: s.ngrams(ragged, 2),
        "strings.to_hash_bucket_fast": lambda: s.to_hash_bucket_fast(text, 1000),
        "strings.to_hash_bucket_strong": lambda: s.to_hash_bucket_strong(text, 1000, [1, 2]),
        "strings.unicode_decode": lambda: s.unicode_decode(text, "UTF-8"), "strings.bytes_split": lambda: s.bytes_split(text),
        "strings.regex_full_match": lambda: s.regex_full_match(text, ".*the.*"), "equal": lambda: text == text,
        "lookup": lambda: table.lookup(ragged.values), "strings.unicode_transcode": lambda: s.unicode_transcode(text, "UTF-8", "UTF-16-BE"),
        "ragged add": lambda: numbers + numbers, "ragged reduce_sum": lambda: tf.reduce_sum(numbers, 1),
        "ragged to_tensor": lambda: numbers.to_tensor(), "ragged from_tensor": lambda: tf.RaggedTensor.from_tensor(tf.ones([n, 10])),
        "ragged concat": lambda: tf.concat([numbers, numbers], 1), "ragged gather": lambda: tf.gather(numbers, tf.range(n)),
        "ragged slice": lambda: numbers[:, 1:], "ragged map_flat_values": lambda: tf.ragged.map_flat_values(tf.sqrt, numbers),
        "ragged boolean_mask": lambda: tf.ragged.boolean_mask(numbers, numbers > 100.0),
        "20 decode_png": lambda: [tf.io.decode_png(p) for p in pictures], "20 decode_jpeg": lambda: [tf.io.decode_jpeg(p) for p in jpegs],
        "encode_png": lambda: tf.io.encode_png(tf.zeros([128, 128, 3], tf.uint8)),
        "decode_raw": lambda: tf.io.decode_raw(s.substr(text, 0, 4), tf.uint8), "encode_base64": lambda: tf.io.encode_base64(text),
    }


def finish(tf, value):
    """Waits for what may run in the background."""
    for leaf in tf.nest.flatten(value, expand_composites=True):
        getattr(getattr(leaf, "_value", None), "block_until_ready", lambda: None)()


def serve(size):
    """Answers each op's name on standard input with its microseconds, or null if it has none."""
    import tensorflow as tf

    calls = batches(tf, 1000) if size == 0 else cases(tf, size)
    print(json.dumps(list(calls)), flush=True)
    for line in sys.stdin:
        call = calls[line.strip()]
        finish(tf, call())
        finish(tf, call())
        begin = time.perf_counter()
        finish(tf, call())
        number = max(1, min(200, int(BUDGET / 8 / (time.perf_counter() - begin))))
        best, spent = float("inf"), 0.0
        while spent < BUDGET:
            begin = time.perf_counter()
            for _ in range(number):
                value = call()
            finish(tf, value)
            time_taken = time.perf_counter() - begin
            spent += time_taken
            best = min(best, time_taken / number)
        print(best * 1e6, flush=True)


def compare(size, only=(), rounds=9):
    """{op: (tfjax's, TensorFlow's microseconds)}: both processes live, ops take turns."""
    sys.path.insert(0, HERE)
    from harness import TENSORFLOW, TFJAX, start

    servers = [start(library, "ops.py", "serve", str(size)) for library in (TFJAX, TENSORFLOW)]
    names = [json.loads(s.stdout.readline()) for s in servers][0]
    found = {}
    for name in only or names:
        best = [float("inf")] * 2
        for _ in range(rounds):
            for i, server in enumerate(servers):
                server.stdin.write(name + "\n")
                server.stdin.flush()
                best[i] = min(best[i], float(server.stdout.readline()))
        found[name] = tuple(best)
    for server in servers:
        server.stdin.close()
        server.wait()
    return found


def main():
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]))
        return
    sizes = (0,) if sys.argv[1:2] == ["strings"] else SIZES
    sizes = tuple(int(a) for a in sys.argv[2:] if a.isdigit()) or sizes
    only = tuple(name for a in sys.argv[2:] if not a.isdigit() for name in a.split(","))
    found = {size: compare(size, only) for size in sizes}
    print("| op | " + " | ".join(f"{s or 'batch of 1,000'}: tfjax, us (ratio)" for s in sizes) + " |")
    print("|---" * (len(sizes) + 1) + "|")
    for name in found[sizes[0]]:
        cells = [f"{found[s][name][0]:,.1f} ({found[s][name][1] / found[s][name][0]:.2f}x)" for s in sizes]
        print(f"| {name} | {' | '.join(cells)} |")
    medians = [statistics.median(t / o for o, t in found[s].values()) for s in sizes]
    print("| **median ratio** | " + " | ".join(f"**{m:.2f}x**" for m in medians) + " |")


main()
