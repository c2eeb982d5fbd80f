"""Directions: azimuth 0 = front, + = left; elevation + = up; equirectangular pixels; great circles.

Vectors are in the order x (front), y (left), z (up), never in ACN order.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.contract.errors import InvalidInputError


@dataclass(frozen=True)
class Direction:
    """A direction in the scene.

    Raises InvalidInputError if azimuth is outside -180..180 or elevation outside -90..90 degrees, or not finite.
    """

    azimuth_deg: float
    elevation_deg: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not (np.isfinite(self.azimuth_deg) and -180.0 <= self.azimuth_deg <= 180.0):
            raise InvalidInputError(
                f"Azimuth {self.azimuth_deg:g} is not between -180 and 180 degrees (0 is the front, + is left)."
            )
        if not (np.isfinite(self.elevation_deg) and -90.0 <= self.elevation_deg <= 90.0):
            raise InvalidInputError(f"Elevation {self.elevation_deg:g} is not between -90 and 90 degrees (+ is up).")

    @classmethod
    def wrapped(cls, azimuth_deg: float, elevation_deg: float = 0.0) -> "Direction":
        """Return a direction whose azimuth may also be up to 360 degrees: 350 is -10.

        Raises InvalidInputError as Direction does.
        """
        return cls(azimuth_deg - 360.0 if 180.0 < azimuth_deg <= 360.0 else azimuth_deg, elevation_deg)

    @classmethod
    def of(cls, vector: ArrayLike) -> "Direction":
        """Return the direction of a vector (3,) x, y, z of any length above 0."""
        azimuth_rad, elevation_rad = azimuth_elevation(vector)
        return cls(float(np.rad2deg(azimuth_rad)), float(np.rad2deg(elevation_rad)))

    def unit_vector(self) -> NDArray[np.float64]:
        """Return the unit vector (3,) x, y, z."""
        return unit_vectors(np.deg2rad(self.azimuth_deg), np.deg2rad(self.elevation_deg))


def unit_vectors(azimuth_rad: ArrayLike, elevation_rad: ArrayLike) -> NDArray[np.float64]:
    """Return unit vectors (..., 3) x, y, z of azimuths and elevations in radians."""
    az, el = np.broadcast_arrays(np.asarray(azimuth_rad, float), np.asarray(elevation_rad, float))
    return np.stack([np.cos(az) * np.cos(el), np.sin(az) * np.cos(el), np.sin(el)], axis=-1)


def azimuth_elevation(vectors: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return azimuth and elevation in radians of vectors (..., 3) of any length; a zero vector gives 0, 0."""
    v = np.asarray(vectors, float)
    horizontal = np.hypot(v[..., 0], v[..., 1])
    return np.arctan2(v[..., 1], v[..., 0]), np.arctan2(v[..., 2], horizontal)


def angle_between(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Return the great-circle angle in radians between vectors (..., 3), exact for small and large angles."""
    u, v = np.asarray(a, float), np.asarray(b, float)
    angle: NDArray[np.float64] = np.arctan2(np.linalg.norm(cross(u, v), axis=-1), np.sum(u * v, axis=-1))
    return angle


def cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cross products of vectors (..., 3), the same as numpy's own and much quicker for single ones."""
    x, y, z = a[..., 0], a[..., 1], a[..., 2]
    u, v, w = b[..., 0], b[..., 1], b[..., 2]
    parts = (y * w - z * v, z * u - x * w, x * v - y * u)
    return np.array(parts) if a.ndim == b.ndim == 1 else np.stack(parts, axis=-1)


def slerp(a: ArrayLike, b: ArrayLike, fraction: float) -> NDArray[np.float64]:
    """Return the unit vector at `fraction` (0..1) of the great circle from `a` to `b`, both (3,) unit vectors.

    Opposite points have no unique great circle: the path then passes the left (or the front, for a path along Y).
    """
    u, v = np.asarray(a, float), np.asarray(b, float)
    angle = float(angle_between(u, v))
    if angle < 1e-9:
        return u.copy()
    side = v - np.dot(u, v) * u
    if np.linalg.norm(side) < 1e-6:
        helper = np.array([0.0, 1.0, 0.0]) if abs(u[1]) < 0.9 else np.array([1.0, 0.0, 0.0])
        side = helper - np.dot(u, helper) * u
    side /= np.linalg.norm(side)
    point: NDArray[np.float64] = np.cos(fraction * angle) * u + np.sin(fraction * angle) * side
    return point


def between_angles(a: Direction, b: Direction, fraction: float) -> Direction:
    """Return the direction at `fraction` (0..1) from `a` to `b`, interpolating azimuth and elevation linearly.

    This is how a workstation draws its automation. Azimuth takes the short way: from 170 to -170 through the
    back. Exactly half a turn follows the numbers: from -90 to 90 through the front.
    """
    turn = b.azimuth_deg - a.azimuth_deg
    if abs(turn) > 180.0:
        turn -= np.copysign(360.0, turn)
    azimuth = a.azimuth_deg + fraction * turn
    if abs(azimuth) > 180.0:
        azimuth -= np.copysign(360.0, azimuth)
    elevation = a.elevation_deg + fraction * (b.elevation_deg - a.elevation_deg)
    return Direction(float(azimuth), float(np.clip(elevation, -90.0, 90.0)))


def equirectangular_to_direction(
    x_px: ArrayLike, y_px: ArrayLike, width: int, height: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return azimuth and elevation in radians of the centres of pixels; a quarter of the width is +90 degrees."""
    azimuth = np.pi * (1.0 - 2.0 * (np.asarray(x_px, float) + 0.5) / width)
    elevation = 0.5 * np.pi * (1.0 - 2.0 * (np.asarray(y_px, float) + 0.5) / height)
    return azimuth, elevation


def direction_to_equirectangular(
    azimuth_rad: ArrayLike, elevation_rad: ArrayLike, width: int, height: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (fractional) pixel positions x in [-0.5, width - 0.5) and y of directions in radians."""
    turn = (1.0 - np.asarray(azimuth_rad, float) / np.pi) / 2.0
    x = np.mod(turn, 1.0) * width - 0.5
    y = (1.0 - np.asarray(elevation_rad, float) / (0.5 * np.pi)) / 2.0 * height - 0.5
    return x, y
