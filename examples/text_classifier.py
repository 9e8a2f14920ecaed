"""A binary classifier of text: is a line of Python's standard library prose or code?

With --imdb: reviews of films (downloaded), good or bad.
"""

import tensorflow as tf

import argparse
import ast
import os
import re

import numpy as np
from keras import layers, models

parser = argparse.ArgumentParser()
parser.add_argument("--imdb", action="store_true")
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--lines", type=int, default=6000)
args = parser.parse_args()

tf.keras.utils.set_random_seed(0)
WORDS = 10_000


def library_lines(limit):
    """(lines, labels): 1 for lines of docstrings, 0 for lines of code."""
    folder = os.path.dirname(os.__file__)
    prose, code = [], []
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".py") or min(len(prose), len(code)) >= limit // 2:
            continue
        with open(os.path.join(folder, name), encoding="utf-8", errors="ignore") as file:
            source = file.read()
        tree = ast.parse(source)
        inside = set()
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
                first = node.body[0]
                inside.update(range(first.lineno, first.end_lineno + 1))
        for number, line in enumerate(source.splitlines(), 1):
            if len(line.split()) >= 3:
                (prose if number in inside else code).append(line)
    count = min(len(prose), len(code), limit // 2)
    return prose[:count] + code[:count], [1] * count + [0] * count


def word_number(word):
    """A word's place in the multi-hot vector; the same in every process."""
    number = 0
    for character in word:
        number = (number * 31 + ord(character)) % WORDS
    return number


if args.imdb:
    (x, y), _ = tf.keras.datasets.imdb.load_data(num_words=WORDS)
    rows = list(x)
else:
    lines, y = library_lines(args.lines)
    rows = [[word_number(w) for w in re.findall(r"\w+|[^\w\s]", line)] for line in lines]

features = np.zeros((len(rows), WORDS), "float32")
for i, row in enumerate(rows):
    features[i, row] = 1.0
labels = np.asarray(y, "float32")
order = np.random.RandomState(0).permutation(len(labels))
features, labels = features[order], labels[order]

model = models.Sequential([
    layers.Input((WORDS,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(features, labels, epochs=args.epochs, batch_size=512, validation_split=0.2, verbose=0)
for epoch, (loss, accuracy) in enumerate(zip(history.history["loss"], history.history["val_accuracy"]), 1):
    print(f"epoch {epoch}: loss {loss:.3f}, validation accuracy {accuracy:.3f}")
