"""An image is optimised until the features of a frozen network look like a style's."""

import tensorflow as tf
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(9)
inputs = tf.keras.Input(shape=(16, 16, 3))
x = layers.Conv2D(6, 3, padding="same", activation="relu", name="block1_conv1")(inputs)
x = layers.AveragePooling2D(2, name="block1_pool")(x)
x = layers.Conv2D(8, 3, padding="same", activation="relu", name="block2_conv1")(x)
x = layers.MaxPooling2D(name="block2_pool")(x)
x = layers.Conv2D(8, 3, padding="same", activation="relu", name="block3_conv1")(x)
vgg = tf.keras.Model(inputs, x)
vgg.trainable = False
content_layers = ["block3_conv1"]
style_layers = ["block1_conv1", "block2_conv1"]


def vgg_layers(layer_names):
    outputs = [vgg.get_layer(name).output for name in layer_names]
    return tf.keras.Model([vgg.input], outputs)


def gram_matrix(input_tensor):
    result = tf.linalg.einsum("bijc,bijd->bcd", input_tensor, input_tensor)
    input_shape = tf.shape(input_tensor)
    num_locations = tf.cast(input_shape[1] * input_shape[2], tf.float32)
    return result / num_locations


class StyleContentModel(tf.keras.models.Model):
    def __init__(self, style_layers, content_layers):
        super().__init__()
        self.vgg = vgg_layers(style_layers + content_layers)
        self.style_layers = style_layers
        self.content_layers = content_layers
        self.num_style_layers = len(style_layers)
        self.vgg.trainable = False

    def call(self, inputs):
        outputs = self.vgg(inputs * 2.0 - 1.0)
        style_outputs, content_outputs = outputs[: self.num_style_layers], outputs[self.num_style_layers :]
        style_outputs = [gram_matrix(s) for s in style_outputs]
        content_dict = {name: value for name, value in zip(self.content_layers, content_outputs)}
        style_dict = {name: value for name, value in zip(self.style_layers, style_outputs)}
        return {"content": content_dict, "style": style_dict}


grid = tf.linspace(0.0, 1.0, 16)
content_image = tf.stack(tf.meshgrid(grid, grid) + [tf.fill([16, 16], 0.5)], axis=-1)[None]
style_image = tf.cast(tf.random.stateless_uniform([1, 16, 16, 3], seed=[1, 2]) > 0.5, tf.float32)
extractor = StyleContentModel(style_layers, content_layers)
style_targets = extractor(style_image)["style"]
content_targets = extractor(content_image)["content"]
image = tf.Variable(content_image)
opt = tf.keras.optimizers.Adam(learning_rate=0.02, beta_1=0.99, epsilon=1e-1)


def style_content_loss(outputs, style_weight=1e-2, content_weight=1e-1):
    style, content = outputs["style"], outputs["content"]
    style_loss = tf.add_n([tf.reduce_mean((style[name] - style_targets[name]) ** 2) for name in style.keys()])
    content_loss = tf.add_n([tf.reduce_mean((content[name] - content_targets[name]) ** 2) for name in content.keys()])
    return style_loss * style_weight / len(style_layers) + content_loss * content_weight / len(content_layers)


def high_pass_x_y(image):
    return image[:, :, 1:, :] - image[:, :, :-1, :], image[:, 1:, :, :] - image[:, :-1, :, :]


@tf.function()
def train_step(image):
    with tf.GradientTape() as tape:
        loss = style_content_loss(extractor(image))
        x_deltas, y_deltas = high_pass_x_y(image)
        loss += 1e-4 * (tf.reduce_sum(tf.abs(x_deltas)) + tf.reduce_sum(tf.abs(y_deltas)))
    grad = tape.gradient(loss, image)
    opt.apply_gradients([(grad, image)])
    image.assign(tf.clip_by_value(image, clip_value_min=0.0, clip_value_max=1.0))
    return loss


for step in range(12):
    loss = train_step(image)
    if step % 4 == 3:
        print(f"step {step + 1}: loss {loss:.5f}, mean {tf.reduce_mean(image):.5f}")
for name, output in sorted(extractor(content_image)["style"].items()):
    print(name, output.shape, "min/mean/max", *[f"{f(output):.4f}" for f in (tf.reduce_min, tf.reduce_mean, tf.reduce_max)])
print(len(extractor.trainable_variables), len(extractor.variables), image.shape, image.dtype)
