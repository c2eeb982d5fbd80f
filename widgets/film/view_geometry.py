"""Directions of the scene on the flat view and back, with the same geometry as the projection of the picture."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.contract.view import ViewOrientation, head_axes


@dataclass(frozen=True)
class FlatView:
    """A view of `width` x `height` pixels with a horizontal field of `fov_rad`."""

    view: ViewOrientation
    fov_rad: float
    width: int
    height: int

    @cached_property
    def axes(self) -> NDArray[np.float64]:
        """The front, left and up axes of the view as the columns of a (3, 3) matrix."""
        return head_axes(self.view)

    @cached_property
    def focal_px(self) -> float:
        """Distance of the picture plane in pixels."""
        return float(self.width / 2.0 / np.tan(self.fov_rad / 2.0))

    def to_pixels(self, direction: ArrayLike) -> tuple[float, float, bool]:
        """Return x, y of a unit vector (3,) and whether it lies in front of the viewer; behind, it is mirrored."""
        ahead, left, up = self.axes.T @ np.asarray(direction, float)
        scale = self.focal_px / max(abs(ahead), 1e-6)
        return self.width / 2.0 - left * scale, self.height / 2.0 - up * scale, bool(ahead > 0.0)

    def points(self, vectors: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the points (n, 2) of unit vectors (n, 3) in pixels, and which of them (n,) are in the view."""
        seen = vectors @ self.axes
        scale = self.focal_px / np.maximum(np.abs(seen[:, 0]), 1e-6)
        x, y = self.width / 2.0 - seen[:, 1] * scale, self.height / 2.0 - seen[:, 2] * scale
        inside = (seen[:, 0] > 0.0) & (x >= 0.0) & (x < self.width) & (y >= 0.0) & (y < self.height)
        return np.stack([x, y], axis=-1), inside

    def shows(self, x_px: float, y_px: float, is_ahead: bool) -> bool:
        """Return whether what `to_pixels` returned lies inside the view."""
        return is_ahead and 0.0 <= x_px < self.width and 0.0 <= y_px < self.height

    def to_direction(self, x_px: float, y_px: float) -> NDArray[np.float64]:
        """Return the unit vector (3,) under a point of the view."""
        ray = np.array([self.focal_px, self.width / 2.0 - x_px, self.height / 2.0 - y_px])
        turned: NDArray[np.float64] = self.axes @ (ray / np.linalg.norm(ray))
        return turned

    def angle_from_centre_deg(self, direction: ArrayLike) -> float:
        """Return how far a unit vector (3,) lies from the centre of the view, 0 to 180 degrees."""
        ahead = float(np.dot(self.axes[:, 0], np.asarray(direction, float)))
        return float(np.degrees(np.arccos(np.clip(ahead, -1.0, 1.0))))
