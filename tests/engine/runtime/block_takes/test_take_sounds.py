"""Takes as sounds of the mix after a part was made again: all else has to stay bit for bit."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.edits.finishing import finish_take
from engine.contract.scene.edits.rerolling import reroll_range
from engine.contract.scene.lane import Lane
from engine.contract.scene.recipe import Recipe, SceneTake
from engine.contract.scene.scene import Scene
from engine.model.streaming.streamer import PatchStreamer
from engine.rendering.blocks.keys import Maker
from engine.rendering.mix.mixer import SceneMixer
from engine.runtime.block_takes.making import make_take
from engine.runtime.block_takes.sounds import sound_of
from engine.runtime.block_takes.store import BlockTakes
from tests.engine.runtime.making.rough_model import RoughModel

MAKER = Maker("weights", "torch")
PATCHES = 20
LENGTH = PATCHES * PATCH_SAMPLES
BLOCK = GeneratedBlock(block_id=1, length_samples=LENGTH, recipe=Recipe.of("a dog barks", seed=3))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> PatchStreamer:
    return RoughModel(tmp_path_factory.mktemp("rough")).save()()


def made(scene: Scene, model: PatchStreamer, store: BlockTakes) -> Scene:
    """The scene with a take for every block that has none."""
    for block in scene.blocks():
        if isinstance(block, GeneratedBlock) and block.current is None:
            take = make_take(block, model, store, MAKER)
            scene = finish_take(scene, block.block_id, SceneTake(take.take_id, block.recipe), None).scene
    return scene


def mix(scene: Scene, store: BlockTakes) -> NDArray[np.float32]:
    with ExitStack() as stack:
        sounds = {}
        for block in scene.blocks():
            assert isinstance(block, GeneratedBlock)
            assert block.current is not None
            take = stack.enter_context(store.open(block.current))
            sounds[block.block_id] = sound_of(take, take)
        return SceneMixer(scene, sounds, limited=False).read(LENGTH).field


def test_what_is_not_made_again_stays_bit_for_bit(model: PatchStreamer, tmp_path: Path) -> None:
    store = BlockTakes(tmp_path / "takes")
    lane = Lane(lane_id=9, name="Dog", blocks=(BLOCK,))
    scene = made(Scene(lanes=(lane,), next_id=10, length_samples=LENGTH), model, store)
    before = mix(scene, store)
    files = {take_id: store.path(take_id).read_bytes() for take_id in store.ids()}
    start, end, fade = 5 * PATCH_SAMPLES + 777, 14 * PATCH_SAMPLES - 333, 4800
    again = made(reroll_range(scene, 1, start, end, seed=4, fade_samples=fade).scene, model, store)
    after = mix(again, store)
    assert len(list(again.blocks())) == 3
    assert np.array_equal(after[:, :start], before[:, :start])
    assert np.array_equal(after[:, end:], before[:, end:])
    assert not np.allclose(after[:, start + fade : end - fade], before[:, start + fade : end - fade], atol=1e-3)
    assert all(store.path(take_id).read_bytes() == data for take_id, data in files.items())
    # Equal power: each half of the cross-fade is the sum of both takes, weighed by sine and cosine.
    rolled = next(b for b in again.blocks() if isinstance(b, GeneratedBlock) and b.recipe.seed == 4)
    alone = mix(replace(again, lanes=(replace(lane, blocks=(replace(rolled, fade_in_samples=0),)),)), store)
    x = (np.arange(fade) / fade) * 0.5 * np.pi
    expected = np.cos(x) * before[:, start : start + fade] + np.sin(x) * alone[:, start : start + fade]
    assert np.abs(after[:, start : start + fade] - expected).max() < 1e-5
    # Going back restores everything.
    assert np.array_equal(mix(scene, store), before)
