"""Places picture by picture become things that are seen for a while."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.contract.directions import Direction, angle_between
from engine.contract.seen import SeenThing
from engine.runtime.seen.stretches import Sight, things_in


def at(azimuth_deg: float) -> NDArray[np.float64]:
    """Return a direction; azimuths above 180 degrees are on the right."""
    return Direction((azimuth_deg + 180.0) % 360.0 - 180.0).unit_vector()


def sight(number: int, azimuth_deg: float, sureness: float = 0.95, motion: float = 4.0) -> Sight:
    return Sight(number / 4, sureness * at(azimuth_deg), motion)


def only(sights: Sequence[Sight]) -> SeenThing:
    (thing,) = things_in(sights)
    return thing


def test_what_stays_is_one_thing_with_one_place() -> None:
    thing = only([sight(number, 60.0) for number in range(4, 16)])
    assert (thing.start_s, thing.end_s) == (1.0, 4.0)
    assert {round(point.direction.azimuth_deg, 6) for point in thing.path.points} == {60.0}


def test_a_thing_that_passes_behind_is_followed() -> None:
    azimuths = np.linspace(120.0, 240.0, 33)
    thing = only([sight(number, azimuth) for number, azimuth in enumerate(azimuths)])
    for number, azimuth in enumerate(azimuths):
        off = angle_between(thing.path.at(number / 4), at(azimuth))
        assert np.rad2deg(off) <= 8.0


def test_a_jump_is_another_thing() -> None:
    things = list(things_in([sight(number, 0.0 if number < 8 else 90.0) for number in range(16)]))
    assert [(thing.start_s, thing.end_s) for thing in things] == [(0.0, 2.0), (2.0, 4.0)]
    assert [round(thing.path.points[0].direction.azimuth_deg) for thing in things] == [0, 90]


@pytest.mark.parametrize(("unsure", "count"), [(3, 1), (6, 2)])
def test_a_thing_that_is_unsure_for_less_than_a_second_is_the_same(unsure: int, count: int) -> None:
    sights = [sight(number, 30.0, 0.2 if 8 <= number < 8 + unsure else 0.95) for number in range(24)]
    assert len(list(things_in(sights))) == count


@pytest.mark.parametrize("weak", [{"sureness": 0.5}, {"motion": 0.5}])
def test_what_is_unsure_or_does_not_move_is_nothing(weak: dict[str, float]) -> None:
    assert list(things_in([sight(number, 30.0, **weak) for number in range(24)])) == []


def test_a_moment_is_nothing() -> None:
    assert list(things_in([sight(number, 30.0) for number in range(5)])) == []
    assert len(list(things_in([sight(number, 30.0) for number in range(6)]))) == 1
