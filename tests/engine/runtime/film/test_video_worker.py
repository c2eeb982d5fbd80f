import time
from dataclasses import dataclass, replace
from math import inf

import pytest

from engine.contract.errors import MediaError
from engine.contract.telemetry import EngineNotice
from engine.runtime.film.decoding import open_decoder
from engine.runtime.film.video_loop import VideoLoop
from engine.runtime.film.video_worker import VideoWorker
from engine.runtime.shared.epochs import after_seek, first_epoch, next_iteration
from engine.video.effort import Effort
from engine.video.probe import probe
from tests.engine.runtime.film.numbered_pictures import NumberedPicture
from tests.engine.runtime.small_films import FPS, time_on, write_film

TAKE = after_seek(first_epoch())


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return probe(write_film(tmp_path_factory.mktemp("film") / "film.mp4", 2.0))


@pytest.fixture
def worker():
    problems = []
    made = VideoWorker(open_decoder, problems.append)
    made.problems = problems
    yield made
    made.close()


def shown(worker, epoch, t_s, patience_s=3.0):
    """Return the first picture of the epoch; the last ones of an iteration before it may come late."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        frame = worker.take_due(epoch, t_s)
        if frame is not None and frame.epoch == epoch:
            return frame
        time.sleep(0.005)
    return None


def test_each_picture_comes_once_when_it_is_due(worker, film):
    worker.open(film, TAKE, 1)
    seen = [shown(worker, TAKE, 0.0)]
    for step in range(1, 60):
        frame = worker.take_due(TAKE, step / 30)
        if frame is not None:
            assert frame.pts_s <= step / 30 + 1e-6
            seen.append(frame)
        time.sleep(0.01)
    times = [frame.pts_s for frame in seen]
    assert times == sorted(set(times))
    assert len(times) >= 0.8 * 2 * FPS
    assert all(abs(time_on(frame.pixels) - frame.pts_s) < 0.06 for frame in seen)
    assert worker.take_due(TAKE, 1.97) is None


def test_after_a_seek_its_picture_is_there_before_the_sound_moves(worker, film):
    worker.open(film, TAKE, 1)
    shown(worker, TAKE, 0.0)
    taken = after_seek(TAKE)
    worker.seek(taken, 1.25)
    frame = shown(worker, taken, 1.25)
    assert (frame.epoch, frame.pts_s) == (taken, pytest.approx(1.2))
    assert worker.take_due(taken, 1.25) is None


def test_the_loop_shows_the_start_again(worker, film):
    worker.set_loop(VideoLoop(True), (0, 0.0))
    worker.open(film, TAKE, 1)
    worker.seek(TAKE, 1.85)
    assert shown(worker, TAKE, 1.99) is not None
    iteration = next_iteration(TAKE)
    frame = shown(worker, iteration, 0.0)
    assert (frame.epoch, frame.pts_s) == (iteration, 0.0)


def test_loop_turned_on_at_the_end_goes_round(worker, film):
    worker.open(film, TAKE, 1)
    worker.seek(TAKE, 1.9)
    shown(worker, TAKE, 1.95)
    time.sleep(0.1)
    worker.set_loop(VideoLoop(True), (0, 0.0))
    assert shown(worker, next_iteration(TAKE), 0.0).pts_s == 0.0


def test_another_film_replaces_the_first(worker, film, tmp_path):
    worker.open(film, TAKE, 1)
    shown(worker, TAKE, 0.0)
    other = probe(write_film(tmp_path / "other.mp4", 0.5))
    taken = after_seek(TAKE)
    worker.open(other, taken, 2)
    assert shown(worker, taken, 0.0).epoch == taken


def test_a_decoder_that_cannot_keep_up_jumps_ahead(worker, film):
    worker.open(film, TAKE, 1)
    shown(worker, TAKE, 0.0)
    late = shown(worker, TAKE, 1.95)
    assert late is not None
    until = time.monotonic() + 3.0
    newest = late
    while newest.pts_s < 1.8 and time.monotonic() < until:
        newest = worker.take_due(TAKE, 1.95) or newest
        time.sleep(0.005)
    assert newest.pts_s >= 1.8


def test_a_failure_is_told_once_and_the_next_film_plays(worker, film):
    def fails(info):
        raise MediaError("The film is gone: choose another one.")

    worker._open_decoder = fails
    worker.open(film, TAKE, 1)
    until = time.monotonic() + 3.0
    while not worker.problems and time.monotonic() < until:
        time.sleep(0.005)
    (notice,) = worker.problems
    assert isinstance(notice, EngineNotice)
    assert notice.message.startswith("The film is gone: choose another one. The sound continues without a picture")
    worker._open_decoder = open_decoder
    taken = after_seek(TAKE)
    worker.open(film, taken, 2)
    assert shown(worker, taken, 0.0) is not None


@dataclass(frozen=True)
class Plain(NumberedPicture):
    """A picture that is made of nothing but its times and, in its pixels, its number."""

    from_s: float
    until_s: float
    number: int = 0
    size_bytes: int = 24


class SlowDecoder:
    """Takes longer than real time for all pictures and for those that others build on, and no time for key pictures."""

    def __init__(self) -> None:
        self.effort = Effort.EVERY

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def spare(self, effort):
        self.effort = effort

    def pictures(self, start_s):
        fps = 2 if self.effort is Effort.KEYS else 10
        for number in range(int(start_s * fps), 100 * fps):
            time.sleep(0.0 if self.effort is Effort.KEYS else 0.05)
            yield Plain(number / fps, (number + 1) / fps, number)


@pytest.mark.slow
def test_what_cannot_be_decoded_in_time_is_left_out_and_told_once(worker, film):
    worker._open_decoder = lambda info: SlowDecoder()
    worker.open(replace(film, duration_s=100.0), TAKE, 1)
    shown(worker, TAKE, 0.0)
    speed, began = 8.0, time.monotonic()  # a clock that runs faster than any such decoder
    late_s = []
    while (t_s := speed * (time.monotonic() - began)) < 32.0:
        frame = worker.take_due(TAKE, t_s)
        if frame is not None and t_s > 24.0:
            late_s.append(t_s - frame.pts_s)
        time.sleep(0.002)
    assert len(late_s) > 8
    assert max(late_s) < 0.7
    (notice,) = worker.problems
    assert notice.lasts
    assert "the sound continues" in notice.message
    worker._open_decoder = open_decoder
    worker.open(film, after_seek(TAKE), 2)
    assert worker.problems[1].message == ""


def test_a_picture_that_stands_for_long_is_not_late(worker, film):
    class Still(SlowDecoder):
        def pictures(self, start_s):
            yield Plain(0.0, inf)

    worker._open_decoder = lambda info: Still()
    worker.open(film, TAKE, 1)
    shown(worker, TAKE, 0.0)
    taken = after_seek(TAKE)
    worker.seek(taken, 1.9)
    job = worker._job
    assert shown(worker, taken, 1.9).pts_s == 0.0
    worker.take_due(taken, 1.95)
    assert worker._job is job
    assert worker.problems == []
