"""What a person asks of the generator, live or offline."""

import bisect
import itertools
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import (
    DEFAULT_GUIDANCE_AFRESH,
    DEFAULT_GUIDANCE_CONTEXT,
    DEFAULT_GUIDANCE_DIRECTION,
    DEFAULT_GUIDANCE_PLAN,
    DEFAULT_GUIDANCE_PROMPT,
)
from engine.contract.directions import Direction, between_angles, slerp
from engine.contract.errors import InvalidInputError


@dataclass(frozen=True)
class Prompt:
    """A text prompt; empty text means "no text: listen to the picture alone"."""

    text: str = ""
    weight: float = 1.0


@dataclass(frozen=True)
class PathPoint:
    """A direction at a time of the film."""

    t_s: float
    direction: Direction


class PathInterpolation(Enum):
    """What lies between two points of a path: straight lines of azimuth and of elevation, or the great circle."""

    AZIMUTH_ELEVATION = "azimuth-elevation"
    GREAT_CIRCLE = "great-circle"


@dataclass(frozen=True)
class DirectionPath:
    """A drawn direction over time, held before its first and after its last point.

    Two points at one time are a cut: the second holds from that time on. Raises InvalidInputError if there is no point
    or if times go back.
    """

    points: tuple[PathPoint, ...]
    interpolation: PathInterpolation = PathInterpolation.AZIMUTH_ELEVATION

    def __post_init__(self) -> None:
        """Check the points."""
        if not self.points:
            raise InvalidInputError("A direction path needs at least one point.")
        if not np.all(np.isfinite(self._times)) or any(b < a for a, b in itertools.pairwise(self._times)):
            raise InvalidInputError("The times of a direction path must not go back: put its points in order.")

    @classmethod
    def fixed(cls, direction: Direction) -> "DirectionPath":
        """Return a path that stays at one direction."""
        return cls((PathPoint(0.0, direction),))

    @cached_property
    def _times(self) -> list[float]:
        return [point.t_s for point in self.points]

    def at(self, t_s: float) -> NDArray[np.float64]:
        """Return the unit vector (3,) x, y, z at a time in seconds."""
        after = bisect.bisect_right(self._times, t_s)
        before = self.points[max(after - 1, 0)]
        if after in (0, len(self.points)):
            return before.direction.unit_vector()
        then = self.points[after]
        fraction = (t_s - before.t_s) / (then.t_s - before.t_s)
        if self.interpolation is PathInterpolation.GREAT_CIRCLE:
            return slerp(before.direction.unit_vector(), then.direction.unit_vector(), fraction)
        return between_angles(before.direction, then.direction, fraction).unit_vector()


@dataclass(frozen=True)
class Lane:
    """One more source beside the main prompt: what it is, where it is, how loud it is mixed in.

    `lane_id` (1 or more) is its name while it plays; with the take's seed it also picks the lane's noise. A lane
    listens to its words alone, not to the film. Raises InvalidInputError where it has no words, or number or gain
    are out of range.
    """

    lane_id: int
    prompt: Prompt
    path: DirectionPath | None = None
    gain_db: float = 0.0

    def __post_init__(self) -> None:
        """Check the values."""
        if self.lane_id < 1:
            raise InvalidInputError(f"A lane cannot have the number {self.lane_id}: count from 1.")
        if not self.prompt.text.strip():
            raise InvalidInputError("A lane needs words: write what should be heard there.")
        if not -60.0 <= self.gain_db <= 20.0:
            raise InvalidInputError(f"A gain of {self.gain_db:g} dB cannot be used for a lane: choose -60 to 20.")


@dataclass(frozen=True)
class GenerationSettings:
    """Everything that a person can steer; one frozen value, replaced as a whole (read once a patch).

    `steps` is the number of flow-matching steps a patch, or None to let the engine adapt it to the clock. With
    `exact_direction` the field is turned to the path, where the model alone would miss it. `gain_db` is the level of
    the prompt's own source, `lanes` are more sources. Raises InvalidInputError if a value is out of range.
    """

    prompt: Prompt = Prompt()
    path: DirectionPath | None = None
    seed: int = 0
    steps: int | None = None
    guidance_prompt: float = DEFAULT_GUIDANCE_PROMPT
    guidance_afresh: float = DEFAULT_GUIDANCE_AFRESH
    guidance_direction: float = DEFAULT_GUIDANCE_DIRECTION
    guidance_context: float = DEFAULT_GUIDANCE_CONTEXT
    guidance_plan: float = DEFAULT_GUIDANCE_PLAN
    exact_direction: bool = True
    lanes: tuple[Lane, ...] = ()
    gain_db: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not -60.0 <= self.gain_db <= 20.0:
            raise InvalidInputError(f"A gain of {self.gain_db:g} dB cannot be used for a prompt: choose -60 to 20.")
        if self.steps is not None and not 1 <= self.steps <= 64:
            raise InvalidInputError(f"{self.steps} flow steps per patch cannot be used: choose 1 to 64.")
        if not 0 <= self.seed < 2**31:
            raise InvalidInputError(f"Seed {self.seed} cannot be used: choose 0 to 2147483647.")
        if len({lane.lane_id for lane in self.lanes}) < len(self.lanes):
            raise InvalidInputError("Two lanes have the same number: give each its own.")


@dataclass(frozen=True)
class SettingsChange:
    """A line of a take's log: these settings hold from this patch on."""

    epoch: int
    patch_index: int
    settings: GenerationSettings
