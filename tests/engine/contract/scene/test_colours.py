"""The colours of lanes are told apart by everybody, and seen on a dark panel."""

import pytest

from engine.contract.scene.lane import COLOURS
from tests.colour_vision import VISION, contrast, least_distance

DARK_PANEL = "#1b1e24"


@pytest.mark.parametrize("vision", VISION)
def test_any_two_are_apart_for_any_vision(vision: str) -> None:
    assert least_distance(COLOURS, vision) > 20.0


def test_they_stand_out_on_a_dark_panel() -> None:
    for colour in COLOURS:
        assert contrast(colour, DARK_PANEL) > 2.5, colour
