"""From the place that a film shows, picture by picture, to things that are seen for a while."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.control import DirectionPath, PathInterpolation, PathPoint
from engine.contract.conventions import CONDITIONING_FPS, SAMPLE_RATE_HZ
from engine.contract.directions import Direction, angle_between
from engine.contract.scene.checks import samples_of
from engine.contract.scene.hand_path import thinned
from engine.contract.scene.place import USUAL_DISTANCE_M, Keyframe
from engine.contract.seen import SeenThing

_SURE: Final = 0.7
"""Length of the mean direction from which on a picture counts."""
_MOVES: Final = 1.0
"""Motion from which on a thing moves, in logits (`FilmPlace.motion`)."""
_JUMP_DEG: Final = 40.0
"""A larger step within a quarter of a second is something else."""
_GAP_S: Final = 1.0
"""A thing that is unsure for no longer than this is still the same."""
_LEAST_S: Final = 1.5
_WITHIN_DEG: Final = 8.0
"""Half of a cell of the grid on which the place is known."""


@dataclass(frozen=True, eq=False)
class Sight:
    """One picture: its time, the mean direction (3,), whose length says how sure it is, and how much moves there."""

    t_s: float
    expected: NDArray[np.float64]
    motion: float

    @property
    def counts(self) -> bool:
        """Whether something moves there for sure."""
        return self.motion >= _MOVES and float(np.linalg.norm(self.expected)) >= _SURE


def things_in(sights: Iterable[Sight]) -> Iterator[SeenThing]:
    """Yield what moves in one place, or along a path, for at least 1.5 s; sights are in the order of time."""
    run: list[Sight] = []
    for sight in sights:
        if not sight.counts:
            continue
        if run and (sight.t_s - run[-1].t_s > _GAP_S or _is_another(run[-1], sight)):
            yield from _thing(run)
            run = []
        run.append(sight)
    yield from _thing(run)


def _is_another(before: Sight, after: Sight) -> bool:
    return bool(np.rad2deg(angle_between(before.expected, after.expected)) > _JUMP_DEG)


def _thing(run: list[Sight]) -> Iterator[SeenThing]:
    if not run:
        return
    start_s, end_s = run[0].t_s, run[-1].t_s + 1.0 / CONDITIONING_FPS
    if end_s - start_s < _LEAST_S:
        return
    frames = tuple(Keyframe(samples_of(sight.t_s), Direction.of(sight.expected), USUAL_DISTANCE_M) for sight in run)
    kept = thinned(frames, PathInterpolation.GREAT_CIRCLE, _WITHIN_DEG)
    points = tuple(PathPoint(frame.at_sample / SAMPLE_RATE_HZ, frame.direction) for frame in kept)
    yield SeenThing(start_s, end_s, DirectionPath(points, PathInterpolation.GREAT_CIRCLE))
