"""tf.image next to TensorFlow."""

from __future__ import annotations

import numpy as np
import pytest

from compat_tests.harness import GRADIENT, HOST, VALUES, normal, parity, uniform

METHODS = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")


@pytest.mark.parametrize("size", [(3, 9), (8, 4), (12, 12)])
@pytest.mark.parametrize("method", METHODS)
@parity(modes=(HOST,))
def test_resize(tf, method, size, x=uniform(2, 6, 5, 3)):
    return tf.image.resize(x, size, method=method)


@pytest.mark.parametrize("method", METHODS)
@parity(modes=(HOST,))
def test_resize_antialias(tf, method, x=uniform(7, 9, 2)):
    return tf.image.resize(x, (3, 4), method=method, antialias=True), tf.image.resize(
        x, (5, 20), method=method, preserve_aspect_ratio=True
    )


@parity(modes=VALUES)
def test_resize_tiers(tf, x=uniform(1, 4, 4, 2)):
    return tf.image.resize(x, (7, 3)), tf.image.resize(x, (2, 3), "bicubic"), tf.image.resize(x, (4, 4))


@parity(modes=(GRADIENT,))
def test_resize_gradient(tf, x=normal(1, 4, 4, 2)):
    return tf.image.resize(x, (7, 3))


@parity(modes=(HOST,))
def test_resize_integers(tf):
    x = tf.constant(np.arange(48).reshape(4, 4, 3), tf.uint8)
    return tf.image.resize(x, (2, 2)), tf.image.resize(x, (5, 5), "nearest"), tf.image.resize(x, (2, 3), "area")


COLOR = {
    "gray": lambda tf, x: tf.image.rgb_to_grayscale(x),
    "hsv": lambda tf, x: tf.image.rgb_to_hsv(x),
    "rgb of hsv": lambda tf, x: tf.image.hsv_to_rgb(x),
    "yiq": lambda tf, x: (tf.image.rgb_to_yiq(x), tf.image.yiq_to_rgb(x)),
    "yuv": lambda tf, x: (tf.image.rgb_to_yuv(x), tf.image.yuv_to_rgb(x)),
    "brightness": lambda tf, x: tf.image.adjust_brightness(x, 0.2),
    "contrast": lambda tf, x: tf.image.adjust_contrast(x, 1.7),
    "gamma": lambda tf, x: tf.image.adjust_gamma(x, 2.0, 0.5),
    "hue": lambda tf, x: tf.image.adjust_hue(x, 0.3),
    "saturation": lambda tf, x: tf.image.adjust_saturation(x, 0.4),
    "standardized": lambda tf, x: tf.image.per_image_standardization(x),
    "uint8": lambda tf, x: tf.image.convert_image_dtype(x, tf.uint8),
    "half": lambda tf, x: tf.image.convert_image_dtype(x, tf.float16),
    "gray to rgb": lambda tf, x: tf.image.grayscale_to_rgb(x[..., :1]),
}


@pytest.mark.parametrize("name", COLOR)
@parity(modes=(HOST,))
def test_color(tf, name, x=uniform(4, 5, 3, low=0.0)):
    return COLOR[name](tf, x)


@pytest.mark.parametrize("name", ["gray", "brightness", "contrast", "gamma", "hue", "saturation", "standardized", "half"])
@parity(modes=(HOST,))
def test_color_of_bytes(tf, name):
    x = tf.constant((np.arange(60) * 4).reshape(4, 5, 3), tf.uint8)
    return COLOR[name](tf, x)


@parity(modes=(HOST,))
def test_integer_conversions(tf):
    x = tf.constant([0, 100, 255], tf.uint8)
    wide = tf.image.convert_image_dtype(x, tf.uint16)
    return wide, tf.image.convert_image_dtype(wide, tf.uint8), tf.image.convert_image_dtype(x, tf.int32, saturate=True)


GEOMETRY = {
    "left right": lambda tf, x: tf.image.flip_left_right(x),
    "up down": lambda tf, x: tf.image.flip_up_down(x),
    "transpose": lambda tf, x: tf.image.transpose(x),
    "turns": lambda tf, x: [tf.image.rot90(x, k) for k in range(-1, 5)],
    "crop": lambda tf, x: tf.image.crop_to_bounding_box(x, 1, 2, 3, 2),
    "pad": lambda tf, x: tf.image.pad_to_bounding_box(x, 1, 2, 8, 9),
    "crop or pad": lambda tf, x: [tf.image.resize_with_crop_or_pad(x, *s) for s in ((2, 9), (9, 2), (5, 5))],
    "resize with pad": lambda tf, x: [tf.image.resize_with_pad(x, *s) for s in ((8, 8), (3, 9))],
    "central crop": lambda tf, x: [tf.image.central_crop(x, f) for f in (0.3, 0.5, 1.0)],
    "gradients": lambda tf, x: tf.image.image_gradients(x[None] if len(x.shape) == 3 else x),
    "variation": lambda tf, x: tf.image.total_variation(x),
    "sobel": lambda tf, x: tf.image.sobel_edges(x[None] if len(x.shape) == 3 else x),
    "patches": lambda tf, x: [
        tf.image.extract_patches(x[None] if len(x.shape) == 3 else x, [1, 3, 2, 1], [1, 2, 1, 1], [1, r, 1, 1], p)
        for r, p in ((1, "VALID"), (1, "SAME"), (2, "SAME"))
    ],
    "too large": lambda tf, x: tf.image.crop_to_bounding_box(x, 1, 2, 30, 2),
    "rank": lambda tf, x: tf.image.flip_left_right(x[0, 0]),
}


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("name", GEOMETRY)
@parity(modes=(HOST,))
def test_geometry(tf, name, batch, x=normal(2, 6, 5, 3)):
    return GEOMETRY[name](tf, x if batch else x[0])


@parity(modes=(HOST,))
def test_quality(tf, a=uniform(2, 14, 15, 3), b=uniform(2, 14, 15, 3)):
    return tf.image.psnr(a, b, 1.0), tf.image.ssim(a, b, 1.0), tf.image.ssim(a, b, 1.0, filter_size=5, return_index_map=True)


@parity(modes=(HOST,))
def test_multiscale(tf, a=uniform(1, 40, 41, 1)):
    return tf.image.ssim_multiscale(a, a * 0.9, 1.0, power_factors=(0.3, 0.7), filter_size=5)


RANDOM = {
    "crop": lambda tf, x: tf.image.random_crop(x, [3, 2, 3], seed=4),
    "flip": lambda tf, x: [tf.image.random_flip_left_right(x, seed=s) for s in range(4)],
    "flip rows": lambda tf, x: tf.image.random_flip_up_down(tf.stack([x, x, x]), seed=2),
    "brightness": lambda tf, x: tf.image.random_brightness(x, 0.4, seed=1),
    "contrast": lambda tf, x: tf.image.random_contrast(x, 0.4, 2.0, seed=1),
    "hue": lambda tf, x: tf.image.random_hue(x, 0.4, seed=1),
    "saturation": lambda tf, x: tf.image.random_saturation(x, 0.4, 2.0, seed=1),
    "stateless": lambda tf, x: [
        tf.image.stateless_random_crop(x, [3, 2, 3], (1, 2)),
        tf.image.stateless_random_flip_left_right(x, (1, 2)),
        tf.image.stateless_random_flip_up_down(x, (3, 2)),
        tf.image.stateless_random_brightness(x, 0.4, (1, 2)),
        tf.image.stateless_random_contrast(x, 0.4, 2.0, (1, 2)),
        tf.image.stateless_random_hue(x, 0.4, (1, 2)),
        tf.image.stateless_random_saturation(x, 0.4, 2.0, (1, 2)),
    ],
}


@pytest.mark.parametrize("name", RANDOM)
@parity(modes=(HOST,))
def test_random(tf, name, x=uniform(5, 6, 3, low=0.0)):
    tf.random.set_seed(7)
    return RANDOM[name](tf, x)


@parity(modes=(HOST,))
def test_boxes(tf):
    boxes = tf.constant([[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, -0.1, 1, 0.9], [0, 10, 1, 11], [0, 10.1, 1, 11.1], [0, 100, 1, 101]], tf.float32)
    scores = tf.constant([0.9, 0.75, 0.6, 0.95, 0.5, 0.3])
    return (
        tf.image.non_max_suppression(boxes, scores, 3),
        tf.image.non_max_suppression(boxes, scores, 30, 0.5, 0.4),
        tf.image.non_max_suppression_with_scores(boxes, scores, 6, 0.9, 0.2, soft_nms_sigma=0.5),
        tf.image.non_max_suppression_padded(boxes, scores, 5, pad_to_max_output_size=True),
        tuple(tf.image.combined_non_max_suppression(boxes[None, :, None], tf.stack([scores, 1 - scores], -1)[None], 2, 3)),
    )


@parity(modes=VALUES)
def test_crop_and_resize(tf, x=uniform(2, 6, 5, 3)):
    boxes = [[0.0, 0.0, 1.0, 1.0], [0.2, 0.6, 1.3, 0.2], [-0.5, 0.0, 0.5, 1.0]]
    return (
        tf.image.crop_and_resize(x, boxes, [0, 1, 1], [3, 4], extrapolation_value=0.5),
        tf.image.crop_and_resize(x, boxes, [0, 1, 1], [1, 2], method="nearest"),
    )


@parity(modes=(HOST,))
def test_drawn_boxes(tf, x=uniform(1, 8, 9, 3)):
    return tf.image.draw_bounding_boxes(x, [[[0.1, 0.2, 0.6, 0.9], [0.5, -0.1, 1.2, 0.4]]], [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


@parity(modes=(HOST,))
def test_png(tf):
    x = tf.constant(np.arange(60).reshape(4, 5, 3), tf.uint8)
    data = tf.io.encode_png(x)
    return (
        tf.io.decode_png(data), tf.image.decode_png(data, channels=1).shape, tf.image.decode_image(data),
        tf.image.decode_image(data, channels=4), tf.io.decode_image(data, dtype=tf.float32),
        tf.io.decode_png(tf.io.encode_png(x[..., :1])), tf.io.is_jpeg(data),
    )


@parity(modes=(HOST,))
def test_jpeg_shapes(tf):
    x = tf.constant(np.arange(48).reshape(4, 4, 3), tf.uint8)
    data = tf.io.encode_jpeg(x, quality=100)
    return tf.io.extract_jpeg_shape(data), tf.io.decode_jpeg(data).shape, tf.io.decode_jpeg(data, channels=1).shape, tf.io.is_jpeg(data)


def test_jpeg_pixels():
    """TensorFlow's default decoder is libjpeg's fast one, Pillow's the accurate one: up to 6 units."""
    from compat_tests.harness import our_tf, real_tf

    x = (np.indices((16, 16)).sum(0)[..., None] * np.array([4, 6, 8])).astype(np.uint8)
    data = real_tf().io.encode_jpeg(x, quality=95).numpy()
    theirs = real_tf().io.decode_jpeg(data).numpy().astype(int)
    assert abs(our_tf().io.decode_jpeg(data).numpy().astype(int) - theirs).max() <= 8


@pytest.mark.parametrize("function", ["decode_jpeg", "decode_png", "decode_image"])
@parity(modes=(HOST,))
def test_no_picture(tf, function):
    try:
        return getattr(tf.io, function)(b"nothing")
    except tf.errors.InvalidArgumentError:
        return "InvalidArgumentError"
