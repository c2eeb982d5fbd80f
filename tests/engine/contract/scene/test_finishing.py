"""A finished take is heard at once if the block waits for it, or if its current take is too short."""

from dataclasses import replace

from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.edits.finishing import finish_take
from engine.contract.scene.lane import Lane
from engine.contract.scene.recipe import Recipe, SceneTake
from engine.contract.scene.scene import Scene

RECIPE = Recipe.of("rain", seed=1)
OLD, NEW = SceneTake("old", RECIPE), SceneTake("new", RECIPE)


def current_after(block: GeneratedBlock, take: SceneTake, replaces: str | None) -> str | None:
    scene = Scene(lanes=(Lane(lane_id=1, name="Rain", blocks=(block,)),), next_id=3)
    found = finish_take(scene, 2, take, replaces).scene.block(2)
    assert isinstance(found, GeneratedBlock)
    assert take in found.takes
    return found.current


def test_a_finished_take_is_heard_where_it_is_waited_for() -> None:
    block = GeneratedBlock(block_id=2, length_samples=48_000, recipe=RECIPE)
    assert current_after(block, NEW, None) == "new"
    with_old = replace(block, takes=(OLD,), current="old")
    assert current_after(with_old, NEW, None) == "old"
    assert current_after(with_old, NEW, "old") == "new"
    assert current_after(with_old, NEW, "another") == "old"
    # The user has changed the words meanwhile.
    other = replace(block, recipe=Recipe.of("sea"), takes=(OLD,))
    assert current_after(other, NEW, "old") is None
