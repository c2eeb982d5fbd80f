"""Levels within a clip: its range, its lows, its rhythm, and how it dies away."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from engine.contract.conventions import SAMPLE_RATE_HZ

_BLOCK_S: Final = 0.05
_ONSET_HZ: Final = 200
_SLOWEST_S, _FASTEST_S = 2.0, 0.2
_MOST_RISE: Final = 3.0
_NOTHING: Final = 1e-12
_LEVEL_RMS: Final = 0.1
_QUANTILES: Final = (5.0, 95.0)
_RUMBLE: Final = butter(4, 20.0, "highpass", fs=SAMPLE_RATE_HZ, output="sos")
_LOWS: Final = butter(8, 100.0, "lowpass", fs=SAMPLE_RATE_HZ, output="sos")


def at_one_level(wave: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return a wave (N,) at -20 dBFS; silence stays silence. Floors in dB then mean the same for all clips."""
    level = float(np.std(wave))
    return np.asarray(wave, np.float64) * (_LEVEL_RMS / level if level > 1e-9 else 0.0)


def level_range_db(wave: NDArray[np.floating]) -> float:
    """Return by how many dB the loudest 5 % of the 50-ms blocks of a wave (N,) lie above the quietest 5 %.

    Digital silence reads as 120 dB below full scale of a wave at -20 dBFS.
    """
    low, high = np.percentile(_levels_db(at_one_level(wave), _BLOCK_S), _QUANTILES)
    return float(high - low)


def lows_db(wave: NDArray[np.floating]) -> float:
    """Return the power of a wave (N,) from 20 to 100 Hz in dB against all of it above 20 Hz; at least -90."""
    heard = sosfilt(_RUMBLE, at_one_level(wave))
    whole = float(np.square(heard).mean())
    return float(10.0 * np.log10(np.square(sosfilt(_LOWS, heard)).mean() / (whole + _NOTHING) + 1e-9))


def decay_db(wave: NDArray[np.floating]) -> float:
    """Return the level of the last whole second of a wave (N,) against its first, in dB."""
    seconds = _levels_db(at_one_level(wave), 1.0)
    return float(seconds[-1] - seconds[0])


def onset_rhythm(wave: NDArray[np.floating]) -> float:
    """Return the highest autocorrelation of a wave's (N,) onsets at periods of 0.2 to 2 s, 1 for a perfect beat.

    Onsets are rises of the log energy of 5-ms blocks, each up to a factor of 20, so that one loud event does not
    decide. 0 for silence and for less than 0.4 s.
    """
    size = SAMPLE_RATE_HZ // _ONSET_HZ
    energy = np.square(at_one_level(wave)[: wave.size // size * size].reshape(-1, size)).mean(axis=1)
    rise = np.clip(np.diff(np.log(energy + 1e-9)), 0.0, _MOST_RISE)
    shortest, longest = round(_FASTEST_S * _ONSET_HZ), min(round(_SLOWEST_S * _ONSET_HZ), rise.size // 2)
    if longest <= shortest:
        return 0.0
    rise = rise - rise.mean()
    power = np.square(np.abs(np.fft.rfft(rise, 2 * rise.size)))
    correlation = np.fft.irfft(power)[:longest] / (rise.size - np.arange(longest))
    return float(correlation[shortest:].max() / correlation[0]) if correlation[0] > _NOTHING else 0.0


def _levels_db(wave: NDArray[np.float64], block_s: float) -> NDArray[np.float64]:
    """Return the levels of the whole blocks of a wave (N,); a wave shorter than one block is one block."""
    size = min(round(block_s * SAMPLE_RATE_HZ), wave.size)
    blocks = wave[: wave.size // size * size].reshape(-1, size)
    levels: NDArray[np.float64] = 10.0 * np.log10(np.square(blocks).mean(axis=1) + _NOTHING)
    return levels
