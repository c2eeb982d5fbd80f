"""Sound of another generator takes the place of a generated block, in one edit, and never that of a recording."""

import pytest

from engine.contract.errors import SceneError
from engine.contract.scene.blocks import Convention, FileReference, GeneratedBlock, RecordingBlock
from engine.contract.scene.edits.blocks import fade_block
from engine.contract.scene.edits.making import use_made
from engine.contract.scene.history import History
from tests.engine.contract.scene.scenes import whole_scene

FILE = FileReference("/p.takes/made-1.wav")


def test_a_block_keeps_its_place_and_undo_brings_its_takes_back() -> None:
    scene = whole_scene()
    before = scene.block(10)
    assert isinstance(before, GeneratedBlock)
    change = use_made(scene, 10, "AMBIT", "a dog barks", FILE, 10_000_000, Convention.AMBIX)
    made = change.scene.block(10)
    assert isinstance(made, RecordingBlock)
    assert change.name == "Make 'a dog barks' with AMBIT"
    assert (made.made_by, made.is_generated, made.title) == ("AMBIT", True, "a dog barks")
    assert (made.start_sample, made.end_sample, made.gain_db) == (
        before.start_sample,
        before.end_sample,
        before.gain_db,
    )
    assert change.scene.lane_of(10).path == scene.lane_of(10).path
    assert History(scene).done(change).undone().scene == scene


def test_a_shorter_file_ends_the_block_and_its_fades_fit() -> None:
    scene = fade_block(whole_scene(), 10, 24_000, 24_000).scene
    made = use_made(scene, 10, "AMBIT", "", FILE, 12_000, Convention.MONO).scene.block(10)
    assert made.length_samples == 12_000
    assert made.fade_in_samples + made.fade_out_samples <= 12_000
    assert made.title == scene.block(10).title


def test_a_recording_of_the_user_stays() -> None:
    with pytest.raises(SceneError, match="is a recording: it stays as it is"):
        use_made(whole_scene(), 12, "AMBIT", "rain", FILE, 48_000, Convention.MONO)
