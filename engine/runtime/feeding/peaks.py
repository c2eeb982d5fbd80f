"""The level of a sound over time, for drawing it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

HOP_SAMPLES: Final = 480


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
