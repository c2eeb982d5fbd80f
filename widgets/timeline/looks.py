"""The colours of the timeline: of lanes, of text on them, and mixtures of the theme's."""

import math
from functools import lru_cache
from typing import Final

from PySide6.QtGui import QColor

from widgets.parts.theme import Colours

_BODY_SHARE: Final = 0.34
_MUTED_SHARE: Final = 0.12


def mixed(one: str, other: str, share: float) -> QColor:
    """Return `one` mixed into `other` by a share of 0 to 1."""
    return _mixed(one, other, share)


@lru_cache(1024)
def _mixed(one: str, other: str, share: float) -> QColor:
    parts = zip(_parts(one), _parts(other), strict=True)
    return QColor(*(round(share * a + (1.0 - share) * b) for a, b in parts))


def block_fill(colour: str, colours: Colours, is_heard: bool) -> QColor:
    """Return the ground of a block in a lane of a colour; paler if the lane is not heard."""
    return mixed(colour, colours.panel, _BODY_SHARE if is_heard else _MUTED_SHARE)


@lru_cache(1024)
def readable_on(ground: str) -> QColor:
    """Return black or white, whichever has more contrast with a ground."""
    return QColor("#000000" if _luminance(ground) > 0.179 else "#ffffff")  # either has a contrast of 4.6 there


def _luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = [part / 255.0 for part in _parts(colour)]
    linear = [part / 12.92 if part <= 0.04045 else math.pow((part + 0.055) / 1.055, 2.4) for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255."""
    parsed = QColor(colour)
    return parsed.red(), parsed.green(), parsed.blue()
