"""The signed active intensity as a picture: X, Y and Z, each in a lane with zero in its middle."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import AcnChannel
from widgets.meters.field_history import FieldColumns
from widgets.parts.pixels import packed, rgb_of
from widgets.parts.theme import COLOURS

AXES: Final = (AcnChannel.X, AcnChannel.Y, AcnChannel.Z)
LOWEST_DB: Final = -60.0
_FILL: Final = 0.43
_REACH: Final = 0.94
"""How much of half a lane a full-scale source fills."""


def intensity_shares(columns: FieldColumns) -> NDArray[np.float64]:
    """Return X, Y and Z (C, 3), -1 to 1: the direction of the intensity, as long as its level from -60 to 0 dB.

    So a source that goes from the front to the left at one level makes X fall and Y rise as cosine and sine do.
    """
    length = np.linalg.norm(columns.intensity, axis=1)
    level_db = 10.0 * np.log10(np.maximum(length, 1e-12))
    shares = np.clip(1.0 - level_db / LOWEST_DB, 0.0, 1.0)
    scale = np.divide(shares, length, out=np.zeros_like(length), where=length > 1e-12)
    scaled: NDArray[np.float64] = columns.intensity * scale[:, None]
    return scaled


def intensity_picture(columns: FieldColumns, height: int) -> NDArray[np.uint32]:
    """Return pixels (height, C) as 0xffrrggbb."""
    edges = np.linspace(0, height, len(AXES) + 1).round().astype(int)
    shares = intensity_shares(columns)
    picture = np.empty((height, len(columns.heard)), np.uint32)
    ground, middle = rgb_of(COLOURS.panel), packed(rgb_of(COLOURS.border))
    for place, channel in enumerate(AXES):
        colour = rgb_of(COLOURS.channels[channel])
        rows = edges[place + 1] - edges[place]
        zero = (rows - 1) // 2
        above = (zero - np.arange(rows))[:, None]
        value = np.round(shares[:, place] * _REACH * zero).astype(int)
        lane = np.full((rows, len(value)), packed(ground))
        lane[zero] = middle
        between = ((above > 0) & (above < value)) | ((above < 0) & (above > value))
        lane[between & columns.heard] = packed(ground + _FILL * (colour - ground))
        lane[(above == value) & columns.heard] = packed(colour)
        picture[edges[place] : edges[place + 1]] = lane
    return picture
