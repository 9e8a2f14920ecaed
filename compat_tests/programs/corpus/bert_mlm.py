"""Masked language model: TextVectorization, MultiHeadAttention encoder, MLM loss with sample weights, callback, fine-tuning."""

import re
from dataclasses import dataclass
from pprint import pprint

import numpy as np
import pandas as pd
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.layers import TextVectorization

keras.utils.set_random_seed(8)


@dataclass
class Config:
    MAX_LEN = 12
    BATCH_SIZE = 8
    VOCAB_SIZE = 60
    EMBED_DIM = 16
    NUM_HEAD = 2
    FF_DIM = 16
    NUM_LAYERS = 1


config = Config()
good = ["I watched this and it was <br />awesome!", "A great, great film; loved it.", "What a wonderful story it was", "Fun from start to end..."]
bad = ["It was awful and boring", "Terrible film, I hated it!", "A bad story; what a waste", "Dull from start to end"]
train_df = pd.DataFrame({"review": (good + bad) * 4, "sentiment": ([0] * 4 + [1] * 4) * 4}).sample(frac=1, random_state=1).reset_index(drop=True)
all_data = pd.concat([train_df, train_df[:4]], ignore_index=True)
print(all_data.shape, all_data.review.str.len().max())


def custom_standardization(input_data):
    lowercase = tf.strings.lower(input_data)
    stripped_html = tf.strings.regex_replace(lowercase, "<br />", " ")
    return tf.strings.regex_replace(stripped_html, "[%s]" % re.escape("!#$%&'()*+,-./:;<=>?@\\^_`{|}~"), "")


def get_vectorize_layer(texts, vocab_size, max_seq, special_tokens=["[MASK]"]):
    vectorize_layer = TextVectorization(max_tokens=vocab_size, output_mode="int", standardize=custom_standardization, output_sequence_length=max_seq)
    vectorize_layer.adapt(texts)
    vocab = vectorize_layer.get_vocabulary()
    vocab = vocab[2: vocab_size - len(special_tokens)] + ["[mask]"]
    vectorize_layer.set_vocabulary(vocab)
    return vectorize_layer


vectorize_layer = get_vectorize_layer(all_data.review.values.tolist(), config.VOCAB_SIZE, config.MAX_LEN, special_tokens=["[mask]"])
mask_token_id = vectorize_layer(["[mask]"]).numpy()[0][0]
print(len(vectorize_layer.get_vocabulary()), mask_token_id, vectorize_layer.get_vocabulary()[:6])


def encode(texts):
    return vectorize_layer(texts).numpy()


def get_masked_input_and_labels(encoded_texts):
    inp_mask = np.random.rand(*encoded_texts.shape) < 0.15
    inp_mask[encoded_texts <= 2] = False
    labels = -1 * np.ones(encoded_texts.shape, dtype=int)
    labels[inp_mask] = encoded_texts[inp_mask]
    encoded_texts_masked = np.copy(encoded_texts)
    inp_mask_2mask = inp_mask & (np.random.rand(*encoded_texts.shape) < 0.90)
    encoded_texts_masked[inp_mask_2mask] = mask_token_id
    sample_weights = np.ones(labels.shape)
    sample_weights[labels == -1] = 0
    return encoded_texts_masked, np.copy(encoded_texts), sample_weights


x_all = encode(all_data.review.values)
x_masked, y_masked, weights = get_masked_input_and_labels(x_all)
mlm_ds = tf.data.Dataset.from_tensor_slices((x_masked, y_masked, weights)).shuffle(100, seed=3).batch(config.BATCH_SIZE)


def bert_module(query, key, value, i):
    att = layers.MultiHeadAttention(num_heads=config.NUM_HEAD, key_dim=config.EMBED_DIM // config.NUM_HEAD, name=f"encoder_{i}_multiheadattention")(query, key, value)
    att = layers.Dropout(0.0, name=f"encoder_{i}_att_dropout")(att)
    att = layers.LayerNormalization(epsilon=1e-6, name=f"encoder_{i}_att_layernormalization")(query + att)
    ffn = keras.Sequential([layers.Dense(config.FF_DIM, activation="relu"), layers.Dense(config.EMBED_DIM)], name=f"encoder_{i}_ffn")
    return layers.LayerNormalization(epsilon=1e-6, name=f"encoder_{i}_ffn_layernormalization")(att + ffn(att))


def get_pos_encoding_matrix(max_len, d_emb):
    pos = np.array([[p / np.power(10000, 2 * (j // 2) / d_emb) for j in range(d_emb)] if p != 0 else np.zeros(d_emb) for p in range(max_len)])
    pos[1:, 0::2] = np.sin(pos[1:, 0::2])
    pos[1:, 1::2] = np.cos(pos[1:, 1::2])
    return pos


loss_fn = keras.losses.SparseCategoricalCrossentropy(reduction=None)
loss_tracker = keras.metrics.Mean(name="loss")


class MaskedLanguageModel(keras.Model):
    def train_step(self, inputs):
        if len(inputs) == 3:
            features, labels, sample_weight = inputs
        else:
            features, labels = inputs
            sample_weight = None
        with tf.GradientTape() as tape:
            predictions = self(features, training=True)
            loss = loss_fn(labels, predictions, sample_weight=sample_weight)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        loss_tracker.update_state(loss, sample_weight=sample_weight)
        return {"loss": loss_tracker.result()}

    @property
    def metrics(self):
        return [loss_tracker]


def create_masked_language_bert_model():
    inputs = layers.Input((config.MAX_LEN,), dtype="int64")
    word = layers.Embedding(config.VOCAB_SIZE, config.EMBED_DIM, name="word_embedding")(inputs)
    position = layers.Embedding(input_dim=config.MAX_LEN, output_dim=config.EMBED_DIM, embeddings_initializer=keras.initializers.Constant(get_pos_encoding_matrix(config.MAX_LEN, config.EMBED_DIM)),
                                name="position_embedding")(tf.range(start=0, limit=config.MAX_LEN, delta=1))
    encoder_output = word + position
    for i in range(config.NUM_LAYERS):
        encoder_output = bert_module(encoder_output, encoder_output, encoder_output, i)
    out = layers.Dense(config.VOCAB_SIZE, name="mlm_cls", activation="softmax")(encoder_output)
    model = MaskedLanguageModel(inputs, out, name="masked_bert_model")
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.001))
    return model


id2token = dict(enumerate(vectorize_layer.get_vocabulary()))
token2id = {y: x for x, y in id2token.items()}


class MaskedTextGenerator(keras.callbacks.Callback):
    def __init__(self, sample_tokens, top_k=5):
        self.sample_tokens, self.k = sample_tokens, top_k

    def decode(self, tokens):
        return " ".join([id2token[t] for t in tokens if t != 0])

    def on_epoch_end(self, epoch, logs=None):
        prediction = self.model.predict(self.sample_tokens, verbose=0)
        masked_index = np.where(self.sample_tokens == mask_token_id)[1]
        mask_prediction = prediction[0][masked_index]
        top = mask_prediction[0].argsort()[-self.k:][::-1]
        pprint({"input_text": self.decode(self.sample_tokens[0].numpy()), "k": len(top), "p": round(float(mask_prediction[0].sum()), 3)})


model = create_masked_language_bert_model()
model.summary(show_trainable=True)
sample_tokens = vectorize_layer(["I have watched this [mask] and it was awesome"])
history = model.fit(mlm_ds, epochs=2, callbacks=[MaskedTextGenerator(sample_tokens)], verbose=0)
print([f"{v:.2f}" for v in history.history["loss"]])
model.save("bert_mlm.keras")
loaded = keras.models.load_model("bert_mlm.keras", custom_objects={"MaskedLanguageModel": MaskedLanguageModel})
pretrained = keras.Model(loaded.input, loaded.get_layer("encoder_0_ffn_layernormalization").output)
pretrained.trainable = False
inputs = layers.Input((config.MAX_LEN,), dtype="int64")
pooled = layers.GlobalMaxPooling1D()(pretrained(inputs))
classifer = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(layers.Dense(8, activation="relu")(pooled)), name="classification")
classifer.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
h = classifer.fit(encode(train_df.review.values), train_df.sentiment.values, epochs=3, batch_size=8, verbose=0, shuffle=False)
print([f"{v:.3f}" for v in h.history["loss"]], len(classifer.trainable_weights))


def get_end_to_end(model):
    inputs_string = keras.Input(shape=(1,), dtype="string")
    return keras.Model(inputs_string, model(vectorize_layer(inputs_string)), name="end_to_end_model")


end = get_end_to_end(classifer)
out = end.predict(tf.constant([["It was awful"], ["great film"]]), verbose=0)
print(out.shape, np.allclose(out, classifer.predict(encode(["It was awful", "great film"]), verbose=0), atol=1e-5))
