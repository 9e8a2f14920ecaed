"""Images changed at random: Keras layers, tf.image with and without state, seeds from a counter and a generator."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(5)
rng0 = np.random.RandomState(0)
images = rng0.randint(0, 256, size=(12, 24, 30, 3)).astype(np.uint8)
labels = rng0.randint(0, 5, size=12)
image, label = images[0], labels[0]
IMG_SIZE = 18


def show(name, x):
  x = tf.cast(x, tf.float32)
  print(name, x.shape, np.round([float(tf.reduce_mean(x)), float(tf.reduce_max(x)), float(x[0, 0, 0]), float(x[3, 5, -1])], 3))


resize_and_rescale = tf.keras.Sequential([layers.Resizing(IMG_SIZE, IMG_SIZE), layers.Rescaling(1./255)])
result = resize_and_rescale(tf.cast(image, tf.float32)[None])[0]
print("Min and max pixel values:", result.numpy().min(), result.numpy().max())
data_augmentation = tf.keras.Sequential([
  layers.RandomFlip("horizontal_and_vertical", seed=1),
  layers.RandomRotation(0.2, seed=2),
])
img = tf.cast(tf.expand_dims(image, 0), tf.float32)
for i in range(2):
  augmented_image = data_augmentation(img)
  show("aug", augmented_image[0])
train_ds = tf.data.Dataset.from_tensor_slices((images, labels))
aug_ds = train_ds.batch(4).map(lambda x, y: (resize_and_rescale(x, training=True), y))
for x, y in aug_ds.take(1):
  print(x.shape, y.numpy())


def random_invert_img(x, p=0.5):
  if tf.random.uniform([]) < p:
    x = (255-x)
  else:
    x
  return x


def random_invert(factor=0.5):
  return layers.Lambda(lambda x: random_invert_img(x, factor))


random_invert = random_invert()
for i in range(4):
  show("inv", random_invert(img)[0])


class RandomInvert(layers.Layer):
  def __init__(self, factor=0.5, **kwargs):
    super().__init__(**kwargs)
    self.factor = factor

  def call(self, x):
    return random_invert_img(x)


show("cls", RandomInvert()(img)[0])
# tf.image
show("flip", tf.image.flip_left_right(image))
g = tf.image.rgb_to_grayscale(image)
show("gray", tf.squeeze(g)[..., None])
show("sat", tf.image.adjust_saturation(image, 3))
show("bright", tf.image.adjust_brightness(image, 0.4))
show("crop", tf.image.central_crop(image, central_fraction=0.5))
show("rot", tf.image.rot90(image))
show("hue", tf.image.adjust_hue(image, 0.2))
show("contrast", tf.image.adjust_contrast(image, 1.7))
show("gamma", tf.image.adjust_gamma(image, 0.5))
show("pad", tf.image.pad_to_bounding_box(image, 2, 3, 30, 40))
show("rcp", tf.image.resize_with_crop_or_pad(image, 28, 20))
show("std", tf.image.per_image_standardization(image))
show("jq", tf.image.transpose(image))
for i in range(3):
  seed = (i, 0)
  show("srb", tf.image.stateless_random_brightness(image, max_delta=0.95, seed=seed))
  show("src", tf.image.stateless_random_contrast(image, lower=0.1, upper=0.9, seed=seed))
  show("srcrop", tf.image.stateless_random_crop(image, size=[15, 20, 3], seed=seed))
  show("srh", tf.image.stateless_random_hue(image, 0.3, seed=seed))
  show("srs", tf.image.stateless_random_saturation(image, 0.3, 1.5, seed=seed))
  show("srf", tf.image.stateless_random_flip_left_right(image, seed=seed))
  show("rb", tf.image.random_brightness(image, 0.5))
  show("rc", tf.image.random_contrast(image, 0.2, 0.8, seed=3))
  show("rh", tf.image.random_hue(image, 0.2))
  show("rs", tf.image.random_saturation(image, 0.2, 1.8))
  show("rf", tf.image.random_flip_up_down(image))

AUTOTUNE = tf.data.AUTOTUNE
counter = tf.data.experimental.Counter()
train_datasets = train_ds
train_ds = tf.data.Dataset.zip((train_datasets, (counter, counter)))


def resize_and_rescale(image, label):
  image = tf.cast(image, tf.float32)
  image = tf.image.resize(image, [IMG_SIZE, IMG_SIZE])
  image = (image / 255.0)
  return image, label


def augment(image_label, seed):
  image, label = image_label
  image, label = resize_and_rescale(image, label)
  image = tf.image.resize_with_crop_or_pad(image, IMG_SIZE + 6, IMG_SIZE + 6)
  new_seed = tf.random.split(seed, num=1)[0, :]
  image = tf.image.stateless_random_crop(image, size=[IMG_SIZE, IMG_SIZE, 3], seed=seed)
  image = tf.image.stateless_random_brightness(image, max_delta=0.5, seed=new_seed)
  image = tf.clip_by_value(image, 0, 1)
  return image, label


ds = train_ds.shuffle(1000, seed=4).map(augment, num_parallel_calls=AUTOTUNE).batch(4).prefetch(AUTOTUNE)
for x, y in ds:
  print(x.shape, y.numpy(), np.round(tf.reduce_mean(x, axis=[1, 2, 3]).numpy(), 4))
rng = tf.random.Generator.from_seed(123, alg='philox')


def f(x, y):
  seed = rng.make_seeds(1)[:, 0]
  image, label = augment((x, y), seed)
  return image, label


ds = train_datasets.map(f).batch(6)
for x, y in ds:
  print(x.shape, y.numpy(), np.round(tf.reduce_mean(x, axis=[1, 2, 3]).numpy(), 4))
for name, layer in [("zoom", layers.RandomZoom((-0.3, 0.2), seed=3)), ("trans", layers.RandomTranslation(0.2, 0.1, seed=4)),
                    ("contrast", layers.RandomContrast(0.3, seed=5)), ("bright", layers.RandomBrightness(0.3, seed=6)),
                    ("crop", layers.RandomCrop(16, 16, seed=7)), ("cc", layers.CenterCrop(10, 12)),
                    ("noise", layers.GaussianNoise(0.9, seed=8))]:
  out = layer(tf.cast(images[:2], tf.float32), training=True)
  show(name, out[0])
  show(name, out[1])
  show(name, layer(tf.cast(images[:2], tf.float32), training=False)[0])
