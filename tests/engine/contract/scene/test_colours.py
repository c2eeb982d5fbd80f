"""The colours of lanes are told apart by everybody, and seen on a dark panel."""

import pytest

from engine.contract.scene.edits.blocks import add_generated
from engine.contract.scene.edits.lanes import add_lane, remove_lane
from engine.contract.scene.lane import COLOURS
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import Scene
from tests.colour_vision import VISION, contrast, least_distance

DARK_PANEL = "#1b1e24"


@pytest.mark.parametrize("vision", VISION)
def test_any_two_are_apart_for_any_vision(vision: str) -> None:
    assert least_distance(COLOURS, vision) > 20.0


def test_they_stand_out_on_a_dark_panel() -> None:
    for colour in COLOURS:
        assert contrast(colour, DARK_PANEL) > 2.5, colour


def test_lanes_with_blocks_get_colours_of_their_own() -> None:
    scene = Scene()
    for number in range(len(COLOURS)):
        scene = add_lane(scene, f"Lane {number}").scene
        lane_id = scene.lanes[-1].lane_id
        scene = add_generated(scene, lane_id, Recipe.of("dog"), start_sample=0, length_samples=48_000).scene
    assert [lane.colour for lane in scene.lanes] == list(COLOURS)
    scene = remove_lane(scene, scene.lanes[2].lane_id).scene
    scene = add_lane(scene, "Again").scene
    assert scene.lanes[-1].colour == COLOURS[2]
