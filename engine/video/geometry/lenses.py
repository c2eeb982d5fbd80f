"""Pictures of lenses: two fisheyes side by side, and an ordinary film placed in front."""

from dataclasses import dataclass

import numpy as np

from engine.contract.video import USUAL_FOV_DEG, Projection
from engine.video.geometry.placement import Places, inside
from engine.video.geometry.rays import Rays


@dataclass(frozen=True)
class DualFisheye:
    """Two circles side by side; the right one looks to the front, the left one back (as FFmpeg's dfisheye).

    Equal steps from a circle's middle are equal angles, up to half of `fov_deg` at its edge. `shown_aspect` is the
    width of the whole displayed picture over its height, whatever its pixels: a circle just fits into its half.
    """

    fov_deg: float = USUAL_FOV_DEG[Projection.FISHEYE]
    shown_aspect: float = 2.0
    parts: tuple[int, int] = (2, 1)
    wraps: bool = False

    def _radii(self, width: int, height: int) -> tuple[float, float]:
        pixel_aspect = self.shown_aspect * height / width
        across = min(width / 2.0, height / pixel_aspect) / 2.0
        return across, across * pixel_aspect

    def pixels_around(self, width: int, height: int) -> tuple[float, float]:
        """Return the number of pixels in a full turn."""
        across, down = self._radii(width, height)
        return across * 720.0 / self.fov_deg, down * 720.0 / self.fov_deg

    def places(self, rays: Rays, width: int, height: int) -> Places:
        """Return the positions of rays: each in the circle that looks its way."""
        in_front = rays.x >= 0.0
        off_axis = np.arctan2(np.hypot(rays.y, rays.z), np.abs(rays.x))
        aside = np.maximum(np.hypot(rays.y, rays.z), np.float32(1e-9))
        reach = off_axis * np.float32(2.0 / np.deg2rad(self.fov_deg)) / aside
        across, down = self._radii(width, height)
        # From the front lens, left is left; the lens that looks back has it on its right.
        to_right = np.where(in_front, -rays.y, rays.y) * reach
        half = width / 2.0
        x = inside(np.float32(half / 2.0 - 0.5) + to_right * np.float32(across), half)
        x += np.where(in_front, np.float32(half), np.float32(0.0))
        y = inside(np.float32(height / 2.0 - 0.5) - rays.z * reach * np.float32(down), height)
        if self.fov_deg >= 180.0:
            return Places(x, y)
        return Places(x, y, off_axis <= np.deg2rad(self.fov_deg / 2.0))


@dataclass(frozen=True)
class Flat:
    """An ordinary picture that fills `fov_deg` of the horizon in front; `shown_aspect` as above."""

    fov_deg: float = USUAL_FOV_DEG[Projection.FLAT]
    shown_aspect: float = 16.0 / 9.0
    parts: tuple[int, int] = (1, 1)
    wraps: bool = False

    def _focals(self, width: int, height: int) -> tuple[float, float]:
        across = width / 2.0 / float(np.tan(np.deg2rad(self.fov_deg) / 2.0))
        return across, across * self.shown_aspect * height / width

    def pixels_around(self, width: int, height: int) -> tuple[float, float]:
        """Return the number of pixels in a full turn, as in the picture's middle."""
        across, down = self._focals(width, height)
        return 2.0 * np.pi * across, 2.0 * np.pi * down

    def places(self, rays: Rays, width: int, height: int) -> Places:
        """Return the positions of rays; those beside the picture or behind are not shown."""
        across, down = self._focals(width, height)
        ahead = np.maximum(rays.x, np.float32(1e-6))
        right, below = -rays.y / ahead * np.float32(across), -rays.z / ahead * np.float32(down)
        shown = (rays.x > 0.0) & (np.abs(right) <= width / 2.0) & (np.abs(below) <= height / 2.0)
        x = inside(right + np.float32(width / 2.0 - 0.5), width)
        y = inside(below + np.float32(height / 2.0 - 0.5), height)
        return Places(x, y, shown)
