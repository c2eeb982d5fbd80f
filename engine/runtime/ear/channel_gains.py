"""Gains of the four channels at the ear, without clicks while they change.

Threads: belongs to the device's callback. Its arrays are allocated before the first block.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import FOA_CHANNELS

RAMP_SAMPLES: Final = 960
"""A channel comes or goes within 20 ms, in a straight line."""


class ChannelGains:
    """Multiplies a field by four gains. Every gain of 1 gives the field itself, bit for bit."""

    def __init__(self, samples: int) -> None:
        self._reached = np.ones(FOA_CHANNELS, np.float32)
        self._is_one = True
        self.make_room(samples)

    def make_room(self, samples: int) -> None:
        """Allocate what blocks of up to this size need."""
        self._out = np.zeros((FOA_CHANNELS, samples), np.float32)
        self._ramp = np.zeros(samples, np.float32)
        self._steps = np.arange(1, samples + 1, dtype=np.float32) / np.float32(RAMP_SAMPLES)

    def apply(self, foa: NDArray[np.float32], wanted: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the field (4, n) float32 on its way to four gains of 0 to 1; `foa` itself stays as it is."""
        if self._is_one and wanted[0] == wanted[1] == wanted[2] == wanted[3] == 1.0:
            return foa
        n = foa.shape[1]
        out, ramp = self._out[:, :n], self._ramp[:n]
        for channel in range(FOA_CHANNELS):
            reached, target = float(self._reached[channel]), float(wanted[channel])
            if reached == target:
                np.multiply(foa[channel], reached, out=out[channel])
                continue
            np.multiply(self._steps[:n], 1.0 if target > reached else -1.0, out=ramp)
            np.add(ramp, reached, out=ramp)
            np.clip(ramp, min(reached, target), max(reached, target), out=ramp)
            np.multiply(foa[channel], ramp, out=out[channel])
            self._reached[channel] = ramp[-1]
        self._is_one = bool(self._reached.min() == 1.0)
        return out
