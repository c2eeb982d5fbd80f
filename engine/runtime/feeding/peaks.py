"""The level of a sound over time, for drawing it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.runtime.feeding.fed_sound import FedSound

HOP_SAMPLES: Final = 480
_AGAIN_S: Final = 0.5


class PeakMeter:
    """Finds the highest of every 480 samples, over all channels; blocks of any length."""

    def __init__(self) -> None:
        self._peaks: list[NDArray[np.float32]] = []
        self._rest = np.zeros(0, np.float32)

    def add(self, sound: NDArray[np.float32]) -> None:
        """Add the next samples (C, n)."""
        highest = np.concatenate([self._rest, np.abs(sound).max(axis=0, initial=0.0)])
        whole = len(highest) // HOP_SAMPLES * HOP_SAMPLES
        if whole:
            self._peaks.append(highest[:whole].reshape(-1, HOP_SAMPLES).max(axis=1))
        self._rest = highest[whole:]

    def peaks(self) -> NDArray[np.float32]:
        """Return the peaks (N,) so far, the rest included."""
        rest = [self._rest.max(keepdims=True)] if len(self._rest) else []
        return np.concatenate([np.zeros(0, np.float32), *self._peaks, *rest]).astype(np.float32)


class Drawing:
    """Chooses the levels to draw: twice per second while a sound is measured or grows, and once at the end."""

    def __init__(self) -> None:
        self._looked_s: dict[int, float] = {}
        self._told: dict[int, int] = {}

    def news(self, sound: FedSound, now_s: float) -> NDArray[np.float32] | None:
        """Return the peaks (N,) of a sound if they are due to be sent now, otherwise None."""
        looked_s = self._looked_s.setdefault(sound.number, now_s)
        if not sound.is_whole and now_s < looked_s + _AGAIN_S:
            return None
        self._looked_s[sound.number] = now_s
        peaks = sound.peaks()
        if len(peaks) == self._told.get(sound.number, 0):
            return None
        self._told[sound.number] = len(peaks)
        return peaks

    def forget(self, number: int) -> None:
        """Forget a sound."""
        self._looked_s.pop(number, None)
        self._told.pop(number, None)
