"""A source's position over time: still, an arc, an approach, or a pass. In metres, x front, y left, z up."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.directions import unit_vectors

CONTROL_HZ = 25
MOTIONS = ("still", "arc", "approach", "retreat", "pass")
_HIGHEST_RAD = 1.45
_NEAREST_M, _FARTHEST_M = 1.0, 12.0


@dataclass(frozen=True, eq=False)
class Path:
    """Control points (M, 3) in metres at 25 Hz, the first at time zero, with straight lines between them.

    `motion` is one of MOTIONS. Straight ways are exact, and an arc's chords are 0.02 % too near at 60 degrees/s.
    """

    points: NDArray[np.float64]
    motion: str

    @property
    def distance_m(self) -> NDArray[np.float64]:
        """Distances (M,)."""
        distances: NDArray[np.float64] = np.linalg.norm(self.points, axis=1)
        return distances

    @property
    def middle(self) -> NDArray[np.float64]:
        """The unit vector (3,) half-way through the time."""
        point: NDArray[np.float64] = self.points[len(self.points) // 2]
        middle: NDArray[np.float64] = point / np.linalg.norm(point)
        return middle

    def at_patches(self, patches: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return unit vectors (patches, 3) and distances (patches,) in metres at the patches' middles."""
        middles = (np.arange(patches) + 0.5) * PATCH_SAMPLES / SAMPLE_RATE_HZ * CONTROL_HZ
        grid = np.arange(len(self.points))
        points = np.stack([np.interp(middles, grid, self.points[:, i]) for i in range(3)], axis=1)
        distance = np.linalg.norm(points, axis=1)
        return points / distance[:, None], distance


def draw_path(rng: np.random.Generator, seconds: float, moving: float) -> Path:
    """Return a random path; it moves with the chance `moving`."""
    t = np.arange(int(seconds * CONTROL_HZ) + 2) / CONTROL_HZ
    azimuth = rng.uniform(-np.pi, np.pi)
    elevation = float(np.clip(rng.normal(0.0, np.radians(22)), -_HIGHEST_RAD, _HIGHEST_RAD))
    distance = float(np.exp(rng.uniform(np.log(_NEAREST_M), np.log(_FARTHEST_M))))
    if rng.random() >= moving:
        return Path(np.broadcast_to(unit_vectors(azimuth, elevation) * distance, (len(t), 3)).copy(), "still")
    motion = MOTIONS[1:][rng.choice(4, p=[0.5, 0.12, 0.08, 0.3])]
    if motion == "arc":
        speed = np.radians(rng.uniform(10, 60)) * rng.choice([-1, 1])
        swing = elevation + np.radians(10) * np.sin(2 * np.pi * rng.uniform(0.05, 0.2) * t)
        return Path(unit_vectors(azimuth + speed * t, np.clip(swing, -1.5, 1.5)) * distance, motion)
    if motion != "pass":
        far, near = max(distance, 6.0), rng.uniform(_NEAREST_M, 2.0)
        way = np.linspace(far, near, len(t)) if motion == "approach" else np.linspace(near, far, len(t))
        return Path(unit_vectors(azimuth, elevation) * way[:, None], motion)
    closest = unit_vectors(azimuth, elevation / 2) * max(distance / 2, 1.5)
    up = np.array([0.0, 0.0, rng.choice([-1.0, 1.0])]) + rng.normal(0.0, 0.15, 3)
    heading = np.cross(closest, up)
    heading /= np.linalg.norm(heading)
    middle = rng.uniform(0.25, 0.75) * seconds
    return Path(closest + heading * np.exp(rng.uniform(np.log(1.5), np.log(15.0))) * (t - middle)[:, None], motion)
