"""Integrated loudness and true peak of finished sound, as in ITU-R BS.1770-4, block by block and at any rate.

`loudness.py` evens out sources while they are made. This module measures what leaves the program: two gates, 400 ms
blocks that overlap by three quarters, and peaks between the samples by fourfold oversampling.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import firwin, sosfilt, upfirdn

from engine.contract.conventions import SAMPLE_RATE_HZ

SILENT_DB: Final = -200.0
"""What stands for the level of silence, in dB."""

_HOP_S: Final = 0.1
_HOPS_PER_BLOCK: Final = 4
_ABSOLUTE_GATE: Final = 10.0 ** ((-70.0 + 0.691) / 10.0)
_RELATIVE_GATE: Final = 0.1
_OFFSET_DB: Final = -0.691
_OVERSAMPLING: Final = 4
_TAPS_PER_PHASE: Final = 24
_INTERPOLATOR: Final = (
    firwin(_OVERSAMPLING * _TAPS_PER_PHASE + 1, 1.0 / _OVERSAMPLING, window=("kaiser", 7.0)) * _OVERSAMPLING
).astype(np.float32)


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness in LUFS (None: too quiet or shorter than 400 ms) and true peak in dBTP (-200 for silence)."""

    integrated_lufs: float | None
    true_peak_dbtp: float

    def raised(self, gain_db: float) -> "Loudness":
        """Return the loudness after a gain in dB."""
        lufs = None if self.integrated_lufs is None else self.integrated_lufs + gain_db
        peak = self.true_peak_dbtp if self.true_peak_dbtp <= SILENT_DB else self.true_peak_dbtp + gain_db
        return Loudness(lufs, peak)

    def sentence(self) -> str:
        """Return both values as text."""
        lufs = (
            "too quiet or too short to measure" if self.integrated_lufs is None else f"{self.integrated_lufs:.1f} LUFS"
        )
        peak = "silence" if self.true_peak_dbtp <= SILENT_DB else f"true peak {self.true_peak_dbtp:.1f} dBTP"
        return f"{lufs}, {peak}"


class LoudnessMeter:
    """Measures a sound of C channels in blocks of any length; the result does not depend on them.

    `weighed` channels, from the first on, count in the loudness (None: all); the peak is that of all.
    """

    def __init__(self, channels: int, rate_hz: int = SAMPLE_RATE_HZ, *, weighed: int | None = None) -> None:
        self._weighed = channels if weighed is None else weighed
        self._sections = k_weighting(rate_hz)
        self._state = np.zeros((len(self._sections), self._weighed, 2))
        self._hop = round(_HOP_S * rate_hz)
        self._rest = np.zeros((self._weighed, 0))
        self._hops: list[float] = []
        self._history = np.zeros((channels, _TAPS_PER_PHASE), np.float32)
        self._peak = 0.0

    def add(self, samples: NDArray[np.floating[Any]]) -> None:
        """Add the next samples (C, n)."""
        if samples.shape[1] == 0:
            return
        weighted, self._state = sosfilt(self._sections, samples[: self._weighed], axis=1, zi=self._state)
        waiting = np.concatenate([self._rest, weighted], axis=1)
        whole = waiting.shape[1] // self._hop * self._hop
        pieces = waiting[:, :whole].reshape(self._weighed, -1, self._hop)
        self._hops.extend(np.square(pieces).mean(axis=2).sum(axis=0).tolist())
        self._rest = waiting[:, whole:]
        self._peak = max(self._peak, self._highest(np.asarray(samples, np.float32)))

    def loudness(self) -> Loudness:
        """Return the loudness of what was added; a last piece shorter than 100 ms counts in the peak only."""
        last = np.zeros((self._history.shape[0], _TAPS_PER_PHASE), np.float32)
        kept = self._history
        peak = max(self._peak, self._highest(last))
        self._history = kept
        return Loudness(_gated_lufs(np.array(self._hops)), 20.0 * math.log10(peak) if peak > 1e-10 else SILENT_DB)

    def _highest(self, samples: NDArray[np.float32]) -> float:
        """Return the highest sample of a block or between its samples, with the end of the block before."""
        extended = np.concatenate([self._history, samples], axis=1)
        self._history = extended[:, -_TAPS_PER_PHASE:]
        between = upfirdn(_INTERPOLATOR, extended, up=_OVERSAMPLING, axis=1)
        valid = between[:, _OVERSAMPLING * _TAPS_PER_PHASE : _OVERSAMPLING * extended.shape[1]]
        return max(float(np.abs(samples).max(initial=0.0)), float(np.abs(valid).max(initial=0.0)))


def k_weighting(rate_hz: int) -> NDArray[np.float64]:
    """Return the two filters of the recommendation as sections (2, 6) for a rate; at 48 kHz they are its own.

    It gives coefficients for 48 kHz alone; these are its analogue filters, transformed for other rates. Source:
    B. De Man, "Evaluation of implementations of the EBU R128 loudness measurement", AES 145 (2018).
    """
    shelf_hz, shelf_db, shelf_q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    pass_hz, pass_q = 38.13547087602444, 0.5003270373238773
    k = math.tan(math.pi * shelf_hz / rate_hz)
    high = 10.0 ** (shelf_db / 20.0)
    band = high**0.4996667741545416
    a0 = 1.0 + k / shelf_q + k * k
    shelf = [
        (high + band * k / shelf_q + k * k) / a0,
        2.0 * (k * k - high) / a0,
        (high - band * k / shelf_q + k * k) / a0,
        1.0,
        2.0 * (k * k - 1.0) / a0,
        (1.0 - k / shelf_q + k * k) / a0,
    ]
    k = math.tan(math.pi * pass_hz / rate_hz)
    a0 = 1.0 + k / pass_q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / pass_q + k * k) / a0]
    return np.array([shelf, high_pass])


def _gated_lufs(hops: NDArray[np.float64]) -> float | None:
    if hops.size < _HOPS_PER_BLOCK:
        return None
    blocks = np.lib.stride_tricks.sliding_window_view(hops, _HOPS_PER_BLOCK).mean(axis=1)
    loud = blocks[blocks > _ABSOLUTE_GATE]
    if not loud.size:
        return None
    loud = loud[loud > _RELATIVE_GATE * loud.mean()]
    return _OFFSET_DB + 10.0 * math.log10(float(loud.mean()))
