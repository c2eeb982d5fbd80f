"""How far a residual lies below the level at which a sound masks it: the noise to mask ratio.

Written apart from the mark, from published models, with frames of 1024 samples and the spreading function of Schroeder:
the second model of ISO 11172-3 (a band is tonal as far as its spectrum can be predicted from the two frames before;
noise masks 6 dB below its level, tones 29 dB), and the older one of Johnston (1988), which takes the flatness of the
whole spectrum for tonality and so counts coloured noise as half a tone. Frames within 60 dB of the loudest count.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ

_FRAME = 1024
_QUIETEST_DB = 60.0
_FLATTEST_DB = -60.0
Ratios = NDArray[np.float64]


def noise_to_mask_db(sound: NDArray[np.floating[Any]], residual: NDArray[np.floating[Any]]) -> tuple[Ratios, Ratios]:
    """Return the ratios in dB for all bands and frames (n,) in which a residual is, by both models; below 0: masked."""
    spectra, added = _spectra(sound), np.abs(_spectra(residual)[2:]) ** 2
    frequency_hz = np.arange(_FRAME // 2 + 1) * SAMPLE_RATE_HZ / _FRAME
    bark = 13.0 * np.arctan(0.00076 * frequency_hz) + 3.5 * np.arctan((frequency_hz / 7500.0) ** 2)
    count = int(bark.max()) + 1
    in_band = (bark.astype(int)[:, None] == np.arange(count)).astype(float)
    away = np.arange(count)[None, :] - np.arange(count)[:, None]  # from the masker (row) to the masked (column)
    spread_db = 15.81 + 7.5 * (away + 0.474) - 17.5 * np.sqrt(1.0 + (away + 0.474) ** 2)
    spread = 10.0 ** (spread_db / 10.0)
    spread /= spread.sum(axis=0, keepdims=True)

    before, last, now = spectra[:-2], spectra[1:-1], spectra[2:]
    size, turn = 2.0 * np.abs(last) - np.abs(before), 2.0 * np.angle(last) - np.angle(before)
    expected = size * np.exp(1j * turn)
    odd = np.abs(now - expected) / np.maximum(np.abs(now) + np.abs(expected), 1e-30)
    host = np.abs(now) ** 2
    level = (host @ in_band) @ spread
    chaos = ((odd * host) @ in_band) @ spread / np.maximum(level, 1e-30)
    tonal = np.clip(-0.299 - 0.43 * np.log(np.maximum(chaos, 1e-6)), 0.0, 1.0)
    iso_db = tonal * 29.0 + (1.0 - tonal) * 6.0

    flat_db = 10.0 * np.mean(np.log10(host + 1e-20), axis=1) - 10.0 * np.log10(np.mean(host, axis=1) + 1e-20)
    peaky = np.minimum(flat_db / _FLATTEST_DB, 1.0)[:, None]
    johnston_db = peaky * (14.5 + np.arange(count)) + (1.0 - peaky) * 5.5

    band, loud = added @ in_band, host.sum(axis=1)
    counts = (band > 0.0) & (loud > loud.max(initial=0.0) * 10.0 ** (-_QUIETEST_DB / 10.0))[:, None]

    def over(offset_db: NDArray[np.float64]) -> Ratios:
        masks = level * 10.0 ** (-offset_db / 10.0)
        ratio_db: Ratios = 10.0 * np.log10(band[counts] / np.maximum(masks[counts], 1e-30))
        return ratio_db

    return over(iso_db), over(johnston_db)


def _spectra(sound: NDArray[np.floating[Any]]) -> NDArray[np.complex128]:
    frames = np.lib.stride_tricks.sliding_window_view(np.asarray(sound, float), _FRAME)[:: _FRAME // 2]
    return np.fft.rfft(frames * np.hanning(_FRAME), axis=1)
