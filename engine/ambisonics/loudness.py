"""Loudness of a source as in ITU-R BS.1770: K-weighted, in blocks of 400 ms, without pauses.

Streaming: the future is unknown, and sound from a minute ago fades.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import LATENT_SAMPLES

_PIECE: Final = LATENT_SAMPLES
"""Loudness is measured every 40 ms."""
_SHELF: Final = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGH_PASS: Final = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
"""The two filters of the recommendation at 48 kHz."""
_BLOCK: Final = 10
"""Pieces per block of 400 ms: shorter sounds are measured together."""
_SILENCE: Final = 1e-6
"""Mean square (-60 dBFS) below which there is silence."""
_GATE: Final = 0.1
"""Blocks this far below the mean of all (10 dB) are pauses."""
_MEMORY: Final = 1500
"""Blocks in a mean, one begins every 40 ms: a minute."""


def _weights() -> NDArray[np.float64]:
    z = np.exp(-2j * np.pi * np.arange(_PIECE // 2 + 1) / _PIECE)
    response = np.ones_like(z)
    for b, a in (_SHELF, _HIGH_PASS):
        response *= np.polyval(b[::-1], z) / np.polyval(a[::-1], z)
    weights: NDArray[np.float64] = np.abs(response) ** 2
    weights[1:-1] *= 2.0
    return weights / _PIECE**2


_WEIGHTS: Final = _weights()


def weighted_power(mono: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the K-weighted mean square (P,) of each 40 ms of a signal (P * 1920,) at 48 kHz."""
    spectrum = np.fft.rfft(mono.reshape(-1, _PIECE), axis=1)
    power: NDArray[np.float64] = (np.square(np.abs(spectrum)) * _WEIGHTS).sum(axis=1)
    return power


class SourceLoudness:
    """The loudness of one stream. `add` adds sound; `level_db` is the level so far."""

    def __init__(self) -> None:
        self._pieces: deque[float] = deque(maxlen=_BLOCK)
        self._all = self._sounding = _Mean()

    @property
    def level_db(self) -> float | None:
        """The weighted level of the sound in dB of full scale; None before there is any."""
        return 10.0 * float(np.log10(self._sounding.value)) if self._sounding.count else None

    @property
    def pauses_db(self) -> float:
        """How much louder it is while it sounds than on average, pauses of near silence left out: 0 for rain."""
        return 10.0 * float(np.log10(self._sounding.value / self._all.value)) if self._sounding.count else 0.0

    def add(self, mono: NDArray[np.float32]) -> None:
        """Add the next (P * 1920,) samples."""
        for power in weighted_power(mono):
            self._pieces.append(float(power))
            block = sum(self._pieces) / len(self._pieces)
            if block < _SILENCE:
                continue
            self._all = self._all.with_next(block)
            if block >= _GATE * self._all.value:
                self._sounding = self._sounding.with_next(block)


@dataclass(frozen=True)
class _Mean:
    """A mean of values, of which older ones fade once there are many."""

    value: float = 0.0
    count: int = 0

    def with_next(self, value: float) -> "_Mean":
        count = min(self.count + 1, _MEMORY)
        return _Mean(self.value + (value - self.value) / count, count)
