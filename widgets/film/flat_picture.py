"""The film's picture as a flat view on the processor, with its horizon corrected."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.contract.video import UPRIGHT, Pose, pose_turn
from engine.contract.view import ViewOrientation, head_axes, view_of_axes

ScreenView = Callable[[NDArray[np.uint8], ViewOrientation, float, tuple[int, int]], NDArray[np.uint8]]
"""(equirectangular picture (H, W, 4), view, horizontal field in radians, (width, height)) -> flat view
(height, width, 4). Both hold pixels as `QImage.Format.Format_RGB32` does: blue, green, red, 255."""


class FlatPicture:
    """Holds the newest picture; it is projected again only if something has changed."""

    def __init__(self, screen_view: ScreenView) -> None:
        self._screen_view = screen_view
        self._flat: NDArray[np.uint8] | None = None
        self._frame: NDArray[np.uint8] | None = None
        self._horizon = UPRIGHT

    @property
    def frame(self) -> NDArray[np.uint8] | None:
        """The newest picture (H, W, 4), as it is in the film."""
        return self._frame

    @property
    def upright(self) -> NDArray[np.float64]:
        """The matrix (3, 3) from a direction of the scene to its place in the film's own sphere."""
        return pose_turn(self._horizon).T

    def set_frame(self, frame: NDArray[np.uint8] | None) -> None:
        """Take a picture (H, W, 4), or none."""
        self._frame, self._flat = frame, None

    def set_horizon(self, horizon: Pose) -> None:
        """Turn every picture by a pose."""
        self._horizon, self._flat = horizon, None

    def forget(self) -> None:
        """Project again: the view has changed."""
        self._flat = None

    def seen(self, view: ViewOrientation, fov_rad: float, size_wh: tuple[int, int]) -> NDArray[np.uint8] | None:
        """Return the flat view (h, w, 4), None without a picture."""
        if self._frame is None:
            return None
        if self._flat is None or self._flat.shape[1::-1] != size_wh:
            in_film = view if self._horizon == UPRIGHT else view_of_axes(self.upright @ head_axes(view))
            self._flat = self._screen_view(self._frame, in_film, fov_rad, size_wh)
        return self._flat
