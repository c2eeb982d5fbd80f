"""Words that say places, live: they hold from when they begin to be heard; what is not followed is told once."""

import numpy as np
import pytest

from engine.contract.control import DirectionPath, GenerationSettings, Prompt
from engine.contract.directions import Direction
from engine.contract.telemetry import EngineNotice
from engine.runtime.generation.prompt_places import PromptPlaces

MOVING = GenerationSettings(Prompt("a car moves from left to right in 4 seconds"))
RIGHT = Direction(-90).unit_vector()


@pytest.fixture
def told() -> list[EngineNotice]:
    return []


@pytest.fixture
def places(told: list[EngineNotice]) -> PromptPlaces:
    return PromptPlaces(told.append)


def azimuth_deg(places: PromptPlaces, settings: GenerationSettings, now_s: float, at_s: float) -> float:
    path = places.place(settings, now_s, 60.0).settings.path
    assert path is not None
    x, y, _ = path.at(at_s)
    return float(np.rad2deg(np.arctan2(y, x)))


def test_a_movement_begins_when_its_words_do_and_not_again_when_something_else_changes(places: PromptPlaces) -> None:
    assert azimuth_deg(places, MOVING, 20.0, 20.0) == pytest.approx(90.0)
    assert azimuth_deg(places, MOVING, 22.0, 22.0) == pytest.approx(0.0, abs=1e-6)
    louder = GenerationSettings(MOVING.prompt, steps=3)
    assert azimuth_deg(places, louder, 23.0, 23.0) == pytest.approx(-45.0)
    assert azimuth_deg(places, louder, 40.0, 40.0) == pytest.approx(-90.0)
    places.begin_take()
    assert azimuth_deg(places, louder, 5.0, 5.0) == pytest.approx(90.0)


def test_what_is_drawn_goes_before_and_comes_off_again(places: PromptPlaces) -> None:
    drawn = GenerationSettings(Prompt("rain on the right"), DirectionPath.fixed(Direction(10)))
    assert azimuth_deg(places, drawn, 0.0, 1.0) == pytest.approx(10.0)
    assert azimuth_deg(places, GenerationSettings(drawn.prompt), 1.0, 1.0) == pytest.approx(-90.0)


def test_what_is_not_followed_is_told_once_and_taken_back(places: PromptPlaces, told: list[EngineNotice]) -> None:
    asked = GenerationSettings(Prompt("rain without thunder"))
    for now_s in (0.0, 0.16, 0.32):
        places.place(asked, now_s, 60.0)
        places.tell(("The model does not know it.",) if now_s == 0.0 else (), 90.0)
    assert len(told) == 1
    assert "without thunder" in told[0].message
    assert "does not know" in told[0].message
    places.place(GenerationSettings(Prompt("rain")), 0.48, 60.0)
    places.tell((), 90.0)
    assert [notice.message == "" for notice in told] == [False, True]
    assert {notice.topic for notice in told} == {"prompt"}


@pytest.mark.parametrize(("patch_ms", "is_told"), [(120.0, False), (220.0, True)])
def test_several_sources_that_take_too_long_are_told(
    places: PromptPlaces, told: list[EngineNotice], patch_ms: float, is_told: bool
) -> None:
    two = GenerationSettings(Prompt("a dog on the left and rain on the right"))
    for index in range(20):
        places.place(two, 0.16 * index, 60.0)
        places.tell((), patch_ms)
    assert [("2 sources" in notice.message) for notice in told] == ([True] if is_told else [])
    for index in range(20):
        places.place(GenerationSettings(Prompt("rain")), 0.16 * index, 60.0)
        places.tell((), patch_ms)
    assert not told or told[-1].message == ""
