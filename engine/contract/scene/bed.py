"""A bed: a recording as long as is wanted, played as grains that cross-fade. This is the plan of the grains.

A grain is a part of the file. The next one begins before it ends, somewhere else in the file: where, and when, is drawn
from a seed, so that no period is heard. Any place of a bed can be computed without what lies before it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

SHORTEST_FILE_SAMPLES: Final = 24_000
"""A file of less than half a second would be heard as a buzz."""
_LONGEST_HOP: Final = 144_000
_LONGEST_FADE: Final = 24_000
_MASK: Final = 2**64 - 1


@dataclass(frozen=True)
class BedPlan:
    """The grains of a bed from a file of `file_samples`, at least 24,000 (ValueError). All times are samples.

    Grain k is heard from `start(k)` on. It fades out while the next one fades in, for `fade` samples; at most two sound
    at a time. The first grain begins with the file.
    """

    file_samples: int
    seed: int

    def __post_init__(self) -> None:
        """Check the length."""
        if self.file_samples < SHORTEST_FILE_SAMPLES:
            raise ValueError(f"A bed needs a file of {SHORTEST_FILE_SAMPLES} samples, not {self.file_samples}.")

    @cached_property
    def fade(self) -> int:
        """How long a cross-fade lasts: an eighth of the file, half a second at most."""
        return min(_LONGEST_FADE, self.file_samples // 8)

    @cached_property
    def _hop(self) -> int:
        """How far the starts are apart on average; they vary by a sixth of it to each side."""
        return min(_LONGEST_HOP, self.file_samples // 2)

    @cached_property
    def _places(self) -> int:
        """How many samples of the file a grain may begin with, so that the longest one fits into the file."""
        return self.file_samples - (self._hop + 2 * (self._hop // 6) + self.fade)

    def start(self, grain: int) -> int:
        """Return when a grain begins."""
        if grain <= 0:
            return 0
        jitter = self._hop // 6
        return grain * self._hop + _drawn(self.seed, 2 * grain, 2 * jitter + 1) - jitter

    def source(self, grain: int) -> int:
        """Return the sample of the file that a grain begins with."""
        own = self._first_choice(grain)
        if grain % 2 == 0:
            return own
        # The same sound twice in a cross-fade would be louder: odd grains keep away from both of their neighbours.
        before = self._first_choice(grain - 1) + self.start(grain) - self.start(grain - 1)
        after = self._first_choice(grain + 1) - (self.start(grain + 1) - self.start(grain))
        others = ((own + k * self._places // 4) % self._places for k in range(4))
        return next((c for c in others if abs(c - before) >= self.fade and abs(c - after) >= self.fade), own)

    def at(self, sample: int) -> int:
        """Return the latest grain that has begun at a sample."""
        grain = max(0, sample // self._hop)
        while self.start(grain + 1) <= sample:
            grain += 1
        while grain and self.start(grain) > sample:
            grain -= 1
        return grain

    def _first_choice(self, grain: int) -> int:
        return _drawn(self.seed, 2 * grain + 1, self._places) if grain > 0 else 0


def _drawn(seed: int, number: int, count: int) -> int:
    """Return a number from 0 to count - 1: the same on every machine (splitmix64)."""
    z = (seed * 0xD1342543DE82EF95 + (number + 1) * 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((z ^ (z >> 31)) * count) >> 64
