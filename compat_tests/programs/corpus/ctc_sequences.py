"""Reading sequences of strokes with CTC: dense and sparse labels, training, three decoders."""

import numpy as np
import tensorflow as tf

rng = np.random.default_rng(3)
CLASSES, FRAMES, FEATURES = 5, 14, 6  # class 0 is the blank of the loss
shapes = rng.normal(size=(CLASSES, FEATURES)).astype(np.float32)


def example():
    length = rng.integers(2, 5)
    label = rng.integers(1, CLASSES, size=length)
    frames = []
    for number in label:
        frames += [shapes[number]] * rng.integers(1, 3) + [shapes[0]]
    frames = np.array(frames[:FRAMES] + [shapes[0]] * (FRAMES - len(frames)))
    return label, frames + rng.normal(size=frames.shape, scale=0.1)


examples = [example() for _ in range(24)]
lengths = np.array([len(label) for label, _ in examples], np.int32)
labels = np.zeros((len(examples), lengths.max()), np.int32)
for row, (label, _) in zip(labels, examples):
    row[: len(label)] = label
inputs = np.stack([frames for _, frames in examples]).astype(np.float32)
frame_counts = np.full(len(examples), FRAMES, np.int32)

dense = tf.Variable(np.zeros((FEATURES, CLASSES), np.float32))
bias = tf.Variable(np.zeros(CLASSES, np.float32))
optimizer = tf.keras.optimizers.Adam(0.1)


@tf.function
def step():
    with tf.GradientTape() as tape:
        logits = tf.tensordot(inputs, dense, 1) + bias
        losses = tf.nn.ctc_loss(
            labels, logits, lengths, frame_counts, logits_time_major=False, blank_index=0
        )
        loss = tf.reduce_mean(losses)
    gradients = tape.gradient(loss, [dense, bias])
    optimizer.apply_gradients(zip(gradients, [dense, bias]))
    return loss


for i in range(60):
    loss = step()
    if i % 20 == 0 or i == 59:
        print(f"step {i}: loss {float(loss):.3f}")

logits = tf.transpose(tf.tensordot(inputs, dense, 1) + bias, [1, 0, 2])
sparse = tf.sparse.from_dense(labels)
same = tf.nn.ctc_loss(sparse, logits, None, frame_counts, blank_index=0)
print("sparse labels:", np.round(same.numpy()[:4], 2).tolist())

(best,), scores = tf.nn.ctc_greedy_decoder(logits, frame_counts, blank_index=0)
print("greedy:", tf.sparse.to_dense(best).numpy()[:3].tolist(), scores.shape)
errors = tf.edit_distance(best, tf.cast(sparse, tf.int64), normalize=False)
print("edit distance:", float(tf.reduce_sum(errors)))

# The beam search takes the last class for the blank.
turned = tf.roll(logits, -1, axis=2)
paths, probabilities = tf.nn.ctc_beam_search_decoder(
    turned, frame_counts, beam_width=8, top_paths=2
)
print("beam:", (tf.sparse.to_dense(paths[0], -1) + 1).numpy()[:3].tolist(), probabilities.shape)
print("log probabilities fall:", bool(tf.reduce_all(probabilities[:, 0] >= probabilities[:, 1])))

merged, counts = tf.nn.collapse_repeated(
    tf.argmax(turned, 2, tf.int32)[:, :2] * 0 + 1, [2] * FRAMES
)
print("collapsed:", merged.shape, counts.numpy()[:3].tolist())
print("unique:", [part.numpy()[0].tolist() for part in tf.nn.ctc_unique_labels(labels)])
