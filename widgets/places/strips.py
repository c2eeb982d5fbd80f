"""The strips of the curves: azimuth, elevation and distance, as heights in pixels."""

import math
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.directions import Direction, azimuth_elevation
from engine.contract.scene.path_shape import PathShape
from engine.contract.scene.place import FARTHEST_M, NEAREST_M, Keyframe

_LEAST_FARTHEST_M: Final = 20.0
_SHARES: Final = (0.4, 0.3, 0.3)
_GAP_PX: Final = 6
_MARGIN_PX: Final = 7


class Value(Enum):
    """What a strip shows."""

    AZIMUTH = "Azimuth"
    ELEVATION = "Elevation"
    DISTANCE = "Distance"


@dataclass(frozen=True)
class Strip:
    """A strip from `top` on, `height` pixels high; `low` is at its bottom and `high` at its top."""

    value: Value
    top: int
    height: int
    low: float
    high: float

    def y_of(self, value: float) -> float:
        """Return the y of a value: degrees, or metres on a logarithmic scale."""
        return float(self.ys_of(np.array([value]))[0])

    def ys_of(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the ys (n,) of values (n,)."""
        low, high = self._scaled(np.array([self.low, self.high]))
        share = (self._scaled(values) - low) / (high - low)
        ys: NDArray[np.float64] = self.top + _MARGIN_PX + (1.0 - share) * (self.height - 2 * _MARGIN_PX)
        return ys

    def value_at(self, y: float) -> float:
        """Return the value at a y, which may lie outside the strip."""
        low, high = (float(edge) for edge in self._scaled(np.array([self.low, self.high])))
        scaled = high - (y - self.top - _MARGIN_PX) / (self.height - 2 * _MARGIN_PX) * (high - low)
        return math.exp(scaled) if self.value is Value.DISTANCE else scaled

    def of(self, frame: Keyframe) -> float:
        """Return the value of a keyframe."""
        if self.value is Value.DISTANCE:
            return frame.distance_m
        return frame.direction.azimuth_deg if self.value is Value.AZIMUTH else frame.direction.elevation_deg

    def with_value(self, frame: Keyframe, value: float) -> Keyframe:
        """Return a keyframe with another value; azimuth wraps, the others stop at their ends."""
        direction = frame.direction
        if self.value is Value.DISTANCE:
            return replace(frame, distance_m=min(max(value, NEAREST_M), FARTHEST_M))
        if self.value is Value.ELEVATION:
            return replace(frame, direction=Direction(direction.azimuth_deg, min(max(value, -90.0), 90.0)))
        return replace(frame, direction=Direction(math.remainder(value, 360.0), direction.elevation_deg))

    def values_of(self, shape: PathShape, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values (n,) of a path at samples (n,); azimuth may pass 180 degrees and does not jump."""
        if self.value is Value.DISTANCE:
            return shape.distances_m_at(samples)
        azimuth, elevation = azimuth_elevation(shape.vectors_at(samples))
        if self.value is Value.ELEVATION:
            return np.rad2deg(elevation)
        return np.rad2deg(np.unwrap(azimuth))

    def marks(self) -> tuple[float, ...]:
        """Return the values that get a line and a label."""
        if self.value is Value.DISTANCE:
            return tuple(metres for metres in (0.5, 2.0, 10.0, 50.0, 200.0) if self.low <= metres <= self.high)
        return (180.0, 90.0, 0.0, -90.0, -180.0) if self.value is Value.AZIMUTH else (90.0, 0.0, -90.0)

    def text_of(self, value: float) -> str:
        """Return a value with its unit."""
        return f"{value:g} m" if self.value is Value.DISTANCE else f"{value:g}°".replace("-", "\N{MINUS SIGN}")

    def _scaled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.log(values) if self.value is Value.DISTANCE else values


def strips_of(height: int, frames: tuple[Keyframe, ...]) -> tuple[Strip, Strip, Strip]:
    """Return the three strips of a widget, with room for the distances of a path."""
    nearest = min([0.5, *(frame.distance_m for frame in frames)])
    farthest = max([_LEAST_FARTHEST_M, *(frame.distance_m for frame in frames)])
    ends = ((-180.0, 180.0), (-90.0, 90.0), (nearest, farthest))
    room = max(60, height - 2 * _GAP_PX)
    top, made = 0, []
    for value, share, (low, high) in zip(Value, _SHARES, ends, strict=True):
        made.append(Strip(value, top, round(share * room), low, high))
        top += round(share * room) + _GAP_PX
    return made[0], made[1], made[2]
