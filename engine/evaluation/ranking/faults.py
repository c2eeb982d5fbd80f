"""Faults that are unwanted in any take: clipping, clicks, silence, a level that runs away.

Every fault is a factor between 0 and 1, 1 for none. Own measures:
- clipping: share of samples at full scale (0.98), all channels;
- clicks per second in W: a second difference 12 times as large as any between 1 and 5 ms before it and after it. The
  attack of a real sound has its like after it, a step in the waveform has none;
- silence: share of 160-ms pieces of W below -60 dBFS, of what is more than half of them;
- drift: decibels between the loudest second of each half beyond 12.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ, AcnChannel

_FULL_SCALE: Final = 0.98
_CLICK_RATIO: Final = 12.0
_CLICK_FLOOR: Final = 1e-3
_NEAR, _FAR = 48, 240
_SILENCE_POWER: Final = 1e-6
_DRIFT_FREE_DB: Final = 12.0


def fault_factor(foa: NDArray[np.floating]) -> float:
    """Return the product of all factors for AmbiX (4, N) at 48 kHz; 0 where all of W is silent."""
    w = np.asarray(foa[AcnChannel.W], float)
    clipped = float(np.mean(np.abs(foa) >= _FULL_SCALE))
    powers = _piece_powers(w, PATCH_SAMPLES)
    quiet = float(np.mean(powers < _SILENCE_POWER))
    if quiet == 1.0:
        return 0.0
    factors = (
        1.0 / (1.0 + 300.0 * clipped),
        1.0 / (1.0 + 0.3 * clicks_per_second(w)),
        1.0 - max(2.0 * quiet - 1.0, 0.0),
        1.0 / (1.0 + 0.1 * max(drift_db(w) - _DRIFT_FREE_DB, 0.0)),
    )
    return float(np.prod(factors))


def clicks_per_second(mono: NDArray[np.floating]) -> float:
    """Return the number of clicks per second in mono sound (N,) at 48 kHz."""
    rough = np.abs(np.diff(np.asarray(mono, float), n=2))
    if rough.size <= 2 * _FAR:
        return 0.0
    width = _FAR - _NEAR
    around = maximum_filter1d(rough, width, mode="nearest")
    shift = _NEAR + width // 2
    middle = rough[shift:-shift]
    before, after = around[: middle.size], around[2 * shift :]
    stands_out = (middle > _CLICK_FLOOR) & (middle > _CLICK_RATIO * np.maximum(before, after))
    places = np.flatnonzero(stands_out)
    distinct = 0 if places.size == 0 else 1 + int(np.sum(np.diff(places) > _NEAR))
    return distinct / (len(mono) / SAMPLE_RATE_HZ)


def drift_db(mono: NDArray[np.floating]) -> float:
    """Return by how many dB the loudest second of one half of mono sound (N,) is above that of the other, 0 or more."""
    halves = np.array_split(np.asarray(mono, float), 2)
    levels = [10.0 * np.log10(_piece_powers(half, SAMPLE_RATE_HZ).max() + _SILENCE_POWER) for half in halves]
    return float(abs(levels[0] - levels[1]))


def _piece_powers(wave: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    length = max(min(length, wave.size), 1)
    powers: NDArray[np.float64] = np.square(wave[: wave.size // length * length].reshape(-1, length)).mean(axis=1)
    return powers
