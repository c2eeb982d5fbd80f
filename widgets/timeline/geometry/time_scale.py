"""Samples of the film to pixels and back."""

from dataclasses import dataclass, replace
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ

FINEST_SAMPLES_PER_PX: Final = 10.0
"""A frame at 60 per second is 80 pixels wide."""
COARSEST_SAMPLES_PER_PX: Final = 24 * 3600 * SAMPLE_RATE_HZ / 100.0
_MARGIN_PX: Final = 24


@dataclass(frozen=True)
class TimeScale:
    """Where a sample lies in the view: at x = sample / samples_per_px - scroll_px.

    `scroll_px` is a whole number, so that scrolling moves everything by whole pixels.
    """

    samples_per_px: float = SAMPLE_RATE_HZ / 100.0
    scroll_px: int = 0

    @classmethod
    def fitted(cls, start_sample: int, end_sample: int, width_px: int) -> "TimeScale":
        """Return the scale that shows a range in a view, with a margin on its right."""
        room = max(1, width_px - _MARGIN_PX)
        fine = _limited(max(1, end_sample - start_sample) / room)
        return cls(fine, round(start_sample / fine))

    def x_of(self, sample: float) -> float:
        """Return the x of a sample in pixels."""
        return sample / self.samples_per_px - self.scroll_px

    def sample_at(self, x: float) -> int:
        """Return the nearest sample of an x; it may lie before the film."""
        return round((x + self.scroll_px) * self.samples_per_px)

    def width_of(self, samples: float) -> float:
        """Return the width of a length in pixels."""
        return samples / self.samples_per_px

    def zoomed(self, factor: float, x: float) -> "TimeScale":
        """Return the scale zoomed in by a factor (below 1: out); what is at `x` stays there, to half a pixel."""
        fine = _limited(self.samples_per_px / factor)
        at = (x + self.scroll_px) * self.samples_per_px
        return TimeScale(fine, max(0, round(at / fine - x)))

    def scrolled_to(self, scroll_px: int) -> "TimeScale":
        """Return the scale at another scroll position."""
        return replace(self, scroll_px=max(0, scroll_px))


def _limited(samples_per_px: float) -> float:
    return min(max(samples_per_px, FINEST_SAMPLES_PER_PX), COARSEST_SAMPLES_PER_PX)
