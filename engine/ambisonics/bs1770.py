"""Integrated loudness and true peak of finished sound, as in ITU-R BS.1770-4, block by block and at any rate.

`loudness.py` evens out sources while they are made. This module measures what leaves the program. The measure itself
is in `loudness_pieces.py`, and is that of the meters in the window.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.loudness_pieces import TAPS, LoudnessGate, PieceMeter, highest_between
from engine.contract.conventions import SAMPLE_RATE_HZ

SILENT_DB: Final = -200.0
"""What stands for the level of silence, in dB."""


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
        self._meter = PieceMeter(channels, rate_hz)
        self._gate = LoudnessGate()
        self._rest = np.zeros((channels, 0), np.float32)

    def add(self, samples: NDArray[np.floating[Any]]) -> None:
        """Add the next samples (C, n)."""
        waiting = np.concatenate([self._rest, samples], axis=1, dtype=np.float32)
        piece = self._meter.piece_samples
        whole = waiting.shape[1] // piece * piece
        for at in range(0, whole, piece):
            levels = self._meter.measure(waiting[:, at : at + piece])
            power = float(levels.powers[: self._weighed].sum())
            self._gate.add(power, float(levels.peaks.max()), float(levels.true_peaks.max()))
        self._rest = waiting[:, whole:]

    def loudness(self) -> Loudness:
        """Return the loudness of what was added; a last piece shorter than 100 ms counts in the peak only."""
        after = np.zeros((self._rest.shape[0], TAPS), np.float32)
        end = np.concatenate([self._meter.end, self._rest, after], axis=1)
        peak = max(self._gate.true_peak, float(np.abs(end).max()), float(highest_between(end).max()))
        return Loudness(self._gate.values().integrated_lufs, 20.0 * math.log10(peak) if peak > 1e-10 else SILENT_DB)
