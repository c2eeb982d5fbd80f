"""The directions of the pixels of an equirectangular picture, in the film's own sphere."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.contract.directions import equirectangular_to_direction
from engine.contract.video import UPRIGHT, Pose, pose_turn


@dataclass(frozen=True, eq=False)
class Rays:
    """Unit vectors, x front, y left, z up: three float32 arrays of one shape."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    z: NDArray[np.float32]

    def dot(self, axis: tuple[int, int, int]) -> NDArray[np.float32]:
        """Return the components of the rays along an axis, which is x, y or z with a sign."""
        along, sign = next((part, step) for part, step in zip((self.x, self.y, self.z), axis, strict=True) if step)
        return along if sign > 0 else -along


def rays_of_rows(width: int, height: int, rows: range, pose: Pose = UPRIGHT) -> Rays:
    """Return the rays (rows, width) of some rows of a picture whose film has to be rotated by `pose`."""
    azimuth, elevation = equirectangular_to_direction(np.arange(width), np.arange(rows.start, rows.stop), width, height)
    level = np.cos(elevation)[:, None].astype(np.float32)
    shape = (len(rows), width)
    x = level * np.cos(azimuth).astype(np.float32)
    y = level * np.sin(azimuth).astype(np.float32)
    z = np.broadcast_to(np.sin(elevation)[:, None].astype(np.float32), shape)
    if pose == UPRIGHT:
        return Rays(x, y, z)
    # Direction d in the rotated sphere is (rotation transposed) d in the film's own.
    turn = pose_turn(pose).astype(np.float32)
    return Rays(*(turn[0, axis] * x + turn[1, axis] * y + turn[2, axis] * z for axis in range(3)))
