"""A linear-chain CRF: forward algorithm with tf.scan, Viterbi with TensorArray, HMM smoothing."""

import numpy as np
import tensorflow as tf

rng = np.random.RandomState(0)
B, T, N = 3, 6, 4
logits = tf.constant(rng.randn(B, T, N).astype("float32"))
lengths = tf.constant([6, 4, 5])
tags = tf.constant(rng.randint(0, N, (B, T)))


class CRF(tf.Module):
    def __init__(self, n, name=None):
        super().__init__(name=name)
        self.transitions = tf.Variable(tf.constant(rng.randn(n, n).astype("float32") * 0.1), name="transitions")

    @tf.Module.with_name_scope
    def unary_score(self, tags, lengths, inputs):
        mask = tf.sequence_mask(lengths, tf.shape(inputs)[1], dtype=tf.float32)
        flat = tf.reshape(inputs, [-1])
        offsets = tf.expand_dims(tf.range(tf.shape(inputs)[0]) * tf.shape(inputs)[1] * tf.shape(inputs)[2], 1)
        offsets += tf.expand_dims(tf.range(tf.shape(inputs)[1]) * tf.shape(inputs)[2], 0)
        idx = tf.reshape(offsets + tf.cast(tags, tf.int32), [-1])
        return tf.reduce_sum(tf.reshape(tf.gather(flat, idx), tf.shape(tags)) * mask, 1)

    def binary_score(self, tags, lengths):
        pairs = tf.stack([tags[:, :-1], tags[:, 1:]], axis=-1)
        mask = tf.sequence_mask(tf.maximum(lengths - 1, 0), tf.shape(tags)[1] - 1, dtype=tf.float32)
        return tf.reduce_sum(tf.gather_nd(self.transitions, pairs) * mask, 1)

    def log_norm(self, inputs, lengths):
        steps = tf.transpose(inputs, [1, 0, 2])

        def step(alpha_t, x):
            logit, t = x
            alpha, _ = alpha_t
            new = tf.reduce_logsumexp(alpha[:, :, None] + self.transitions[None], 1) + logit
            keep = (t < lengths)[:, None]
            return tf.where(keep, new, alpha), t

        alphas, _ = tf.scan(step, (steps[1:], tf.range(1, tf.shape(steps)[0])), initializer=(steps[0], tf.constant(0)))
        return tf.reduce_logsumexp(alphas[-1], 1)

    @tf.function
    def log_likelihood(self, inputs, tags, lengths):
        return self.unary_score(tags, lengths, inputs) + self.binary_score(tags, lengths) - self.log_norm(inputs, lengths)

    @tf.function(input_signature=[tf.TensorSpec([None, None, None], tf.float32)])
    def viterbi(self, inputs):
        steps = tf.transpose(inputs, [1, 0, 2])
        t_max = tf.shape(steps)[0]
        back = tf.TensorArray(tf.int32, size=t_max - 1)
        score = steps[0]
        for t in tf.range(1, t_max):
            cand = score[:, :, None] + self.transitions[None]
            back = back.write(t - 1, tf.argmax(cand, 1, output_type=tf.int32))
            score = tf.reduce_max(cand, 1) + steps[t]
        best = tf.argmax(score, 1, output_type=tf.int32)
        path = tf.TensorArray(tf.int32, size=t_max)
        path = path.write(t_max - 1, best)
        pointers = back.stack()
        t = t_max - 2
        while t >= 0:
            best = tf.gather(pointers[t], best, batch_dims=1)
            path = path.write(t, best)
            t -= 1
        return tf.transpose(path.stack()), tf.reduce_max(score, 1)


crf = CRF(N)
ll = crf.log_likelihood(logits, tags, lengths)
print(ll)
print([v.name for v in crf.variables])
opt = tf.keras.optimizers.SGD(0.5)
for i in range(5):
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(crf.log_likelihood(logits, tags, lengths))
    grads = tape.gradient(loss, crf.trainable_variables)
    opt.apply_gradients(zip(grads, crf.trainable_variables))
    tf.print("loss", loss, summarize=3)
path, score = crf.viterbi(logits)
print(path.numpy(), np.round(score.numpy(), 3))

A = tf.constant([[0.7, 0.3], [0.4, 0.6]])
E = tf.constant([[0.5, 0.4, 0.1], [0.1, 0.3, 0.6]])
obs = tf.constant([0, 1, 2, 0, 2])
emit = tf.gather(E, obs, axis=1)
forward = tf.scan(lambda a, e: (a @ A) * e, tf.transpose(emit)[1:, None, :], initializer=tf.constant([[0.6, 0.4]]) * tf.transpose(emit)[0])
print(forward[:, 0])
print(tf.foldl(lambda a, e: a + e, tf.squeeze(forward, 1)), tf.foldr(lambda a, e: a * 2 + e, obs))
backward = tf.scan(lambda b, e: tf.linalg.matvec(A, e * b), tf.transpose(emit), initializer=tf.ones([2]), reverse=True)
print(backward)
print(repr(tf.math.cumulative_logsumexp(tf.constant([0.0, 1.0, 2.0]))))
