"""What the viewer sees of an equirectangular picture: a flat view, turned and zoomed, without a seam."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.contract.directions import azimuth_elevation, direction_to_equirectangular
from engine.contract.view import ViewOrientation
from engine.video.opencv import cv2


def view_matrix(view: ViewOrientation) -> NDArray[np.float64]:
    """Return the matrix (3, 3) that takes directions of the view (x ahead, y left, z up) to the scene."""
    cy, sy = np.cos(view.yaw_rad), np.sin(view.yaw_rad)
    cp, sp = np.cos(view.pitch_rad), np.sin(view.pitch_rad)
    cr, sr = np.cos(view.roll_rad), np.sin(view.roll_rad)
    yaw = np.array([[cy, -sy, 0.0], [sy, cy, 0.0], [0.0, 0.0, 1.0]])
    pitch = np.array([[cp, 0.0, -sp], [0.0, 1.0, 0.0], [sp, 0.0, cp]])
    roll = np.array([[1.0, 0.0, 0.0], [0.0, cr, -sr], [0.0, sr, cr]])
    return yaw @ pitch @ roll


def project_view(
    rgb: NDArray[np.uint8], view: ViewOrientation, fov_rad: float, size_wh: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return the flat view (h, w, 3) of an equirectangular picture (H, W, 3); `fov_rad` is the horizontal field."""
    height, width = rgb.shape[:2]
    map_x, map_y = _maps(view, fov_rad, size_wh, width, height)
    flat: NDArray[np.uint8] = cv2.remap(rgb, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return flat


@lru_cache(maxsize=2)
def _maps(
    view: ViewOrientation, fov_rad: float, size_wh: tuple[int, int], width: int, height: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    columns, rows = size_wh
    focal = columns / 2.0 / np.tan(fov_rad / 2.0)
    across = (columns / 2.0 - 0.5 - np.arange(columns)) / focal
    down = (rows / 2.0 - 0.5 - np.arange(rows)) / focal
    rays = np.stack(
        [
            np.ones((rows, columns)),
            np.broadcast_to(across, (rows, columns)),
            np.broadcast_to(down[:, None], (rows, columns)),
        ],
        axis=-1,
    )
    x, y = direction_to_equirectangular(*azimuth_elevation(rays @ view_matrix(view).T), width, height)
    # Across the poles there is no neighbour row in the picture: hold the outermost one.
    return x.astype(np.float32), np.clip(y, 0.0, height - 1.0).astype(np.float32)
