"""Another take of a block during playback: the last one is heard until the next one can go on from there."""

import time
from dataclasses import replace

import numpy as np
import pytest

from engine.contract.scene.edits.blocks import delete_blocks
from engine.contract.scene.scene import Scene
from engine.runtime.feeding import loop
from tests.engine.rendering.mix.mixing import scene
from tests.engine.runtime.ear.scenes_of_tones import making, tone_block, tone_scene

pytestmark = pytest.mark.slow


def hz_of(heard: np.ndarray) -> float:
    """Return the frequency of a tone in the left ear, to about 20 Hz."""
    sound = heard[0, -4_800:] * np.hanning(4_800)
    return float(np.argmax(np.abs(np.fft.rfft(sound, 48_000))))


def changed_words(document: Scene) -> Scene:
    """Return the scene with other words for its block, which has no take of them yet."""
    return scene(replace(document.lanes[0], blocks=(tone_block(10, 600, 4.0),)), seconds=4.0)


def test_the_last_take_is_heard_until_another_one_has_passed_the_playhead(rig, tmp_path):
    """Other words, or the die, during playback: the lane does not fall silent meanwhile."""
    document = tone_scene(tmp_path, 4.0)
    rig.play(document)
    heard = [rig.listen(60)]
    document = changed_words(document)
    rig.play(document)
    heard.append(rig.listen(20))
    assert hz_of(heard[-1]) == pytest.approx(1000.0, abs=20.0)
    with making(document.lanes[0].blocks[0], 25, tmp_path) as take:
        take.step()
        rig.under_way({10: take.take_id})
        for patches, hz in ((2, 1000.0), (3, 1000.0), (14, 600.0)):  # 3, 6 and 20 in all; the playhead is in the 6th
            for _ in range(patches):
                take.step()
            heard.append(rig.listen(12))
            assert hz_of(heard[-1]) == pytest.approx(hz, abs=20.0)
    whole = np.concatenate(heard, axis=1)[0, 1_000:]
    assert np.abs(whole[: len(whole) // 64 * 64].reshape(-1, 64)).max(axis=1).min() > 0.002
    assert rig.state.dropouts.underruns == 0
    assert rig.sounds.silent() == ()


def test_the_last_take_is_not_heard_for_ever(rig, tmp_path, monkeypatch):
    document = tone_scene(tmp_path, 4.0)
    rig.play(document)
    rig.listen(20)
    monkeypatch.setattr(loop, "_KEPT_S", 0.05)
    rig.play(changed_words(document))
    rig.listen(2)
    time.sleep(0.06)
    rig.listen(8)
    assert np.abs(rig.listen(4)).max() == 0.0
    assert rig.sounds.silent() == (10,)


def test_a_deleted_block_is_silent_at_once_although_another_one_is_awaited(rig, tmp_path):
    document = tone_scene(tmp_path, 4.0)
    rig.play(document)
    rig.listen(20)
    rig.play(changed_words(document))
    assert np.abs(rig.listen(8)).max() > 0.02
    rig.play(delete_blocks(changed_words(document), (10,)).scene)
    rig.listen(2)
    assert np.abs(rig.listen(4)).max() == 0.0
