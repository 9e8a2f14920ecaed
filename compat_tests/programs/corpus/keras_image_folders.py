"""Datasets from folders of images, and images as arrays and PIL objects."""

import os

import numpy as np
from PIL import Image
from tensorflow import keras

keras.utils.set_random_seed(3)
rng = np.random.RandomState(0)
for c in ("cats", "dogs", "birds"):
    os.makedirs(f"img/{c}/sub" if c == "birds" else f"img/{c}")
    for i in range(7):
        Image.fromarray(rng.randint(0, 255, (20 + i, 24, 3)).astype("uint8")).save(
            f"img/{c}/{i}.png" if i < 6 or c != "birds" else f"img/{c}/sub/{i}.png"
        )
open("img/cats/notes.txt", "w").write("x")
ds = keras.utils.image_dataset_from_directory("img", image_size=(8, 10), batch_size=4, seed=5)
print(ds.class_names, ds.element_spec, len(ds), int(ds.cardinality()))
for x, y in ds.take(2):
    print(x.shape, y.numpy(), np.round(x.numpy().mean((1, 2, 3)), 2))
print([os.path.basename(p) for p in ds.file_paths][:5])
for sub in ("training", "validation"):
    d = keras.utils.image_dataset_from_directory(
        "img",
        validation_split=0.3,
        subset=sub,
        seed=1,
        image_size=(8, 8),
        batch_size=4,
        label_mode="categorical",
    )
    print([y.numpy().argmax(-1).tolist() for _, y in d])
tr, va = keras.utils.image_dataset_from_directory(
    "img",
    validation_split=0.3,
    subset="both",
    seed=1,
    image_size=(8, 8),
    batch_size=4,
    color_mode="grayscale",
    crop_to_aspect_ratio=True,
    interpolation="nearest",
)
for x, y in tr.take(1):
    print(x.shape, y.numpy(), np.round(x.numpy().mean((1, 2, 3)), 2))
d = keras.utils.image_dataset_from_directory(
    "img", labels=None, shuffle=False, image_size=(6, 6), batch_size=None, color_mode="rgba"
)
for x in d.take(2):
    print(x.shape, np.round(x.numpy().mean(), 2))
d = keras.utils.image_dataset_from_directory(
    "img",
    class_names=["dogs", "cats"],
    label_mode="binary",
    shuffle=False,
    image_size=(6, 6),
    verbose=False,
    pad_to_aspect_ratio=True,
)
for x, y in d.take(1):
    print(x.shape, y.numpy().ravel(), np.round(x.numpy().mean(), 2))
d = keras.utils.image_dataset_from_directory(
    "img", labels=list(range(21)), shuffle=True, seed=2, image_size=(6, 6), follow_links=True
)
for x, y in d.take(1):
    print(x.shape, y.numpy().ravel())
for kw in (
    dict(label_mode="foo"),
    dict(color_mode="foo"),
    dict(labels=[1, 2]),
    dict(validation_split=0.2),
    dict(subset="training"),
    dict(validation_split=1.2, subset="training", seed=1),
    dict(class_names=["a", "b"]),
    dict(label_mode="binary"),
    dict(validation_split=0.2, subset="training"),
    dict(interpolation="foo"),
    dict(labels="foo"),
    dict(validation_split=0.2, subset="foo", seed=1),
):
    try:
        keras.utils.image_dataset_from_directory("img", **kw)
        print("ok", kw)
    except Exception as e:
        print(type(e).__name__, str(e)[:150])
try:
    keras.utils.image_dataset_from_directory("nope")
except Exception as e:
    print(type(e).__name__, str(e)[:90])
os.makedirs("emp/a")
try:
    keras.utils.image_dataset_from_directory("emp")
except Exception as e:
    print(type(e).__name__, str(e)[:120])
img = keras.utils.load_img("img/cats/0.png")
print(img.size, img.mode)
img = keras.utils.load_img(
    "img/cats/0.png", target_size=(10, 12), color_mode="grayscale", interpolation="bilinear"
)
a = keras.utils.img_to_array(img)
print(a.shape, a.dtype, round(float(a.mean()), 3))
a = keras.utils.img_to_array(
    keras.utils.load_img("img/cats/0.png", target_size=(10, 12), keep_aspect_ratio=True)
)
print(a.shape, round(float(a.mean()), 3))
b = keras.utils.array_to_img(a)
print(b.size, b.mode, np.array(b).mean().round(3))
keras.utils.save_img("o.png", a)
print(os.path.exists("o.png"))
print(
    keras.utils.array_to_img(a[..., :1], scale=False).mode,
    keras.utils.img_to_array(b, data_format="channels_first").shape,
    keras.utils.img_to_array(b, dtype="uint8").dtype,
)
for f in (
    lambda: keras.utils.array_to_img(np.zeros((2, 2))),
    lambda: keras.utils.array_to_img(np.zeros((2, 2, 7))),
    lambda: keras.utils.load_img("img/cats/0.png", color_mode="q"),
    lambda: keras.utils.load_img("img/none.png"),
    lambda: keras.utils.img_to_array(np.zeros((2,))),
    lambda: keras.utils.load_img("img/cats/0.png", target_size=(4, 4), interpolation="q"),
):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, str(e)[:150])
