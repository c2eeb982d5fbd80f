"""A limiter that preserves the field's direction: one gain for all four channels."""

import numpy as np
from numpy.typing import NDArray

_SEGMENT = 240
_RECOVERY_PER_SEGMENT = 1.06


class FoaLimiter:
    """Keeps every sample of AmbiX blocks within a ceiling by a gain that falls and recovers without steps."""

    def __init__(self, ceiling: float = 0.98, hold_segments: int = 0) -> None:
        """Limit to `ceiling` (linear, full scale = 1).

        The gain recovers `hold_segments` of 5 ms after the last peak. Short blocks need that: a peak at their start
        leaves no time to fall, and a bass tone has one every few milliseconds.
        """
        self._ceiling = ceiling
        self._hold_segments = hold_segments
        self._gain = 1.0
        self._held = 0

    def process(self, foa: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the limited block (4, n), n a multiple of 240 samples; streaming."""
        peaks = np.abs(foa).max(axis=0).reshape(-1, _SEGMENT).max(axis=1)
        if self._gain >= 1.0 and peaks.max() <= self._ceiling:
            return foa
        allowed = np.minimum(1.0, self._ceiling / np.maximum(peaks, 1e-9))
        nodes = [self._gain]
        for index, limit in enumerate(allowed):
            following = allowed[index + 1] if index + 1 < len(allowed) else 1.0
            most = float(min(limit, following))
            if most <= nodes[-1]:
                self._held = self._hold_segments
            risen = nodes[-1] * (_RECOVERY_PER_SEGMENT if self._held == 0 else 1.0)
            self._held = max(0, self._held - 1)
            nodes.append(float(min(risen, 1.0, most)))
        self._gain = nodes[-1]
        positions = np.arange(foa.shape[1])
        curve = np.interp(positions, np.arange(len(nodes)) * _SEGMENT, nodes)
        # A peak in the very first segment leaves no time to fall: there the sample's own limit holds.
        curve = np.minimum(curve, self._ceiling / np.maximum(np.abs(foa).max(axis=0), 1e-9))
        limited: NDArray[np.float32] = (foa * curve).astype(np.float32)
        return limited
