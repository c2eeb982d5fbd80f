"""What pictures show of how they are packed: black bars, and halves that are alike."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.video import Area
from engine.video.opencv import cv2

Grey = NDArray[np.uint8]

_BLACK: Final = 20
_SHARE_OF_BAR: Final = 0.98
"""So much of a row has to be black: coders leave specks."""
_FITS: Final = 0.025
_OFF_PX: Final = 2
_SIDE: Final = 64
_SHIFT: Final = 4
_PLAIN: Final = 4.0


def area_within_bars(pictures: Sequence[Grey], aspect: float) -> Area | None:
    """Return the part of upright pictures (H, W) between black bars if it has an aspect (in pixels); else None.

    The bars have to be there in all pictures, at both sides and of one width.
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


def likeness_of_halves(pictures: Sequence[Grey], side_by_side: bool) -> float | None:
    """Return how alike the halves of pictures are, -1 to 1 (two eyes: above 0.9); None if they show too little."""
    found = []
    for picture in pictures:
        small = cv2.resize(picture, (2 * _SIDE, 2 * _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
        first, second = np.split(small, 2, axis=1 if side_by_side else 0)
        # What is near lies at other places for the two eyes.
        shifted = [np.roll(second, shift, axis=1) for shift in range(-_SHIFT, _SHIFT + 1)]
        if min(first.std(), second.std()) >= _PLAIN:
            found.append(max(float(np.corrcoef(first.ravel(), s.ravel())[0, 1]) for s in shifted))
    return float(np.median(found)) if found else None
