"""Softmax regression and a small network on digit-like images, as programs for TensorFlow 1 were written."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


def digits(count, seed):
    """Noisy pictures of ten fixed patterns, and their classes one-hot."""
    patterns = np.random.RandomState(0).rand(10, 64) > 0.5
    rng = np.random.RandomState(seed)
    classes = rng.randint(0, 10, count)
    images = np.where(rng.rand(count, 64) < 0.1, ~patterns[classes], patterns[classes])
    return images.astype(np.float32), np.eye(10, dtype=np.float32)[classes]


def softmax_regression():
    x = tf.placeholder(tf.float32, [None, 64], name="images")
    labels = tf.placeholder(tf.float32, [None, 10], name="labels")
    weights = tf.Variable(tf.zeros([64, 10]), name="weights")
    bias = tf.Variable(tf.zeros([10]), name="bias")
    y = tf.nn.softmax(tf.matmul(x, weights) + bias)
    loss = tf.reduce_mean(-tf.reduce_sum(labels * tf.log(y + 1e-8), axis=1))
    train_step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    correct = tf.equal(tf.argmax(y, 1), tf.argmax(labels, 1))
    accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))

    images, classes = digits(600, 1)
    test_images, test_classes = digits(200, 2)
    print("output shape:", y.get_shape().as_list())
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for step in range(30):
            rows = slice(step * 20, step * 20 + 20)
            _, value = sess.run([train_step, loss], feed_dict={x: images[rows], labels: classes[rows]})
            if step % 10 == 9:
                print("step %d loss %.4f" % (step + 1, value))
        print("test accuracy %.3f" % sess.run(accuracy, feed_dict={x: test_images, labels: test_classes}))
        print("bias sum %.4f" % abs(bias.eval().sum()))


def dense(inputs, units, name):
    with tf.variable_scope(name):
        size = inputs.get_shape().as_list()[-1]
        start = np.random.RandomState(units).randn(size, units).astype(np.float32) * 0.2
        kernel = tf.get_variable("kernel", initializer=start)
        bias = tf.get_variable("bias", [units], initializer=tf.zeros_initializer())
        return tf.matmul(inputs, kernel) + bias


def network():
    tf.reset_default_graph()
    x = tf.placeholder(tf.float32, shape=(None, 64))
    labels = tf.placeholder(tf.int64, shape=(None,))
    with tf.variable_scope("net"):
        hidden = tf.nn.relu(dense(x, 32, "hidden"))
        logits = dense(hidden, 10, "logits")
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
    step = tf.train.get_or_create_global_step()
    optimizer = tf.train.AdamOptimizer(0.01)
    pairs = optimizer.compute_gradients(loss)
    clipped = [(tf.clip_by_norm(gradient, 1.0), variable) for gradient, variable in pairs]
    train = optimizer.apply_gradients(clipped, global_step=step)
    for variable in tf.trainable_variables():
        print(variable.name, variable.get_shape().as_list())

    images, classes = digits(640, 3)
    answers = classes.argmax(1)
    sess = tf.InteractiveSession()
    tf.global_variables_initializer().run()
    for epoch in range(3):
        total = 0.0
        for start in range(0, 640, 64):
            feed = {x: images[start : start + 64], labels: answers[start : start + 64]}
            total += sess.run([loss, train], feed)[0]
        print("epoch %d mean loss %.4f step %d" % (epoch + 1, total / 10, tf.train.global_step(sess, step)))
    guesses = tf.argmax(logits, 1).eval(feed_dict={x: images[:8]})
    print("right:", int((guesses == answers[:8]).sum()), "of 8")
    sess.close()


softmax_regression()
network()
