"""Whether decoded samples are those that were to be written, within the rounding of their format."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.export.checking.notes import Check
from engine.export.film.film_writer import Coding
from engine.export.reading.source import Block

_MOST_STEPS: Final = 1.51
"""Rounding is off by half a step, dither by up to one."""
_STEP: Final[dict[Coding, float]] = {"float": 0.0, "pcm24": 2.0**-23, "pcm16": 2.0**-15}
_FLOAT32_ERROR: Final = 2.0**-24
_WEAKEST_SHARE: Final = 1e-5
"""Channels this far below the loudest (50 dB) are left out of the comparison of coded sound."""
_LEAST_LIKENESS: Final = 0.7
AAC_LOSS_DB: Final = 2.5
"""AAC leaves out the highest frequencies: 1.2 dB of white noise, 1.9 dB of noise that rises 6 dB per octave."""
_MOST_LEVEL_DB: Final = 1.5


class SampleComparison:
    """Compares two sounds block by block: every sample of PCM, likeness and level of AAC."""

    def __init__(self, channels: int, coding: Coding) -> None:
        self._coding = coding
        self._most = 0.0
        self._peak = 0.0
        self._cross = np.zeros(channels)
        self._there = np.zeros(channels)
        self._wanted = np.zeros(channels)

    def add(self, there: Block, wanted: Block) -> None:
        """Add the next samples (C, n) of both; only what both have is compared."""
        n = min(there.shape[1], wanted.shape[1])
        a, b = there[:, :n].astype(np.float64), wanted[:, :n].astype(np.float64)
        with np.errstate(invalid="ignore"):
            apart = np.abs(a - b).max(initial=0.0)
        self._most = max(self._most, np.inf if np.isnan(apart) else float(apart))  # max() passes over what is no number
        self._peak = max(self._peak, float(np.abs(b).max(initial=0.0)))
        self._cross += (a * b).sum(axis=1)
        self._there += (a * a).sum(axis=1)
        self._wanted += (b * b).sum(axis=1)

    def check(self) -> Check:
        """Return whether the samples are the same."""
        if self._coding == "aac":
            return self._coded()
        step = _STEP[self._coding]
        allowed = _MOST_STEPS * step + 2.0 * _FLOAT32_ERROR * max(1.0, self._peak) if step else 0.0
        unit = f"{self._most / step:.2f} steps of rounding" if step else f"{self._most:.1e}"
        is_near = math.isfinite(self._most) and self._most <= allowed
        return Check("samples", is_near, f"differ by {unit} at most")

    def _coded(self) -> Check:
        heard = self._wanted > _WEAKEST_SHARE * self._wanted.max(initial=0.0)
        if not heard.any():
            return Check("samples", bool(self._there.max(initial=0.0) <= 1e-6 * max(1.0, self._there.size)), "silence")
        likeness = self._cross[heard] / np.sqrt(np.maximum(self._there[heard] * self._wanted[heard], 1e-30))
        level_db: NDArray[np.float64] = 10.0 * np.log10(np.maximum(self._there[heard], 1e-30) / self._wanted[heard])
        is_level = -AAC_LOSS_DB <= float(level_db.min()) and float(level_db.max()) <= _MOST_LEVEL_DB
        return Check(
            "samples",
            float(likeness.min()) >= _LEAST_LIKENESS and is_level,
            f"likeness of the channels {likeness.min():.3f} or more, level within {np.abs(level_db).max():.2f} dB",
        )
