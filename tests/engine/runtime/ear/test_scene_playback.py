"""A scene at the ear: the samples of the files, edits without a click, and silence only for what is not there."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.directions import Direction
from engine.contract.scene.blocks import Convention, FileReference
from engine.contract.scene.edits.blocks import delete_blocks, move_block, set_block_gain
from engine.contract.scene.edits.lanes import mute_lane, set_lane_gain, solo_lane
from engine.contract.scene.edits.places import set_path
from engine.contract.scene.edits.takes import add_take, choose_take
from engine.contract.scene.edits.whole import set_master_gain
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.recipe import Recipe, SceneTake
from engine.contract.scene.scene import LoopRange, Scene
from engine.contract.view import ViewOrientation
from engine.rendering.mix.mixer import SceneMixer
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.ear.ring_deck import soften_seams
from engine.runtime.offline.scene_job import SceneJob
from engine.runtime.offline.scene_render import render_scene
from engine.runtime.offline.scene_takes import SceneTakes
from tests.engine.rendering.mix.mixing import SECOND, lane, noise, recording, scene
from tests.engine.runtime.ear.playback_rig import CLICK, roughness
from tests.engine.runtime.ear.scene_rig import no_model
from tests.engine.runtime.ear.scenes_of_tones import made, making, tone_block, tone_scene

pytestmark = pytest.mark.slow
LEFT, RIGHT = LanePath.fixed(Direction(90.0)), LanePath.fixed(Direction(-90.0))


def sound_file(path: Path, array: np.ndarray, rate_hz: int = SECOND) -> FileReference:
    soundfile.write(path, array.T, rate_hz, "FLOAT")
    return FileReference(str(path))


def full_scene(folder: Path) -> Scene:
    mono = sound_file(folder / "drip.wav", noise(SECOND)[None])
    slow = sound_file(folder / "slow.wav", np.stack([noise(44_100, 1), noise(44_100, 2)]), 44_100)
    field = sound_file(folder / "field.wav", np.stack([noise(SECOND, seed) for seed in range(3, 7)]))
    moving = LanePath(tuple(Keyframe(s * SECOND, Direction(90.0 - 100.0 * s), 2.0 + 9.0 * s) for s in (0, 1, 2)))
    first = made(tone_block(11, 700, 1.6, fade_in_samples=700, before_samples=900), folder)
    return scene(
        lane(1, first, made(tone_block(14, 300, 0.5, start_sample=63_900), folder), path=moving, width_deg=40.0),
        lane(
            2,
            recording(12, 1.0, start_sample=14_900, file=mono, fade_out_samples=3_001, gain_db=-2.5),
            gain_db=-6.0,
            path=RIGHT,
        ),
        lane(3, recording(13, 0.9, Convention.STEREO, file=slow), kind=LaneKind.HEAD_LOCKED),
        lane(4, recording(15, 0.8, Convention.AMBIX, start_sample=2_401, file=field), kind=LaneKind.BED, gain_db=3.0),
        lane(5, made(tone_block(16, 500, 1.0), folder), mute=True),
        seconds=1.9,
        master_gain_db=-1.5,
    )


def test_the_ear_gets_the_samples_of_the_files(rig, tmp_path):
    """In blocks of another size than the mix has, and bit for bit, but for the fade at the end."""
    document = full_scene(tmp_path)
    job = SceneJob(document, tmp_path / "out", subtype="float")
    render_scene(job, no_model, BlockTakes(tmp_path))
    parts = [soundfile.read(file, dtype="float32", always_2d=True)[0].T for file in (job.mix, job.head_locked_file)]
    files = np.concatenate(parts)
    rig.play(document)
    mixed = rig.mixed()
    rig.listen(190)
    ear = np.concatenate(mixed, axis=1)
    assert ear.shape == files.shape
    faded = document.length_samples - 480
    assert np.abs(files[4:, :faded]).max() > 0.05
    np.testing.assert_array_equal(ear[:, :faded], files[:, :faded])
    assert rig.state.dropouts.underruns == 0


def test_head_locked_sound_is_added_behind_the_filters(rig, tmp_path):
    """It stays with the head, whatever the view does."""
    music = sound_file(tmp_path / "music.wav", np.stack([noise(SECOND, 1), np.zeros(SECOND, np.float32)]))
    block = recording(13, 1.0, Convention.STEREO, file=music)
    rig.play(scene(lane(3, block, kind=LaneKind.HEAD_LOCKED), seconds=1.0))
    rig.state.view = ViewOrientation(yaw_rad=np.pi)
    heard = rig.listen(60)
    assert np.abs(heard[0]).max() > 0.05
    assert np.abs(heard[1]).max() == 0.0


def test_the_view_turns_the_scene(rig, tmp_path):
    """A source at the left is louder at the left ear; the head turned round, it is the other way about."""
    rig.play(tone_scene(tmp_path))
    left, right = np.abs(rig.listen(40)[:, 4_096:]).max(axis=1)
    assert left > 4 * right
    rig.state.view = ViewOrientation(yaw_rad=np.pi)
    left, right = np.abs(rig.listen(40)[:, 4_096:]).max(axis=1)
    assert right > 4 * left


EDITS = {
    "a fader jumps by 20 dB": lambda before: set_lane_gain(before, 1, -20.0).scene,
    "the master fader jumps by 20 dB": lambda before: set_master_gain(before, -20.0).scene,
    "the gain of the block jumps by 20 dB": lambda before: set_block_gain(before, 10, -20.0).scene,
    "a mute": lambda before: mute_lane(before, 1, True).scene,
    "a solo": lambda before: solo_lane(before, 2, True).scene,
    "the place jumps": lambda before: set_path(before, 1, RIGHT).scene,
    "the block is deleted": lambda before: delete_blocks(before, [10]).scene,
    "the block is moved": lambda before: move_block(before, 10, 1_111).scene,
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_heard_in_the_next_block_and_does_not_click(rig, tmp_path, edit):
    document = tone_scene(tmp_path)
    rig.play(document)
    unedited = rig.listen(46)
    rig.seek(0)
    rig.listen(1)  # the fade of the seek
    before = rig.listen(40)
    rig.play(EDITS[edit](document))
    after = rig.listen(5)
    assert roughness(np.concatenate([before, after], axis=1)[:, 2_000:]) < CLICK
    np.testing.assert_array_equal(before[:, 2_000:], unedited[:, 2_000 : before.shape[1]])
    second_block = slice(512, 1024)
    was = unedited[:, before.shape[1] :][:, second_block]
    assert np.abs(after[:, second_block] - was).max() > 0.02 * np.abs(was).max()


GAINS = {
    "lane": lambda before, gain_db: set_lane_gain(before, 1, gain_db).scene,
    "block": lambda before, gain_db: set_block_gain(before, 10, gain_db).scene,
    "master": lambda before, gain_db: set_master_gain(before, gain_db).scene,
}


@pytest.mark.parametrize("of", GAINS)
@pytest.mark.parametrize("gain_db", [-12.3, 4.0])
def test_what_is_heard_changes_by_the_gain_that_is_set(rig, tmp_path, of, gain_db):
    document = tone_scene(tmp_path)
    rig.play(document)
    rig.listen(20)
    before = rig.listen(20)
    rig.play(GAINS[of](document, gain_db))
    rig.listen(10)
    after = rig.listen(20)
    assert 20.0 * np.log10(np.std(after[0]) / np.std(before[0])) == pytest.approx(gain_db, abs=0.2)
    rig.play(document)  # as after undo
    rig.listen(10)
    assert 20.0 * np.log10(np.std(rig.listen(20)[0]) / np.std(before[0])) == pytest.approx(0.0, abs=0.2)


@pytest.mark.parametrize("to", [0, 30_000, 47_111])
def test_a_seek_does_not_click_and_plays_on_there(rig, tmp_path, to):
    rig.play(tone_scene(tmp_path))
    before = rig.listen(40)
    rig.seek(to)
    after = rig.listen(20)
    assert roughness(np.concatenate([before, after], axis=1)[:, 2_000:]) < CLICK
    assert np.abs(after[0, -2048:]).max() > 0.02
    assert rig.state.clock.until_sample > to


def test_pause_keeps_the_place(rig, tmp_path):
    rig.play(tone_scene(tmp_path))
    rig.listen(40)
    rig.state.play = False
    quiet = rig.listen(30)
    assert np.abs(quiet[:, 4_096:]).max() == 0.0
    at = rig.state.clock.until_sample
    rig.state.play = True
    rig.listen(1)
    assert rig.state.clock.until_sample == at + 512
    assert roughness(quiet) < CLICK


def test_a_loop_repeats_its_range_without_a_click(rig, tmp_path):
    document = replace(tone_scene(tmp_path), loop=LoopRange(20_000, 33_333))
    rig.seek(15_000)
    rig.play(document)
    heard = rig.listen(120)
    assert roughness(heard[:, 1_000:]) < CLICK
    assert 20_000 <= rig.state.clock.until_sample <= 33_333
    assert rig.state.dropouts.underruns == 0
    first, later = 33_333 - 15_000, 33_333 - 20_000
    np.testing.assert_allclose(
        heard[:, first + 600 : first + 10_000], heard[:, first + later + 600 : first + later + 10_000], atol=1e-6
    )


@pytest.mark.parametrize("length", [480, 777, 2_000, 7_000])
def test_a_loop_shorter_than_a_patch_is_what_an_offline_loop_gives(rig, tmp_path, length):
    document = replace(tone_scene(tmp_path), loop=LoopRange(20_100, 20_100 + length))
    fields = rig.mixed()
    rig.seek(20_100)
    rig.play(document)
    rig.listen(60)
    wanted = []
    with closing(SceneTakes(BlockTakes(tmp_path), no_model, None, None, lambda: False)) as takes:
        mixer = SceneMixer(document, {block.block_id: takes.sound(block) for block in document.blocks()})
        for number in range(-(-40 * 512 // length)):
            mixer.seek(20_100)
            mixed = mixer.read(length)
            lap = np.concatenate([mixed.field, mixed.head_locked])
            soften_seams(lap, 20_100, 20_100, 20_100 + length, is_first=number == 0)
            wanted.append(lap)
    heard = np.concatenate([field for field in fields if field.shape[1]], axis=1)
    assert heard.shape[1] >= 40 * 512
    assert rig.state.dropouts.underruns == 0
    assert np.array_equal(heard[:, : 40 * 512], np.concatenate(wanted, axis=1)[:, : 40 * 512])


def test_behind_the_loop_the_film_plays_to_its_end(rig, tmp_path):
    document = replace(tone_scene(tmp_path), loop=LoopRange(20_000, 33_333))
    rig.seek(40_000)
    rig.play(document)
    rig.listen(150)
    assert rig.state.ended
    assert rig.state.clock.until_sample == 2 * SECOND


def test_what_is_not_there_in_time_is_silence_for_that_block_alone(rig, tmp_path):
    """The feeder stops for 10 blocks: both tones end in a fade. It goes on, and both come back in one."""
    document = scene(
        lane(1, made(tone_block(10, 1000, 3.0), tmp_path), path=LEFT),
        seconds=3.0,
    )
    rig.play(document)
    rig.listen(10)
    dry = rig.listen(220, feeds=False)
    assert rig.sounds.silent() == (10,)
    back = rig.listen(20)
    heard = np.concatenate([dry, back], axis=1)
    assert roughness(heard) < CLICK
    assert np.abs(dry[:, -4_096:]).max() == 0.0
    assert np.abs(back[0, -4_096:]).max() > 0.02
    assert rig.state.dropouts.underruns == 1
    assert rig.state.dropouts.underrun_samples > 480
    assert rig.sounds.silent() == ()


def test_a_take_is_heard_while_it_grows(rig, tmp_path):
    block = tone_block(10, 1000, 20 * PATCH_SAMPLES / SECOND)
    document = scene(lane(1, block, path=LEFT), seconds=4.0)
    rig.play(document)
    rig.feed()
    assert rig.listen(2).max() == 0.0
    assert rig.sounds.silent() == (10,)
    with making(block, 20, tmp_path) as take:
        for _ in range(8):
            take.step()
        rig.under_way({10: take.take_id})
        rig.seek(0)
        heard = rig.listen(60)
        assert np.abs(heard[0, 5_000:]).min(initial=1.0) >= 0.0
        assert np.abs(heard[0, -2048:]).max() > 0.02
        for _ in range(12):
            take.step()
    rig.play(
        scene(
            lane(1, replace(block, takes=(SceneTake(take.take_id, block.recipe),), current=take.take_id), path=LEFT),
            seconds=4.0,
        )
    )
    later = rig.listen(150)
    assert roughness(np.concatenate([heard, later], axis=1)[:, 1_000:]) < CLICK
    assert rig.state.dropouts.underruns == 0
    peaks = [told for told in rig.told if hasattr(told, "peaks")]
    assert {told.source for told in peaks} == {take.take_id}
    assert len(peaks[-1].peaks) == 20 * PATCH_SAMPLES // 480


def test_another_take_begins_where_the_last_one_leaves(rig, tmp_path):
    """A comparison: no gap, although the other take has to be read first."""
    document = tone_scene(tmp_path)
    other = made(replace(tone_block(10, 1000, 2.0), recipe=Recipe.of("a tone of 1000 Hz", seed=157)), tmp_path)
    document = add_take(document, 10, other.takes[0]).scene
    rig.play(document)
    before = rig.listen(40)
    rig.play(choose_take(document, 10, other.takes[0].take_id).scene)
    after = rig.listen(20)
    assert rig.state.dropouts.underruns == 0
    assert roughness(np.concatenate([before, after], axis=1)[:, 1_000:]) < 2 * CLICK
    assert np.abs(after).reshape(2, -1, 64).max(axis=(0, 2)).min() > 0.002


def test_the_levels_are_those_of_the_mix(rig, tmp_path):
    rig.play(tone_scene(tmp_path))
    rig.listen(40)
    blocks = []
    while (block := rig.playback.scene.tap.next_block()) is not None:
        blocks.append(block)
    assert blocks
    assert {block.epoch for block in blocks} == {rig.epoch}
    starts = [block.start_sample for block in blocks]
    assert np.diff(starts).tolist() == [1920] * (len(starts) - 1)
    assert blocks[-1].samples[1].std() > 0.9 * blocks[-1].samples[0].std()  # it comes from the left


def test_live_stream_and_scene_take_turns_without_a_click(rig, tmp_path):
    from engine.ambisonics.encoding import encode_point
    from engine.contract.audio import FoaBlock

    rig.play(tone_scene(tmp_path))
    before = rig.listen(40)
    rig.seek(0, of_scene=False)
    for slot in range(16):
        time = (slot * 1920 + np.arange(1920)) / SECOND
        tone = (0.25 * np.cos(2 * np.pi * 1000.0 * time)).astype(np.float32)
        block = FoaBlock(rig.epoch, slot * 1920, encode_point(tone, Direction(0.0)).astype(np.float32))
        assert rig.ring_writer.try_write(block, 10_000_000)
    live = rig.listen(30)
    rig.seek(20_000)
    again = rig.listen(30)
    assert roughness(np.concatenate([before, live, again], axis=1)[:, 1_000:]) < CLICK
    assert np.abs(live[0, 4_096:]).max() == pytest.approx(0.125, rel=0.1)
    assert np.abs(again[0, -2048:]).max() > 0.02


def test_a_recording_that_is_missing_is_told_and_silent(rig, tmp_path):
    gone = recording(12, 1.0, file=FileReference(str(tmp_path / "gone.wav")))
    document = scene(lane(1, made(tone_block(10, 1000, 2.0), tmp_path), path=LEFT), lane(2, gone), seconds=2.0)
    rig.play(document)
    heard = rig.listen(20)
    assert np.abs(heard).max() > 0.02
    assert any("gone.wav" in str(told) for told in rig.told)
    assert rig.sounds.silent() == (12,)


def test_play_waits_for_the_sounds_of_the_newest_scene(rig, tmp_path):
    """A take is finished and Play is pressed in the same moment: its beginning is heard."""
    rig.state.play = False
    rig.play(scene(lane(1, tone_block(10, 1000, 1.0), path=LEFT), seconds=1.0))
    rig.listen(3)
    assert rig.state.is_primed  # there is nothing to wait for
    rig.play(scene(lane(1, made(tone_block(10, 1000, 1.0), tmp_path), path=LEFT), seconds=1.0))
    rig.state.play = True
    assert np.abs(rig.listen(1, feeds=False)).max() == 0.0
    assert rig.state.clock.until_sample == 0
    heard = rig.listen(20)
    assert np.abs(heard[0, 480:1_024]).max() > 0.02
    assert rig.sounds.silent() == ()
