"""What the viewer sees of an equirectangular picture: a flat view, turned and zoomed, without a seam."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.contract.view import ViewOrientation, head_axes
from engine.video.opencv import cv2


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
    across = ((columns / 2.0 - 0.5 - np.arange(columns)) / focal).astype(np.float32)
    down = ((rows / 2.0 - 0.5 - np.arange(rows)) / focal).astype(np.float32)[:, None]
    axes = head_axes(view).astype(np.float32)
    x, y, z = (axes[i, 0] + axes[i, 1] * across + axes[i, 2] * down for i in range(3))
    # As in engine.contract.directions, in single precision: this runs for every picture while the view moves.
    turn = np.float32(0.5) - np.arctan2(y, x) * np.float32(0.5 / np.pi)
    map_x = turn * np.float32(width) - np.float32(0.5)
    down_angle = np.float32(0.5) - np.arctan2(z, np.hypot(x, y)) * np.float32(1.0 / np.pi)
    map_y = down_angle * np.float32(height) - np.float32(0.5)
    # Across the poles there is no neighbour row in the picture: hold the outermost one.
    return map_x, np.clip(map_y, 0.0, height - 1.0)
