"""The view of an equirectangular picture: flat, rotated and zoomed, without a seam."""

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.view import ViewOrientation, head_axes
from engine.video.opencv import cv2

_MOST_PROJECTED: Final = 960 * 540
_FINEST: Final = 1.5
"""The most pixels of a projected view, in total and per pixel of the film; it is enlarged to the screen's size,
which costs less."""
_WORTH_ENLARGING: Final = 0.7
"""A finer view than that, per side, is projected whole: to enlarge a pixel takes 1.0 ns, to project one 1.7 ns."""


def project_view(
    picture: NDArray[np.uint8], view: ViewOrientation, fov_rad: float, size_wh: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return the flat view (h, w, C) of an equirectangular picture (H, W, C); `fov_rad` is the horizontal field."""
    height, width = picture.shape[:2]
    map_x, map_y = _maps(view, fov_rad, size_wh, width, height)
    flat: NDArray[np.uint8] = cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return flat


def screen_view(
    pixels: NDArray[np.uint8], view: ViewOrientation, fov_rad: float, size_wh: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return the flat view (h, w, 4) of a picture (H, W, 4) that already has the screen's pixels.

    OpenCV reads four bytes per pixel in two thirds of the time of three.
    """
    film_px_per_rad = pixels.shape[1] / (2.0 * math.pi)
    view_px_per_rad = size_wh[0] / 2.0 / math.tan(fov_rad / 2.0)
    most = math.sqrt(_MOST_PROJECTED / (size_wh[0] * size_wh[1]))
    finest = _FINEST * film_px_per_rad / view_px_per_rad
    shrink = min(1.0, most, finest if finest < _WORTH_ENLARGING else 1.0)
    inner = (max(2, round(size_wh[0] * shrink)), max(2, round(size_wh[1] * shrink)))
    flat = project_view(pixels, view, fov_rad, inner)
    return flat if inner == size_wh else cv2.resize(flat, size_wh, interpolation=cv2.INTER_LINEAR)


@lru_cache(maxsize=2)
def _maps(
    view: ViewOrientation, fov_rad: float, size_wh: tuple[int, int], width: int, height: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the position of each pixel of the view in the picture, columns and rows.

    This runs for every frame while the view moves. OpenCV's arc tangent is off by at most 0.01 degrees, which is a
    thirtieth of a pixel of a film 1280 wide. It takes a quarter of the time of numpy's.
    """
    columns, rows = size_wh
    focal = columns / 2.0 / np.tan(fov_rad / 2.0)
    across = ((columns / 2.0 - 0.5 - np.arange(columns)) / focal).astype(np.float32)
    down = ((rows / 2.0 - 0.5 - np.arange(rows)) / focal).astype(np.float32)[:, None]
    axes = head_axes(view).astype(np.float32)
    x, y, z = (axes[i, 0] + axes[i, 2] * down + axes[i, 1] * across for i in range(3))
    # Counted from behind, a turn begins and ends at the edges of the picture: all positions are inside, which is faster
    # to read than positions that OpenCV has to wrap.
    from_axis, from_behind = cv2.cartToPolar(-x, -y)
    from_zenith = cv2.phase(z, from_axis)
    map_x = from_behind * np.float32(-width / (2.0 * np.pi)) + np.float32(width - 0.5)
    map_y = from_zenith * np.float32(height / np.pi) - np.float32(0.5)
    # Across the poles there is no neighbour row in the picture: hold the outermost one.
    return map_x, np.clip(map_y, 0.0, height - 1.0)
