"""How far a residual lies below the level at which a sound masks it: noise to mask ratio, after Johnston (1988).

Written apart from the mark, from the published model: Bark bands of 1024-sample frames, the spreading function of
Schroeder, the tonality of a frame by its spectral flatness. Frames within 60 dB of the loudest count.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ

_FRAME = 1024
_QUIETEST_DB = 60.0
_FLATTEST_DB = -60.0


def noise_to_mask_db(sound: NDArray[np.floating[Any]], residual: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return the ratio in dB for all bands and frames (n,) in which a residual is; below 0 it is masked."""
    host, added = _power(sound), _power(residual)
    frequency_hz = np.arange(_FRAME // 2 + 1) * SAMPLE_RATE_HZ / _FRAME
    bark = 13.0 * np.arctan(0.00076 * frequency_hz) + 3.5 * np.arctan((frequency_hz / 7500.0) ** 2)
    count = int(bark.max()) + 1
    in_band = (bark.astype(int)[:, None] == np.arange(count)).astype(float)
    away = np.arange(count)[None, :] - np.arange(count)[:, None]  # from the masker (row) to the masked (column)
    spread_db = 15.81 + 7.5 * (away + 0.474) - 17.5 * np.sqrt(1.0 + (away + 0.474) ** 2)
    spread = 10.0 ** (spread_db / 10.0)
    spread /= spread.sum(axis=0, keepdims=True)
    flat_db = 10.0 * np.mean(np.log10(host + 1e-20), axis=1) - 10.0 * np.log10(np.mean(host, axis=1) + 1e-20)
    tonal = np.minimum(flat_db / _FLATTEST_DB, 1.0)[:, None]
    offset_db = tonal * (14.5 + np.arange(count)) + (1.0 - tonal) * 5.5
    masks = (host @ in_band) @ spread * 10.0 ** (-offset_db / 10.0)
    band = added @ in_band
    loud = host.sum(axis=1)
    counts = (band > 0.0) & (loud > loud.max(initial=0.0) * 10.0 ** (-_QUIETEST_DB / 10.0))[:, None]
    ratio_db: NDArray[np.float64] = 10.0 * np.log10(band[counts] / np.maximum(masks[counts], 1e-30))
    return ratio_db


def _power(sound: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    frames = np.lib.stride_tricks.sliding_window_view(np.asarray(sound, float), _FRAME)[:: _FRAME // 2]
    return np.abs(np.fft.rfft(frames * np.hanning(_FRAME), axis=1)) ** 2
