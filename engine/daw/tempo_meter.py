"""The tempo of MIDI clock, measured from when its clocks come. Jitter, stalls and pauses are tolerated.

A tempo is measured again whenever twice as many clocks have come, and then stays until the clocks contradict it: a
place far from the start is beats times tempo, and must not move with every clock.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.daw.midi_clock import FASTEST_BPM, SLOWEST_BPM, clock_s

_FEW: Final = 24
_MOST: Final = 768
_LOOK_EVERY: Final = 6
_LEAST_JITTER_S: Final = 2e-4
_SPANS: Final = ((24, 1e-2), (96, 2e-3), (384, 5e-4))
"""So many of the newest clocks are compared with the tempo, and so much of it is no change."""
_TIMES_JITTER: Final = 4.0
_OUTLIER: Final = 6.0
"""A clock so many times the median distance away from the line was held up."""
_ENDS: Final = 5
_GAP_S: Final = 0.25
_GAP_CLOCKS: Final = 4.0


@dataclass(frozen=True)
class TempoChange:
    """The tempo changed within the last `clocks` clocks, which took `seconds`; the last one came about `at_s`."""

    clocks: int
    seconds: float
    at_s: float


class TempoMeter:
    """Takes clocks one by one; times are seconds of any steady clock."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=_MOST + 1)
        self._clock_s: float | None = None
        self._off = 0.0
        self._fit_at = _FEW
        self._suspect = 0
        self._until_look = _LOOK_EVERY

    @property
    def bpm(self) -> float | None:
        """The tempo in quarter notes per minute, also after a pause; None until the first clocks were measured."""
        return None if self._clock_s is None else clock_s(1.0) / self._clock_s

    @property
    def off_bpm(self) -> float:
        """By how much `bpm` may be off."""
        return (self.bpm or 0.0) * self._off

    @property
    def is_measured(self) -> bool:
        """Whether `bpm` comes from the clocks since the last pause."""
        return self._fit_at > _FEW

    def take(self, at_s: float) -> TempoChange | None:
        """Take a clock that came at a time; returns whether it shows that the tempo has changed."""
        if self._times and not 0.0 <= at_s - self._times[-1] <= self.gap_s:
            self._times.clear()
            self._fit_at, self._suspect = _FEW, 0
        self._times.append(at_s)
        if len(self._times) > self._fit_at:
            self._fit()
            return None
        self._until_look -= 1
        if self._until_look > 0 or not self.is_measured:
            return None
        self._until_look = _LOOK_EVERY
        return self._changed()

    @property
    def gap_s(self) -> float:
        """A longer time without a clock is a pause."""
        return max(_GAP_S, _GAP_CLOCKS * (self._clock_s or 0.0))

    def _fit(self) -> None:
        times = np.array(self._times)
        slope = _slope(times)
        if not clock_s(FASTEST_BPM * 1.1) < slope < clock_s(SLOWEST_BPM / 1.1):
            self._times.clear()
            return
        self._clock_s = slope
        self._off = _unsure(times, len(times)) / slope
        self._fit_at = 2 * self._fit_at if self._fit_at < _MOST else _MOST + 1  # the last one is never reached again

    def _changed(self) -> TempoChange | None:
        """Compare the newest clocks with the tempo. It has changed if they differ twice in a row."""
        times, usual_s = np.array(self._times), self._clock_s or 0.0
        recent = times[-_SPANS[1][0] :]
        for span, share in _SPANS:
            if len(times) <= span:
                break
            slope = _slope(times[-span - 1 :])
            if abs(slope - usual_s) > max(share * usual_s, _unsure(recent, span) + self._off * usual_s):
                self._suspect += 1
                return self._begin_again(times, span, slope) if self._suspect > 1 else None
        self._suspect = 0
        return None

    def _begin_again(self, times: NDArray[np.float64], span: int, slope: float) -> TempoChange:
        clocks = min(len(times) - 1, 3 * span)
        before, newest = times[-clocks - 1 :][:_ENDS], times[-_ENDS:]
        # each end is the middle of what its neighbours say, so that one late clock moves nothing
        begin_s = float(np.median(before - (self._clock_s or 0.0) * np.arange(_ENDS)))
        end_s = float(np.median(newest + slope * np.arange(_ENDS - 1, -1, -1)))
        self._suspect, self._fit_at = 0, _FEW
        self._times = deque(times[-_FEW - 1 :], maxlen=_MOST + 1)
        self._fit()
        return TempoChange(clocks, end_s - begin_s, end_s)


def _slope(times: NDArray[np.float64]) -> float:
    """Return the seconds per clock of times (N,): the straight line through those that were not held up."""
    count, half = np.arange(len(times)), len(times) // 2
    off = times - float(np.median(times[half:] - times[:-half])) / half * count
    off -= np.median(off)
    usual = np.abs(off) <= _OUTLIER * max(_LEAST_JITTER_S, float(np.median(np.abs(off))))
    away = count[usual] - count[usual].mean()
    return float(away @ times[usual] / (away @ away))


def _unsure(times: NDArray[np.float64], span: int) -> float:
    """Return by how much `_slope` over a span of clocks may be off if they come like times (N,)."""
    off = times - _slope(times) * np.arange(len(times))
    low, middle, high = np.quantile(off, (0.05, 0.5, 0.95))
    jitter_s = max(_LEAST_JITTER_S, 1.4826 * float(np.median(np.abs(off - middle))))
    # by chance, and if they come in a pattern, as from a driver that delivers them in blocks
    return max(_TIMES_JITTER * jitter_s * math.sqrt(12.0 / span**3), float(high - low) / span)
