"""How far a sound's mean spectrum is from the nearest of a set of clips: a take nearer than clips are is a copy."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.evaluation.measures.levels import at_one_level
from engine.model.codec.bands import mel_bank

_FFT, _HOP, _BANDS = 2_048, 1_024, 64
_FLOOR: Final = 4e-12
"""Power against a full-scale sine; 94 dB below the level that all clips are brought to."""


def mean_spectrum_db(wave: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the mean over time of the log-mel levels (64,) in dB of a wave (N,) at 48 kHz, at one level."""
    level = at_one_level(np.pad(wave, (0, max(_FFT - wave.size, 0))))
    frames = np.lib.stride_tricks.sliding_window_view(level, _FFT)[::_HOP] * np.hanning(_FFT)
    power = np.square(np.abs(np.fft.rfft(frames)) / (_FFT / 4))
    bank = _bank()
    mean: NDArray[np.float64] = (10.0 * np.log10(power @ bank.T + _FLOOR)).mean(axis=0)
    return mean


def nearest_db(spectrum: NDArray[np.float64], others: Sequence[NDArray[np.float64]]) -> float:
    """Return the mean absolute difference in dB of a spectrum (64,) to the nearest of others; there is at least one."""
    return float(np.abs(np.stack(others) - spectrum).mean(axis=1).min())


def _bank() -> NDArray[np.float64]:
    bank: NDArray[np.float64] = mel_bank(_BANDS, _FFT, SAMPLE_RATE_HZ).to(torch.float64).numpy()
    return bank
