"""The place of a lane in words."""

from typing import Final

import numpy as np

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import azimuth_elevation
from engine.contract.scene.lane import Lane, LaneKind

_AHEAD_DEG: Final = 5
_LEVEL_DEG: Final = 5
_OVERHEAD_DEG: Final = 75


def place_text(lane: Lane, sample: int) -> str:
    """Return the place of a lane at a sample of the film, such as "90° left, 30° up"; "" if the model places it."""
    if lane.kind is LaneKind.HEAD_LOCKED:
        return "head-locked"
    if lane.path is None:
        return ""
    azimuth, elevation = azimuth_elevation(lane.path.directions.at(sample / SAMPLE_RATE_HZ))
    aside, height = round(float(np.rad2deg(azimuth))), round(float(np.rad2deg(elevation)))
    if abs(height) >= _OVERHEAD_DEG:
        return "above" if height > 0 else "below"
    if abs(aside) <= _AHEAD_DEG:
        words = "front"
    elif abs(aside) >= 180 - _AHEAD_DEG:
        words = "behind"
    else:
        words = f"{abs(aside)}° {'left' if aside > 0 else 'right'}"
    return words if abs(height) <= _LEVEL_DEG else f"{words}, {abs(height)}° {'up' if height > 0 else 'down'}"
