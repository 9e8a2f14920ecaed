"""Loading text: lines to tokens, a vocabulary table, batches of numbers, a small classifier."""

import collections
import pathlib
import tempfile

import tensorflow as tf

folder = pathlib.Path(tempfile.mkdtemp())
lines = [
    "the quick brown fox jumps over the lazy dog", "a stitch in time saves nine", "the early bird catches the worm",
    "all that glitters is not gold", "the fox and the dog", "time flies like an arrow", "a bird in the hand", "gold and time",
]
for i in range(2):
    (folder / f"part{i}.txt").write_text("\n".join(lines[i::2]) + "\n")
labelled = []
for i in range(2):
    part = tf.data.TextLineDataset(str(folder / f"part{i}.txt"))
    labelled.append(part.map(lambda line, i=i: (line, tf.cast(i, tf.int64))))
dataset = labelled[0].concatenate(labelled[1])
for text, label in dataset.take(2):
    print(text.numpy(), label.numpy())


def tokenize(text, label):
    return tf.strings.split(tf.strings.lower(text)), label


tokenized = dataset.map(tokenize)
counts = collections.Counter()
for tokens, _ in tokenized:
    counts.update(tokens.numpy().tolist())
vocabulary = [word for word, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))][:12]
print(vocabulary)

keys, numbers = tf.constant(vocabulary), tf.range(2, len(vocabulary) + 2, dtype=tf.int64)
table = tf.lookup.StaticVocabularyTable(tf.lookup.KeyValueTensorInitializer(keys, numbers, key_dtype=tf.string, value_dtype=tf.int64), 1)
print(table.size().numpy(), table.lookup(tf.constant(["the", "zebra"])).numpy())
ids = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, numbers), default_value=-1)
print(ids.lookup(tf.strings.split(["the fox", "a zebra sleeps"])))
back = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(numbers, keys), default_value="[UNK]")
print(back.lookup(ids.lookup(tf.strings.split("the lazy fox"))).numpy())
(folder / "vocab.txt").write_bytes(b"\n".join(vocabulary) + b"\n")
from_file = tf.lookup.StaticHashTable(
    tf.lookup.TextFileInitializer(
        str(folder / "vocab.txt"), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
    ),
    -1,
)
print(from_file[tf.constant(["time", "nothing"])].numpy())
seen = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, default_value=0)
for tokens, _ in tokenized.take(3):
    seen.insert(tokens, seen.lookup(tokens) + 1)
print(sorted(zip(*[t.numpy().tolist() for t in seen.export()]))[:3], seen.size().numpy())


def encode(tokens, label):
    return table.lookup(tokens), label


encoded = tokenized.map(encode)
for vector, label in encoded.take(1):
    print(vector.numpy(), label.numpy())
for batch, label in encoded.padded_batch(4, padded_shapes=([None], [])):
    print(batch.shape, label.numpy(), tf.reduce_sum(tf.cast(batch == 0, tf.int32)).numpy())
for batch, label in encoded.ragged_batch(3):
    print(batch.row_lengths().numpy(), label.numpy())

tf.random.set_seed(3)
size = len(vocabulary) + 3
embedding = tf.Variable(tf.random.uniform([size, 4], -0.1, 0.1, seed=1))
kernel, bias = tf.Variable(tf.random.uniform([4, 1], -0.1, 0.1, seed=2)), tf.Variable([0.0])
optimizer = tf.keras.optimizers.SGD(0.5)
for epoch in range(3):
    total = 0.0
    for batch, label in encoded.ragged_batch(4):
        with tf.GradientTape() as tape:
            vectors = tf.nn.embedding_lookup(embedding, batch)
            mean = tf.reduce_mean(vectors, axis=1)
            logits = tf.squeeze(mean @ kernel + bias, 1)
            loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(tf.cast(label, tf.float32), logits))
        variables = [embedding, kernel, bias]
        grads = [tf.convert_to_tensor(g) for g in tape.gradient(loss, variables)]
        optimizer.apply_gradients(zip(grads, variables))
        total += float(loss)
    print(f"epoch {epoch}: {total:.4f}")
