"""How the picture of a film repeats."""

import math
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class VideoLoop:
    """Whether the film repeats, and from which time to which; without an end it is the film's."""

    is_on: bool = False
    start_s: float = 0.0
    end_s: float = math.inf

    def end_for(self, start_s: float) -> float:
        """Return where an iteration that begins at a time ends; infinite for the film's own end."""
        return self.end_s if self.is_on and start_s < self.end_s else math.inf

    def lap_s(self, film_s: float) -> float:
        """Return how long an iteration of a film of `film_s` seconds takes, but for the first."""
        return min(self.end_s, film_s) - self.start_s

    def has_range_of(self, other: "VideoLoop") -> bool:
        """Return whether the same part of the film repeats."""
        return (self.start_s, self.end_s) == (other.start_s, other.end_s)


NO_LOOP: Final = VideoLoop()
