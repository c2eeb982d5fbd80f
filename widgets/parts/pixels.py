"""Colours as pixels of `QImage.Format.Format_RGB32`, for pictures that numpy draws."""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtGui import QColor, QImage

from widgets.parts.theme import COLOURS, Colours

_RAMP_STEPS = 256


@cache
def rgb_of(colour: str) -> NDArray[np.float64]:
    """Return a colour as (3,) red, green, blue, 0 to 255."""
    named = QColor(colour)
    return np.array([named.red(), named.green(), named.blue()], float)


@cache
def level_ramp(ramp: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the colours (256, 3) from quiet to loud, red, green, blue: each stands out more than the one before."""
    stops = np.stack([rgb_of(colour) for colour in ramp])
    places, steps = np.linspace(0.0, 1.0, len(stops)), np.linspace(0.0, 1.0, _RAMP_STEPS)
    return np.stack([np.interp(steps, places, stops[:, channel]) for channel in range(3)], axis=1)


def ramp_colours(shares: ArrayLike, theme: Colours = COLOURS) -> NDArray[np.float64]:
    """Return the colours (..., 3) of loudness shares (...) of 0 to 1; over the film, `theme` is DARK."""
    steps = np.clip(np.asarray(shares, float), 0.0, 1.0) * (_RAMP_STEPS - 1)
    colours: NDArray[np.float64] = level_ramp(theme.ramp)[np.round(steps).astype(int)]
    return colours


def packed(rgb: ArrayLike) -> NDArray[np.uint32]:
    """Return pixels (...) as 0xffrrggbb of red, green and blue (..., 3), 0 to 255."""
    red, green, blue = np.moveaxis(np.round(np.asarray(rgb, float)).astype(np.uint32), -1, 0)
    pixels: NDArray[np.uint32] = np.uint32(0xFF000000) | (red << np.uint32(16)) | (green << np.uint32(8)) | blue
    return pixels


def as_image(pixels: NDArray[np.uint32], ratio: float) -> QImage:
    """Return an image that shows pixels (height, width); they must stay while it is in use."""
    rows, columns = pixels.shape
    image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    return image
