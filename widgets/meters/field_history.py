"""The field of a whole film as it was heard, by film time: bounded in memory, kept at a seek."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.telemetry import FoaLevels

MOST_BINS: Final = 65_536
"""About 1.3 MB. A film of up to 43 minutes keeps every 40 ms; 24 hours keep 1.3 s each."""
_FINEST_S: Final = 0.04
_SAME_S: Final = 1e-3


@dataclass(frozen=True, eq=False)
class FieldColumns:
    """The mean field of C stretches: active intensity (C, 3) x, y, z and energy density (C,), in mean squares.

    `heard` (C,) says which stretches were heard at all; the others are zero.
    """

    intensity: NDArray[np.float64]
    energy: NDArray[np.float64]
    heard: NDArray[np.bool_]

    @property
    def diffuseness(self) -> NDArray[np.float64]:
        """One minus the length of the mean intensity over the mean energy (C,), 0 to 1; 1 in silence."""
        length = np.linalg.norm(self.intensity, axis=1)
        shares = np.divide(length, self.energy, out=np.zeros_like(length), where=self.energy > 0.0)
        spread: NDArray[np.float64] = np.clip(1.0 - shares, 0.0, 1.0)
        return spread


class FieldHistory:
    """Sums of intensity and energy in equal bins of a film. What is heard again replaces what was there."""

    def __init__(self) -> None:
        self.begin(0.0)

    def begin(self, duration_s: float) -> None:
        """Forget everything; keep a film of this length from now on."""
        bins = min(MOST_BINS, max(1, math.ceil(duration_s / _FINEST_S)))
        self.duration_s = duration_s
        self._bin_s = max(_FINEST_S, duration_s / bins)
        self._sums = np.zeros((bins, 4))  # intensity x, y, z and energy, each times seconds
        self._seconds = np.zeros(bins)
        self._open = -1
        self._until_s = -math.inf

    def double(self) -> None:
        """Keep twice as long a film from now on; what was heard stays, from a certain length on less finely."""
        first = self.bins
        if 2 * first > MOST_BINS:  # two bins become one
            if first % 2:
                self._sums, self._seconds = np.append(self._sums, np.zeros((1, 4)), 0), np.append(self._seconds, 0.0)
            self._sums = self._sums.reshape(-1, 2, 4).sum(axis=1)
            self._seconds = self._seconds.reshape(-1, 2).sum(axis=1)
            self._bin_s *= 2.0
            self._open = -1
        self.duration_s *= 2.0
        bins = max(self.bins, math.ceil(self.duration_s / self._bin_s))
        self._sums = np.pad(self._sums, ((0, bins - self.bins), (0, 0)))
        self._seconds = np.pad(self._seconds, (0, bins - self.bins))

    @property
    def bins(self) -> int:
        """How many bins the film has."""
        return len(self._seconds)

    def add(self, levels: FoaLevels) -> tuple[float, float] | None:
        """Take the levels of a stretch; returns from when to when, in seconds, the history has changed.

        None if they lie outside the film or are not finite.
        """
        middle_s = levels.start_s + levels.duration_s / 2
        values = np.array([*levels.intensity, levels.energy])
        place = math.floor(middle_s / self._bin_s) if math.isfinite(middle_s) else -1
        if not 0 <= place < self.bins or levels.duration_s <= 0.0 or not np.isfinite(values).all():
            return None
        goes_on = abs(levels.start_s - self._until_s) < _SAME_S
        # A stretch may skip a bin by less than its own length if the two are not in step: it fills that one too.
        first = self._open + 1 if goes_on and place - self._open == 2 else place
        if place != self._open or not goes_on:
            self._sums[first : place + 1] = 0.0
            self._seconds[first : place + 1] = 0.0
        self._sums[first : place + 1] += values * levels.duration_s
        self._seconds[first : place + 1] += levels.duration_s
        self._open, self._until_s = place, levels.start_s + levels.duration_s
        return first * self._bin_s, (place + 1) * self._bin_s

    def columns(self, edges_s: NDArray[np.float64]) -> FieldColumns:
        """Return the field between C + 1 ascending film times in seconds. A narrow column shows the bin around it."""
        first = np.clip(np.floor(edges_s[:-1] / self._bin_s + _SAME_S).astype(int), 0, self.bins - 1)
        end = int(np.clip(math.ceil(edges_s[-1] / self._bin_s - _SAME_S), first[-1] + 1, self.bins))
        sums = np.add.reduceat(self._sums[:end], first, axis=0)
        seconds = np.add.reduceat(self._seconds[:end], first)
        means = sums / np.maximum(seconds, 1e-12)[:, None]
        return FieldColumns(means[:, :3], means[:, 3], seconds > 0.0)
