"""Scenes of takes and recordings that are made at once."""

from dataclasses import replace
from pathlib import Path

from engine.contract.directions import Direction
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.place import LanePath
from engine.contract.scene.recipe import Recipe, SceneTake
from engine.contract.scene.scene import Scene
from engine.rendering.blocks.keys import maker_for
from engine.runtime.block_takes.making import TakeMaking, make_take
from engine.runtime.block_takes.store import BlockTakes
from tests.engine.rendering.mix.mixing import generated, lane, scene
from tests.fakes import FakePatchSource, FakeSource


def tone_block(block_id: int, hz: int, seconds: float = 1.0, **values) -> GeneratedBlock:
    return replace(generated(block_id, seconds, **values), recipe=Recipe.of(f"a tone of {hz} Hz", seed=block_id))


def made(block: GeneratedBlock, folder: Path) -> GeneratedBlock:
    """Return the block with its take, which is made now."""
    source = FakePatchSource(FakeSource())
    take = make_take(block, source, BlockTakes(folder), maker_for(source, block.recipe, None))
    return replace(block, takes=(SceneTake(take.take_id, block.recipe),), current=take.take_id)


def making(block: GeneratedBlock, patches: int, folder: Path) -> TakeMaking:
    """Return the making of a block's take, to be stepped by hand."""
    source = FakePatchSource(FakeSource())
    return TakeMaking(block.recipe, patches, source, BlockTakes(folder), maker_for(source, block.recipe, None))


def tone_scene(folder: Path, seconds: float = 2.0, **values) -> Scene:
    """Return a scene with one lane on the left that plays a tone of 1000 Hz."""
    block = made(tone_block(10, 1000, seconds, **values), folder)
    return scene(lane(1, block, path=LanePath.fixed(Direction(90.0))), lane(2), seconds=seconds)
