"""Measures of pictures and their differences; edges; patches."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfjax._src.core import dtypes
from tfjax._src.core.export import export
from tfjax._src.eager.args import Float, Name, Numeric, Real, Static
from tfjax._src.eager.convert import to_tensor
from tfjax._src.eager.op import namespace, op
from tfjax._src.ops.array.join import stack
from tfjax._src.ops.array.shaping import pad, reshape
from tfjax._src.ops.image.color import convert_image_dtype
from tfjax._src.ops.math.elementwise import log
from tfjax._src.ops.math.reductions import reduce_mean
from tfjax._src.ops.nn.depthwise import depthwise_conv2d


@op("image.image_gradients", raw="ImageGradients")
def image_gradients(image: Numeric, name: Name = None):
    """(dy, dx): differences to the next row and the next column, zero at the end.

    >>> import tfjax as tf
    >>> tf.image.image_gradients([[[[1.0], [3.0]]]])[1][0, :, :, 0].numpy().tolist()
    [[2.0, 0.0]]
    """
    if image.ndim != 4:
        raise ValueError(f"image_gradients expects a 4D tensor [batch_size, h, w, d], not {image.shape}.")
    xp = namespace(image)
    dy, dx = image[:, 1:] - image[:, :-1], image[:, :, 1:] - image[:, :, :-1]
    return xp.pad(dy, ((0, 0), (0, 1), (0, 0), (0, 0))), xp.pad(dx, ((0, 0), (0, 0), (0, 1), (0, 0)))


@op("image.total_variation", raw="TotalVariation")
def total_variation(images: Real, name: Name = None):
    """The sum of absolute differences of neighbours, for each picture.

    >>> import tfjax as tf
    >>> float(tf.image.total_variation([[[1.0], [3.0]]]))
    2.0
    """
    if images.ndim not in (3, 4):
        raise ValueError("'images' must be either 3 or 4-dimensional.")
    xp = namespace(images)
    axes = tuple(range(images.ndim - 3, images.ndim))
    rows = images[..., 1:, :, :] - images[..., :-1, :, :]
    columns = images[..., :, 1:, :] - images[..., :, :-1, :]
    return xp.sum(xp.abs(rows), axis=axes, dtype=images.dtype) + xp.sum(xp.abs(columns), axis=axes, dtype=images.dtype)


@export("image.sobel_edges")
def sobel_edges(image: Any) -> Any:
    """Sobel's derivatives, [batch, height, width, channels, 2]: dy, dx.

    >>> import tfjax as tf
    >>> tf.image.sobel_edges(tf.ones([1, 4, 4, 3])).shape
    TensorShape([1, 4, 4, 3, 2])
    """
    image = to_tensor(image)
    dy = np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]], np.float32)
    channels = image.shape[-1]
    kernels = np.tile(np.stack([dy, dy.T], -1)[:, :, None], (1, 1, channels, 1)).astype(image.dtype.as_numpy_dtype)
    padded = pad(image, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")
    edges = depthwise_conv2d(padded, kernels, [1, 1, 1, 1], "VALID")
    return reshape(edges, [*image.shape.as_list(), 2])


@export("image.psnr")
def psnr(a: Any, b: Any, max_val: Any, name: Any = None) -> Any:
    """The peak signal-to-noise ratio of each pair of pictures, in decibels.

    >>> import tfjax as tf
    >>> float(tf.image.psnr([[[0.0]]], [[[0.1]]], 1.0))
    20.0
    """
    a, b = to_tensor(a), to_tensor(b)
    peak = convert_image_dtype(to_tensor(np.asarray(max_val, a.dtype.as_numpy_dtype)), dtypes.float32)
    a, b = convert_image_dtype(a, dtypes.float32), convert_image_dtype(b, dtypes.float32)
    error = reduce_mean((a - b) ** 2, [-3, -2, -1])
    ten = float(np.log(10.0))
    return 20 * log(peak) / np.float32(ten) - np.float32(10 / ten) * log(error)


def _window(size: int, sigma: float) -> np.ndarray:
    """A normalised Gaussian window [size, size, 1, 1]."""
    place = np.arange(size, dtype=np.float32) - np.float32((size - 1) / 2)
    line = -0.5 / sigma**2 * place**2
    grid = np.exp(line[:, None] + line[None, :])
    return (grid / grid.sum())[:, :, None, None].astype(np.float32)


@op("_internal.ssim", raw="SSIM", host=False)
def _ssim(a: Float, b: Float, peak: Float, size: Static, sigma: Static, k1: Static, k2: Static, name: Name = None):
    """(luminance times contrast, contrast alone) for each position and channel."""
    lead, channels = a.shape[:-3], a.shape[-1]
    kernel = jnp.tile(jnp.asarray(_window(size, sigma), a.dtype), (1, 1, 1, channels))

    def blurred(x: Any) -> Any:
        flat = x.reshape((-1, *x.shape[-3:]))
        out = jax.lax.conv_general_dilated(
            flat, kernel, (1, 1), "VALID", feature_group_count=channels, dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        return out.reshape((*lead, *out.shape[1:]))

    c1, c2 = (k1 * peak) ** 2, (k2 * peak) ** 2
    mean_a, mean_b = blurred(a), blurred(b)
    products, squares = mean_a * mean_b * 2, mean_a**2 + mean_b**2
    luminance = (products + c1) / (squares + c1)
    contrast = (blurred(a * b) * 2 - products + c2) / (blurred(a * a + b * b) - squares + c2)
    return luminance * contrast, contrast


def _prepared(img1: Any, img2: Any, max_val: Any) -> tuple[Any, Any, Any]:
    img1, img2 = to_tensor(img1), to_tensor(img2)
    peak = convert_image_dtype(to_tensor(np.asarray(max_val, img1.dtype.as_numpy_dtype)), dtypes.float32)
    return convert_image_dtype(img1, dtypes.float32), convert_image_dtype(img2, dtypes.float32), peak


@export("image.ssim")
def ssim(
    img1: Any, img2: Any, max_val: Any, filter_size: int = 11, filter_sigma: float = 1.5, k1: float = 0.01,
    k2: float = 0.03, return_index_map: bool = False,
) -> Any:
    """The structural similarity of each pair of pictures, averaged over positions and channels.

    Args:
      img1, img2: [..., height, width, channels], both at least `filter_size` wide and high.
      max_val: the largest possible value.
      filter_size, filter_sigma: the Gaussian window.
      k1, k2: constants of the index.
      return_index_map: the index of every position instead of the mean.

    Source: Wang et al., Image quality assessment, 2004.

    >>> import tfjax as tf
    >>> float(tf.image.ssim(tf.ones([11, 11, 1]), tf.ones([11, 11, 1]), 1.0))
    1.0
    """
    first, second, peak = _prepared(img1, img2, max_val)
    index, _ = _ssim(first, second, peak, filter_size, filter_sigma, k1, k2)
    return reduce_mean(index, [-1]) if return_index_map else reduce_mean(index, [-3, -2, -1])


_POWERS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


@export("image.ssim_multiscale")
def ssim_multiscale(
    img1: Any, img2: Any, max_val: Any, power_factors: Any = _POWERS, filter_size: int = 11, filter_sigma: float = 1.5,
    k1: float = 0.01, k2: float = 0.03,
) -> Any:
    """The product of structural similarities at halved resolutions, one for each power factor.

    Source: Wang et al., Multiscale structural similarity, 2003.
    """
    from tfjax._src.ops.math.reductions import reduce_prod
    from tfjax._src.ops.nn.activations import relu
    from tfjax._src.ops.nn.pools import avg_pool

    first, second, peak = _prepared(img1, img2, max_val)
    parts = []
    for k in range(len(power_factors)):
        if k:
            odd = [[0, 0], [0, first.shape[-3] % 2], [0, first.shape[-2] % 2], [0, 0]]
            first, second = (
                avg_pool(pad(x, odd, mode="SYMMETRIC"), 2, 2, "VALID") for x in (first, second)
            )
        whole, contrast = _ssim(first, second, peak, filter_size, filter_sigma, k1, k2)
        last = k == len(power_factors) - 1
        parts.append(relu(reduce_mean(whole if last else contrast, [-3, -2])))
    powered = [part**float(power) for part, power in zip(parts, power_factors)]
    return reduce_mean(reduce_prod(stack(powered, -1), [-1]), [-1])
