"""The film as a small picture under the map of places, with its horizon corrected."""

import time
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from engine.contract.directions import (
    azimuth_elevation,
    direction_to_equirectangular,
    equirectangular_to_direction,
    unit_vectors,
)
from engine.contract.video import UPRIGHT, Pose, pose_turn

_PICTURE_S: Final = 0.2
"""How long a picture of the film stays on the map."""


class MapPicture:
    """Makes a few small pictures per second from those that it is given."""

    def __init__(self) -> None:
        self._frame: NDArray[np.uint8] | None = None
        self._image: QImage | None = None
        self._pixels = np.zeros((0, 0, 4), np.uint8)
        self._made_at_s = 0.0
        self._horizon = UPRIGHT
        self._places: tuple[tuple[object, ...], NDArray[np.intp], NDArray[np.intp]] | None = None

    def set_frame(self, pixels: NDArray[np.uint8] | None) -> bool:
        """Take an equirectangular picture (H, W, 4) uint8, blue, green, red, 255; returns whether it is to be drawn."""
        self._frame = pixels
        if pixels is None or time.monotonic() - self._made_at_s > _PICTURE_S:
            self._image = None
            return True
        return False

    def set_horizon(self, horizon: Pose) -> bool:
        """Turn every picture by a pose; returns whether it is to be drawn."""
        if horizon == self._horizon:
            return False
        self._horizon, self._image = horizon, None
        return True

    def image(self, width_px: float) -> QImage | None:
        """Return the film at about a width, with every so many of its pixels; None without a picture."""
        if self._frame is None:
            return None
        if self._image is None:
            step = max(1, self._frame.shape[1] // max(1, round(width_px)))
            if self._horizon == UPRIGHT:
                self._pixels = np.ascontiguousarray(self._frame[::step, ::step])
            else:
                rows, columns = self._turned_places(self._frame.shape[0], self._frame.shape[1], step)
                self._pixels = self._frame[rows, columns]
            rows_px, columns_px = self._pixels.shape[:2]
            self._image = QImage(self._pixels.data, columns_px, rows_px, 4 * columns_px, QImage.Format.Format_RGB32)
            self._made_at_s = time.monotonic()
        return self._image

    def _turned_places(self, height: int, width: int, step: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the rows and columns of the film, each (h, w), that the small picture shows."""
        key = (self._horizon, height, width, step)
        if self._places is None or self._places[0] != key:
            x, y = np.meshgrid(np.arange(0, width, step), np.arange(0, height, step))
            shown = unit_vectors(*equirectangular_to_direction(x, y, width, height))
            in_film = shown @ pose_turn(self._horizon)
            column, row = direction_to_equirectangular(*azimuth_elevation(in_film), width, height)
            rows = np.clip(np.rint(row), 0, height - 1).astype(np.intp)
            self._places = (key, rows, np.rint(column).astype(np.intp) % width)
        return self._places[1], self._places[2]
