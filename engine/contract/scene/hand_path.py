"""A path as a hand draws it while the film plays: few keyframes that stay near every place of the hand."""

from typing import Final

import numpy as np

from engine.contract.control import PathInterpolation
from engine.contract.scene.path_shape import off_deg
from engine.contract.scene.place import Keyframe

WITHIN_DEG: Final = 1.0
"""How far the path may be from the hand."""
_WITHIN_DISTANCE: Final = 0.05
_STILL_DEG: Final = 0.01
_MOST_SEEN: Final = 512
"""Places between two keyframes at most, so that every new place costs little."""


class HandPath:
    """Takes the places of a hand in the order of their times, and keeps the keyframes that are needed.

    A keyframe is set where a straight piece from the last one would miss a place between by more than `within_deg`
    degrees, or its distance by more than 5 %.
    """

    def __init__(self, interpolation: PathInterpolation, within_deg: float = WITHIN_DEG) -> None:
        self._interpolation = interpolation
        self._within_deg = within_deg
        self._kept: list[Keyframe] = []
        self._seen: list[Keyframe] = []

    @property
    def keyframes(self) -> tuple[Keyframe, ...]:
        """The path so far; the last keyframe is the newest place."""
        return (*self._kept, *self._seen[-1:])

    def add(self, place: Keyframe) -> None:
        """Take the next place; one that is not later than the last is left out."""
        newest = self.keyframes[-1] if self._kept else None
        if newest is None:
            self._kept.append(place)
            return
        if place.at_sample <= newest.at_sample:
            return
        if len(self._seen) >= 2 and all(_is_same(place, seen) for seen in self._seen[-2:]):
            self._seen[-1] = place  # a hand that rests adds nothing
            return
        if self._seen and (len(self._seen) >= _MOST_SEEN or not self._passes(place)):
            self._kept.append(self._seen[-1])
            self._seen.clear()
        self._seen.append(place)

    def _passes(self, place: Keyframe) -> bool:
        """Whether a straight piece from the last keyframe to a place passes all places between."""
        first, seen = self._kept[-1], self._seen
        if off_deg((first, place), self._interpolation, seen) > self._within_deg:
            return False
        times = [frame.at_sample for frame in seen]
        distances = np.interp(times, (first.at_sample, place.at_sample), (first.distance_m, place.distance_m))
        wanted = np.array([frame.distance_m for frame in seen])
        return bool(np.all(np.abs(distances - wanted) <= _WITHIN_DISTANCE * wanted))


def thinned(
    places: tuple[Keyframe, ...], interpolation: PathInterpolation, within_deg: float = WITHIN_DEG
) -> tuple[Keyframe, ...]:
    """Return the keyframes of a path without those that are not needed; the first and the last stay."""
    hand = HandPath(interpolation, within_deg)
    for place in places:
        hand.add(place)
    return hand.keyframes


def _is_same(a: Keyframe, b: Keyframe) -> bool:
    turn = abs(a.direction.azimuth_deg - b.direction.azimuth_deg)
    lift = abs(a.direction.elevation_deg - b.direction.elevation_deg)
    return max(turn, lift) < _STILL_DEG and a.distance_m == b.distance_m
