"""Takes are made in the order in which they are due, bit for bit as one alone, and what fails stops no other."""

import hashlib
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.making import Playhead
from engine.contract.scene.blocks import FileReference, GeneratedBlock
from engine.contract.scene.edits.change import with_block
from engine.contract.scene.edits.lanes import mute_lane
from engine.contract.scene.edits.trimming import ended_at
from engine.contract.scene.edits.words import set_seed
from engine.contract.scene.lane import Lane
from engine.contract.scene.recipe import Cue, PromptSlot, Recipe
from engine.contract.scene.scene import Scene, SceneFilm
from engine.model.streaming.streamer import PatchStreamer
from engine.rendering.blocks.keys import Maker
from engine.runtime.block_takes.making import make_take
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.making.inbox import MakingInbox
from engine.runtime.making.loop import MakingLoop
from engine.runtime.making.messages import (
    CancelCandidates,
    CandidatesProgress,
    MakeCandidates,
    MakingProgress,
    NotMade,
    SceneToMake,
    TakeFinished,
)
from engine.runtime.making.streams import MOST_STREAMS
from engine.runtime.making.yielding import YieldingThread
from engine.runtime.processes.messages import Quit
from tests.engine.runtime.making.rough_model import RoughModel

PATCHES = 10


def block(block_id: int, start_s: float, words: str = "rain", patches: int = PATCHES) -> GeneratedBlock:
    return GeneratedBlock(
        block_id=block_id,
        start_sample=round(start_s * SAMPLE_RATE_HZ),
        length_samples=patches * PATCH_SAMPLES,
        recipe=Recipe.of(words, seed=block_id),
    )


def scene_of(*blocks: GeneratedBlock) -> Scene:
    """Each block in a lane of its own; lane 100 + n."""
    lanes = tuple(Lane(lane_id=100 + b.block_id, name=f"Lane {b.block_id}", blocks=(b,)) for b in blocks)
    return Scene(lanes=lanes, next_id=1000, length_samples=60 * SAMPLE_RATE_HZ)


class Rig:
    """A loop that is turned until nothing is left, with everything that it says; `made` are the blocks in order."""

    def __init__(self, model: PatchStreamer, folder: Path) -> None:
        self.folder, self.store, self.inbox = folder, BlockTakes(folder), MakingInbox()
        self.said: list[object] = []
        self.patches: list[bool] = []
        self.version = 0
        self.after_patch: Callable[[int], None] = lambda _count: None
        self.loop = MakingLoop(model, self.inbox, self.tell, self.run_patch)

    def tell(self, message: object) -> None:
        self.said.append(message)

    def run_patch(self, make: Callable[[], None], can_wait: bool) -> None:
        make()
        self.patches.append(can_wait)
        self.after_patch(len(self.patches))

    def give(self, scene: Scene) -> None:
        self.version += 1
        self.inbox.take(SceneToMake(self.version, scene, self.folder))

    def turn(self, most: int = 1000) -> None:
        for _ in range(most):
            if self.loop._turn():
                return

    def of(self, kind: type) -> list:
        return [message for message in self.said if isinstance(message, kind)]

    @property
    def finished(self) -> dict[int, str]:
        return {message.block_id: message.take.take_id for message in self.of(TakeFinished)}

    def sound(self, take_id: str, last: int = PATCHES) -> str:
        with self.store.open(take_id) as take:
            return hashlib.sha256(take.read(0, last * PATCH_SAMPLES).tobytes()).hexdigest()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> PatchStreamer:
    return RoughModel(tmp_path_factory.mktemp("rough")).save()()


@pytest.fixture
def rig(model: PatchStreamer, tmp_path: Path) -> Rig:
    return Rig(model, tmp_path / "takes")


def alone(model: PatchStreamer, folder: Path, wanted: GeneratedBlock) -> str:
    store = BlockTakes(folder)
    made = make_take(wanted, model.another(), store, Maker(model.checkpoint_sha256, model.runtime))
    with store.open(made.take_id) as take:
        return hashlib.sha256(take.read(0, PATCHES * PATCH_SAMPLES).tobytes()).hexdigest()


def test_blocks_made_in_turns_are_those_made_alone(model: PatchStreamer, rig: Rig, tmp_path: Path) -> None:
    blocks = [block(1, 0), block(2, 0, "a dog barks"), block(3, 4, "sea")]
    rig.give(scene_of(*blocks))
    rig.turn()
    assert set(list(rig.finished)[:2]) == {1, 2}
    assert list(rig.finished)[2:] == [3]
    assert len(rig.patches) == 3 * PATCHES  # nothing was replayed or made twice
    order = [m.working_on for m in rig.of(MakingProgress)]
    assert order.index(2) < len(order) - 1 - order[::-1].index(1)  # 1 and 2 took turns
    for each in blocks:
        assert rig.sound(rig.finished[each.block_id]) == alone(model, tmp_path / "alone", each)


def test_a_lost_stream_is_replayed_and_the_sound_is_the_same(model: PatchStreamer, rig: Rig, tmp_path: Path) -> None:
    blocks = [block(n, 0) for n in range(1, MOST_STREAMS + 3)]
    rig.give(scene_of(*blocks))
    rig.turn()
    assert len(rig.finished) == len(blocks)
    assert len(rig.patches) > len(blocks) * PATCHES
    for each in blocks:
        assert rig.sound(rig.finished[each.block_id]) == alone(model, tmp_path / "alone", each)


def test_the_bar_grows_patch_by_patch(rig: Rig) -> None:
    rig.give(scene_of(block(1, 0)))
    rig.turn()
    seen = [p.made for m in rig.of(MakingProgress) for p in m.blocks if p.block_id == 1]
    assert seen == list(range(PATCHES + 1))
    assert rig.of(MakingProgress)[-1].working_on is None


def test_what_is_on_disk_is_found_and_not_made(model: PatchStreamer, rig: Rig) -> None:
    rig.give(scene_of(block(1, 0)))
    rig.turn(4)
    rig.loop.close()
    again = Rig(model, rig.folder)
    again.give(scene_of(block(1, 0)))
    again.turn()
    assert again.of(MakingProgress)[0].blocks[0].made == 4
    assert len(again.store.ids()) == 1
    third = Rig(model, rig.folder)
    third.give(scene_of(block(1, 0)))
    third.turn()
    assert third.patches == []
    assert third.finished == again.finished


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


def test_the_playhead_decides(rig: Rig) -> None:
    rig.give(scene_of(block(1, 0), block(2, 8), block(3, 16)))
    rig.inbox.take(Playhead(7 * SAMPLE_RATE_HZ, True))
    rig.turn()
    assert list(rig.finished) == [2, 3, 1]


def test_two_blocks_of_one_recipe_share_a_take(rig: Rig) -> None:
    one = block(1, 0)
    rig.give(scene_of(one, replace(one, block_id=2, start_sample=SAMPLE_RATE_HZ // 2)))
    rig.turn()
    assert rig.finished[1] == rig.finished[2]
    assert len(rig.patches) == PATCHES


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


def test_candidates_are_made_with_their_seeds_and_can_be_cancelled(
    model: PatchStreamer, rig: Rig, tmp_path: Path
) -> None:
    rig.give(scene_of(block(1, 0)))
    rig.inbox.take(MakeCandidates(1, block(1, 0).recipe, (5, 6, 7), PATCHES))
    rig.turn()
    progress = rig.of(CandidatesProgress)
    assert [p.share for p in progress] == pytest.approx([n / 30 for n in range(1, 31)])
    assert progress[-1].is_over
    assert [take.recipe.seed for take in progress[-1].takes] == [5, 6, 7]
    for take in progress[-1].takes:
        assert rig.sound(take.take_id) == alone(model, tmp_path / "alone", replace(block(1, 0), recipe=take.recipe))
    rig.said.clear()
    rig.inbox.take(MakeCandidates(2, block(1, 0).recipe, (6, 8), PATCHES))

    def cancel(_count: int) -> None:
        if rig.of(CandidatesProgress)[-1].share > 0.6:
            rig.inbox.take(CancelCandidates(2))

    rig.after_patch = cancel
    rig.turn()
    assert rig.of(CandidatesProgress)[0].share == 0.5  # that of seed 6 is there
    assert not rig.of(CandidatesProgress)[-1].is_over
    assert rig.loop._candidates is None
    # Rolling the die to a candidate makes nothing again.
    made = len(rig.patches)
    rig.give(set_seed(scene_of(block(1, 0)), 1, 7).scene)
    rig.turn()
    assert len(rig.patches) == made


def test_while_the_film_plays_candidates_take_turns_with_what_is_due(rig: Rig) -> None:
    rig.give(scene_of(block(1, 0)))
    rig.inbox.take(Playhead(0, True))
    rig.inbox.take(MakeCandidates(1, block(1, 0).recipe, (5,), PATCHES))
    rig.turn()
    kinds = [type(m) for m in rig.said if isinstance(m, CandidatesProgress | MakingProgress)]
    assert kinds[1:7] == [MakingProgress, CandidatesProgress] * 3


def test_a_project_under_another_name_is_another_folder(rig: Rig, tmp_path: Path) -> None:
    rig.give(scene_of(block(1, 0)))
    rig.turn(4)
    rig.folder = tmp_path / "elsewhere"
    rig.give(scene_of(block(1, 0)))
    rig.turn()
    assert len(BlockTakes(tmp_path / "elsewhere").ids()) == 1
    assert rig.of(TakeFinished)[0].take.take_id in os.listdir(tmp_path / "elsewhere")[0]


def test_it_ends_when_asked(rig: Rig) -> None:
    rig.give(scene_of(block(1, 0, patches=300)))
    rig.after_patch = lambda count: rig.inbox.take(Quit()) if count == 2 else None
    thread = threading.Thread(target=rig.loop.run)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    (take_id,) = rig.store.ids()
    with rig.store.extend(take_id) as writer:  # it is closed
        assert writer.patches == 2


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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has priorities of threads")
def test_work_that_can_wait_has_a_low_priority_and_tells_its_errors() -> None:
    seen = []

    def see() -> None:
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    def fail() -> None:
        raise ValueError("in the thread")

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    with YieldingThread() as thread:
        for can_wait in (False, True, False, True):
            thread.run_patch(see, can_wait)
        with pytest.raises(ValueError, match="in the thread"):
            thread.run_patch(fail, True)
    low = min(before + 10, 19)
    assert seen == [before, low, before, low]
