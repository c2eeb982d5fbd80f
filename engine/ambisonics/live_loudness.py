"""Loudness and peaks of sound while it is heard, as in ITU-R BS.1770-4, in pieces of 100 ms at 48 kHz.

numpy alone: the process that plays the sound measures it too, and scipy would take it 0.6 s and 68 MB to load.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.loudness import k_response
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.telemetry import LoudnessValues

PIECE_SAMPLES: Final = SAMPLE_RATE_HZ // 10
_TRANSFORM: Final = 8192
"""The filter's response fades by 140 dB within the samples (71 ms) that are taken along from the piece before."""
_CARRIED: Final = _TRANSFORM - PIECE_SAMPLES
_RESPONSE: Final = k_response(_TRANSFORM).astype(np.complex64)
_OVERSAMPLING: Final = 4
_TAPS: Final = 24
_OFFSET_DB: Final = -0.691
_MOMENTARY: Final = 4
_SHORT: Final = 30
_GATE_LUFS: Final = -70.0
_RELATIVE_GATE: Final = 0.1
_LOUDEST_LUFS: Final = 30.0
_STEP_LU: Final = 0.02
_BINS: Final = round((_LOUDEST_LUFS - _GATE_LUFS) / _STEP_LU)


def _interpolators() -> NDArray[np.float32]:
    """Return the filters (3, 24) of the three samples between two: a sinc under a Kaiser window of 90 dB."""
    between = np.arange(1, _OVERSAMPLING)[:, None] / _OVERSAMPLING
    away = np.arange(_TAPS) - (_TAPS // 2 - 1) - between
    window = np.i0(9.0 * np.sqrt(np.maximum(0.0, 1.0 - (away / (_TAPS / 2)) ** 2))) / np.i0(9.0)
    taps = np.sinc(away) * window
    even: NDArray[np.float32] = (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)
    return even


_BETWEEN: Final = _interpolators()


@dataclass(frozen=True, eq=False)
class PieceLevels:
    """100 ms of C channels: K-weighted mean squares (C,), highest samples (C,) and true peaks (C,), linear."""

    powers: NDArray[np.float64]
    peaks: NDArray[np.float64]
    true_peaks: NDArray[np.float64]


class PieceMeter:
    """Measures a stream of C channels piece by piece; carries the end of each piece to the next one."""

    def __init__(self, channels: int) -> None:
        self._sound = np.zeros((channels, _TRANSFORM), np.float32)

    def measure(self, piece: NDArray[np.float32]) -> PieceLevels:
        """Return the levels of the next samples (C, 4800); a true peak may belong to the last 0.3 ms before them."""
        sound = self._sound
        sound[:, :_CARRIED] = sound[:, PIECE_SAMPLES:]
        sound[:, _CARRIED:] = piece
        spectrum = np.fft.rfft(sound, axis=1)
        weighted = np.fft.irfft(spectrum * _RESPONSE, axis=1)[:, _CARRIED:]
        peaks = np.abs(piece).max(axis=1).astype(np.float64)
        return PieceLevels(
            np.square(weighted).mean(axis=1, dtype=np.float64), peaks, np.maximum(peaks, self._between())
        )

    def _between(self) -> NDArray[np.float64]:
        """Return the highest values (C,) between the samples of a piece, by fourfold oversampling."""
        near = self._sound[:, _CARRIED - _TAPS :]
        return np.array(
            [max(float(np.abs(np.convolve(row, taps[::-1], "valid")).max()) for taps in _BETWEEN) for row in near]
        )


class LoudnessGate:
    """Loudness of one sound from the powers of its pieces; the memory is the same for a second and for a day."""

    def __init__(self) -> None:
        self._pieces: deque[float] = deque(maxlen=_SHORT)
        self.reset()

    def reset(self) -> None:
        """Restart the integrated loudness and the highest peaks."""
        self._since_reset = 0
        self._counts = np.zeros(_BINS, np.int64)
        self._sums = np.zeros(_BINS)
        self._peak = self._true_peak = 0.0

    def add(self, power: float, peak: float, true_peak: float) -> None:
        """Add a piece: its K-weighted mean square, summed over the channels, and its highest peaks, linear."""
        self._pieces.append(power)
        self._since_reset += 1
        self._peak, self._true_peak = max(self._peak, peak), max(self._true_peak, true_peak)
        if self._since_reset < _MOMENTARY:
            return  # a block of 400 ms must not begin before the reset
        block = self._mean(_MOMENTARY)
        lufs = _lufs(block)
        if lufs is not None and lufs > _GATE_LUFS:
            place = min(_BINS - 1, int((lufs - _GATE_LUFS) / _STEP_LU))
            self._counts[place] += 1
            self._sums[place] += block

    def values(self) -> LoudnessValues:
        """Return what the meters show."""
        return LoudnessValues(
            momentary_lufs=_lufs(self._mean(_MOMENTARY)),
            short_lufs=_lufs(self._mean(_SHORT)),
            integrated_lufs=self._integrated(),
            peak_db=_db(self._peak),
            true_peak_db=_db(self._true_peak),
        )

    def _mean(self, pieces: int) -> float:
        """Return the mean power of the last pieces; those before the start count as silence."""
        last = list(self._pieces)[-pieces:]
        return sum(last) / pieces

    def _integrated(self) -> float | None:
        count = int(self._counts.sum())
        if count == 0:
            return None
        threshold = _lufs(_RELATIVE_GATE * float(self._sums.sum()) / count)
        first = 0 if threshold is None else max(0, math.ceil((threshold - _GATE_LUFS) / _STEP_LU))
        kept = int(self._counts[first:].sum())
        return _lufs(float(self._sums[first:].sum()) / kept) if kept else None


def _lufs(power: float) -> float | None:
    return _OFFSET_DB + 10.0 * math.log10(power) if power > 1e-12 else None


def _db(linear: float) -> float | None:
    return 20.0 * math.log10(linear) if linear > 1e-6 else None
