"""No change clicks: no step from sample to sample is much larger than those of the sound itself."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from engine.ambisonics.encoding import encode_point
from engine.contract.directions import Direction
from engine.contract.scene.edits.blocks import delete_blocks, move_block
from engine.contract.scene.edits.lanes import mute_lane, remove_lane, set_lane_gain, solo_lane
from engine.contract.scene.edits.places import free_lane, set_path
from engine.contract.scene.edits.whole import set_master_gain
from engine.contract.scene.place import LanePath
from engine.contract.scene.scene import Scene
from engine.rendering.mix.mixer import SceneMixer
from engine.rendering.mix.sounds import BlockSound
from tests.engine.rendering.mix.mixing import SECOND, field_sound, generated, lane, recorded, recording, scene

TONE_HZ = 220.0
EDITED_AT = 51 * 480
"""A tick at which the tone is near its peak, where a jump is largest."""
MARGIN = 1.1
EDITS: dict[str, Callable[[Scene], Scene]] = {
    "a fader jumps by 20 dB": lambda before: set_lane_gain(before, 1, -20.0).scene,
    "the master jumps by 20 dB": lambda before: set_master_gain(before, -20.0).scene,
    "a mute": lambda before: mute_lane(before, 1, True).scene,
    "a solo": lambda before: solo_lane(before, 2, True).scene,
    "the place jumps": lambda before: set_path(before, 1, LanePath.fixed(Direction(-90.0))).scene,
    "the place jumps far away": lambda before: set_path(before, 1, LanePath.fixed(Direction(-90.0), 80.0)).scene,
    "the place is removed": lambda before: free_lane(before, 1).scene,
    "the lane is removed": lambda before: remove_lane(before, 1).scene,
    "the block is deleted": lambda before: delete_blocks(before, [10]).scene,
    "the block is moved": lambda before: move_block(before, 10, 1_111).scene,
}


def tone() -> np.ndarray:
    """Return a tone of 2 s: its steps from sample to sample are small, so that others show."""
    return (0.2 * np.sin(2 * np.pi * TONE_HZ * np.arange(2 * SECOND) / SECOND)).astype(np.float32)


def largest_step(foa: np.ndarray) -> float:
    return float(np.abs(np.diff(foa, axis=1)).max())


@pytest.mark.parametrize("kind", ["recording", "take"])
@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_while_it_sounds_makes_no_step(kind: str, edit: str) -> None:
    sound: BlockSound = recorded(tone()[None])
    block = recording(10)
    if kind == "take":
        block, sound = generated(10), field_sound(encode_point(tone(), Direction(40.0)))
    before = scene(lane(1, block, path=LanePath.fixed(Direction(90.0))), lane(2))
    mixer = SceneMixer(before, {10: sound})
    own = mixer.read(EDITED_AT).field[:, 4_800:]
    mixer.change(EDITS[edit](before))
    after = mixer.read(SECOND // 2).field
    out = np.concatenate([own, after], axis=1)
    assert not np.allclose(after[:, 9_600:], own[:, : after.shape[1] - 9_600], atol=1e-3)  # the edit is heard
    assert largest_step(out) < MARGIN * largest_step(own)
    jumps = np.abs(np.diff(out, axis=1)).max(axis=0)
    assert jumps[own.shape[1] - 2 : own.shape[1] + 2].max() < MARGIN * largest_step(own)


def test_another_take_of_a_block_is_faded_in() -> None:
    mixer = SceneMixer(scene(lane(1, generated(10))), {10: field_sound(encode_point(tone(), Direction(40.0)))})
    own = mixer.read(EDITED_AT).field
    mixer.hear({10: field_sound(encode_point(-0.8 * tone(), Direction(-40.0)))})
    out = np.concatenate([own, mixer.read(SECOND // 2).field], axis=1)
    assert largest_step(out) < MARGIN * largest_step(own)


def test_a_change_is_heard_within_10_ms() -> None:
    before = scene(lane(1, recording(10)))
    mixer = SceneMixer(before, {10: recorded(np.ones((1, 2 * SECOND)))})
    mixer.read(1_000)
    mixer.change(replace(before, lanes=(replace(before.lanes[0], gain_db=-20.0),)))
    after = mixer.read(960).field[0]
    assert np.abs(after[480:] - 1.0).max() > 0.1
    assert after[-1] == pytest.approx(0.1, abs=0.01)


def test_lanes_that_come_and_go_within_one_read_are_kept_apart() -> None:
    sounds = {10: recorded(tone()[None]), 20: recorded(tone()[None])}
    before = scene(lane(1, recording(10)), lane(2, recording(20)))
    mixer = SceneMixer(before, sounds, keeps_lanes=True, limited=False)
    mixer.read(100)
    mixer.change(remove_lane(before, 2).scene)
    mixed = mixer.read(2_000)
    assert {own.shape for own in mixed.lanes.values()} == {(4, 2_000)}
    assert mixed.lanes[2][:, 300:380].any()
    assert not mixed.lanes[2][:, 400:].any()
    np.testing.assert_allclose(sum(mixed.lanes.values())[:, :380], mixed.field[:, :380], atol=1e-6)


def test_another_thread_may_change_the_scene_while_it_is_read() -> None:
    """Each tick is one of the two scenes as a whole: never a gain of one with a lane of the other."""
    sounds = {number: recorded(np.ones((1, 40 * SECOND))) for number in (10, 20)}
    one, two = lane(1, recording(10, 40.0)), lane(2, recording(20, 40.0), gain_db=-20.0)
    scenes = [scene(one, seconds=40.0), scene(two, seconds=40.0, master_gain_db=20.0)]
    mixer, done = SceneMixer(scenes[0], sounds, keeps_lanes=True, limited=False), threading.Event()

    def edit() -> None:
        for index in itertools.count():
            if done.is_set():
                return
            mixer.change(scenes[index % 2])
            time.sleep(0.0001)

    editor = threading.Thread(target=edit)
    editor.start()
    try:
        ends = [mixer.read(480).field[0, -1] for _ in range(2_000)]
    finally:
        done.set()
        editor.join()
    np.testing.assert_allclose(ends, 1.0, atol=1e-5)
