"""A short lap of the live stream, kept to be played again: it repeats faster than it could be made.

A patch takes its time even if the lap needs 10 ms of it. The source is reset at the start of a lap, so a lap that is
made again with the same settings and pictures is the same, sample by sample.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import PATCH_SAMPLES
from engine.runtime.shared.laps import Lap

_LONGEST_SAMPLES: Final = PATCH_SAMPLES
"""A longer lap is made again: it has the time of its patches, and its end may be moved while it is made."""


@dataclass(frozen=True, eq=False)
class LapPart:
    """What a patch gave to a lap: samples (4, n) from a film sample on, the settings' version, steps and time."""

    start: int
    samples: NDArray[np.float32]
    version: int
    steps: int
    patch_ms: float
    is_picture_late: bool


class KeptLap:
    """The parts of the lap that is made now, or was made last. Belongs to the generation thread."""

    def __init__(self) -> None:
        self._lap: Lap | None = None
        self._parts: list[LapPart] = []

    def begin(self, lap: Lap | None) -> None:
        """Keep another lap, which begins at its start; None: a take begins, perhaps in the middle of a lap."""
        self._parts.clear()
        is_short = lap is not None and lap.end - lap.back_to <= _LONGEST_SAMPLES
        self._lap = lap if is_short else None

    def add(self, part: LapPart) -> None:
        """Add what was made next."""
        if self._lap is not None:
            self._parts.append(part)

    def holds(self, lap: Lap) -> bool:
        """Return whether all of a lap is there."""
        if self._lap != lap or not self._parts:
            return False
        last = self._parts[-1]
        return self._parts[0].start == lap.back_to and last.start + last.samples.shape[1] == lap.end

    def whole(self) -> LapPart:
        """Return the lap as one part: it fills fewer places of the ring than its pieces."""
        parts = self._parts
        if len(parts) > 1:
            whole = replace(
                parts[0],  # with the oldest settings: it is made again if they changed in its middle
                samples=np.concatenate([part.samples for part in parts], axis=1),
                steps=min(part.steps for part in parts),
                is_picture_late=any(part.is_picture_late for part in parts),
            )
            self._parts = [whole]
        return self._parts[0]

    def is_as_wanted(self, version: int, steps: int) -> bool:
        """Return whether making it again could not make it better: same settings, as many steps, pictures in time."""
        return all(p.version == version and p.steps >= steps and not p.is_picture_late for p in self._parts)
