"""The generation process ends while a scene plays: it comes back for the live stream, or that is told in a sentence."""

import os
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from engine.contract.control import GenerationSettings, Prompt
from engine.contract.errors import CheckpointError
from engine.contract.scene.scene import LoopRange, Scene
from engine.contract.telemetry import EngineFailure, EngineMetrics, EngineNotice, EngineState
from engine.runtime.processes import restarts
from engine.runtime.processes.restarts import Restarts
from tests.engine.rendering.mix.mixing import lane, scene
from tests.engine.runtime.ear.playback_rig import CLICK, roughness
from tests.engine.runtime.ear.scenes_of_tones import made, tone_block
from tests.engine.runtime.session.session_player import Player
from tests.engine.runtime.small_films import write_film
from tests.fakes import FakePatchSource, FakeSource

unix = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by a signal")
SECONDS = 2.0
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Damageable(FakeSource):
    """A model that can be loaded until a file says that its checkpoint is damaged."""

    damage: Path = Path()

    def __call__(self) -> FakePatchSource:
        if self.damage.exists():
            raise CheckpointError("The checkpoint is damaged: choose another one.")
        return super().__call__()


def tones(folder: Path) -> Scene:
    """Return a scene that repeats for ever: a process needs seconds to start."""
    document = scene(lane(1, made(tone_block(10, 1000, SECONDS), folder)), seconds=SECONDS)
    return replace(document, loop=LoopRange(0, document.length_samples))


def kill_generation(player: Player) -> int:
    """Kill the process while a scene plays; returns how many metrics there were before."""
    player.until_state(EngineState.PLAYING)
    before = len(player.of(EngineMetrics))
    process = player.session._parts.generation.process
    os.kill(process.pid, signal.SIGKILL)
    player.until(lambda: player.session._parts.generation.process is not process)
    return before


def notices(player: Player) -> list[str]:
    return [notice.message for notice in player.of(EngineNotice) if notice.topic == "generation"]


@unix
@pytest.mark.slow
def test_the_live_stream_goes_on_with_its_take_in_another_process(tmp_path):
    write_film(tmp_path / "film.mp4", seconds=8.0)
    document = tones(tmp_path)
    player = Player(tmp_path, FakeSource(patch_s=0.02))
    try:
        session = player.session
        session.set_settings(GenerationSettings(Prompt("1000 Hz")))
        session.open_video(tmp_path / "film.mp4")
        session.play()
        player.until(lambda: session.position_s > 0.8)
        session.play_scene(document, tmp_path)
        player.until(lambda: session.take_summary().length_s > 0.7)
        folder = session.take_to_go_on.folder
        before = kill_generation(player)
        assert "stopped (exit status -9)" in notices(player)[0]
        assert notices(player)[0].endswith("The scene plays on, and the process is started again.")
        player.until(lambda: notices(player)[-1] == "", PATIENCE_S)
        assert {metrics.state for metrics in player.of(EngineMetrics)[before:]} == {EngineState.PLAYING}
        session.play_scene(replace(document, lanes=(), loop=None), tmp_path)
        left_s = session.position_s
        player.until(lambda: session.position_s > left_s + 1.0)
        player.until(lambda: session.take_summary().length_s > left_s + 0.5)
        assert session.take_to_go_on.folder == folder
        assert not player.of(EngineFailure)
        player.close()
        assert roughness(player.heard()) < CLICK
    finally:
        player.close()


@unix
@pytest.mark.slow
def test_a_checkpoint_that_is_damaged_meanwhile_is_told_and_the_scene_plays_on(tmp_path, monkeypatch):
    monkeypatch.setattr(restarts, "_WAITS_S", (0.1, 0.1))
    write_film(tmp_path / "film.mp4", seconds=8.0)
    document = tones(tmp_path)
    player = Player(tmp_path, Damageable(damage=tmp_path / "damaged"))
    try:
        session = player.session
        session.open_video(tmp_path / "film.mp4")
        session.play_scene(document, tmp_path)
        session.play()
        player.until(lambda: session.position_s > 0.3)
        (tmp_path / "damaged").touch()
        before = kill_generation(player)
        damaged = "The checkpoint is damaged: choose another one."
        last = f"{damaged} The scene plays on; for the live stream, restart the engine."
        player.until(lambda: last in notices(player), PATIENCE_S)
        assert len(notices(player)) == 3
        player.wait(0.5)
        assert {metrics.state for metrics in player.of(EngineMetrics)[before:]} == {EngineState.PLAYING}
        session.play_scene(replace(document, lanes=()), tmp_path)
        player.until_state(EngineState.FAILED)
        assert [failure.message for failure in player.of(EngineFailure)] == [damaged]
    finally:
        player.close()


def test_each_start_waits_longer_until_none_follows_and_a_steady_process_counts_anew():
    now_s = 0.0
    counted = Restarts(lambda: now_s)
    waits_s = []
    for _ in range(3):
        counted.begin()
        now_s += 1.0
        waits_s.append(counted.wait_s())
    assert waits_s == sorted(waits_s)
    assert waits_s[0] < 1.0 < 10.0 < waits_s[-1]
    assert counted.wait_s() is None
    counted.begin()
    now_s += 3_600.0
    assert counted.wait_s() == waits_s[0]
