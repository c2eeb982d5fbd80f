"""Children that stop answering without ending: the window is never held up, it is told, and everything ends."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from engine.contract.control import DirectionPath, GenerationSettings, PathPoint, Prompt
from engine.contract.directions import Direction
from engine.contract.telemetry import EngineFailure, EngineState
from engine.contract.view import ViewOrientation
from tests.engine.runtime.session.session_player import Player
from tests.engine.runtime.small_films import write_film
from tests.fakes import FakeSource

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are stopped by a signal")

MOST_S = 0.3  # what the quiet machine takes for the longest is 7 ms; a call that waits takes seconds
# A pipe holds two or three of these: whoever waits for the next to be taken waits for ever.
LONG_PATH = DirectionPath(tuple(PathPoint(float(k), Direction(k % 90)) for k in range(1_500)))


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.mp4", 3.0)


def stop(player: Player, which: str) -> None:
    os.kill(getattr(player.session._parts, which).process.pid, signal.SIGSTOP)


def longest_call_s(player: Player) -> float:
    session, longest_s = player.session, 0.0
    for number in range(20):
        for call in (
            lambda k=number: session.set_settings(GenerationSettings(Prompt(f"{700 + k}"), LONG_PATH)),
            lambda k=number: session.seek(0.1 * k),
            lambda k=number: session.set_output_device(f"device {k}"),
            lambda: session.set_view(ViewOrientation(0.5)),
            lambda: session.set_loop(True),
            session.pause,
            session.play,
            session.poll,
            session.latest_frame,
        ):
            began = time.perf_counter()
            call()
            longest_s = max(longest_s, time.perf_counter() - began)
    return longest_s


@pytest.mark.slow
@pytest.mark.parametrize("which", ["generation", "audio"])
def test_a_hung_child_is_told_within_seconds_and_holds_up_no_call(tmp_path, film, which):
    player = Player(tmp_path)
    try:
        player.session.open_video(film)
        player.session.set_loop(True)
        player.session.play()
        player.until_state(EngineState.PLAYING)
        stop(player, which)
        began = time.monotonic()
        assert longest_call_s(player) < MOST_S
        player.until_state(EngineState.FAILED)
        assert 2.5 < time.monotonic() - began < 5.0
        (failure,) = player.of(EngineFailure)
        assert f"The {which} process stopped responding" in failure.message
        assert "restart the engine" in failure.message
        player.wait(0.5)
        assert len(player.of(EngineFailure)) == 1
        assert longest_call_s(player) < MOST_S
    finally:
        assert player.close() < 2.0


@pytest.mark.slow
@pytest.mark.parametrize("which", [("generation",), ("audio",), ("generation", "audio")])
def test_closing_with_stopped_children_is_quick(tmp_path, film, which):
    player = Player(tmp_path)
    player.session.open_video(film)
    player.session.play()
    player.until_state(EngineState.PLAYING)
    for name in which:
        stop(player, name)
    longest_call_s(player)
    assert player.close() < 2.0


@pytest.mark.slow
def test_a_model_that_loads_for_long_is_no_hang(tmp_path):
    player = Player(tmp_path, FakeSource(load_s=3.6))
    try:
        player.until_state(EngineState.IDLE)
        assert player.of(EngineFailure) == []
    finally:
        assert player.close() < 2.0
