"""Loudness and true peak as in ITU-R BS.1770-4, in pieces of 100 ms: for the meters and for finished files.

numpy alone: the process that plays the sound measures it too, and scipy would take it 0.6 s and 68 MB to load.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.telemetry import LoudnessValues

_PIECE_S: Final = 0.1
_FADED_S: Final = 0.07
"""Within this time the response of the K-weighting fades by 140 dB."""
_OVERSAMPLING: Final = 4
TAPS: Final = 24
"""How many samples a value between two of them depends on."""
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
    away = np.arange(TAPS) - (TAPS // 2 - 1) - between
    window = np.i0(9.0 * np.sqrt(np.maximum(0.0, 1.0 - (away / (TAPS / 2)) ** 2))) / np.i0(9.0)
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

    def __init__(self, channels: int, rate_hz: int = SAMPLE_RATE_HZ) -> None:
        self.piece_samples = round(_PIECE_S * rate_hz)
        transform = 1 << math.ceil(math.log2(self.piece_samples + _FADED_S * rate_hz))
        self._carried = transform - self.piece_samples
        self._response = _response(k_weighting(rate_hz), transform)
        self._sound = np.zeros((channels, transform), np.float32)

    @property
    def end(self) -> NDArray[np.float32]:
        """The last 24 samples (C, 24)."""
        return self._sound[:, -TAPS:]

    def measure(self, piece: NDArray[np.float32]) -> PieceLevels:
        """Return the levels of the next samples (C, n) of 100 ms; a true peak may lie in the 24 samples before them."""
        sound, carried = self._sound, self._carried
        sound[:, :carried] = sound[:, self.piece_samples :].copy()
        sound[:, carried:] = piece
        spectrum = np.fft.rfft(sound, axis=1)
        weighted = np.fft.irfft(spectrum * self._response, axis=1)[:, carried:]
        peaks = np.abs(piece).max(axis=1).astype(np.float64)
        between = highest_between(sound[:, carried - TAPS :])
        return PieceLevels(np.square(weighted).mean(axis=1, dtype=np.float64), peaks, np.maximum(peaks, between))


def highest_between(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the highest values (C,) between the samples of a sound (C, n), by fourfold oversampling."""
    return np.array(
        [max(float(np.abs(np.convolve(row, taps[::-1], "valid")).max()) for taps in _BETWEEN) for row in sound]
    )


def k_weighting(rate_hz: int) -> NDArray[np.float64]:
    """Return the two filters of the recommendation as sections (2, 6) for a rate; at 48 kHz they are its own.

    It gives coefficients for 48 kHz alone; these are its analogue filters, transformed for other rates. Source:
    B. De Man, "Evaluation of implementations of the EBU R128 loudness measurement", AES 145 (2018).
    """
    shelf_hz, shelf_db, shelf_q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    pass_hz, pass_q = 38.13547087602444, 0.5003270373238773
    k = math.tan(math.pi * shelf_hz / rate_hz)
    high = 10.0 ** (shelf_db / 20.0)
    band = high**0.4996667741545416
    a0 = 1.0 + k / shelf_q + k * k
    shelf = [
        (high + band * k / shelf_q + k * k) / a0,
        2.0 * (k * k - high) / a0,
        (high - band * k / shelf_q + k * k) / a0,
        1.0,
        2.0 * (k * k - 1.0) / a0,
        (1.0 - k / shelf_q + k * k) / a0,
    ]
    k = math.tan(math.pi * pass_hz / rate_hz)
    a0 = 1.0 + k / pass_q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / pass_q + k * k) / a0]
    return np.array([shelf, high_pass])


def _response(sections: NDArray[np.float64], samples: int) -> NDArray[np.complex64]:
    """Return the response (samples // 2 + 1,) of filters in sections (S, 6) in the bins of a transform."""
    z = np.exp(-2j * np.pi * np.arange(samples // 2 + 1) / samples)
    response = np.ones_like(z)
    for section in sections:
        response *= np.polyval(section[2::-1], z) / np.polyval(section[:2:-1], z)
    rounded: NDArray[np.complex64] = response.astype(np.complex64)
    return rounded


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

    @property
    def true_peak(self) -> float:
        """The highest true peak since the reset, linear."""
        return self._true_peak

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
