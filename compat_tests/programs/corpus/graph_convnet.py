"""A convolutional network with dropout on noisy images, its checkpoints, and datasets, as TensorFlow 1 had them."""

import numpy as np, tempfile, os
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
rng = np.random.RandomState(0)
X = rng.rand(64, 28*28).astype(np.float32); Y = np.eye(10, dtype=np.float32)[rng.randint(0, 10, 64)]
x = tf.placeholder(tf.float32, [None, 784], name='x'); y_ = tf.placeholder(tf.float32, [None, 10])
keep = tf.placeholder_with_default(1.0, [], name="keep")
def weight(shape): return tf.Variable(tf.constant(rng.randn(*shape).astype(np.float32) * 0.1))
def bias(shape): return tf.Variable(tf.constant(0.1, shape=shape))
img = tf.reshape(x, [-1, 28, 28, 1])
h = tf.nn.relu(tf.nn.conv2d(img, weight([5, 5, 1, 4]), strides=[1, 1, 1, 1], padding='SAME') + bias([4]))
p = tf.nn.max_pool(h, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding='SAME')
flat = tf.reshape(p, [-1, 14 * 14 * 4])
fc = tf.nn.relu(tf.matmul(flat, weight([14*14*4, 16])) + bias([16]))
drop = tf.nn.dropout(fc, keep, seed=1)
logits = tf.matmul(drop, weight([16, 10])) + bias([10])
loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y_, logits=logits))
step = tf.train.get_or_create_global_step()
rate = tf.train.exponential_decay(0.05, step, 2, 0.5, staircase=True)
train = tf.train.AdamOptimizer(rate).minimize(loss, global_step=step)
acc = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), tf.argmax(y_, 1)), tf.float32))
saver = tf.train.Saver()
path = os.path.join(tempfile.mkdtemp(), "model.ckpt")
print(img, p, logits, loss)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(4):
        _, l, r = sess.run([train, loss, rate], {x: X[i*16:i*16+16], y_: Y[i*16:i*16+16], keep: 0.75})
        print("%d %.4f %.4f" % (i, l, r))
    print("%.4f" % acc.eval({x: X, y_: Y}))
    saved = saver.save(sess, path, global_step=step); print(os.path.basename(saved))
    want = sess.run(loss, {x: X, y_: Y})
with tf.Session() as sess:
    saver.restore(sess, tf.train.latest_checkpoint(os.path.dirname(path)))
    print(abs(sess.run(loss, {x: X, y_: Y}) - want) < 1e-6, sess.run(step))
ds = tf.data.Dataset.from_tensor_slices((X[:6, :2], np.arange(6))).map(lambda a, b: (a * 2, b)).batch(4)
it = tf.data.make_initializable_iterator(ds); a, b = it.get_next(); s = tf.reduce_sum(a) + tf.cast(tf.reduce_sum(b), tf.float32)
print(a, b)
one = tf.data.make_one_shot_iterator(tf.data.Dataset.range(2)).get_next()
with tf.Session() as sess:
    for _ in range(2):
        sess.run(it.initializer)
        while True:
            try: print("%.3f" % sess.run(s))
            except tf.errors.OutOfRangeError: break
    print(sess.run(one), sess.run(one + 10))
