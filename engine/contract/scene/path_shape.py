"""A lane's path at many times at once: for drawing it, and for comparing it with a hand."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.contract.control import PathInterpolation
from engine.contract.directions import slerp, unit_vectors
from engine.contract.scene.place import Keyframe, LanePath

_OPPOSITE: Final = 1e-6


class PathShape:
    """The values of a path between its keyframes; `LanePath.directions` gives the same for one time."""

    def __init__(self, path: LanePath) -> None:
        frames = path.keyframes
        self._samples = np.array([frame.at_sample for frame in frames], float)
        self._distances = np.array([frame.distance_m for frame in frames])
        self._interpolation = path.interpolation
        self._azimuths = np.deg2rad([frame.direction.azimuth_deg for frame in frames])
        self._elevations = np.deg2rad([frame.direction.elevation_deg for frame in frames])
        self.vectors = unit_vectors(self._azimuths, self._elevations)

    def vectors_at(self, samples: ArrayLike) -> NDArray[np.float64]:
        """Return the unit vectors (n, 3) x, y, z at samples (n,) of the film."""
        before, after, share = self._between(np.asarray(samples, float))
        if self._interpolation is PathInterpolation.AZIMUTH_ELEVATION:
            turn = self._azimuths[after] - self._azimuths[before]
            turn = np.where(np.abs(turn) > np.pi, turn - np.copysign(2.0 * np.pi, turn), turn)
            elevation = self._elevations[before] + share * (self._elevations[after] - self._elevations[before])
            return unit_vectors(self._azimuths[before] + share * turn, elevation)
        return self._along_great_circles(before, after, share)

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

    def _along_great_circles(
        self, before: NDArray[np.intp], after: NDArray[np.intp], share: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        a, b = self.vectors[before], self.vectors[after]
        cosine = np.sum(a * b, axis=-1)
        side = b - cosine[:, None] * a
        sine = np.linalg.norm(side, axis=-1)
        turn = share * np.arctan2(sine, cosine)
        side /= np.maximum(sine, 1e-300)[:, None]
        found: NDArray[np.float64] = np.cos(turn)[:, None] * a + np.sin(turn)[:, None] * side
        for k in np.flatnonzero((sine < _OPPOSITE) & (before != after)):  # opposite or equal places
            found[k] = slerp(a[k], b[k], float(share[k]))
        return found


def off_deg(frames: tuple[Keyframe, Keyframe], interpolation: PathInterpolation, seen: list[Keyframe]) -> float:
    """Return how far a straight piece of path runs at most from places that it should pass, in degrees."""
    at = PathShape(LanePath(frames, interpolation)).vectors_at([frame.at_sample for frame in seen])
    angles = [frame.direction for frame in seen]
    wanted = unit_vectors(np.deg2rad([d.azimuth_deg for d in angles]), np.deg2rad([d.elevation_deg for d in angles]))
    chord = float(np.max(np.linalg.norm(at - wanted, axis=-1)))
    return float(np.rad2deg(2.0 * np.arcsin(min(1.0, 0.5 * chord))))
