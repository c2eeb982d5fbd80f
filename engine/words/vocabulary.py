"""The words for places, shared by captions and prompts. 0 is the front, + is left."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.directions import azimuth_elevation

SIDES: Final = (
    ("in front", "straight ahead", "at the front"),
    ("at the front left", "ahead on the left"),
    ("on the left", "to the left", "at my left side"),
    ("behind on the left", "at the back left"),
    ("behind", "at the back", "behind me"),
    ("behind on the right", "at the back right"),
    ("on the right", "to the right", "at my right side"),
    ("at the front right", "ahead on the right"),
)
"""Eighths of the horizon from the front through the left, each in several phrasings: the first are the plain ones."""
OVERHEAD: Final = ("above", "overhead")
HIGH: Final = (" above", ", high up")
LOW: Final = (" below", ", low down")
"""Added to a side for a place above or below it."""
AROUND: Final = (" all around", " everywhere", " around me")
COMING: Final = ("coming closer", "approaching", "getting nearer")
LEAVING: Final = ("going away", "moving off", "getting farther away")
CLOSE: Final = ("close by", "near", "close")
FAR: Final = ("in the distance", "far away", "farther off")
PLACE_WORDS: Final = tuple(
    "left right front back rear behind ahead straight above below overhead near nearby close closer far farther "
    "distance distant around away everywhere approaching".split()
)
"""One of these is in every phrase above."""
_HIGH_RAD: Final = np.radians(25.0)
_OVERHEAD_RAD: Final = np.radians(65.0)


def sides_at(azimuth_rad: float) -> tuple[str, ...]:
    """Return the words for the eighth of the horizon in which an azimuth lies."""
    return SIDES[round(azimuth_rad / (np.pi / 4)) % 8]


def place_in_words(vector: NDArray[np.float64]) -> str:
    """Return the direction of a unit vector (3,) in words."""
    azimuth, elevation = (float(v) for v in azimuth_elevation(vector))
    if abs(elevation) > _OVERHEAD_RAD:
        return "overhead" if elevation > 0 else "below"
    height = " above" if elevation > _HIGH_RAD else " below" if elevation < -_HIGH_RAD else ""
    return sides_at(azimuth)[0] + height
