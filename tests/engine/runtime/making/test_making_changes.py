"""Scenes that change while takes are made, and takes that cannot be made: the others go on."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.scene.blocks import FileReference, GeneratedBlock
from engine.contract.scene.edits.change import with_block
from engine.contract.scene.edits.lanes import mute_lane
from engine.contract.scene.edits.trimming import ended_at
from engine.contract.scene.recipe import Cue, PromptSlot, Recipe
from engine.contract.scene.scene import SceneFilm
from engine.model.streaming.streamer import PatchStreamer
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.making.messages import (
    MakingProgress,
    NotMade,
    TakeFinished,
)
from tests.engine.runtime.making.making_rig import PATCHES, Rig, block, scene_of


def test_a_change_of_the_scene_holds_from_the_next_patch_on(rig: Rig) -> None:
    first, second = block(1, 0), block(2, 8)
    rig.give(scene_of(first, second))

    def mute(count: int) -> None:
        if count == 3:
            rig.give(mute_lane(scene_of(first, second), 101, True).scene)

    rig.after_patch = mute
    rig.turn()
    assert list(rig.finished) == [2, 1]
    assert [m.working_on for m in rig.of(MakingProgress) if m.blocks][1:6] == [1, 1, 1, 1, 2]
    assert rig.patches == [False] * (3 + PATCHES) + [True] * (PATCHES - 3)


def test_a_block_that_grows_while_it_is_made_goes_on(rig: Rig) -> None:
    one = block(1, 0)
    rig.give(scene_of(one))

    def lengthen(count: int) -> None:
        if count == 5:
            rig.give(scene_of(replace(one, length_samples=(PATCHES + 4) * PATCH_SAMPLES)))

    rig.after_patch = lengthen
    rig.turn()
    assert len(rig.patches) == PATCHES + 4
    assert len(rig.store.ids()) == 1


def test_a_longer_block_extends_its_take_and_a_take_of_another_model_stays(model: PatchStreamer, rig: Rig) -> None:
    one = block(1, 0)
    rig.give(scene_of(one))
    rig.turn()
    (told,) = rig.of(TakeFinished)
    scene = told.edit(scene_of(one)).scene
    rig.give(scene)
    rig.turn()
    assert len(rig.patches) == PATCHES
    longer = with_block(scene, ended_at(scene.block(1), 12 * PATCH_SAMPLES))
    rig.give(longer)
    rig.turn()
    assert rig.patches == [False] * (PATCHES + PATCHES + 2)  # ten of them were replayed
    assert len(rig.of(TakeFinished)) == 1
    assert len(rig.store.ids()) == 1

    class Newer:
        checkpoint_sha256, runtime, another = "newer", model.runtime, model.another

    newer = Rig(Newer(), rig.folder)  # type: ignore[arg-type]
    newer.give(longer)
    newer.turn()
    assert newer.patches == []
    longest = with_block(longer, ended_at(longer.block(1), 14 * PATCH_SAMPLES))
    newer.give(longest)
    newer.turn()
    (other,) = newer.of(TakeFinished)
    assert other.replaces == told.take.take_id != other.take.take_id
    after = other.edit(longest).scene.block(1)
    assert isinstance(after, GeneratedBlock)
    assert after.current == other.take.take_id
    assert len(after.takes) == 2


def test_what_cannot_be_made_is_told_and_the_others_go_on(rig: Rig, tmp_path: Path) -> None:
    missing = SceneFilm(FileReference(str(tmp_path / "gone.mp4")), 60 * SAMPLE_RATE_HZ)
    follows = replace(block(1, 0), recipe=Recipe.of("rain", seed=1, film_sample=0))
    rig.give(replace(scene_of(follows, block(2, 8)), film=missing))
    rig.turn()
    (told,) = rig.of(NotMade)
    assert told.block_id == 1
    assert "gone.mp4" in told.message
    assert list(rig.finished) == [2]
    rig.give(scene_of(replace(follows, recipe=Recipe.of("rain", seed=1)), block(2, 8)))
    rig.turn()
    assert list(rig.finished) == [2, 1]


def test_a_full_disk_is_told_once_and_tried_again(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.give(scene_of(block(1, 0)))
    rig.turn(2)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.runtime.block_takes.writer.os.fsync", full)
    rig.turn()
    rig.loop._not_before_s = 0.0
    rig.turn()
    (told,) = rig.of(NotMade)
    assert told.block_id is None
    assert "No space left" in told.message or "no space left" in told.message
    monkeypatch.undo()
    rig.loop._not_before_s = 0.0
    rig.turn()
    assert list(rig.finished) == [1]
    assert len(rig.store.ids()) <= 2


def test_an_error_of_the_model_is_a_sentence(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = PatchStreamer.next_patch

    def broken(self: PatchStreamer, request: object) -> object:
        if request.prompt.text == "bang":  # type: ignore[attr-defined]
            raise RuntimeError("out of luck")
        return honest(self, request)  # type: ignore[arg-type]

    monkeypatch.setattr(PatchStreamer, "next_patch", broken)
    rig.give(scene_of(block(1, 0, "bang"), block(2, 0)))
    rig.turn()
    (told,) = rig.of(NotMade)
    assert (told.block_id, "internal error" in told.message, "out of luck" in told.detail) == (1, True, True)
    assert list(rig.finished) == [2]


def test_a_project_under_another_name_is_another_folder(rig: Rig, tmp_path: Path) -> None:
    rig.give(scene_of(block(1, 0)))
    rig.turn(4)
    rig.folder = tmp_path / "elsewhere"
    rig.give(scene_of(block(1, 0)))
    rig.turn()
    assert len(BlockTakes(tmp_path / "elsewhere").ids()) == 1
    assert rig.of(TakeFinished)[0].take.take_id in os.listdir(tmp_path / "elsewhere")[0]


def test_other_words_from_a_time_on_keep_what_came_before(rig: Rig) -> None:
    one = block(1, 0)
    rig.give(scene_of(one))
    rig.turn()
    first = rig.finished[1]
    data = rig.store.path(first).read_bytes()
    rig.said.clear()
    cues = (*one.recipe.cues, Cue((PromptSlot("a dog barks"),), 6 * PATCH_SAMPLES))
    rig.give(scene_of(replace(one, recipe=replace(one.recipe, cues=cues))))
    rig.turn()
    second = rig.finished[1]
    assert rig.of(MakingProgress)[0].blocks[0].made == 6
    assert rig.sound(second, 6) == rig.sound(first, 6)
    assert rig.sound(second) != rig.sound(first)
    assert rig.store.path(first).read_bytes() == data


def test_a_block_that_is_taken_away_lets_its_take_go(rig: Rig) -> None:
    rig.give(scene_of(block(1, 0, patches=100), block(2, 30)))
    rig.turn(3)
    (take_id,) = rig.store.ids()
    rig.give(scene_of(block(2, 30)))
    rig.turn(1)
    rig.store.remove(take_id)  # raises if it is still being written
    rig.turn()
    assert list(rig.finished) == [2]
