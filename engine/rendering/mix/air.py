"""The air between a source and the listener: it takes the high frequencies of what is far away.

Source: ISO 9613-2, table 2, air of 20 degrees Celsius and 70 % humidity: 22.9 dB per km at 4 kHz and 76.6 at 8 kHz. One
pole is set where the table loses 3 dB.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.scene.place import USUAL_DISTANCE_M

_AT_8_KHZ_M: Final = 3_000.0 / 76.6
"""8 kHz has lost 3 dB after this distance."""
_EXPONENT: Final = float(np.log2(76.6 / 22.9))
"""The loss grows by this power of the frequency."""
_CHUNK: Final = 48
_AGES: Final = np.arange(_CHUNK)[None, :] - np.arange(_CHUNK)[:, None]
_AGES[_AGES < 0] = _CHUNK  # nothing is heard before it sounds
_NOTHING: Final = 1e-20
"""Smaller factors are left out: numbers near the smallest ones of float32 take many times as long."""


def corner_hz(distance_m: float) -> float:
    """Return the frequency that has lost 3 dB; infinite up to the usual distance."""
    beyond_m = distance_m - USUAL_DISTANCE_M
    return 8_000.0 * (_AT_8_KHZ_M / beyond_m) ** (1.0 / _EXPONENT) if beyond_m > 0.0 else float("inf")


class AirFilter:
    """Filters consecutive blocks of one source. Not thread-safe."""

    def __init__(self) -> None:
        self._last: NDArray[np.float32] | None = None
        self._pole = -1.0
        self._response = np.zeros((_CHUNK, _CHUNK), np.float32)

    def process(self, block: NDArray[np.float32], distance_m: float) -> NDArray[np.float32]:
        """Return a block (C, n), n a multiple of 48, as heard from a distance; near ones are returned unchanged."""
        pole = float(np.exp(-2.0 * np.pi * corner_hz(distance_m) / SAMPLE_RATE_HZ))
        if pole < 1e-6:
            self._last = block[:, -1].copy()
            return block
        if pole != self._pole:
            self._set(pole)
        channels, n = block.shape
        heard: NDArray[np.float32] = block.reshape(channels, -1, _CHUNK) @ self._response
        last = block[:, 0] if self._last is None else self._last
        for chunk in range(n // _CHUNK):
            heard[:, chunk] += last[:, None] * self._decay
            last = heard[:, chunk, -1]
        self._last = last.copy()
        return heard.reshape(channels, n)

    def _set(self, pole: float) -> None:
        """Prepare y[n] = (1 - pole) x[n] + pole y[n - 1], a chunk at a time."""
        powers = pole ** np.arange(_CHUNK + 1)
        powers[powers < _NOTHING] = 0.0
        decaying = np.concatenate([((1.0 - pole) * powers[:_CHUNK]).astype(np.float32), [np.float32(0.0)]])
        np.take(decaying, _AGES, out=self._response, mode="clip")  # the usual mode copies first
        self._decay = powers[1:].astype(np.float32)
        self._pole = pole
