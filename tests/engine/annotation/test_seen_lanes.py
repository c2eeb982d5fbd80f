"""What moves in a film becomes a lane that follows it, with a block while it is seen."""

import pytest

from engine.annotation.seen_lanes import add_seen
from engine.contract.control import DirectionPath, PathInterpolation, PathPoint
from engine.contract.directions import Direction
from engine.contract.errors import SceneError
from engine.contract.scene.edits.whole import set_length
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.scene import Scene
from engine.contract.seen import SeenThing

PATH = DirectionPath((PathPoint(1.0, Direction(0.0)), PathPoint(3.0, Direction(90.0))), PathInterpolation.GREAT_CIRCLE)
PASSES = SeenThing(1.0, 3.0, PATH)
STAYS = SeenThing(2.5, 9.0, DirectionPath.fixed(Direction(-60.0, 10.0)))
SCENE = set_length(Scene(), 5 * 48_000).scene


def test_a_lane_follows_what_moves_while_it_is_seen() -> None:
    change = add_seen(SCENE, ((PASSES, "a dog barks"), (STAYS, "a flag flaps")), seed=7)
    assert change.name == "Add 2 lanes"
    dog, flag = change.scene.lanes
    assert (dog.name, dog.kind) == ("Dog barks", LaneKind.POINT)
    assert dog.path is not None
    assert dog.path.interpolation is PathInterpolation.GREAT_CIRCLE
    assert [(frame.at_sample, frame.direction) for frame in dog.path.keyframes] == [
        (48_000, Direction(0.0)),
        (144_000, Direction(90.0)),
    ]
    (bark,), (flap,) = dog.blocks, flag.blocks
    assert (bark.start_sample, bark.end_sample) == (48_000, 144_000)
    assert (flap.start_sample, flap.end_sample) == (120_000, 240_000)  # the scene ends before the thing does
    assert bark.recipe.direction == Direction(0.0)
    assert flap.recipe.direction is not None
    assert flap.recipe.direction.azimuth_deg == pytest.approx(-60.0)
    assert flap.recipe.direction.elevation_deg == pytest.approx(10.0)
    assert (bark.recipe.seed, flap.recipe.seed) == (7, 8)


def test_one_lane_has_its_name_in_the_history() -> None:
    assert "Dog barks" in add_seen(SCENE, ((PASSES, "a dog barks"),)).name


@pytest.mark.parametrize("named", [(), ((PASSES, "x" * 3_000),), ((SeenThing(6.0, 8.0, PATH), "a dog"),)])
def test_what_the_scene_cannot_take_is_refused(named: tuple[tuple[SeenThing, str], ...]) -> None:
    with pytest.raises(SceneError):
        add_seen(SCENE, named)
