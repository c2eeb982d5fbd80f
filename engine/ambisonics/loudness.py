"""Loudness of a source as in ITU-R BS.1770: K-weighted, in blocks of 400 ms, without pauses.

Streaming: the future is unknown, and sound from a minute ago fades. `LevelMeter` measures a whole sound instead.

`evening_db` is the one rule by which sources become equally loud. Made alone, they come out up to 20 dB apart: surf is
loud and a dog is not.
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
_EVEN_DB: Final = -28.0
"""K-weighted, of W: two or three such sources stay below full scale, and the loud ones come down to it."""
_MOST_EVENING_DB: Final = 18.0
_SPARSE_SHARE: Final = 0.5
_MOST_SPARSE_DB: Final = 4.0
"""A few barks are lost in surf of the same loudness: half of the effect of pauses is given back."""
_PEAK: Final = 0.7
"""No source is raised so far that its peaks exceed this."""


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


def evening_db(level_db: float, pauses_db: float) -> float:
    """Return the gain in dB that brings a source to the common loudness; see `SourceLoudness` for the levels."""
    heard_db = level_db - min(_SPARSE_SHARE * pauses_db, _MOST_SPARSE_DB)
    return float(np.clip(_EVEN_DB - heard_db, -_MOST_EVENING_DB, _MOST_EVENING_DB))


def room_for_peak_db(peak: float) -> float:
    """Return the largest gain in dB at which a peak (1 = full scale) is not too high, 40 dB at most."""
    return 20.0 * float(np.log10(_PEAK / max(peak, _PEAK * 0.01)))


class SourceLoudness:
    """The loudness of one stream. `add` adds sound; `level_db` is the level so far.

    `memory` is the number of blocks after which older sound fades; None: it never does.
    """

    def __init__(self, memory: int | None = _MEMORY) -> None:
        self._pieces: deque[float] = deque(maxlen=_BLOCK)
        self._all = self._sounding = _Mean(memory)

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
        self.add_powers(weighted_power(mono))

    def add_powers(self, powers: NDArray[np.float64]) -> None:
        """Add the next K-weighted mean squares (P,) of 40 ms each."""
        for power in powers:
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

    memory: int | None
    value: float = 0.0
    count: int = 0

    def with_next(self, value: float) -> "_Mean":
        count = self.count + 1 if self.memory is None else min(self.count + 1, self.memory)
        return _Mean(self.memory, self.value + (value - self.value) / count, count)


@dataclass(frozen=True)
class SourceLevel:
    """How loud a whole sound is: see `SourceLoudness`; `level_db` None is silence, `peak` 1 is full scale."""

    level_db: float | None
    pauses_db: float
    peak: float

    @property
    def evening_gain(self) -> float:
        """The linear gain that makes it as loud as every other source, or less for the sake of its peaks."""
        if self.level_db is None:
            return 1.0
        gain_db = min(evening_db(self.level_db, self.pauses_db), room_for_peak_db(self.peak))
        return float(10.0 ** (gain_db / 20.0))


class LevelMeter:
    """Measures a whole sound in blocks of any length; the result does not depend on them.

    Of its first `weighed` channels, the mean power counts.
    """

    def __init__(self, weighed: int = 1) -> None:
        self._loudness = SourceLoudness(memory=None)
        self._peak = 0.0
        self._rest = np.zeros((weighed, 0), np.float32)

    def add(self, sound: NDArray[np.float32]) -> None:
        """Add the next samples (C, n)."""
        self._peak = max(self._peak, float(np.abs(sound).max(initial=0.0)))
        waiting = np.concatenate([self._rest, sound[: len(self._rest)]], axis=1)
        whole = waiting.shape[1] // _PIECE * _PIECE
        powers = [weighted_power(np.ascontiguousarray(channel)) for channel in waiting[:, :whole]]
        self._loudness.add_powers(np.mean(powers, axis=0))
        self._rest = waiting[:, whole:]

    def level(self) -> SourceLevel:
        """Return the level of what was added; a last piece shorter than 40 ms counts in the peak only."""
        return SourceLevel(self._loudness.level_db, self._loudness.pauses_db, self._peak)
