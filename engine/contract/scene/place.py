"""The place of a lane over time: keyframes on the sphere, with distance."""

import bisect
import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from engine.contract.control import DirectionPath, PathInterpolation, PathPoint
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import Direction
from engine.contract.errors import SceneError
from engine.contract.scene.checks import MOST_KEYFRAMES, check_all, check_most, check_number, check_time

USUAL_DISTANCE_M: Final = 2.0
"""The distance at which a lane has the loudness that its gain says."""
NEAREST_M: Final = 0.1
FARTHEST_M: Final = 1_000.0


@dataclass(frozen=True)
class Keyframe:
    """A direction and a distance in metres at a sample of the film. Raises SceneError if a value is out of range."""

    at_sample: int
    direction: Direction
    distance_m: float = USUAL_DISTANCE_M

    def __post_init__(self) -> None:
        """Check the values."""
        check_time(self.at_sample, "The time of a keyframe")
        if not isinstance(self.direction, Direction):
            raise SceneError("A keyframe has no direction.")
        check_number(self.distance_m, NEAREST_M, FARTHEST_M, "The distance of a keyframe in metres")


@dataclass(frozen=True)
class LanePath:
    """A place over time, constant before its first and after its last keyframe.

    Two keyframes at the same sample are a cut: the second holds from there on. Raises SceneError if there is no
    keyframe, if there are more than 20,000, or if their times decrease.
    """

    keyframes: tuple[Keyframe, ...]
    interpolation: PathInterpolation = PathInterpolation.AZIMUTH_ELEVATION

    def __post_init__(self) -> None:
        """Check the keyframes."""
        check_all(self.keyframes, Keyframe, "keyframes of a path")
        check_most(self.keyframes, MOST_KEYFRAMES, "keyframes in one path")
        if not self.keyframes:
            raise SceneError("A path needs at least one keyframe.")
        if not isinstance(self.interpolation, PathInterpolation):
            raise SceneError("The interpolation of a path is not known.")
        if any(b.at_sample < a.at_sample for a, b in itertools.pairwise(self.keyframes)):
            raise SceneError("The times of a path must not decrease: sort its keyframes by time.")

    @classmethod
    def fixed(cls, direction: Direction, distance_m: float = USUAL_DISTANCE_M) -> "LanePath":
        """Return a path that stays in one place."""
        return cls((Keyframe(0, direction, distance_m),))

    @property
    def is_fixed(self) -> bool:
        """Whether it has one keyframe and never moves."""
        return len(self.keyframes) == 1

    @cached_property
    def directions(self) -> DirectionPath:
        """The directions over the time of the film in seconds."""
        points = (PathPoint(frame.at_sample / SAMPLE_RATE_HZ, frame.direction) for frame in self.keyframes)
        return DirectionPath(tuple(points), self.interpolation)

    def distance_m_at(self, sample: float) -> float:
        """Return the distance in metres at a sample of the film, interpolated linearly."""
        after = bisect.bisect_right(self._samples, sample)
        before = self.keyframes[max(after - 1, 0)]
        if after in (0, len(self.keyframes)):
            return before.distance_m
        then = self.keyframes[after]
        fraction = (sample - before.at_sample) / (then.at_sample - before.at_sample)
        return before.distance_m + fraction * (then.distance_m - before.distance_m)

    @cached_property
    def _samples(self) -> list[int]:
        return [frame.at_sample for frame in self.keyframes]
