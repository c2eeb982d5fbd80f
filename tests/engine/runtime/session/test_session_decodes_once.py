"""The whole engine with real processes: one decoder for eye and model where memory allows, else two."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from session_player import Player

from engine.contract.generation import PatchRequest, PatchResult
from engine.contract.telemetry import EngineFailure, EngineNotice, EngineState
from engine.video.conditioning import ConditioningReader
from engine.video.probe import probe
from tests.engine.runtime.small_films import time_on, write_film
from tests.fakes import FakePatchSource, FakeSource

FILM_S = 3.0


class NotingSource(FakePatchSource):
    """Keeps each picture that the model is given in a file of its own, and says which threads its process has."""

    def __init__(self, plan: "NotingPlan") -> None:
        super().__init__(plan)
        self._folder = Path(plan.folder)

    def next_patch(self, request: PatchRequest) -> PatchResult:
        import threading

        if self.made > 0:  # the warm-up's is nobody's
            names = sorted(thread.name for thread in threading.enumerate())
            path = self._folder / f"{self.made:04d}_{request.frame_index:03d}_{'conditioning' in names}.npy"
            np.save(path, request.frame)
        return super().next_patch(request)


@dataclass(frozen=True)
class NotingPlan(FakeSource):
    folder: str = ""

    def __call__(self) -> FakePatchSource:
        return NotingSource(self)


def are_those_of_a_reader(given, film) -> bool:
    """Return whether the model got byte for byte what a decoder for it alone reads."""
    reader = ConditioningReader(probe(film))
    same = all(np.array_equal(picture, reader.frame_at(index / 4)[1]) for index, _, picture in given)
    reader.close()
    return same


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.mp4", FILM_S)


@pytest.fixture
def player_of(tmp_path):
    made = []

    def make(**config) -> Player:
        (tmp_path / "seen").mkdir()
        made.append(Player(tmp_path, NotingPlan(folder=str(tmp_path / "seen")), **config))
        return made[-1]

    yield make
    for player in made:
        assert player.close() < 2.0


def seen(player: Player) -> list[tuple[int, bool, np.ndarray]]:
    """Return the index of each picture that the model was given, whether its process has a reader, and the picture."""
    found = []
    for path in sorted((player.folder / "seen").glob("*.npy")):
        _, index, has_reader = path.stem.split("_")
        found.append((int(index), has_reader == "True", np.load(path)))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("most_bytes", "has_reader"), [(128 << 20, False), (0, True)])
def test_the_model_is_given_the_same_pictures_with_one_decoder_as_with_two(player_of, film, most_bytes, has_reader):
    player = player_of(most_picture_bytes=most_bytes)
    session = player.session
    session.open_video(film)
    player.until_state(EngineState.PAUSED)
    session.play()
    frames = []

    def look() -> bool:
        frame = session.latest_frame()
        if frame is not None:
            frames.append((frame, session.position_s))
        return player.state is EngineState.ENDED

    player.until(look)
    assert player.metrics.late_pictures == 0
    assert player.of(EngineFailure) == player.of(EngineNotice) == []
    assert len(frames) > 20
    assert all(abs(time_on(frame.pixels) - frame.pts_s) < 0.06 for frame, _ in frames)
    assert all(frame.pts_s <= at + 0.02 for frame, at in frames)
    given = seen(player)
    assert [index for index, _, _ in given] == [int(patch * 0.16 * 4 + 1e-6) for patch in range(len(given))]
    assert {reads for _, reads, _ in given} == {has_reader}
    assert are_those_of_a_reader(given, film)


@pytest.mark.slow
def test_seek_and_loop_with_one_decoder(player_of, film):
    player = player_of()
    session = player.session
    session.open_video(film)
    session.set_loop(True)
    session.seek(2.2)
    session.play()
    iterations: list[int] = []

    def look() -> bool:
        frame = session.latest_frame()
        if frame is not None and frame.epoch not in iterations:
            iterations.append(frame.epoch)
        return len(iterations) >= 3 and session.position_s > 0.3

    player.until(look)
    session.seek(1.0)
    player.until(lambda: session.position_s > 1.4)
    assert player.metrics.late_pictures == 0
    assert player.metrics.underruns == 0
    given = seen(player)
    assert {reads for _, reads, _ in given} == {False}
    indices = [index for index, _, _ in given]
    sought = indices.index(8)
    assert indices[indices.index(0, sought) - 1] == 11
    assert are_those_of_a_reader(given, film)


@pytest.mark.slow
def test_a_window_that_never_looks_holds_up_neither_the_model_nor_the_ear(player_of, film):
    player = player_of()
    session = player.session
    session.open_video(film)
    session.set_loop(True)
    player.until_state(EngineState.PAUSED)
    session.play()
    end = time.monotonic() + 2.5 * FILM_S
    player.until(lambda: time.monotonic() > end)
    assert player.metrics.late_pictures == 0
    assert player.metrics.underruns == 0
    assert {reads for _, reads, _ in seen(player)} == {False}
