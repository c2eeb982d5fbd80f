"""Equirectangular pictures: the whole sphere, half of it (VR180), or any part between two azimuths and elevations."""

from dataclasses import dataclass

import numpy as np

from engine.contract.video import WHOLE_SPHERE, Bounds
from engine.video.geometry.placement import Places, inside
from engine.video.geometry.rays import Rays

_TURN_DEG = 360.0


@dataclass(frozen=True)
class Section:
    """The part of the sphere within `bounds`; the rest is not shown."""

    bounds: Bounds = WHOLE_SPHERE
    parts: tuple[int, int] = (1, 1)

    @property
    def across_deg(self) -> float:
        """The degrees of azimuth that the picture covers."""
        return self.bounds.left_deg - self.bounds.right_deg

    @property
    def down_deg(self) -> float:
        """The degrees of elevation that the picture covers."""
        return self.bounds.top_deg - self.bounds.bottom_deg

    @property
    def wraps(self) -> bool:
        """Whether it covers a full turn."""
        return self.across_deg >= _TURN_DEG

    def pixels_around(self, width: int, height: int) -> tuple[float, float]:
        """Return the number of pixels in a full turn."""
        return width * _TURN_DEG / self.across_deg, height * _TURN_DEG / self.down_deg

    def places(self, rays: Rays, width: int, height: int) -> Places:
        """Return the positions of rays."""
        azimuth = np.rad2deg(np.arctan2(rays.y, rays.x))
        elevation = np.rad2deg(np.arctan2(rays.z, np.hypot(rays.x, rays.y)))
        right_of_left = np.mod(np.float32(self.bounds.left_deg) - azimuth, np.float32(_TURN_DEG))
        below_top = np.float32(self.bounds.top_deg) - elevation
        x = right_of_left * np.float32(width / self.across_deg) - np.float32(0.5)
        y = inside(below_top * np.float32(height / self.down_deg) - np.float32(0.5), height)
        if self.bounds == WHOLE_SPHERE:
            return Places(x, y)
        shown = (below_top >= 0.0) & (below_top <= self.down_deg)
        if not self.wraps:
            shown &= right_of_left <= self.across_deg
            x = inside(x, width)
        return Places(x, y, shown)
