"""The marks of the time ruler."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.frames import FrameGrid
from widgets.parts.text import clock_text
from widgets.timeline.geometry.time_scale import TimeScale

_LEAST_PX: Final = 96.0
"""Between two labels."""
_SECONDS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400)
_FRAMES: Final = (1, 2, 5, 10)
_MS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class RulerUnit(Enum):
    """What the ruler counts."""

    TIMECODE = "timecode"
    FRAMES = "frames"


@dataclass(frozen=True)
class Tick:
    """A mark at a sample, with a label."""

    at_sample: int
    label: str


def ticks(scale: TimeScale, width_px: int, grid: FrameGrid | None, unit: RulerUnit) -> list[Tick]:
    """Return the labelled marks of a view and one beyond each side, far enough apart to be read.

    Without a film there are no frames, and the labels are minutes and seconds.
    """
    least = _LEAST_PX * scale.samples_per_px
    first, last = max(0, scale.sample_at(-_LEAST_PX)), scale.sample_at(width_px + _LEAST_PX)
    if grid is None:
        return _clock_ticks(first, last, least)
    if unit is RulerUnit.TIMECODE and least > SAMPLE_RATE_HZ / grid.rate * max(_FRAMES):
        step = next((s for s in _SECONDS if s * SAMPLE_RATE_HZ >= least), _SECONDS[-1])
        begin, end = first // (step * SAMPLE_RATE_HZ), last // (step * SAMPLE_RATE_HZ) + 1
        at = [grid.sample_of(grid.second_of_timecode(k * step)) for k in range(begin, end + 1)]
        return [Tick(sample, grid.timecode(sample)) for sample in at]
    frames = _frame_step(least, grid)
    begin, end = grid.frame_at(first) // frames, grid.frame_at(last) // frames + 1
    numbers = [k * frames for k in range(begin, end + 1)]
    return [
        Tick(grid.sample_of(n), f"{n:,}" if unit is RulerUnit.FRAMES else grid.timecode(grid.sample_of(n)))
        for n in numbers
    ]


def _frame_step(least_samples: float, grid: FrameGrid) -> int:
    least = float(least_samples * grid.rate / SAMPLE_RATE_HZ)
    power = 1
    while True:
        for digit in _FRAMES[:3]:
            if digit * power >= least:
                return digit * power
        power *= 10


def _clock_ticks(first: int, last: int, least: float) -> list[Tick]:
    steps = [*(ms * SAMPLE_RATE_HZ // 1000 for ms in _MS), *(s * SAMPLE_RATE_HZ for s in _SECONDS)]
    step = next((s for s in steps if s >= least), steps[-1])
    at = [k * step for k in range(first // step, last // step + 2)]
    return [Tick(sample, plain_time_text(sample, step < SAMPLE_RATE_HZ)) for sample in at]


def plain_time_text(sample: int, with_ms: bool = True) -> str:
    """Return `m:ss.mmm` of a sample, or `m:ss`."""
    ms = sample * 1000 // SAMPLE_RATE_HZ
    whole = clock_text(ms // 1000)
    return f"{whole}.{ms % 1000:03d}" if with_ms else whole
