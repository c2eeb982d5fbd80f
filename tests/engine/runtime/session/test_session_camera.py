"""The whole engine with a live camera: real processes, and pictures that come over the loopback as a camera's do."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from session_player import Player

from engine.contract.control import GenerationSettings, Prompt
from engine.contract.errors import MediaError
from engine.contract.generation import PatchRequest, PatchResult
from engine.contract.telemetry import EngineFailure, EngineNotice, EngineState
from engine.contract.video import ScreenFrame
from tests.engine.runtime.live_stream import LiveStream, age_s
from tests.fakes import FakePatchSource, FakeSource


class AgeingSource(FakePatchSource):
    """Notes how old the picture of each patch is."""

    def __init__(self, plan: "AgeingPlan") -> None:
        super().__init__(plan)
        self._file = Path(plan.file)

    def next_patch(self, request: PatchRequest) -> PatchResult:
        if self.made > 0 and request.frame is not None:  # the warm-up's is nobody's
            with self._file.open("a") as file:
                file.write(f"{age_s(request.frame, time.monotonic())}\n")
        return super().next_patch(request)


@dataclass(frozen=True)
class AgeingPlan(FakeSource):
    file: str = ""

    def __call__(self) -> FakePatchSource:
        return AgeingSource(self)


@pytest.fixture
def stream():
    made = LiveStream()
    yield made
    made.stop()


@pytest.fixture
def player(tmp_path, stream):
    """Return a session that ends before the camera stops: a reader of a silent stream waits for its patience."""
    made = Player(tmp_path, AgeingPlan(file=str(tmp_path / "ages.txt")))
    yield made
    assert made.close() < 2.0


def watched(player: Player, seconds: float) -> list[float]:
    """Return how old each picture was when it was shown."""
    ages: list[float] = []
    end = time.monotonic() + seconds

    def look() -> bool:
        frame = player.session.latest_frame()
        if frame is not None:
            ages.append(age_s(frame.pixels, time.monotonic()))
        return time.monotonic() >= end

    player.until(look)
    return ages


def seen(player: Player) -> ScreenFrame:
    """Return the next picture."""
    found: list[ScreenFrame] = []

    def look() -> bool:
        frame = player.session.latest_frame()
        found.extend([] if frame is None else [frame])
        return bool(found)

    player.until(look)
    return found[0]


def test_a_camera_is_seen_and_heard_now_and_without_a_gap(player, stream, tmp_path):
    film = player.session.open_video(Path(stream.name))
    assert (film.width, film.height, film.is_live) == (256, 128, True)
    player.session.play()
    player.until_state(EngineState.PLAYING)
    seen(player)
    ages = watched(player, 4.0)
    assert len(ages) > 60
    assert np.median(ages) < 0.2
    assert player.of(EngineFailure) == []
    assert (player.metrics.underruns, player.metrics.underrun_s) == (0, 0.0)
    # The model is ahead of the ear, and never sees a picture that is older than its grid and the way to it.
    to_model = [float(line) for line in (tmp_path / "ages.txt").read_text().split()]
    assert len(to_model) > 20
    assert np.median(to_model) < 0.45
    assert 3.0 < player.session.take_summary().length_s < 60.0


def test_a_camera_that_stops_is_told_and_the_sound_goes_on(player, stream):
    player.session.open_video(Path(stream.name))
    player.session.play()
    player.until_state(EngineState.PLAYING)
    seen(player)
    stream.stop()
    before_s = player.session.position_s

    def lost() -> list[EngineNotice]:
        return [notice for notice in player.of(EngineNotice) if notice.topic == "camera" and notice.message]

    player.until(lost)
    assert "The last picture stays and the sound continues" in lost()[0].message
    player.wait(1.0)
    assert player.session.position_s > before_s + 1.0
    assert (player.state, player.metrics.underruns) == (EngineState.PLAYING, 0)
    stream.start()
    seen(player)
    assert len(watched(player, 1.0)) > 10


def test_a_camera_cannot_be_rewound_or_repeated_and_its_take_goes_on(player, stream):
    player.session.open_video(Path(stream.name))
    player.session.play()
    player.until(lambda: player.session.position_s > 0.5)
    with pytest.raises(MediaError, match="cannot be rewound"):
        player.session.seek(0.0)
    with pytest.raises(MediaError, match="cannot be repeated"):
        player.session.set_loop(True)
    at_s = player.session.position_s
    player.session.set_settings(GenerationSettings(Prompt("rain")))
    player.until(lambda: player.session.position_s > at_s + 0.5)
    player.session.go_on_at(at_s + 10.0)  # as after a restart
    player.until(lambda: player.session.position_s > at_s + 10.2)
    player.until(lambda: player.session.take_summary().missing)  # what was skipped; the rest is one take


def test_another_film_takes_the_place_of_a_camera_and_lets_go_of_it(player, stream, tmp_path):
    from tests.engine.runtime.small_films import time_on, write_film

    film = write_film(tmp_path / "film.mp4", 2.0)
    player.session.open_video(Path(stream.name))
    player.session.play()
    seen(player)
    player.session.open_video(film)
    player.session.play()
    player.until(lambda: player.session.position_s > 0.5)
    frame = seen(player)
    assert abs(time_on(frame.pixels) - frame.pts_s) < 0.06
    player.session.open_video(Path(stream.name))  # its port is free again
    player.session.play()
    seen(player)
    assert np.median(watched(player, 1.5)) < 0.2
