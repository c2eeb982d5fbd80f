"""Takes are made in the order in which they are due, bit for bit as one alone."""

import os
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.making import Playhead
from engine.contract.scene.edits.words import set_seed
from engine.model.streaming.streamer import PatchStreamer
from engine.runtime.making.messages import (
    CancelCandidates,
    CandidatesProgress,
    MakeCandidates,
    MakingProgress,
)
from engine.runtime.making.streams import MOST_STREAMS
from engine.runtime.making.yielding import YieldingThread
from engine.runtime.processes.messages import Quit
from tests.engine.runtime.making.making_rig import PATCHES, Rig, alone, block, scene_of


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
