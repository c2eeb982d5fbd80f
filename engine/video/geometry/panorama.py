"""Converts a picture of any projection to an equirectangular one, 2:1 and upright, by precomputed maps."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.video import UPRIGHT, Pose
from engine.media.pixels import black_like
from engine.video.geometry.placement import Placement
from engine.video.geometry.rays import rays_of_rows
from engine.video.opencv import cv2

WIDEST_PX: Final = 4096
"""The widest panorama that is shown or read; its maps take 59 MB."""
_NARROWEST_PX: Final = 16
_RAYS_AT_ONCE: Final = 1 << 17
_WORTH_REDUCING: Final = 1.5


def panorama_width(placement: Placement, width: int, height: int, max_width: int | None = None) -> int:
    """Return the even width at which a panorama keeps the detail of a picture of this size, or the maximum."""
    widest = min(WIDEST_PX, max_width or WIDEST_PX)
    return max(_NARROWEST_PX, min(round(max(placement.pixels_around(width, height))), widest) // 2 * 2)


def reduction(placement: Placement, width: int, height: int, panorama_px: int) -> tuple[float, float]:
    """Return the factors by which a picture is reduced across and down (1: not at all), so that nothing flickers.

    If its source is much finer, a panorama samples one of several pixels; averaged before, all of them count.
    """
    across, down = placement.pixels_around(width, height)
    finer = across / panorama_px, down / panorama_px
    return finer[0] if finer[0] > _WORTH_REDUCING else 1.0, finer[1] if finer[1] > _WORTH_REDUCING else 1.0


class PanoramaMap:
    """Turns pictures of one size and projection into panoramas (panorama_px / 2, panorama_px, channels)."""

    def __init__(self, placement: Placement, width: int, height: int, panorama_px: int, pose: Pose = UPRIGHT) -> None:
        rows = panorama_px // 2
        self._border = cv2.BORDER_WRAP if placement.wraps else cv2.BORDER_REPLICATE
        # Whole pixels and 32nds of them: six bytes per pixel, and a third of the time that floats take.
        self._whole = np.empty((rows, panorama_px, 2), np.int16)
        self._parts = np.empty((rows, panorama_px), np.uint16)
        shown = np.ones((rows, panorama_px), np.uint8)
        step = max(1, _RAYS_AT_ONCE // panorama_px)
        for first in range(0, rows, step):
            band = range(first, min(first + step, rows))
            places = placement.places(rays_of_rows(panorama_px, rows, band, pose), width, height)
            at = slice(band.start, band.stop)
            self._whole[at], self._parts[at] = cv2.convertMaps(places.x, places.y, cv2.CV_16SC2)
            if places.shown is not None:
                shown[at] = places.shown
        self._shown = None if shown.all() else shown

    def panorama(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the panorama of a picture (height, width, channels); black where the picture covers nothing."""
        made: NDArray[np.uint8] = cv2.remap(
            picture, self._whole, self._parts, cv2.INTER_LINEAR, borderMode=self._border
        )
        if self._shown is None:
            return made
        seen: NDArray[np.uint8] = cv2.copyTo(made, self._shown, black_like(made))
        return seen
