"""A scene in a session, with its real processes and the silent output."""

import os
import signal
import time
from dataclasses import replace

import numpy as np
import pytest

from engine.contract.control import GenerationSettings, Prompt
from engine.contract.directions import Direction
from engine.contract.making import SilentLanes, SoundPeaks
from engine.contract.scene.edits.lanes import mute_lane, set_lane_gain
from engine.contract.scene.place import LanePath
from engine.contract.scene.scene import LoopRange, Scene
from engine.contract.telemetry import EngineFailure, EngineNotice, EngineState, FoaLevels, HeardLoudness
from tests.engine.rendering.mix.mixing import SECOND, lane, scene
from tests.engine.runtime.ear.playback_rig import CLICK, roughness
from tests.engine.runtime.ear.scenes_of_tones import made, making, tone_block
from tests.engine.runtime.session.session_player import Player
from tests.engine.runtime.small_films import write_film
from tests.fakes import FakeSource

pytestmark = pytest.mark.slow
LEFT = LanePath.fixed(Direction(90.0))


@pytest.fixture
def player(tmp_path):
    made = Player(tmp_path)
    yield made
    made.close()


def tones(folder, seconds: float = 4.0) -> Scene:
    first = lane(1, made(tone_block(10, 1000, seconds), folder), path=LEFT)
    second = lane(2, made(tone_block(11, 1000, seconds), folder))
    return scene(first, second, seconds=seconds)


def sounding(heard: np.ndarray) -> np.ndarray:
    """Return the part from the first to the last sound."""
    at = np.flatnonzero(np.abs(heard).max(axis=0) > 1e-4)
    return heard[:, at[0] : at[-1] + 1]


def test_a_scene_without_a_film_plays_to_its_end(player, tmp_path):
    player.session.play_scene(tones(tmp_path, 2.0), tmp_path)
    assert player.session.can_play
    player.session.play()
    player.until_state(EngineState.PLAYING)
    player.until_state(EngineState.ENDED)
    player.close()
    heard = sounding(player.heard())
    assert heard.shape[1] == pytest.approx(2.0 * SECOND, abs=2_100)
    assert roughness(heard) < CLICK
    assert player.metrics.underruns == 0
    assert len({told.source for told in player.of(SoundPeaks)}) == 2
    assert player.of(HeardLoudness)
    levels = player.of(FoaLevels)
    assert len(levels) > 40
    assert levels[20].direction[1] > 0.5


def test_edits_while_it_plays_do_not_click(player, tmp_path):
    document = tones(tmp_path)
    player.session.play_scene(document, tmp_path)
    player.session.play()
    player.until_state(EngineState.PLAYING)
    for step in range(12):
        player.wait(0.15)
        document = set_lane_gain(document, 1, -20.0 if step % 2 else 0.0).scene
        document = mute_lane(document, 2, step % 3 == 0).scene
        player.session.play_scene(document, tmp_path)
    player.close()
    assert roughness(sounding(player.heard())) < CLICK
    assert player.metrics.underruns == 0


def test_the_generation_rests_while_a_scene_plays_and_goes_on_afterwards(tmp_path):
    write_film(tmp_path / "film.mp4", seconds=6.0)
    document = tones(tmp_path, 6.0)
    player = Player(tmp_path, FakeSource(patch_s=0.02))
    try:
        player.session.set_settings(GenerationSettings(Prompt("1000 Hz")))
        player.session.open_video(tmp_path / "film.mp4")
        player.session.play()
        player.until(lambda: player.session.position_s > 0.5)
        player.session.play_scene(document, tmp_path)
        left_s = player.session.position_s
        player.until(lambda: player.session.position_s > left_s + 0.6)
        generated = player.metrics.generated_until_s
        kept = player.session.take_summary()
        assert kept.length_s == pytest.approx(left_s, abs=0.1)
        player.until(lambda: player.session.position_s > left_s + 1.2)
        assert player.metrics.generated_until_s == generated
        assert player.session.take_summary() == kept
        player.session.play_scene(replace(document, lanes=()), tmp_path)
        player.until(lambda: player.session.position_s > left_s + 2.0)
        assert player.metrics.generated_until_s > generated + 0.5
        player.close()
        assert roughness(sounding(player.heard())) < CLICK
        assert not player.of(EngineFailure)
    finally:
        player.close()


def test_a_block_without_a_take_is_silent_and_told_until_it_grows(player, tmp_path):
    block = tone_block(12, 1000, 3.2)
    document = scene(lane(1, made(tone_block(10, 1000, 3.2), tmp_path), path=LEFT), lane(3, block), seconds=3.2)
    player.session.play_scene(document, tmp_path)
    player.session.play()
    player.until(lambda: player.of(SilentLanes))
    assert player.of(SilentLanes)[-1] == SilentLanes((3,))
    with making(block, 20, tmp_path) as take:
        for _ in range(20):
            take.step()
        player.session.note_under_way({12: take.take_id})
        player.until(lambda: player.of(SilentLanes)[-1] == SilentLanes(()))
    player.close()
    assert roughness(sounding(player.heard())) < CLICK


def test_a_loop_repeats_and_the_picture_with_it(tmp_path):
    write_film(tmp_path / "film.mp4", seconds=4.0)
    player = Player(tmp_path)
    try:
        session = player.session
        session.open_video(tmp_path / "film.mp4")
        document = replace(tones(tmp_path), loop=LoopRange(SECOND, SECOND + 38_400))
        session.play_scene(document, tmp_path)
        session.seek(0.8)
        session.play()
        frames, positions = [], []

        def look() -> bool:
            frame = session.latest_frame()
            if frame is not None:
                frames.append(frame.pts_s)
            positions.append(session.position_s)
            return (np.diff(positions) < -0.5).sum() >= 4

        player.until(look, 30.0)
        assert max(positions) < 1.81
        assert (np.diff(frames) < -0.4).sum() >= 3
        assert max(frames) < 1.8
        player.close()
        assert roughness(sounding(player.heard())) < CLICK
        assert player.metrics.underruns == 0
    finally:
        player.close()


@pytest.mark.parametrize("is_late", [False, True], ids=["set before", "set while it plays"])
def test_the_live_stream_repeats_the_range_of_a_scene_without_blocks(tmp_path, is_late):
    write_film(tmp_path / "film.mp4", seconds=6.0)
    looped = replace(tones(tmp_path), lanes=(), loop=LoopRange(SECOND, 2 * SECOND + 777))
    player = Player(tmp_path, FakeSource(patch_s=0.02))
    try:
        session = player.session
        session.set_settings(GenerationSettings(Prompt("1000 Hz")))
        session.open_video(tmp_path / "film.mp4")
        if not is_late:
            session.play_scene(looped, tmp_path)
        session.play()
        player.until(lambda: session.position_s > 0.8)
        if is_late:
            player.until(lambda: player.metrics.generated_until_s > 2.1)
            session.play_scene(looped, tmp_path)
        frames, positions = [], []
        until = time.monotonic() + 4.0

        def look() -> bool:
            frame = session.latest_frame()
            if frame is not None:
                frames.append(frame.pts_s)
            positions.append(session.position_s)
            return time.monotonic() > until

        player.until(look)
        assert (np.diff(positions) < -0.8).sum() >= 2
        assert max(positions) < 2.1
        assert (np.diff(frames) < -0.4).sum() >= 2
        assert max(frames) < 2.1
        assert player.metrics.underruns == 0
        off = replace(looped, loop=replace(looped.loop, is_on=False))
        session.play_scene(off, tmp_path)
        player.until(lambda: session.position_s > 2.6)
        player.close()
        assert roughness(sounding(player.heard())) < CLICK
    finally:
        player.close()


def test_the_level_of_a_take_is_told_while_it_grows(player, tmp_path):
    block = tone_block(12, 1000, 3.2)
    player.session.play_scene(scene(lane(3, block), seconds=3.2), tmp_path)
    with making(block, 20, tmp_path) as take:
        for patches in (4, 12, 20):
            while take.on_disk < patches:
                take.step()
            player.session.note_under_way({12: take.take_id})
            player.until(lambda: player.of(SoundPeaks) and len(player.of(SoundPeaks)[-1].peaks) == 16 * patches)  # noqa: B023
    assert {told.source for told in player.of(SoundPeaks)} == {take.take_id}


def test_the_feeder_killed_is_started_again(player, tmp_path):
    player.session.play_scene(tones(tmp_path), tmp_path)
    player.session.play()
    player.until_state(EngineState.PLAYING)
    player.wait(0.3)
    feeder = player.session._parts.scene._feeder
    os.kill(feeder.process.pid, signal.SIGKILL)
    player.until(lambda: player.of(EngineNotice))
    player.until_state(EngineState.ENDED)
    player.close()
    heard = sounding(player.heard())
    assert roughness(heard) < 2 * CLICK  # both tones fade at once
    assert np.abs(heard[:, -SECOND // 2 :]).max() > 0.02
    assert not player.of(EngineFailure)


def test_it_closes_in_time_while_a_scene_plays(player, tmp_path):
    player.session.play_scene(tones(tmp_path), tmp_path)
    player.session.play()
    player.until_state(EngineState.PLAYING)
    assert player.close() < 2.0
