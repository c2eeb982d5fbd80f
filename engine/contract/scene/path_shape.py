"""A lane's path at many times at once: for drawing it, and for comparing it with a hand."""

import bisect
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.contract.control import PathInterpolation
from engine.contract.directions import slerp, unit_vectors
from engine.contract.scene.place import Keyframe, LanePath

_OPPOSITE: Final = 1e-6


class PathShape:
    """The values of a path between its keyframes; `LanePath.directions` gives the same for one time.

    `angles` (n, 2) are azimuth and elevation of the keyframes in radians, `vectors` (n, 3) their unit vectors.
    """

    def __init__(self, path: LanePath) -> None:
        frames = path.keyframes
        self._times = [frame.at_sample for frame in frames]
        self._samples = np.array(self._times, float)
        self._distances = np.array([frame.distance_m for frame in frames])
        self.is_great_circle = path.interpolation is PathInterpolation.GREAT_CIRCLE
        self.angles = np.deg2rad([(f.direction.azimuth_deg, f.direction.elevation_deg) for f in frames])
        self.vectors = unit_vectors(self.angles[:, 0], self.angles[:, 1])

    def vectors_at(self, samples: ArrayLike) -> NDArray[np.float64]:
        """Return the unit vectors (n, 3) x, y, z at samples (n,) of the film."""
        before, after, share = self._between(np.asarray(samples, float))
        if self.is_great_circle:
            return _along_great_circles(self.vectors[before], self.vectors[after], share)
        return _along_angles(self.angles[before], self.angles[after], share)

    def distances_m_at(self, samples: ArrayLike) -> NDArray[np.float64]:
        """Return the distances (n,) in metres at samples (n,) of the film."""
        before, after, share = self._between(np.asarray(samples, float))
        distances: NDArray[np.float64] = (1.0 - share) * self._distances[before] + share * self._distances[after]
        return distances

    def _between(self, samples: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
        """Return for each time the keyframes on both sides, and how far it is from the first to the second, 0 to 1."""
        last = len(self._samples) - 1
        found = np.searchsorted(self._samples, samples, side="right")
        before, after = np.clip(found - 1, 0, last), np.clip(found, 0, last)
        after = np.where(found == 0, before, after)
        length = self._samples[after] - self._samples[before]
        share = np.where(length > 0.0, (samples - self._samples[before]) / np.maximum(length, 1.0), 0.0)
        return before, after, share

    def around(self, sample: int) -> tuple[int, int, float]:
        """Return the keyframes on both sides of one time, and how far it is from the first to the second, 0 to 1."""
        found = bisect.bisect_right(self._times, sample)
        before, after = max(found - 1, 0), min(found, len(self._times) - 1)
        if found == 0 or before == after:
            return before, before, 0.0
        start, end = self._times[before], self._times[after]
        return before, after, (sample - start) / (end - start)


def places_of(shapes: Sequence[PathShape], sample: int) -> NDArray[np.float64]:
    """Return the unit vectors (n, 3) x, y, z of several paths at one sample of the film."""
    around = [shape.around(sample) for shape in shapes]
    share = np.array([part for _, _, part in around])
    starts = [(shape.angles[k], shape.vectors[k]) for shape, (k, _, _) in zip(shapes, around, strict=True)]
    ends = [(shape.angles[k], shape.vectors[k]) for shape, (_, k, _) in zip(shapes, around, strict=True)]
    curved = np.array([shape.is_great_circle for shape in shapes])[:, None]
    circles = _along_great_circles(np.array([v for _, v in starts]), np.array([v for _, v in ends]), share)
    straight = _along_angles(np.array([a for a, _ in starts]), np.array([a for a, _ in ends]), share)
    return np.where(curved, circles, straight)


def _along_angles(
    before: NDArray[np.float64], after: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return unit vectors (n, 3) between azimuths and elevations (n, 2) in radians; azimuth takes the short way."""
    turn = after[:, 0] - before[:, 0]
    turn = np.where(np.abs(turn) > np.pi, turn - np.copysign(2.0 * np.pi, turn), turn)
    return unit_vectors(before[:, 0] + share * turn, before[:, 1] + share * (after[:, 1] - before[:, 1]))


def _along_great_circles(
    a: NDArray[np.float64], b: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return unit vectors (n, 3) between unit vectors (n, 3)."""
    cosine = np.sum(a * b, axis=-1)
    side = b - cosine[:, None] * a
    sine = np.linalg.norm(side, axis=-1)
    turn = share * np.arctan2(sine, cosine)
    side /= np.maximum(sine, 1e-300)[:, None]
    found: NDArray[np.float64] = np.cos(turn)[:, None] * a + np.sin(turn)[:, None] * side
    for k in np.flatnonzero((sine < _OPPOSITE) & (share > 0.0)):  # opposite or equal places
        found[k] = slerp(a[k], b[k], float(share[k]))
    return found


def off_deg(frames: tuple[Keyframe, Keyframe], interpolation: PathInterpolation, seen: list[Keyframe]) -> float:
    """Return how far a straight piece of path runs at most from places that it should pass, in degrees."""
    at = PathShape(LanePath(frames, interpolation)).vectors_at([frame.at_sample for frame in seen])
    angles = [frame.direction for frame in seen]
    wanted = unit_vectors(np.deg2rad([d.azimuth_deg for d in angles]), np.deg2rad([d.elevation_deg for d in angles]))
    chord = float(np.max(np.linalg.norm(at - wanted, axis=-1)))
    return float(np.rad2deg(2.0 * np.arcsin(min(1.0, 0.5 * chord))))
