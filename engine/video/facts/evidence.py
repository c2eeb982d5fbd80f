"""What the pictures reveal about their packing: black bars, and similar halves."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.video import Area
from engine.video.opencv import cv2

Grey = NDArray[np.uint8]

_BLACK: Final = 20
_SHARE_OF_BAR: Final = 0.98
"""The share of a row that has to be black: encoders leave specks."""
_FITS: Final = 0.025
_OFF_PX: Final = 2
_SIDE: Final = 64
_SHIFT: Final = 4
_PLAIN: Final = 4.0
_STRONG: Final = 12.0
"""Minimum difference of grey (of 255) that counts; a scene of more contrast needs more."""
_STRUCTURE: Final = 0.01
_UNLIKE_SHARE: Final = 0.015
_SEAM_TO_INSIDE: Final = 6.0


def area_within_bars(pictures: Sequence[Grey], aspect: float) -> Area | None:
    """Return the part of upright pictures (H, W) between black bars if it has an aspect (in pixels); else None.

    The bars have to be in all pictures, on both sides and of the same width.
    """
    brightest = np.max([np.quantile(p, _SHARE_OF_BAR, axis=1) for p in pictures], axis=0)
    height, width = pictures[0].shape
    if height * aspect > width:
        wanted = (height - width / aspect) / 2
        if _are_bars(brightest, wanted):
            top = round(wanted)
            return Area(0, top, width, height - 2 * top)
        return None
    wanted = (width - height * aspect) / 2
    brightest = np.max([np.quantile(p, _SHARE_OF_BAR, axis=0) for p in pictures], axis=0)
    if not _are_bars(brightest, wanted):
        return None
    left = round(wanted)
    return Area(left, 0, width - 2 * left, height)


def _are_bars(brightest: NDArray[np.float64], wanted: float) -> bool:
    lit = np.flatnonzero(brightest > _BLACK)
    if lit.size == 0 or wanted < max(_OFF_PX, 0.01 * brightest.size):
        return False
    off = max(_OFF_PX, _FITS * brightest.size / 4)
    return abs(int(lit[0]) - wanted) <= off and abs(brightest.size - 1 - int(lit[-1]) - wanted) <= off


def are_halves_alike(pictures: Sequence[Grey], side_by_side: bool) -> bool | None:
    """Return whether the halves of pictures show one scene to two eyes; None if they show too little to tell.

    Near objects are at different places for the two eyes, so each pixel may be matched a little aside.
    """
    shares = []
    for picture in pictures:
        first, second = np.split(_small(picture), 2, axis=1 if side_by_side else 0)
        strong = max(_STRONG, 0.75 * float(first.std()))
        # A scene that looks alike in every direction would match any other half too.
        turned = np.abs(first - np.roll(first, first.shape[1] // 2, axis=1))
        if float((turned > strong).mean()) < _STRUCTURE or second.std() < _PLAIN:
            continue
        aside = [np.abs(first - np.roll(second, shift, axis=1)) for shift in range(-_SHIFT, _SHIFT + 1)]
        shares.append(float((np.min(aside, axis=0) > strong).mean()))
    return float(np.median(shares)) <= _UNLIKE_SHARE if shares else None


def edges_meet(picture: Grey, within: float = 25.0) -> bool:
    """Return whether the left and right edges of a picture may be neighbours, as in a whole panorama.

    A seam of `within` levels of grey is allowed: stitching leaves one.
    """
    small = _small(picture)
    seam = float(np.abs(small[:, 0] - small[:, -1]).mean())
    inside = float(np.abs(np.diff(small, axis=1)).mean())
    return seam <= max(within, _SEAM_TO_INSIDE * inside)


def _small(picture: Grey) -> NDArray[np.float32]:
    """Return a picture averaged to 128 x 128, which removes noise and grain."""
    side = 2 * _SIDE
    small: NDArray[np.float32] = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    return small
