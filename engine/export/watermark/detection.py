"""Looks for the watermark in a sound of any beginning, and says how unlikely the finding is without it.

The levels of the bands are compared with the pattern at every offset. Without a mark the sound knows nothing of the
signs, which were drawn at random once: by Hoeffding's inequality a sum of numbers with random signs exceeds z times
the root of the sum of their squares with a probability of at most exp(-z*z / 2), whatever the numbers are. All offsets
and pieces that were tried are counted.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.export.watermark.pattern import (
    BANDS,
    CHIP_FRAMES,
    FRAMES_PER_S,
    PERIOD_CHIPS,
    PERIOD_FRAMES,
    bank,
    hop_of,
    signs,
    swing,
)

FALSE_ALARM: Final = 1e-4
"""A mark is found if a sound without it had at most this probability."""
PIECE_S: Final = 60
_PIECE_FRAMES: Final = PIECE_S * FRAMES_PER_S
_FLOOR_DB: Final = 60.0
_NEIGHBOURS: Final = 4
_SCALE_FRAMES: Final = 20
_LEAST_SCALE_DB: Final = 1.0
_CLIP: Final = 1.0


@dataclass(frozen=True)
class Found:
    """Whether there is a mark, and how probable such a finding is without one: log10 of an upper bound.

    `pieces` is how many pieces of a minute were looked at, `marked_pieces` how many have the mark on their own.
    """

    found: bool
    log10_chance: float
    pieces: int
    marked_pieces: int

    def sentence(self) -> str:
        """Return it in words."""
        if not self.pieces:
            return "not found: too little sound"
        if not self.found:
            return "not found"
        share = f", in {self.marked_pieces} of {self.pieces} minutes" if self.pieces > 1 else ""
        return f"found{share}; by chance in 1 of 10^{-self.log10_chance:.0f} sounds at most"


class MarkSearch:
    """Looks for the mark in blocks (C, n) of a field, of two ears or of one channel, at any rate."""

    def __init__(self, rate_hz: int) -> None:
        self._detector = Detector()
        self._resampler = None if rate_hz == SAMPLE_RATE_HZ else soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1)

    def add(self, block: NDArray[np.float32]) -> None:
        """Add the next samples. Of two channels the sum is taken: there the mark of W is strongest."""
        channel = np.ascontiguousarray(block[0] + block[1] if block.shape[0] == 2 else block[0], np.float32)
        self._detector.add(channel if self._resampler is None else self._resampler.resample_chunk(channel))

    def found(self) -> Found:
        """End the sound and return what was found."""
        return self._detector.found()


class Detector:
    """Looks at blocks of one channel at 48 kHz, piece by piece; memory does not grow with the sound."""

    def __init__(self) -> None:
        self._hop = hop_of(SAMPLE_RATE_HZ)
        self._window = np.hanning(2 * self._hop + 1)[:-1]
        self._bank = bank(SAMPLE_RATE_HZ).T
        self._waiting = np.zeros(0)
        self._levels: list[NDArray[np.float64]] = []
        self._frames = 0
        self._log_chances: list[float] = []

    def add(self, samples: NDArray[np.floating]) -> None:
        """Add the next samples (n,)."""
        self._waiting = np.concatenate([self._waiting, samples])
        count = self._waiting.size // self._hop - 1
        if count < FRAMES_PER_S:
            return
        self._take(count)
        if self._frames >= _PIECE_FRAMES:
            self._close_piece()

    def found(self) -> Found:
        """End the sound and return what was found."""
        count = self._waiting.size // self._hop - 1
        if count > 0:
            self._take(count)
        if self._frames >= 4 * CHIP_FRAMES:
            self._close_piece()
        pieces = len(self._log_chances)
        if not pieces:
            return Found(False, 0.0, 0, 0)
        best = min(self._log_chances) + np.log10(pieces)
        limit = np.log10(FALSE_ALARM)
        return Found(
            bool(best <= limit), min(0.0, float(best)), pieces, sum(chance <= limit for chance in self._log_chances)
        )

    def _take(self, count: int) -> None:
        used = self._waiting[: (count + 1) * self._hop]
        frames = np.lib.stride_tricks.sliding_window_view(used, 2 * self._hop)[:: self._hop]
        spectra = np.fft.rfft(frames * self._window, axis=1)
        self._levels.append((np.abs(spectra) ** 2) @ self._bank)
        self._frames += count
        self._waiting = self._waiting[count * self._hop :]

    def _close_piece(self) -> None:
        power = np.concatenate(self._levels).T
        self._levels, self._frames = [], 0
        self._log_chances.append(log10_chance(power))


def log10_chance(power: NDArray[np.float64]) -> float:
    """Return log10 of how probable the best match is without a mark; `power` (bands, frames)."""
    loudest = power.max(axis=1, keepdims=True)
    if not loudest.any():
        return 0.0
    level_db = 10.0 * np.log10(power + np.maximum(loudest * 10.0 ** (-_FLOOR_DB / 10.0), 1e-20))
    matched = _matched(level_db)
    matched = matched - _mean(matched, _NEIGHBOURS, 0)
    spread = np.sqrt(_mean(matched * matched, _SCALE_FRAMES, 1)) + _LEAST_SCALE_DB
    weighed = np.clip(matched / spread, -_CLIP, _CLIP) / spread
    periods = -(-weighed.shape[1] // PERIOD_FRAMES)
    padded = np.zeros((BANDS, periods * PERIOD_FRAMES))
    padded[:, : weighed.shape[1]] = weighed
    folded = padded.reshape(BANDS, periods, PERIOD_CHIPS, CHIP_FRAMES).sum(axis=1)
    # the sum over all bands and chips, for each offset of whole chips and of frames
    theirs = np.fft.rfft(folded, axis=1)
    ours = np.fft.rfft(signs(), axis=1)
    match = np.fft.irfft((theirs * np.conj(ours)[:, :, None]).sum(axis=0), PERIOD_CHIPS, axis=0)
    energy = (folded * folded).sum(axis=(0, 1))
    z = (match / np.sqrt(np.maximum(energy, 1e-30))).max()
    return float(np.log10(PERIOD_FRAMES) - 0.5 * max(0.0, z) ** 2 / np.log(10.0))


def _matched(level_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how each band swings within a chip that begins with each frame, in dB."""
    chips = np.lib.stride_tricks.sliding_window_view(level_db, CHIP_FRAMES, axis=1)
    return chips @ (swing() * 2.0 / CHIP_FRAMES)


def _mean(values: NDArray[np.float64], reach: int, axis: int) -> NDArray[np.float64]:
    """Return the mean over neighbours up to `reach` away; fewer at the ends."""
    sums = np.cumsum(np.insert(values, 0, 0.0, axis=axis), axis=axis)
    at = np.arange(values.shape[axis])
    first, last = np.maximum(at - reach, 0), np.minimum(at + reach + 1, at.size)
    shape = [1, 1]
    shape[axis] = -1
    means: NDArray[np.float64] = (np.take(sums, last, axis) - np.take(sums, first, axis)) / (last - first).reshape(
        shape
    )
    return means
