"""Edits of beds: how long they become, what undo restores, and what is refused."""

import pytest

from engine.contract.errors import SceneError
from engine.contract.scene.edits.beds import fill_as_bed, play_once, toggle_bed
from engine.contract.scene.edits.blocks import slip_recording, split_block, trim_end
from engine.contract.scene.history import History
from tests.engine.rendering.mix.mixing import SECOND, generated, lane, recording, scene


def street(**values):
    later = recording(12, 2.0, start_sample=30 * SECOND)
    return scene(lane(1, recording(11, 4.0, start_sample=SECOND, **values), later), lane(2), seconds=60.0)


def test_a_bed_reaches_the_next_block_or_the_end_of_the_scene() -> None:
    what = fill_as_bed(street(), 11).scene
    assert what.block(11).end_sample == 30 * SECOND
    assert fill_as_bed(what, 12).scene.block(12).end_sample == 60 * SECOND


def test_a_bed_is_trimmed_beyond_its_file_split_and_slipped() -> None:
    what = fill_as_bed(street(), 11).scene
    longer = trim_end(what, 11, 50 * SECOND).scene
    assert longer.block(11).length_samples == 49 * SECOND
    split = split_block(longer, 11, 20 * SECOND).scene
    halves = [block for block in split.lanes[0].blocks if block.block_id != 12]
    assert [block.offset_samples for block in halves] == [0, 19 * SECOND]
    assert {block.bed_seed for block in halves} == {11}
    assert slip_recording(longer, 11, 100 * SECOND).scene.block(11).offset_samples == 100 * SECOND


def test_played_once_it_ends_with_its_file_and_undo_brings_the_bed_back() -> None:
    history = History(street(fade_out_samples=SECOND)).done(toggle_bed(street(fade_out_samples=SECOND), 11))
    filled = history.scene
    history = history.done(toggle_bed(filled, 11))
    assert history.scene.block(11) == street(fade_out_samples=SECOND).block(11)
    assert history.undone().scene == filled
    behind = split_block(filled, 11, 20 * SECOND).scene
    second = next(block for block in behind.lanes[0].blocks if block.start_sample == 20 * SECOND)
    once = play_once(behind, second.block_id).scene.block(second.block_id)
    assert (once.offset_samples, once.length_samples, once.bed_seed) == (0, 4 * SECOND, None)


def test_what_cannot_be_a_bed_is_refused_with_a_sentence() -> None:
    with pytest.raises(SceneError, match="too short to fill a bed: use a file of at least half a second"):
        fill_as_bed(scene(lane(1, recording(11, 0.4))), 11)
    with pytest.raises(SceneError, match="it needs no bed"):
        toggle_bed(scene(lane(1, generated(11))), 11)
    with pytest.raises(SceneError, match="fill it as a bed"):
        trim_end(street(), 11, 20 * SECOND)
