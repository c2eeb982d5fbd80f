"""A sound field in terms of plane waves: the spectrum of a band in N3D, and the steering vectors of directions.

In N3D a plane wave from u is the signal times [1, sqrt(3) u], and a diffuse field has equal power in every channel.
First-order steering vectors do not depend on frequency.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_FRAME = 1024
_HOP = _FRAME // 2


def band_spectrum(
    foa: NDArray[np.floating[Any]], rate_hz: int, band_hz: tuple[float, float]
) -> tuple[NDArray[np.complex128], float]:
    """Return the spectrum (4, T, F) of AmbiX (4, N) in a band, W, X, Y, Z in N3D, and the width of a bin in hertz.

    T half-overlapping Hann frames begin before the sound and end after it, so that sounds at an edge count as well.
    """
    samples = np.asarray(foa, np.float64)[[0, 3, 1, 2]] * np.array([1.0, *[np.sqrt(3.0)] * 3])[:, None]
    samples = np.pad(samples, ((0, 0), (_HOP, _HOP + -samples.shape[1] % _HOP)))
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME, axis=1)[:, ::_HOP]
    spectrum = np.fft.rfft(frames * np.hanning(_FRAME + 1)[:-1], axis=2) / _FRAME
    bin_hz = rate_hz / _FRAME
    return spectrum[:, :, int(np.ceil(band_hz[0] / bin_hz)) : int(band_hz[1] / bin_hz) + 1], bin_hz


def steering(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the steering vectors (..., 4) of unit length of directions (..., 3)."""
    ones = np.ones((*vectors.shape[:-1], 1))
    result: NDArray[np.float64] = np.concatenate([ones, np.sqrt(3.0) * vectors], axis=-1) / 2.0
    return result
