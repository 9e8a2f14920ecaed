"""Word vectors by noise-contrastive estimation: skip-grams, a custom loop, three Variables."""

import numpy as np
import tensorflow as tf

TEXT = """the king rules the land and the queen rules the land the king and the queen eat bread
the dog eats bread and the cat eats fish the dog chases the cat and the cat chases the mouse
the queen feeds the dog and the king feeds the cat""".split()
SIZE, WINDOW, SAMPLED, BATCH = 8, 2, 6, 32

words = sorted(set(TEXT), key=lambda w: (-TEXT.count(w), w))
index = {word: i for i, word in enumerate(words)}
ids = [index[word] for word in TEXT]
pairs = [
    (ids[i], ids[j])
    for i in range(len(ids))
    for j in range(max(0, i - WINDOW), min(len(ids), i + WINDOW + 1))
    if i != j
]
centres, contexts = (np.array(column, np.int64) for column in zip(*pairs))
print(len(words), "words,", len(pairs), "pairs; most frequent:", words[:3])

tf.random.set_seed(11)
vectors = tf.Variable(tf.random.uniform([len(words), SIZE], -1.0, 1.0), name="vectors")
weights = tf.Variable(
    tf.random.truncated_normal([len(words), SIZE], stddev=SIZE**-0.5), name="weights"
)
biases = tf.Variable(tf.zeros([len(words)]), name="biases")
variables = [vectors, weights, biases]


def loss_of(centre, context):
    found = tf.nn.embedding_lookup(vectors, centre)
    losses = tf.nn.nce_loss(weights, biases, tf.expand_dims(context, 1), found, SAMPLED, len(words))
    return tf.reduce_mean(losses)


def step(optimizer, centre, context):
    with tf.GradientTape() as tape:
        loss = loss_of(centre, context)
    gradients = tape.gradient(loss, variables)
    optimizer.apply_gradients(zip(gradients, variables))
    return loss, gradients


data = tf.data.Dataset.from_tensor_slices((centres, contexts)).shuffle(500, seed=5).batch(BATCH)
for name, optimizer in (
    ("SGD", tf.keras.optimizers.SGD(0.5)),
    ("Adam", tf.keras.optimizers.Adam(0.02)),
):
    for epoch in range(3):
        losses = []
        for centre, context in data:
            loss, gradients = step(optimizer, centre, context)
            losses.append(float(loss))
        print(f"{name} epoch {epoch}: loss {np.mean(losses):.3f}")
    print("gradients:", [type(g).__name__ for g in gradients])

full = tf.nn.sampled_softmax_loss(
    weights,
    biases,
    contexts[:4, None],
    tf.nn.embedding_lookup(vectors, centres[:4]),
    SAMPLED,
    len(words),
    seed=3,
)
print("sampled softmax:", np.round(full.numpy(), 2).tolist())

unit = tf.nn.l2_normalize(vectors, axis=1)
likeness = tf.matmul(unit, unit, transpose_b=True)
near = tf.math.top_k(likeness[index["king"]], 3)
print("near king:", [words[i] for i in near.indices.numpy()])
print("mean norm:", round(float(tf.reduce_mean(tf.norm(vectors, axis=1))), 2))
