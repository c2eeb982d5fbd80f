"""The user's requests to the generator, live or offline."""

import bisect
import itertools
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.contract.directions import Direction, between_angles, slerp
from engine.contract.errors import InvalidInputError
from engine.contract.guidance import DEFAULT_GUIDANCE, Guidance


@dataclass(frozen=True)
class Prompt:
    """A text prompt; empty text means "no text: the sound follows the picture alone".

    `beside` are more texts that sound at the same time, each with its weight. Their meanings are mixed by weight.
    """

    text: str = ""
    weight: float = 1.0
    beside: tuple[tuple[str, float], ...] = ()

    @property
    def parts(self) -> tuple[tuple[str, float], ...]:
        """The texts that count and their weights: those with words and a weight above 0."""
        every = ((self.text, self.weight), *self.beside)
        return tuple((text.strip(), weight) for text, weight in every if text.strip() and weight > 0.0)


@dataclass(frozen=True)
class PathPoint:
    """A direction at a time of the film."""

    t_s: float
    direction: Direction


class PathInterpolation(Enum):
    """How a path is interpolated: straight lines in azimuth and elevation, or the great circle."""

    AZIMUTH_ELEVATION = "azimuth-elevation"
    GREAT_CIRCLE = "great-circle"


@dataclass(frozen=True)
class DirectionPath:
    """A drawn direction over time, constant before its first and after its last point.

    Two points at the same time are a cut: the second holds from that time on. Raises InvalidInputError if there is no
    point or if the times decrease.
    """

    points: tuple[PathPoint, ...]
    interpolation: PathInterpolation = PathInterpolation.AZIMUTH_ELEVATION

    def __post_init__(self) -> None:
        """Check the points."""
        if not self.points:
            raise InvalidInputError("A direction path needs at least one point.")
        if not np.all(np.isfinite(self._times)) or any(b < a for a, b in itertools.pairwise(self._times)):
            raise InvalidInputError("The times of a direction path must not decrease: sort its points by time.")

    @classmethod
    def fixed(cls, direction: Direction) -> "DirectionPath":
        """Return a path that stays in one direction."""
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
    """One more source beside the main prompt: its words, its place, and its level in the mix.

    `lane_id` (1 or more) identifies it during playback; with the take's seed it also selects the lane's noise. A lane
    follows its words alone, not the film. Raises InvalidInputError if it has no words, or if its number or gain
    is out of range.
    """

    lane_id: int
    prompt: Prompt
    path: DirectionPath | None = None
    gain_db: float = 0.0

    def __post_init__(self) -> None:
        """Check the values."""
        if self.lane_id < 1:
            raise InvalidInputError(f"A lane cannot have the number {self.lane_id}: numbers start at 1.")
        if not self.prompt.text.strip():
            raise InvalidInputError("A lane needs words: write what should be heard there.")
        if not -60.0 <= self.gain_db <= 20.0:
            raise InvalidInputError(f"A gain of {self.gain_db:g} dB cannot be used for a lane: choose -60 to 20 dB.")


@dataclass(frozen=True)
class GenerationSettings:
    """Everything that the user can control: one frozen value, replaced as a whole and read once per patch.

    `steps` is the number of flow-matching steps per patch, or None to let the engine adapt it to the clock. `guidance`
    weighs how strongly the sampler follows what is asked for. With `exact_direction` the field is rotated to the path;
    the model alone would miss it. `gain_db` is the level of the prompt's own source; `lanes` are more sources. Raises
    InvalidInputError if a value is out of range.
    """

    prompt: Prompt = Prompt()
    path: DirectionPath | None = None
    seed: int = 0
    steps: int | None = None
    guidance: Guidance = DEFAULT_GUIDANCE
    exact_direction: bool = True
    lanes: tuple[Lane, ...] = ()
    gain_db: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not -60.0 <= self.gain_db <= 20.0:
            raise InvalidInputError(f"A gain of {self.gain_db:g} dB cannot be used for a prompt: choose -60 to 20 dB.")
        if self.steps is not None and not 1 <= self.steps <= 64:
            raise InvalidInputError(f"{self.steps} flow steps per patch cannot be used: choose 1 to 64.")
        if not 0 <= self.seed < 2**31:
            raise InvalidInputError(f"Seed {self.seed} cannot be used: choose 0 to 2147483647.")
        if len({lane.lane_id for lane in self.lanes}) < len(self.lanes):
            raise InvalidInputError("Two lanes have the same number: give each a different one.")


@dataclass(frozen=True)
class SettingsChange:
    """An entry of a take's log: these settings hold from this patch on."""

    epoch: int
    patch_index: int
    settings: GenerationSettings
