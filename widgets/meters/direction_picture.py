"""Direction over time as a picture: a strip of azimuth over one of elevation."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.directions import azimuth_elevation
from widgets.meters.field_history import FieldColumns
from widgets.parts.pixels import packed, ramp_colours, rgb_of
from widgets.parts.theme import COLOURS

AZIMUTH_SHARE: Final = 0.64
"""How much of the height shows azimuth: it has twice the range of elevation."""
_HALF_MARK_PX: Final = 2.0
_MOST_PALE: Final = 0.88
"""A field without a direction still differs from silence."""
_QUIET_DB: Final = -60.0
_LOUD_DB: Final = -15.0


def azimuth_rows(height: int) -> int:
    """Return how many rows of a picture show azimuth."""
    return round(AZIMUTH_SHARE * height)


def mark_strength(columns: FieldColumns) -> NDArray[np.float64]:
    """Return how strongly each column is drawn (C,), 0 to 1: 1 for one plane wave, pale for a diffuse field."""
    return np.where(columns.heard, 1.0 - _MOST_PALE * columns.diffuseness, 0.0)


def direction_picture(columns: FieldColumns, height: int) -> NDArray[np.uint32]:
    """Return pixels (height, C) as 0xffrrggbb: back, left, front, right, back from the top; below, up to down."""
    azimuth, elevation = azimuth_elevation(columns.intensity)
    level_db = 10.0 * np.log10(np.maximum(columns.energy, 1e-12))
    colours = ramp_colours((level_db - _QUIET_DB) / (_LOUD_DB - _QUIET_DB))
    strength = mark_strength(columns)
    upper = azimuth_rows(height)
    turns = 0.5 - azimuth / (2.0 * np.pi)
    return np.concatenate(
        [
            _strip(turns, colours, strength, upper, quarters=4, wraps=True),
            _strip(0.5 - elevation / np.pi, colours, strength, height - upper, quarters=2, wraps=False),
        ]
    )


def _strip(
    places: NDArray[np.float64],
    colours: NDArray[np.float64],
    strength: NDArray[np.float64],
    rows: int,
    *,
    quarters: int,
    wraps: bool,
) -> NDArray[np.uint32]:
    """Return (rows, C) with a mark at `places` (C,), 0 for the top to 1 for the bottom, and a line per quarter turn."""
    last = max(1, rows - 1)
    away = np.abs(np.arange(rows)[:, None] - places * last)
    if wraps:
        away = np.minimum(away, last - away)
    ground = np.tile(rgb_of(COLOURS.panel), (rows, 1))
    for quarter in range(quarters + 1):
        ground[round(quarter * last / quarters)] = rgb_of(COLOURS.border)
    cover = (np.clip(_HALF_MARK_PX + 0.5 - away, 0.0, 1.0) * strength)[..., None]
    return packed(ground[:, None] + cover * (colours - ground[:, None]))
