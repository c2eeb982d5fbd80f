"""The path of a lane as a workstation draws it: points with straight lines of azimuth and elevation between them."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.contract.control import PathInterpolation
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import angle_between, azimuth_elevation
from engine.contract.scene.path_shape import PathShape
from engine.contract.scene.place import LanePath

_PIECE_RAD: Final = math.radians(0.5)
_CHUNK: Final = 4_096


@dataclass(frozen=True)
class PlacedAt:
    """A place at a sample of the film: azimuth + left and elevation + up in degrees, distance in metres."""

    at_sample: int
    azimuth_deg: float
    elevation_deg: float
    distance_m: float


def drawn_points(path: LanePath) -> list[PlacedAt]:
    """Return the points of a path from the start of the film on.

    Great circles become pieces of half a degree. Where azimuth passes the back there are two points at one time, 180
    and -180: a workstation would draw a whole turn between them.
    """
    placed = [
        PlacedAt(frame.at_sample, frame.direction.azimuth_deg, frame.direction.elevation_deg, frame.distance_m)
        for frame in path.keyframes
    ]
    if path.interpolation is PathInterpolation.GREAT_CIRCLE:
        placed = list(_along_circles(path, placed))
    if placed[0].at_sample > 0:
        placed.insert(0, PlacedAt(0, placed[0].azimuth_deg, placed[0].elevation_deg, placed[0].distance_m))
    return [*itertools.chain.from_iterable(_up_to(a, b) for a, b in itertools.pairwise(placed)), placed[-1]]


def sampled_points(path: LanePath, end_sample: int, rate_hz: float) -> Iterator[PlacedAt]:
    """Yield the place at time 0 and then, `rate_hz` times per second, each that differs by 0.01 degrees or more."""
    shape, step = PathShape(path), SAMPLE_RATE_HZ / rate_hz
    before: tuple[float, float] | None = None
    last = min(end_sample, path.keyframes[-1].at_sample + math.ceil(step))
    ticks = math.ceil(last / step) + 1
    for begin in range(0, ticks, _CHUNK):
        at = np.rint(np.arange(begin, min(begin + _CHUNK, ticks)) * step)
        azimuths, elevations = azimuth_elevation(shape.vectors_at(at))
        rows = zip(at, np.rad2deg(azimuths), np.rad2deg(elevations), shape.distances_m_at(at), strict=True)
        for sample, azimuth, elevation, distance in rows:
            place = (round(float(azimuth), 2), round(float(elevation), 2))
            if place != before:
                before = place
                yield PlacedAt(int(sample), *place, float(distance))


def _along_circles(path: LanePath, frames: list[PlacedAt]) -> Iterator[PlacedAt]:
    shape = PathShape(path)
    for k, (a, b) in enumerate(itertools.pairwise(frames)):
        yield a
        angle = float(angle_between(shape.vectors[k], shape.vectors[k + 1]))
        pieces = min(math.ceil(angle / _PIECE_RAD), b.at_sample - a.at_sample)
        if pieces > 1:
            at = np.rint(np.linspace(a.at_sample, b.at_sample, pieces + 1)[1:-1])
            azimuths, elevations = azimuth_elevation(shape.vectors_at(at))
            for sample, azimuth, elevation, metres in zip(
                at, np.rad2deg(azimuths), np.rad2deg(elevations), shape.distances_m_at(at), strict=True
            ):
                yield PlacedAt(int(sample), float(azimuth), float(elevation), float(metres))
    yield frames[-1]


def _up_to(a: PlacedAt, b: PlacedAt) -> list[PlacedAt]:
    """Return `a`, and what lies before `b` where the short way of azimuth passes the back."""
    turn = b.azimuth_deg - a.azimuth_deg
    if abs(turn) <= 180.0 or a.at_sample == b.at_sample:
        return [a]
    side = math.copysign(180.0, a.azimuth_deg)
    share = (180.0 - abs(a.azimuth_deg)) / (360.0 - abs(turn))
    sample = round(a.at_sample + share * (b.at_sample - a.at_sample))
    elevation = a.elevation_deg + share * (b.elevation_deg - a.elevation_deg)
    metres = a.distance_m + share * (b.distance_m - a.distance_m)
    return [a, PlacedAt(sample, side, elevation, metres), PlacedAt(sample, -side, elevation, metres)]
