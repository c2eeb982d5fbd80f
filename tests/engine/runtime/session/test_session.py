"""The whole engine with real processes, a fake model and the silent output."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.ambisonics.binaural import BinauralFilters
from engine.ambisonics.binaural_file import load_filters
from engine.contract.control import DirectionPath, GenerationSettings, Prompt
from engine.contract.conventions import PATCH_SAMPLES, AcnChannel
from engine.contract.directions import Direction
from engine.contract.errors import EngineError, ExportError, InvalidInputError, MediaError, WorkerError
from engine.contract.heard_channels import HeardChannels
from engine.contract.telemetry import EngineFailure, EngineMetrics, EngineState, FoaLevels, HeardLoudness, PromptHeard
from engine.contract.view import ViewOrientation
from engine.export.reading.ambix_reader import read_ambix
from engine.runtime.session.session import Session, SessionConfig
from engine.runtime.shared.epochs import take_of
from tests.engine.runtime.ear.playback_rig import CLICK, roughness
from tests.engine.runtime.session.session_player import PATIENCE_S, Player
from tests.engine.runtime.small_films import time_on, write_film
from tests.fakes import FAKE_SHA256, FakeSource

FILM_S = 2.0


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.mp4", FILM_S)


@pytest.fixture
def player(tmp_path):
    made = Player(tmp_path)
    yield made
    assert made.close() < 2.0


@pytest.mark.slow
def test_the_head_of_the_configuration_listens(tmp_path, film):
    """With the ears of the shipped head swapped, a source on the left is louder right."""
    swapped = BinauralFilters(load_filters().taps[::-1], source="swapped")
    player = Player(tmp_path, head=swapped)
    try:
        player.session.set_settings(GenerationSettings(path=DirectionPath.fixed(Direction(90.0))))
        player.session.open_video(film)
        player.session.play()
        player.until(lambda: player.session.position_s > 0.5)
    finally:
        player.close()
    left, right = np.square(player.heard()).mean(axis=1)
    assert right > 1.5 * left > 0.0


@pytest.mark.slow
def test_a_head_that_is_chosen_while_it_plays_listens_without_a_click(tmp_path, film):
    """With the ears swapped, what was louder left is louder right; the change is as smooth as the sound."""
    player = Player(tmp_path)
    try:
        player.session.set_settings(GenerationSettings(path=DirectionPath.fixed(Direction(90.0))))
        player.session.open_video(film)
        player.session.play()
        player.until(lambda: player.session.position_s > 0.6)
        player.session.set_head(BinauralFilters(load_filters().taps[::-1], source="swapped"))
        player.until(lambda: player.session.position_s > 1.3)
    finally:
        player.close()
    heard = player.heard()
    begin = int(np.argmax(np.abs(heard[0]) > 0.01)) + 4_800
    before, after = heard[:, begin : begin + 14_400], heard[:, -14_400:]
    left, right = np.square(before).mean(axis=1)
    assert left > 1.5 * right
    new_left, new_right = np.square(after).mean(axis=1)
    assert new_right > 1.5 * new_left
    usual = max(np.abs(np.diff(part, axis=1)).max() for part in (before, after))
    assert np.abs(np.diff(heard[:, begin:], axis=1)).max() < 1.2 * usual


@pytest.mark.slow
def test_what_is_muted_at_the_ear_is_in_the_file(tmp_path, film):
    player = Player(tmp_path)
    try:
        player.session.set_channels(HeardChannels(muted=frozenset(AcnChannel)))
        player.session.open_video(film)
        player.session.play()
        player.until(lambda: player.session.position_s > 0.5)
        player.session.save_take(tmp_path / "out.wav")
    finally:
        player.close()
    assert np.abs(player.heard()[:, 24_000:]).max() == 0.0
    foa, _ = read_ambix(tmp_path / "out.wav")
    assert np.abs(foa[AcnChannel.W]).max() > 0.2


@pytest.mark.slow
def test_a_film_plays_to_its_end_and_again(player, film):
    session = player.session
    info = session.open_video(film)
    assert session.duration_s == info.duration_s == pytest.approx(FILM_S, abs=0.05)
    player.until_state(EngineState.PAUSED)
    states = [item.state for item in player.of(EngineMetrics)]
    # How much of it is seen depends on how quickly the weights are there; the order does not.
    opening = [EngineState.LOADING, EngineState.PRIMING, EngineState.PAUSED]
    assert [opening.index(state) for state in states] == sorted(opening.index(state) for state in states)
    assert session.position_s == 0.0
    assert session.latest_frame().pts_s == 0.0
    player.until(lambda: player.metrics.buffered_s >= player.metrics.buffer_goal_s)  # a full bar
    assert player.metrics.buffer_goal_s == 0.75
    assert player.metrics.checkpoint == FAKE_SHA256[:12]

    session.play()
    positions, frames = [], []

    def look() -> bool:
        positions.append(session.position_s)
        frame = session.latest_frame()
        if frame is not None:
            frames.append((frame, session.position_s))
        return player.state is EngineState.ENDED

    player.until(look)
    assert positions == sorted(positions)
    player.until(lambda: session.position_s == pytest.approx(info.duration_s, abs=1e-3))
    assert player.metrics.underruns == 0
    # The picture follows the sound's clock, and shows what it claims.
    assert len(frames) > 10
    assert all(abs(time_on(frame.pixels) - frame.pts_s) < 0.06 for frame, _ in frames)
    assert all(frame.pts_s <= at + 0.02 for frame, at in frames)
    # The meters are told when they are heard, in order, for the whole film.
    levels = player.of(FoaLevels)
    assert [level.start_s for level in levels] == pytest.approx(list(np.arange(len(levels)) * 0.04))
    assert len(levels) == pytest.approx(info.duration_s / 0.04, abs=2)
    assert {take_of(level.epoch) for level in levels} == {1}

    session.play()
    player.until_state(EngineState.PLAYING)
    assert session.position_s < 1.0
    player.wait(0.3)
    assert player.close() < 2.0
    heard = player.heard()
    assert roughness(heard) < 4 * CLICK
    assert np.max(np.abs(heard)) > 0.05


@pytest.mark.slow
def test_the_loudness_of_what_is_heard_is_told_and_can_be_reset(player, film):
    session = player.session
    session.open_video(film)
    session.set_loop(True)
    session.set_volume(0.1)
    session.play()
    player.until(lambda: len(player.of(HeardLoudness)) >= 12)
    heard = player.of(HeardLoudness)[-1]
    assert heard.w.momentary_lufs == pytest.approx(-15.05, abs=0.2)  # a tone of 0.25, whatever the volume
    assert heard.w.peak_db == pytest.approx(-12.04, abs=0.1)
    assert heard.w.true_peak_db == pytest.approx(-12.04, abs=0.2)
    assert heard.ears.integrated_lufs is not None
    assert session.reset_loudness().w.integrated_lufs is None
    session.close()


@pytest.mark.slow
def test_the_take_is_the_field_before_view_and_volume(player, film, tmp_path):
    session = player.session
    with pytest.raises(ExportError, match="Nothing of this film has been heard"):
        session.save_take(tmp_path / "early.wav")
    session.set_settings(GenerationSettings(prompt=Prompt("700"), path=DirectionPath.fixed(Direction(90.0))))
    info = session.open_video(film)
    session.set_view(ViewOrientation(yaw_rad=1.0))
    session.set_volume(0.1)
    session.play()
    player.until_state(EngineState.ENDED)
    session.save_take(tmp_path / "take.wav", binaural_out=tmp_path / "ears.wav")
    foa, _ = read_ambix(tmp_path / "take.wav")
    n = round(info.duration_s * 48_000)
    assert foa.shape == (4, n)
    tone = 0.25 * np.sin(2 * np.pi * 700 * np.arange(n) / 48_000)
    np.testing.assert_allclose(foa[0], tone, atol=1e-4)
    np.testing.assert_allclose(foa[1], tone, atol=1e-4)
    assert soundfile.info(tmp_path / "ears.wav").frames == n
    assert [(change.patch_index, change.settings.prompt.text) for change in session.take_log()][-1] == (0, "700")


@pytest.mark.slow
def test_seek_pause_and_settings_while_playing(player, film):
    session = player.session
    session.open_video(film)
    session.play()
    player.until(lambda: session.position_s > 0.2)
    version = session.set_settings(GenerationSettings(prompt=Prompt("1000"), path=DirectionPath.fixed(Direction(90.0))))
    player.until(lambda: player.of(PromptHeard))
    heard = player.of(PromptHeard)[-1]
    assert heard.version == version
    assert session.position_s < heard.heard_at_s < session.position_s + 1.2
    assert heard.heard_at_s == pytest.approx(heard.patch_index * PATCH_SAMPLES / 48_000)
    player.until(lambda: session.position_s > heard.heard_at_s + 0.1)
    assert player.of(FoaLevels)[-1].direction[1] > 0.9
    session.pause()
    player.until_state(EngineState.PAUSED)
    player.wait(0.1)
    stays = session.position_s
    player.wait(0.2)
    assert session.position_s == stays
    session.seek(0.55)
    assert session.position_s == pytest.approx(0.55)
    end = time.monotonic() + PATIENCE_S
    while (frame := session.latest_frame()) is None and time.monotonic() < end:
        player.wait(0.01)
    assert frame.pts_s == pytest.approx(0.5)
    session.play()
    player.until(lambda: session.position_s > 0.7)
    session.seek(1.5)
    player.until(lambda: session.position_s > 1.6)
    assert player.metrics.underruns == 0
    log = session.take_log()
    assert [change.epoch for change in log] == sorted(change.epoch for change in log)
    assert player.close() < 2.0
    assert roughness(player.heard()) < 4 * CLICK


@pytest.mark.slow
def test_the_loop_goes_round_without_a_gap(player, film):
    session = player.session
    session.open_video(film)
    session.set_loop(True)
    session.seek(FILM_S - 0.6)
    session.play()
    player.until(lambda: session.position_s > FILM_S - 0.3)
    player.until(lambda: session.position_s < 0.5)
    player.until(lambda: session.position_s > 0.6)
    assert player.metrics.underruns == 0
    assert player.state is EngineState.PLAYING
    session.set_loop(False)
    player.until_state(EngineState.ENDED)
    epochs = [level.epoch for level in player.of(FoaLevels)]
    assert epochs == sorted(epochs)
    assert len(set(epochs)) == 2
    assert player.close() < 2.0
    heard = player.heard()
    sounding = np.flatnonzero(np.abs(heard[0]) > 1e-4)
    gaps = np.diff(sounding)
    assert gaps.max() < 480
    assert roughness(heard) < 4 * CLICK


@pytest.mark.slow
def test_settings_before_the_first_sound_make_the_start_anew(player, film):
    session = player.session
    session.open_video(film)
    player.until_state(EngineState.PAUSED)
    version = session.set_settings(GenerationSettings(path=DirectionPath.fixed(Direction(90.0))))
    player.until(lambda: player.of(PromptHeard))
    assert (player.of(PromptHeard)[-1].version, player.of(PromptHeard)[-1].heard_at_s) == (version, 0.0)
    session.play()
    player.until(lambda: player.of(FoaLevels))
    assert player.of(FoaLevels)[0].direction[1] > 0.9


@pytest.mark.slow
def test_nobody_polling_does_not_stop_the_sound(player, film):
    session = player.session
    session.open_video(film)
    session.set_loop(True)
    session.play()
    player.until_state(EngineState.PLAYING)
    before = session.position_s
    time.sleep(1.2)
    player.wait(0.05)
    assert player.metrics.underruns == 0
    assert session.position_s > before + 0.8


@pytest.mark.slow
def test_a_bad_film_is_refused_and_the_old_one_stays(player, film, tmp_path):
    session = player.session
    session.open_video(film)
    (tmp_path / "text.mp4").write_text("no film")
    for bad in (tmp_path / "text.mp4", tmp_path / "nothing.mp4"):
        with pytest.raises(MediaError):
            session.open_video(bad)
    session.play()
    player.until_state(EngineState.PLAYING)


@pytest.mark.slow
def test_a_slow_model_runs_dry_with_fades_that_are_counted(tmp_path, film):
    player = Player(tmp_path, FakeSource(patch_s=0.25))
    try:
        player.session.open_video(film)
        player.session.play()
        player.until_state(EngineState.REBUFFERING)
        player.until_state(EngineState.PLAYING)
        player.until(lambda: player.metrics.realtime_factor > 1.3)
        assert player.metrics.underruns >= 1
        assert player.metrics.underrun_s > 0.05
        assert player.metrics.flow_steps < 8
        player.session.open_video(film)  # what is counted is counted anew
        player.wait(0.3)
        assert (player.metrics.underruns, player.metrics.underrun_s) == (0, 0.0)
    finally:
        assert player.close() < 2.0
    assert roughness(player.heard()) < 4 * CLICK


@pytest.mark.slow
@pytest.mark.parametrize("pause_s", [0.0, 0.3, 1.0])
def test_closing_while_loading_is_quick(tmp_path, film, pause_s):
    player = Player(tmp_path, FakeSource(load_s=30.0))
    player.session.open_video(film)
    player.wait(pause_s)
    assert player.state is EngineState.LOADING
    assert player.close() < 2.0
    assert player.close() < 0.1
    assert player.session.poll() == []
    assert player.session.position_s == 0.0
    with pytest.raises(EngineError, match="not running"):
        player.session.open_video(film)


@pytest.mark.slow
def test_a_model_that_cannot_be_loaded_is_a_sentence(tmp_path):
    player = Player(tmp_path, FakeSource(load_error="The weights are damaged: fetch them again."))
    try:
        player.until_state(EngineState.FAILED)
        assert [failure.message for failure in player.of(EngineFailure)] == [
            "The weights are damaged: fetch them again."
        ]
    finally:
        assert player.close() < 2.0


@pytest.mark.slow
def test_a_model_that_breaks_is_told_with_its_traceback(tmp_path, film):
    player = Player(tmp_path, FakeSource(fail_at_patch=4))
    try:
        player.session.open_video(film)
        player.session.play()
        player.until_state(EngineState.FAILED)
        failure = player.of(EngineFailure)[0]
        assert "restart the engine" in failure.message
        assert "told to fail" in failure.detail
        assert len(player.of(EngineFailure)) == 1
    finally:
        assert player.close() < 2.0


@pytest.mark.slow
@pytest.mark.parametrize("which", ["generation", "audio"])
def test_a_child_that_dies_is_noticed(tmp_path, film, which):
    player = Player(tmp_path)
    try:
        player.session.open_video(film)
        player.session.play()
        player.until_state(EngineState.PLAYING)
        parts = player.session._parts
        os.kill(getattr(parts, which).process.pid, signal.SIGKILL)
        player.until_state(EngineState.FAILED)
        assert f"The {which} process stopped" in player.of(EngineFailure)[0].message
    finally:
        assert player.close() < 2.0


def test_life_without_a_start():
    session = Session(SessionConfig(FakeSource(), output="null"))
    assert session.poll() == []
    assert session.latest_frame() is None
    assert session.output_devices() == []
    session.play()
    session.pause()
    session.seek(1.0)
    session.close()


@pytest.mark.slow
def test_starting_twice_is_refused():
    session = Session(SessionConfig(FakeSource(), output="null"))
    session.start()
    try:
        with pytest.raises(WorkerError, match="already"):
            session.start()
    finally:
        session.close()


def test_impossible_configurations_are_refused():
    for values in ({"buffer_s": 0.1}, {"buffer_s": 60.0}, {"device_latency_s": 0.0}):
        with pytest.raises(InvalidInputError):
            SessionConfig(FakeSource(), **values)
