"""tf.signal and tf.audio next to TensorFlow."""

from __future__ import annotations

import numpy as np
import pytest

from compat_tests.harness import DEVICE, FUNCTION, GRADIENT, HOST, SINGLES, Case, normal, our_tf, parity, parity_table, values

LOOSE = (2e-5, 2e-5)  # float32 transforms of another order of additions

LENGTHS = {1: ([5], [8]), 2: ([3, 6], [6, 3]), 3: ([2, 3, 5], [3, 3, 3])}
RANKS = {"": 1, "2d": 2, "3d": 3}
COMPLEX_CASES = [
    Case(f"signal.{way}fft{suffix}", normal(2, 3, 4).of(kind), tolerance=LOOSE, id=f"{way}{suffix}{kind}")
    for suffix in RANKS
    for way in ("", "i")
    for kind in ("complex64", "complex128")
]
test_complex = parity_table(COMPLEX_CASES, modes=(HOST,))

REAL_CASES = [
    Case(f"signal.rfft{suffix}", normal(2, 3, 4), fft_length, dtypes=SINGLES, tolerance=LOOSE, id=f"r{suffix}{fft_length}")
    for suffix, rank in RANKS.items()
    for fft_length in (None, *LENGTHS[rank])
] + [
    Case(f"signal.irfft{suffix}", normal(2, 3, 4).of(kind), fft_length, tolerance=LOOSE, id=f"i{suffix}{kind}{fft_length}")
    for suffix, rank in RANKS.items()
    for kind in ("complex64", "complex128")
    for fft_length in (None, *LENGTHS[rank])
]
test_real = parity_table(REAL_CASES, modes=(HOST,))

EVERYWHERE = [
    Case("signal.fft2d", normal(3, 4).of("complex64"), tolerance=LOOSE),
    Case("signal.rfft", normal(2, 6), [8], tolerance=LOOSE),
    Case("signal.irfft", normal(2, 5).of("complex64"), [8], tolerance=LOOSE),
    Case("signal.dct", normal(2, 6), 2, norm="ortho", tolerance=LOOSE),
    Case("signal.stft", normal(12), 4, 2, tolerance=LOOSE),
    Case("signal.overlap_and_add", normal(2, 3, 5), 2),
    Case("signal.frame", normal(10), 4, 3, pad_end=True),
    Case("signal.mdct", normal(16), 8, tolerance=LOOSE),
    Case("signal.fftshift", normal(3, 4), 1),
]
test_everywhere = parity_table(EVERYWHERE, modes=(DEVICE, FUNCTION, GRADIENT))

ONE = normal(6)
REFUSED = [
    Case("signal.rfft", values([1, 2, 3], "int32"), id="int", errors="class"),
    Case("signal.rfft2d", ONE, id="rank"),
    Case("signal.fft2d", ONE.of("complex64"), id="rank2"),
    Case("signal.irfft2d", ONE.of("complex64"), id="rank of the inverse"),
    Case("signal.hann_window", [3], id="window of a list"),
    Case("signal.hann_window", -1, id="negative window", errors="class"),
    Case("signal.kaiser_window", 0, id="kaiser of none", errors="class"),
    Case("signal.frame", ONE, 4, 0, id="no step", errors="class"),
    Case("signal.frame", values(1.0), 4, 1, id="scalar"),
    Case("signal.overlap_and_add", ONE, 5, id="one frame"),
    Case("signal.overlap_and_add", normal(2, 3), 2.0, id="half a step"),
    Case("signal.dct", ONE, 5, id="type 5"),
    Case("signal.dct", ONE, 2, axis=0, id="axis 0"),
    Case("signal.dct", ONE, norm="x", id="norm x"),
    Case("signal.dct", ONE, n=0, id="n 0"),
    Case("signal.dct", normal(1), 1, id="too short"),
    Case("signal.dct", ONE, 1, norm="ortho", id="ortho 1"),
    Case("signal.mdct", ONE, 6, id="frame of 6"),
    Case("signal.mdct", ONE, 4, norm="q", id="norm q"),
    Case("signal.linear_to_mel_weight_matrix", 0, id="no bins"),
    Case("signal.linear_to_mel_weight_matrix", 20, 129, 0, id="no rate"),
    Case("signal.linear_to_mel_weight_matrix", 20, 129, 8000, -1, id="negative edge"),
    Case("signal.linear_to_mel_weight_matrix", 20, 129, 8000, 500.0, 100.0, id="edges"),
    Case("signal.linear_to_mel_weight_matrix", 20, 129, 8000, 500.0, 9000.0, id="Nyquist"),
    Case("signal.fftshift", ONE, [5], id="shifted axis", errors="class"),
    Case("audio.decode_wav", b"abc", id="no file"),
    Case("audio.decode_wav", b"RIFF1234WAVEfmt ", id="short file"),
    Case("audio.encode_wav", ONE, 8000, id="rank of audio"),
    Case("audio.encode_wav", normal(3, 1), -1, id="rate of audio"),
    Case("audio.encode_wav", values(np.zeros((3, 0))), 8000, id="silence"),
]
test_refused = parity_table(REFUSED, modes=(HOST,))


@parity(modes=(HOST,))
def test_windows(tf):
    names = "hann hamming kaiser vorbis kaiser_bessel_derived"
    functions = [getattr(tf.signal, f"{name}_window") for name in names.split()]
    results = [f(n, dtype=kind) for f in functions for n in (1, 2, 5, 6) for kind in (tf.float32, tf.float64)]
    results += [f(n, False) for f in functions[:2] for n in (1, 5, 6)]
    results += [functions[0](n, dtype=tf.float16) for n in (4, 6)] + [functions[0](0), functions[4](0)]
    return results + [functions[2](5, beta=3.0), functions[4](6, 4.0)]


@parity(modes=(HOST,))
def test_whole_window(tf):
    return tf.signal.vorbis_window(4, dtype=tf.int32)


FRAMED = {
    "plain": lambda tf, x: tf.signal.frame(x, 2, 2),
    "too long": lambda tf, x: tf.signal.frame(x, 20, 2),
    "padded": lambda tf, x: tf.signal.frame(x, 5, 3, pad_end=True, pad_value=9),
    "gaps": lambda tf, x: tf.signal.frame(x, 2, 3, True),
    "axis": lambda tf, x: tf.signal.frame(x, 2, 1, axis=1),
    "words": lambda tf, x: tf.signal.frame(["a", "b", "c"], 2, 1),
    "added": lambda tf, x: [tf.signal.overlap_and_add(x, step) for step in (1, 2, 3, 4, 5, 7)],
    "whole": lambda tf, x: tf.signal.overlap_and_add(tf.cast(x, tf.int32), 2),
    "shift": lambda tf, x: [f(x, a) for f in (tf.signal.fftshift, tf.signal.ifftshift) for a in (None, 1, (0, 2), -1)],
}


@pytest.mark.parametrize("kind", FRAMED)
@parity(modes=(HOST,))
def test_frames(tf, kind, x=normal(2, 3, 4)):
    return FRAMED[kind](tf, x)


SPECTRA = {
    "stft": lambda tf, x: [
        tf.signal.stft(x, 4, 2), tf.signal.stft(x, 5, 2, fft_length=6, pad_end=True), tf.signal.stft(x, 4, 2, 3),
        tf.signal.stft(x, 6, 3, window_fn=None), tf.signal.stft(x, 5, 5, window_fn=tf.signal.hamming_window),
    ],
    "inverse": lambda tf, x: [
        tf.signal.inverse_stft(tf.signal.stft(x, 4, 2), 4, 2), tf.signal.inverse_stft(tf.signal.stft(x, 5, 2), 5, 2),
        tf.signal.inverse_stft(tf.signal.stft(x, 4, 2, 2), 4, 2, 2), tf.signal.inverse_stft(tf.signal.stft(x, 4, 2), 4, 2, window_fn=None),
    ],
    "window": lambda tf, x: [
        tf.signal.inverse_stft_window_fn(2)(4, tf.float64), tf.signal.inverse_stft_window_fn(3)(8, tf.float32),
        tf.signal.inverse_stft_window_fn(2, tf.signal.hamming_window)(5, dtype=tf.float32),
    ],
    "back": lambda tf, x: tf.signal.inverse_stft(
        tf.signal.stft(x, 4, 2), 4, 2, window_fn=tf.signal.inverse_stft_window_fn(2)
    ),
    "mel": lambda tf, x: [
        tf.signal.linear_to_mel_weight_matrix(), tf.signal.linear_to_mel_weight_matrix(5, 9, 8000, dtype=tf.float64),
        tf.signal.linear_to_mel_weight_matrix(8, 33, 16000, 0.0, 8000.0),
    ],
    "mfcc": lambda tf, x: tf.signal.mfccs_from_log_mel_spectrograms(x),
    "mdct": lambda tf, x: [
        tf.signal.mdct(x, length, window, pad, norm)
        for length in (4, 8) for window in (None, tf.signal.vorbis_window, tf.signal.kaiser_bessel_derived_window)
        for pad in (False, True) for norm in (None, "ortho")
    ],
    "inverse mdct": lambda tf, x: [
        tf.signal.inverse_mdct(tf.reshape(x, [2, 3, 4]), window, norm)
        for window in (None, tf.signal.vorbis_window) for norm in (None, "ortho")
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", SPECTRA)
@parity(modes=(HOST,), tolerance=(5e-5, 5e-5))  # sums of float32 products in another order
def test_spectra(tf, kind, x=normal(2, 12)):
    return SPECTRA[kind](tf, x)


@pytest.mark.parametrize("norm", [None, "ortho"])
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
@parity(modes=(HOST,), dtypes=SINGLES, tolerance=LOOSE)
def test_cosine(tf, kind, norm, x=normal(2, 7)):
    if kind == 1 and norm:
        return []
    lengths = (None,) if kind == 1 else (None, 1, 4, 10)
    return [f(x, kind, n, norm=norm) for f in (tf.signal.dct, tf.signal.idct) for n in lengths]


def test_chosen_axes():
    """TensorFlow has no CPU kernels for these; NumPy has the same definition."""
    tf = our_tf()
    x = np.random.default_rng(0).normal(size=(3, 4, 5)) * (1 + 2j)
    for norm in (None, "forward", "ortho"):
        for lengths, axes in ((None, None), ([2, 6], [1, 2]), ([3], [0]), (None, [2, 0])):
            places = tuple(range(3)) if axes is None else tuple(axes)
            given = {"s": lengths, "axes": places, "norm": norm}
            for name in ("fftn", "ifftn", "rfftn", "irfftn"):
                source = x.real.copy() if name == "rfftn" else x
                ours = getattr(tf.signal, f"{name}d")(tf.constant(source), lengths, axes, norm).numpy()
                np.testing.assert_allclose(ours, getattr(np.fft, name)(source, **given), atol=1e-12)
    given, kinds = ([2, 6], [1, 2]), {"rfftnd": tf.complex128, "irfftnd": tf.float64}
    for name in ("fftnd", "ifftnd", "rfftnd", "irfftnd"):
        source = tf.constant(x.real.copy() if name == "rfftnd" else x)
        kind = [kinds[name]] if name in kinds else []
        raw = getattr(tf, name)(source, *given, *kind)
        np.testing.assert_array_equal(raw, getattr(tf.signal, name)(source, *given))


WAVES = np.linspace(-1.2, 1.2, 18).reshape(9, 2)
HALVES = np.array([0.5, 0.4999, -0.5, 1 / 65535, 1.5 / 32768, 2.5 / 32768, -1.5 / 32768, 1.0])[:, None]


@pytest.mark.parametrize("samples", [WAVES, HALVES, np.zeros((0, 1))], ids=["waves", "halves", "none"])
@parity(modes=(HOST,))
def test_sound(tf, samples):
    file = tf.audio.encode_wav(tf.constant(samples, tf.float32), 44100)
    wanted = ((-1, -1), (1, -1), (3, 12), (2, 4), (-1, 0)) if len(samples) else ()
    return [file] + [tuple(tf.audio.decode_wav(file, *w)) for w in wanted]


@parity(modes=(HOST,))
def test_sound_extra_chunks(tf):
    file = tf.audio.encode_wav(tf.constant(WAVES, tf.float32), 100).numpy()
    return tuple(tf.audio.decode_wav(file[:36] + b"LIST\x04\x00\x00\x00abcd" + file[36:]))


@pytest.mark.parametrize("change", [(20, b"\x03"), (34, b"\x08"), (0, b"X"), (8, b"X")])
@parity(modes=(HOST,), errors="class")
def test_sound_refused(tf, change):
    place, byte = change
    file = tf.audio.encode_wav(tf.constant(WAVES, tf.float32), 100).numpy()
    return tuple(tf.audio.decode_wav(file[:place] + byte + file[place + 1 :]))
