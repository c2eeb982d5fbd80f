"""The tonal share of a sound: how much of it is partials that last, 0 (noise) to 1 (a chord of sines).

In each of 24 bands the highest peak of a long window's spectrum. It counts as far as it explains its band and keeps its
frequency to a neighbouring frame. Bands weigh by the root of their power, nearer to loudness than power is. Chance
makes peaks in noise too, so noise reads a little above 0.
"""

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ

_WINDOW, _HOP, _TRANSFORM = 4_096, 1_920, 16_384
_BANDS: Final = 24
_EDGES_HZ: Final = np.geomspace(120.0, 14_000.0, _BANDS + 1)
_GATE_FROM, _GATE_OVER = 0.45, 0.25
"""A peak that explains less of its band is noise; one that explains this much more is a partial."""
_NEAR: Final = 0.03
"""How far a partial moves from frame to frame at most, as a share of its frequency."""
_TINY: Final = 1e-20


def tonal_share(wave: NDArray[np.floating]) -> float:
    """Return the tonal share of a wave (N,) at 48 kHz; 0 for silence. Short waves are padded to two frames."""
    short = max(_WINDOW + _HOP - wave.size, 0)
    seen = np.pad(np.asarray(wave, np.float64), (0, short))
    frames = np.lib.stride_tricks.sliding_window_view(seen, _WINDOW)[::_HOP]
    window = np.hanning(_WINDOW)
    power = np.square(np.abs(np.fft.rfft(frames * window, _TRANSFORM)))
    # What one sinusoid puts into all lines, against its highest line.
    lobe = _TRANSFORM * np.square(window).sum() / np.square(window.sum())
    places = np.searchsorted(np.arange(power.shape[1]) * (SAMPLE_RATE_HZ / _TRANSFORM), _EDGES_HZ)
    bands = [_band(power, first, stop, lobe) for first, stop in itertools.pairwise(places)]
    frequency, share, total = (np.stack(v, axis=1) for v in zip(*bands, strict=True))
    weight = np.sqrt(total)
    whole = float(weight.sum())
    return 0.0 if whole <= _TINY else float((_lasting(frequency, share) * weight).sum() / whole)


def _band(
    power: NDArray[np.float64], first: int, stop: int, lobe: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the peak's frequency (T,) in lines, its share (T,) and the power (T,) of the band [first, stop)."""
    rows = np.arange(len(power))
    place = power[:, first:stop].argmax(axis=1) + first
    lower, here, upper = (power[rows, place + offset] for offset in (-1, 0, 1))
    total = power[:, first:stop].sum(axis=1)
    # The skirt of a neighbour's peak is not part of this band.
    is_peak = (here >= lower) & (here >= upper)
    a, b, c = (np.log(v + _TINY) for v in (lower, here, upper))
    bend = np.minimum(a - 2.0 * b + c, -1e-9)
    frequency = place + np.where(is_peak, np.clip(0.5 * (a - c) / bend, -0.5, 0.5), 0.0)
    return frequency, np.where(is_peak, np.minimum(here * lobe / (total + _TINY), 1.0), 0.0), total


def _lasting(frequency: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the shares (T, K) that count: clear peaks that stay in place for at least two frames."""
    stays = np.abs(np.diff(np.log(frequency), axis=0)) < _NEAR
    none = np.zeros_like(stays[:1])
    clear = np.clip((share - _GATE_FROM) / _GATE_OVER, 0.0, 1.0)
    clear = clear * (np.concatenate([none, stays]) | np.concatenate([stays, none]))
    silent = np.zeros_like(clear[:1])
    beside = np.maximum(np.concatenate([silent, clear[:-1]]), np.concatenate([clear[1:], silent]))
    kept: NDArray[np.float64] = np.minimum(clear, beside) * share
    return kept
