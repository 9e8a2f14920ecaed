"""A line fitted by gradient descent, everything by hand."""

import tensorflow as tf

TRUE_W, TRUE_B = 3.0, 2.0
NUM_EXAMPLES = 201

x = tf.linspace(-2, 2, NUM_EXAMPLES)
x = tf.cast(x, tf.float32)


def f(x):
    return x * TRUE_W + TRUE_B


tf.random.set_seed(42)
noise = tf.random.normal(shape=[NUM_EXAMPLES])
y = f(x) + noise


class Line(tf.Module):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.w = tf.Variable(5.0, name="w")
        self.b = tf.Variable(0.0, name="b")

    def __call__(self, x):
        return self.w * x + self.b


def loss(target_y, predicted_y):
    return tf.reduce_mean(tf.square(target_y - predicted_y))


def train(model, x, y, learning_rate):
    with tf.GradientTape() as t:
        current_loss = loss(y, model(x))
    dw, db = t.gradient(current_loss, [model.w, model.b])
    model.w.assign_sub(learning_rate * dw)
    model.b.assign_sub(learning_rate * db)


model = Line(name="line")
print("Variables:", model.variables)
assert model(3.0).numpy() == 15.0
print("Starting loss: %1.4f" % loss(y, model(x)))

weights, biases = [], []
for epoch in range(10):
    train(model, x, y, learning_rate=0.1)
    weights.append(model.w.numpy())
    biases.append(model.b.numpy())
    print(f"Epoch {epoch:2d}: W = {weights[-1]:1.2f}, b = {biases[-1]:1.2f}, loss={loss(y, model(x)):2.4f}")

print(model.w)
print("residual std", tf.math.reduce_std(y - model(x)))


class LineModel(tf.keras.Model):
    """The same as a Keras model, trained by fit without shuffling."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.w = self.add_weight(shape=(), initializer=tf.keras.initializers.Constant(5.0))
        self.b = self.add_weight(shape=(), initializer="zeros")

    def call(self, x):
        return self.w * x + self.b


keras_model = LineModel()
keras_model.compile(run_eagerly=False, optimizer=tf.keras.optimizers.SGD(learning_rate=0.1),
                    loss=tf.keras.losses.MSE)
keras_model.fit(x, y, epochs=3, batch_size=1000, verbose=0)
print([round(float(v), 4) for v in (keras_model.w, keras_model.b)])
